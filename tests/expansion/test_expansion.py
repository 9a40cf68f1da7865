"""Energies of the published expansions."""

from dataclasses import replace

import numpy as np
import pytest

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.expansion.eci_table import eci_table, read_eci_table
from navac.expansion.expansion import ExpansionError
from navac.orderings.ordering import Ordering
from tests.conftest import PUBLISHED

ONE = Supercell.diagonal(1, 1, 1)


def sigma(*sodium):
    s = np.ones((1, 8), np.int8)
    s[0, list(sodium)] = -1
    return s


@pytest.mark.parametrize(
    ("sodium", "meV"),
    [
        ((0, 1), -9.771),
        ((0, 1, 2, 6), -957.69),
        ((0, 1, 3, 7), -957.69),
        ((0, 1, 4, 5), -957.69),
        ((0, 1, 2, 3, 6, 7), -1833.38),
        ((0, 1, 2, 3, 5, 7), -1827.48),
    ],
)
def test_sodium_poor_ground_states(sodium_poor, sodium, meV):
    assert 1000 * sodium_poor.energies(ONE, sigma(*sodium))[0] == pytest.approx(meV, abs=6e-3)


@pytest.mark.parametrize(("sodium", "meV"), [(range(8), 2012.586), ((0, 1, 2, 3, 5, 7), 158.58)])
def test_sodium_rich_ground_states(sodium_rich, sodium, meV):
    assert 1000 * sodium_rich.energies(ONE, sigma(*sodium))[0] == pytest.approx(meV, abs=6e-3)


def test_a_random_configuration(sodium_poor, sodium_rich):
    s = np.where(np.random.default_rng(0).random((8, 4, 4, 4)) < 0.6, -1, 1).reshape(1, -1)
    box = Supercell.diagonal(4, 4, 4)
    assert 1000 * sodium_poor.energies(box, s)[0] == pytest.approx(-285.04475, abs=1e-5)
    assert 1000 * sodium_rich.energies(box, s)[0] == pytest.approx(97.82508, abs=1e-5)


def test_an_ordering_has_one_energy_in_every_supercell(sodium_poor):
    small, large = Supercell(((1, 0, 0), (1, 2, 0), (0, 0, 1))), Supercell.diagonal(2, 4, 2)
    s = np.random.default_rng(3).choice([-1, 1], (1, 8 * small.size)).reshape(1, 8, small.size)
    tiled = s[:, :, small.wrap(large.cells)]
    assert sodium_poor.energies(small, s.reshape(1, -1)) == pytest.approx(
        sodium_poor.energies(large, tiled.reshape(1, -1)), abs=1e-12
    )


def test_energies_of_orderings_in_several_supercells(sodium_poor):
    rng = np.random.default_rng(4)
    hnfs = [(1, 0, 0, 0, 1, 0, 0, 0, 1), (1, 0, 0, 1, 2, 0, 0, 0, 1), (1, 0, 0, 0, 1, 0, 0, 0, 3)]
    some = [
        Ordering(
            str(k), hnf, 2.0, rng.integers(0, 2, 8 * hnf[0] * hnf[4] * hnf[8], np.int8), 1, 0.0
        )
        for k, hnf in enumerate([*hnfs, *hnfs])
    ]
    expansion = replace(sodium_poor, constant=-0.25)
    np.testing.assert_allclose(
        expansion.energies_of(some),
        [expansion.energies(o.supercell, spins(o.occupation[None]))[0] for o in some],
        rtol=0, atol=1e-13,
    )  # fmt: skip
    assert expansion.energies_of([]).shape == (0,)


def test_tables_round_trip(sodium_poor, orbits, tmp_path):
    eci_table(sodium_poor).to_csv(tmp_path / "eci.csv", index=False)
    again = read_eci_table(tmp_path / "eci.csv", orbits)
    assert np.allclose(again.eci, sodium_poor.eci, atol=1e-15)
    assert [o.index for o in again.orbits] == [o.index for o in sodium_poor.orbits]


def test_the_printing_error_of_the_paper_is_refused(orbits, tmp_path):
    text = (PUBLISHED / "eci_x3to4.csv").read_text()
    assert "-24.215" in text
    (tmp_path / "eci.csv").write_text(text.replace("-24.215", "-4.215"))
    with pytest.raises(ExpansionError, match=r"index 67.*contradict"):
        read_eci_table(tmp_path / "eci.csv", orbits)
