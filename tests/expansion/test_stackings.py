"""Ground-state stackings beside exhaustive lists, and a chain whose ground states are known."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import Orbit
from navac.expansion.expansion import Expansion
from navac.expansion.stackings import (
    Layers,
    StackingError,
    ground_state_stackings,
    missed_ground_states,
)
from navac.hull import lower_hull
from navac.orderings.ordering import Ordering, read_orderings, write_orderings
from navac.orderings.symmetry import canonical_key, without_equivalents

CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}


def hull_at(found, number):
    return np.interp(number, [s.number for s in found], [s.energy for s in found])


@pytest.fixture(scope="module")
def rich(sodium_rich):
    return replace(sodium_rich, constant=-2.012586)


@pytest.fixture(scope="module")
def stackings(rich):
    """Table S7 along the first axis."""
    return ground_state_stackings(rich, 8, 0, (6, 8))


def test_no_ordering_of_two_cells_lies_below(rich, stackings):
    """All 2¹⁶ fillings of two cells, and those on the hull are found."""
    occupation = np.array(list(product((0, 1), repeat=16)), np.int8)
    number = occupation.sum(axis=1) / 2
    occupation = occupation[number >= 6]
    energy = rich.energies(Supercell.diagonal(2, 1, 1), 1 - 2 * occupation)
    number = occupation.sum(axis=1) / 2
    above = energy - hull_at(stackings, number)
    assert above.min() > -1e-9
    on_hull = {round(float(n), 6) for n in number[above < 1e-9]}
    of_two = {round(s.number, 6) for s in stackings if s.occupation.shape[1] <= 2}
    assert of_two == {6, 7, 8}
    assert on_hull == of_two | {7.5}  # on the line from three cells at x = 11/3 to x = 4


def test_published_table_has_ground_states_of_long_period(rich, stackings):
    periods = [s.occupation.shape[1] for s in stackings]
    x = [s.number / 2 for s in stackings]
    assert periods == [1, 5, 2, 3, 1]
    assert x == pytest.approx([3, 3.4, 3.5, 11 / 3, 4])
    for one in stackings:
        cells = Supercell.diagonal(one.occupation.shape[1], 1, 1)
        sigma = spins(one.occupation.reshape(1, -1))
        assert rich.energies(cells, sigma)[0] == pytest.approx(one.energy, abs=1e-12)
    # Below the line that the published figure draws from x = 3 to 3.5, meV per formula unit.
    line = np.interp(3.4, [3, 3.5], [stackings[0].energy, stackings[2].energy])
    assert 500 * (line - stackings[1].energy) == pytest.approx(2.92, abs=0.01)


def test_equivalent_axes_give_the_same_energies(rich, stackings):
    other = ground_state_stackings(rich, 8, 2, (6, 8))
    np.testing.assert_allclose(
        [s.energy for s in other], [s.energy for s in stackings], rtol=0, atol=1e-12
    )


def chain(nearest, next_nearest):
    """E = J₁ Σ σσ′ + J₂ Σ σσ″ on a chain of one site per cell."""
    pairs = [Orbit(k + 1, (((0, 0, 0, 0), (0, 0, k, 0)),), k, k) for k in (1, 2)]
    return Expansion(tuple(pairs), np.array([nearest, next_nearest]))


@pytest.mark.parametrize(
    ("nearest", "next_nearest", "period", "energy"),
    [(1.0, 0.2, 2, -0.8), (-1.0, 0.8, 4, -0.8), (0.0, 1.0, 4, -1.0)],
)
def test_ground_states_of_the_chain_with_second_neighbours(nearest, next_nearest, period, energy):
    """Antiferromagnetic, or ++−− where the second neighbours win (Fisher and Selke's ANNNI)."""
    found = ground_state_stackings(chain(nearest, next_nearest), 1, 1, (0, 1))
    ends = nearest + next_nearest
    assert [found[0].energy, found[-1].energy] == pytest.approx([ends, ends])
    (half,) = (s for s in found if s.number == 0.5)
    assert half.occupation.shape == (1, period)
    assert half.energy == pytest.approx(energy)
    # Nothing of up to eight cells is lower anywhere.
    model = chain(nearest, next_nearest)
    for cells in range(1, 9):
        states = np.array(list(product((0, 1), repeat=cells)), np.int8)
        listed = model.energies(Supercell.diagonal(1, cells, 1), 1 - 2 * states)
        assert (listed - hull_at(found, states.mean(axis=1))).min() > -1e-9


def test_a_ferromagnetic_chain_has_no_ordering_between():
    assert [s.number for s in ground_state_stackings(chain(-1.0, 0.0), 1, 1, (0, 1))] == [0, 1]


def test_too_many_occupations_of_a_layer_are_refused(sodium_poor):
    with pytest.raises(StackingError, match="a layer of 2 cells of 8 sites has 2\\^16"):
        Layers.of(sodium_poor, 8, 0)


def test_as_orderings(tmp_path, prim, stackings):
    group = find_space_group(prim, 1e-5)
    found = [s.ordering(prim, group, CHARGES) for s in stackings]
    write_orderings(tmp_path / "more.csv", found)
    again = read_orderings(tmp_path / "more.csv")
    assert [o.id for o in again] == [o.id for o in found]
    assert [o.x for o in again] == pytest.approx([3, 3.4, 3.5, 11 / 3, 4])
    assert [o.cells for o in again] == [1, 5, 2, 3, 1]
    assert again[0].degeneracy == 3
    for one, stacking in zip(again, stackings, strict=True):
        assert (one.occupation == 0).sum() / one.cells == pytest.approx(stacking.number)
        assert np.isfinite(one.ewald_eV_per_cell)


def test_ground_states_that_orderings_lack(rich, stackings):
    hull = lower_hull([3, 3.5, 4], [s.energy for s in (stackings[i] for i in (0, 2, 4))], 2)
    found = missed_ground_states(rich, 8, hull)
    assert [s.occupation.shape[1] for s in found] == [5, 3]
    assert [s.number / 2 for s in found] == pytest.approx([3.4, 11 / 3])
    assert not missed_ground_states(
        rich, 8, lower_hull([s.number / 2 for s in stackings], [s.energy for s in stackings], 2)
    )


def test_equivalents_are_left_out(prim, stackings):
    group = find_space_group(prim, 1e-5)
    known = stackings[0].ordering(prim, group, CHARGES)
    double = np.repeat(known.occupation, 2)
    repeated = Ordering("double", Supercell.diagonal(1, 1, 2).hnf, 3.0, double, 3, 0.0)
    repeated = replace(repeated, hnf=sum(repeated.hnf, ()))
    theta = stackings[2].ordering(prim, group, CHARGES)
    new = without_equivalents(prim, group, [repeated, theta, theta], [known])
    assert new == [theta]
    keys = [canonical_key(prim, group, o.supercell, o.occupation) for o in (known, repeated)]
    assert keys[0] == keys[1]
