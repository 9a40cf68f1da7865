"""Invariant points of phases whose φ is known in closed form, with and without noise."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import brentq

from navac.thermodynamics.equilibria import equilibria, stable_phases
from navac.thermodynamics.invariants import CONGRUENT, INVARIANT
from navac.thermodynamics.regions import boundaries
from navac.thermodynamics.settling import settled
from navac.thermodynamics.topology import UNRESOLVED, changes
from tests.thermodynamics.known import Phase, assignment_of, fields_of
from tests.thermodynamics.models import (
    DISORDERED,
    EUTECTOID,
    MU,
    PERITECTOID,
    Sites,
    T,
    exact_fields,
    meeting,
)

KINDS = {"eutectoid": (EUTECTOID, 450.0, True), "peritectoid": (PERITECTOID, 470.0, False)}
NOTHING = np.zeros((len(T), 3, 3), bool)


def noise(size, seed, phases=3, resamples=12):
    """Of all data, and of resamples around them; each temperature by itself, eV per cell."""
    rng = np.random.default_rng(seed)
    shape = (phases, len(T))
    of_data = size * rng.standard_normal(shape)
    of_resamples = size * rng.standard_normal((resamples, *shape))
    return np.concatenate([of_data[None], of_data + of_resamples])


def points_in(fields, touching=NOTHING):
    return changes(fields, settled(fields, stable_phases(fields)), touching)


@pytest.mark.parametrize("kind", KINDS)
def test_an_invariant_point_is_where_three_phases_meet(kind):
    """Off by the curvature of φ between two temperatures only."""
    phases, near, above = KINDS[kind]
    exact_T, exact_mu = meeting(phases, (near, 0.0))
    (point,), events = points_in(exact_fields(phases))
    assert events == []
    assert (point.kind, point.phases, point.above) == (INVARIANT, (0, 1, 2), above)
    assert T[point.step] < exact_T < T[point.step + 1]
    assert point.temperature == pytest.approx(exact_T, abs=0.2)
    assert point.mu == pytest.approx(exact_mu, abs=2e-5)
    number = [float(p.exact(exact_T, exact_mu)["number"]) for p in phases]
    assert point.number == pytest.approx(number, abs=5e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_middle_phase_is_on_the_side_that_is_said(kind):
    phases, near, above = KINDS[kind]
    exact_T, _ = meeting(phases, (near, 0.0))
    sequences = stable_phases(exact_fields(phases))
    for temperature, sequence in zip(T, sequences, strict=True):
        assert (1 in sequence) == ((temperature > exact_T) == above)


@pytest.mark.parametrize("size", [1e-4, 1e-3])
@pytest.mark.parametrize("kind", KINDS)
def test_errors_of_invariant_points_are_what_they_scatter_by(kind, size):
    """Over 40 seeds; from one temperature to the next, φ differ by 2 meV less or more, so that the
    larger noise makes slopes between the two unreliable."""
    phases, near, _ = KINDS[kind]
    exact_T, _ = meeting(phases, (near, 0.0))
    off, stderr = [], []
    for seed in range(40):
        points, _ = points_in(exact_fields(phases, noise=noise(size, seed, resamples=24)))
        (point,) = [p for p in points if p.kind == INVARIANT]
        off.append(point.temperature - exact_T)
        stderr.append(point.stderr)
    z = np.array(off) / stderr
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.6
    assert (np.abs(z) < 2).sum() >= 34


@pytest.mark.parametrize("told", [True, False])
def test_a_phase_that_was_not_sampled_on_one_side_does_not_move_the_point(told):
    """Below the eutectoid, φ of the middle phase was extended and is much too high."""
    phases, near, _ = KINDS["eutectoid"]
    exact_T, _ = meeting(phases, (near, 0.0))
    fields = exact_fields(phases)
    cold = int(np.searchsorted(T, exact_T)) - 1
    phi, extension = fields.phi.copy(), fields.extension.copy()
    phi[:, 1, : cold + 1] += 0.02
    if told:
        extension[1, : cold + 1] = 0.02
    (point,) = [
        p for p in points_in(replace(fields, phi=phi, extension=extension))[0]
        if p.kind == INVARIANT
    ]  # fmt: skip
    right = point.temperature == pytest.approx(exact_T, abs=0.5)
    assert right == told  # else it is near the temperature above, as steep as φ seems to be


def test_the_parts_of_an_error_are_what_it_is_made_of():
    """Routes and distance, each planted alone, are found as such and as all of the error."""
    fields = exact_fields(EUTECTOID)
    for part, errors in (
        (0, {"phi": fields_with_noise().phi}),
        (1, {"phi_error": np.full(3, 1e-4)}),
        (2, {"extension": fields.extension + 1e-4}),
    ):
        base = fields_with_noise() if part == 0 else fields
        (point,) = [p for p in points_in(replace(base, **errors))[0] if p.kind == INVARIANT]
        alone = [k for k, value in enumerate(point.parts) if value > 1e-6]
        assert alone == [part]
        assert point.parts[part] == pytest.approx(point.stderr, rel=1e-6)


def fields_with_noise():
    return exact_fields(EUTECTOID, noise=noise(1e-4, 0, resamples=24))


def test_a_point_that_hangs_on_phases_sampled_far_away_is_not_resolved():
    fields = exact_fields(EUTECTOID)
    points, events = points_in(replace(fields, extension=fields.extension + 0.2))
    assert points == []
    assert "was not sampled near enough" in events[0].reason


INNER = Sites.ordered("inner", 0.0, 2, 0.12)
CONGRUENT_AT = brentq(lambda T: float(DISORDERED.phi(T, 0.0) - INNER.phi(T, 0.0)), 300, 600)


def test_a_congruent_point_is_where_two_phases_touch():
    """By symmetry at μ = 0, and at N = 2 of both."""
    (point,), events = points_in(exact_fields((DISORDERED, INNER)), NOTHING[:, :2, :2])
    assert events == []
    assert (point.kind, point.phases, point.above) == (CONGRUENT, (0, 1), False)
    assert point.temperature == pytest.approx(CONGRUENT_AT, abs=0.2)
    assert point.number == pytest.approx((2, 2))
    assert point.mu == pytest.approx(0, abs=1e-12)


def test_the_congruent_point_hangs_little_on_the_grid_of_mu():
    """The phases touch half way between two points of the grid."""
    fields = exact_fields((DISORDERED, INNER), mu=MU[:-1] + 0.00125)
    (point,), _ = points_in(fields, NOTHING[:, :2, :2])
    assert point.temperature == pytest.approx(CONGRUENT_AT, abs=0.3)


def test_a_phase_that_was_not_sampled_beyond_is_said_to_be_unknown_there():
    fields = exact_fields(EUTECTOID)
    (point,), _ = points_in(fields)
    sequences = settled(fields, stable_phases(fields))
    phi = fields.phi.copy()
    phi[:, 1, : point.step + 1] = np.nan
    points, events = changes(replace(fields, phi=phi), sequences, NOTHING)
    assert points == []
    (event,) = events
    assert "was not sampled anywhere near the temperature beyond" in event.reason


ONE = np.ones((len(T), 2, 2), bool)


@pytest.mark.parametrize("seed", range(5))
def test_two_names_of_one_phase_have_no_congruent_point(seed):
    """φ of both differs by noise alone, so that either seems to come and go in the other."""
    added = noise(1e-4, seed, phases=2, resamples=24)
    fields = replace(
        exact_fields((DISORDERED, DISORDERED), noise=added), phi_error=np.full(2, 1e-4)
    )
    sequences = [[0, 1, 0] if k in (20, 21) else [0] for k in range(len(T))]
    assert changes(fields, sequences, ONE) == ([], [])


def test_phases_that_seem_one_have_a_congruent_point_if_it_is_known():
    """Here and there states of the one continue those of the other, but φ of both cross."""
    (point,), events = points_in(exact_fields((DISORDERED, INNER)), ONE)
    assert events == []
    assert point.temperature == pytest.approx(CONGRUENT_AT, abs=0.2)


@pytest.mark.parametrize(("error", "kind"), [(0.5, INVARIANT), (0.0, UNRESOLVED)])
def test_x_of_a_middle_phase_that_is_not_known_lies_between_the_others(error, kind):
    """N of the middle phase is planted beyond that of the last one, by less than its error."""
    fields = exact_fields(EUTECTOID)
    (exact,), _ = points_in(fields)
    number, number_error = fields.number.copy(), fields.number_error.copy()
    number[:, 1] += exact.number[2] - exact.number[1] + 0.1
    number_error[1] = error
    planted = replace(fields, number=number, number_error=number_error)
    near = slice(exact.step, exact.step + 2)
    sequences = settled(fields, stable_phases(fields))
    points, events = changes(planted, sequences, NOTHING)
    (found,) = [f for f in (*points, *events) if f.step in range(*near.indices(len(T)))]
    assert found.kind == kind
    if kind == INVARIANT:
        assert found.number[1] == found.number[2] > found.number[0]


def test_several_phases_that_go_at_once_go_one_after_the_other():
    """Within a step of 100 K as on a grid of 10 K, but for the curvature of φ."""
    phases = (DISORDERED, INNER, Sites.ordered("other", 0.02, 1, 0.12))
    mu, found = np.round(0.0025 * np.arange(-80, 81), 6), []
    for step in (10, 100):
        grid = np.arange(400.0, 701, step)
        fields = exact_fields(phases, T=grid, mu=mu)
        points, events = changes(fields, stable_phases(fields), np.zeros((len(grid), 3, 3), bool))
        assert events == []
        found.append(points)
    for fine, coarse in zip(*found, strict=True):
        assert (coarse.kind, coarse.phases, coarse.above) == (fine.kind, fine.phases, fine.above)
        assert coarse.temperature == pytest.approx(fine.temperature, abs=3)
    assert [p.kind for p in found[0]] == [INVARIANT, CONGRUENT, CONGRUENT]


def test_a_phase_that_appears_where_nothing_crosses_is_not_resolved():
    """Sequences that the fields do not bear out: the middle phase comes 100 K too early."""
    phases, near, _ = KINDS["eutectoid"]
    fields = exact_fields(phases)
    exact_T, _ = meeting(phases, (near, 0.0))
    sequences = [[0, 1, 2] if t > exact_T - 100 else [0, 2] for t in T]
    # Depth grows where the phase comes, but from far below zero: half of the truth, with its error.
    (point,), events = changes(fields, sequences, NOTHING)
    assert point.stderr > 50
    assert events == []
    falling = [[0, 2] if t > exact_T - 100 else [0, 1, 2] for t in T]
    points, (event,) = changes(fields, falling, NOTHING)
    assert points == []
    assert event.kind == UNRESOLVED
    assert event.phases == (0, 1, 2)


@pytest.mark.parametrize("one", [False, True])
def test_a_phase_that_another_replaces_at_once_is_no_point_of_its_neighbours(one):
    """0 1 3 → 0 2 3 is two points, 0 1 2 and 1 2 3; unless 1 and 2 are one phase."""
    touching = np.zeros((len(T), 4, 4), bool)
    touching[:, 1, 2] = touching[:, 2, 1] = one
    fields = exact_fields((*EUTECTOID, EUTECTOID[-1]))
    sequences = [(0, 1, 3)] * 5 + [(0, 2, 3)] * (len(T) - 5)
    invariants, events = changes(fields, sequences, touching)
    replaced = [e for e in events if e.phases == (0, 1, 2, 3)]
    assert len(replaced) == (0 if one else 1)
    if not one:
        assert (invariants, events) == ([], replaced)
        assert (replaced[0].kind, replaced[0].step) == (UNRESOLVED, 4)
        assert "gives way to another" in replaced[0].reason


MU_OF_FOUR = np.linspace(-0.4, 0.4, 81)
NAMES = ("low", "old", "new", "high")
ONE_IN_FOUR = np.zeros((4, 4, 4), bool)


def replacing(old, new):
    """Fields of low, old, new and high; φ of new falls by 0.01 eV per K from −0.03 eV at 500 K."""
    phases = (Phase(0.0, 0), old, replace(new, phi0=-0.03, entropy=0.01), Phase(0.0, 2))
    return fields_of([replace(p, T0=500.0) for p in phases], [490, 500, 510, 520], MU_OF_FOUR)


def diagram_between(fields):
    """What boundaries look at, where no temperature has an equilibrium."""
    points, events = changes(fields, stable_phases(fields), ONE_IN_FOUR)
    assert events == []
    return SimpleNamespace(
        assignment=assignment_of(NAMES, 4, len(MU_OF_FOUR)), invariants=tuple(points),
        fields=fields, formula_units=2, found=(),
    )  # fmt: skip


def test_a_phase_that_another_replaces_between_two_temperatures_does_so_in_two_points():
    """New begins beside high where φ is that of both, old ends beside low: 8/11 and 4/3 of 0.05."""
    diagram = diagram_between(replacing(Phase(-0.05, 0.9), Phase(0.0, 1.2)))
    lower, upper = diagram.invariants
    assert (lower.phases, lower.above, lower.step) == ((1, 2, 3), True, 1)
    assert (upper.phases, upper.above, upper.step) == ((0, 1, 2), False, 1)
    assert lower.temperature == pytest.approx(500 + (0.05 * 8 / 11 - 0.03) / 0.01, abs=1e-6)
    assert upper.temperature == pytest.approx(500 + (0.05 * 4 / 3 - 0.03) / 0.01, abs=1e-6)
    assert lower.mu == pytest.approx(0.05 / 1.1)
    assert upper.mu == pytest.approx(-0.05 / 0.9)
    ((name, region),) = boundaries(diagram).items()
    assert name == "old+new"
    assert region.temperature.tolist() == [lower.temperature, upper.temperature]
    np.testing.assert_allclose(region.values[:, :2], [[0.45, 0.6]] * 2, rtol=1e-12)
    assert region.values[:, 2].tolist() == [lower.mu, upper.mu]
    assert [region.begins.kind, region.ends.kind] == [INVARIANT] * 2
    assert np.isfinite(region.stderr).all()


def test_a_phase_that_begins_inside_another_replaces_it_to_both_sides():
    """Congruently at 502 K where old's N is new's; old, with N = 1 + 5 μ, ends at both neighbours.

    There b − 5 b²/2 is 0.05 eV, with b = −φ of new at μ = 0.
    """
    diagram = diagram_between(replacing(Phase(-0.05, 1.0, chi=5.0), Phase(0.0, 1.0)))
    congruent, *ends = sorted(diagram.invariants, key=lambda p: p.temperature)
    assert (congruent.kind, congruent.phases, congruent.above) == (CONGRUENT, (1, 2), True)
    assert congruent.temperature == pytest.approx(502, abs=1e-6)
    assert {p.phases for p in ends} == {(0, 1, 2), (2, 1, 3)}
    b = (1 - np.sqrt(1 - 4 * 2.5 * 0.05)) / 5
    for point in ends:
        assert (point.kind, point.above) == (INVARIANT, False)
        assert point.temperature == pytest.approx(500 + (b - 0.03) / 0.01, abs=5e-3)
    found = boundaries(diagram)
    assert set(found) == {"old+new", "new+old"}
    for region in found.values():
        assert (region.begins.kind, region.ends.kind) == (CONGRUENT, INVARIANT)
        assert region.values[0, 0] == region.values[0, 1]
        assert region.values[1, 0] < region.values[1, 1]


def test_phases_whose_x_does_not_rise_do_not_meet_in_a_point():
    """Numbers of the middle phase that are planted beyond those of the last one."""
    fields = exact_fields(EUTECTOID)
    number = fields.number.copy()
    number[:, 1] += 3
    assert len(points_in(fields)[0]) == 1
    points, events = points_in(replace(fields, number=number))
    assert not [p for p in points if p.kind == INVARIANT]
    assert "does not rise" in " ".join(e.reason for e in events)


def test_ends_of_the_sampled_potentials_are_no_points():
    """The last phase by μ is stable at some temperatures only: it leaves the window."""
    phases, *_ = KINDS["eutectoid"]
    fields = exact_fields(phases, mu=MU[:28])
    sequences = stable_phases(fields)
    assert len({len(s) for s in sequences}) > 1
    points, events = changes(fields, settled(fields, sequences), NOTHING)
    assert [p.kind for p in points] == [INVARIANT]
    assert events == []


def flickering(size, seed):
    """Sequences of the peritectoid by the lowest φ alone, with noise on the middle phase."""
    added = noise(size, seed)
    added[:, [0, 2]] = 0
    fields = exact_fields(PERITECTOID, noise=added)
    lowest = fields.phi[0].argmin(axis=0)
    sequences = [[int(p) for p in row[np.insert(np.diff(row) != 0, 0, True)]] for row in lowest]
    return fields, sequences


def changes_of(sequences):
    return int(np.count_nonzero(np.diff([1 in s for s in sequences])))


@pytest.mark.parametrize("seed", range(5))
def test_a_phase_that_comes_and_goes_with_noise_does_so_once(seed):
    """Noise of 6 meV, φ of the middle phase rising by 0.1 meV per K relative to the others."""
    fields, sequences = flickering(6e-3, seed)
    assert changes_of(sequences) > 1
    found = settled(fields, sequences)
    assert changes_of(found) == 1
    assert 1 in found[0]
    assert 1 not in found[-1]
    exact_T, _ = meeting(PERITECTOID, (470.0, 0.0))
    last = max(k for k, s in enumerate(found) if 1 in s)
    assert T[last] == pytest.approx(exact_T, abs=120)


def test_what_changes_once_stays_as_it_is():
    fields, sequences = flickering(0.0, 0)
    assert changes_of(sequences) == 1
    assert settled(fields, sequences) == sequences


def test_equilibria_are_where_phi_is_equal():
    fields = exact_fields(EUTECTOID)
    step = int(np.abs(T - 500).argmin())
    left, right = equilibria(fields, step, [0, 1, 2])
    for found, (low, high) in ((left, (0, 1)), (right, (1, 2))):
        a, b = EUTECTOID[low], EUTECTOID[high]
        mu = brentq(lambda m, a=a, b=b: float(a.phi(T[step], m) - b.phi(T[step], m)), -0.05, 0.05)
        assert found.mu == pytest.approx(mu, abs=1e-6)
        number = [float(p.exact(T[step], mu)["number"]) for p in (a, b)]
        assert found.number == pytest.approx(number, abs=1e-4)


def test_errors_of_equilibria_follow_from_those_of_phi():
    """To first order: μ moves by the difference of φ over that of N, N by ∂N/∂μ times that."""
    size, step = 1e-4, int(np.abs(T - 500).argmin())
    fields = exact_fields(EUTECTOID, noise=noise(size, 0, resamples=400))
    found, _ = equilibria(fields, step, [0, 1, 2])
    rise = found.number[1] - found.number[0]
    expected = size * np.sqrt(2) / rise
    assert found.stderr[2] == pytest.approx(expected, rel=0.1)
    for n, phase in enumerate(EUTECTOID[:2]):
        chi = float(phase.exact(T[step], found.mu)["susceptibility"])
        assert found.stderr[n] == pytest.approx(chi * expected, rel=0.1)


@pytest.mark.parametrize(("ordered", "kept"), [((1,), False), ((), True)])
def test_an_ordered_phase_does_not_return_briefly(ordered, kept):
    """A second time at higher μ, at two temperatures; the disordered phase may."""
    fields = exact_fields(EUTECTOID)
    sequences = [[0, 1, 2]] * 5 + [[0, 1, 2, 1, 2]] * 2 + [[0, 1, 2]] * 5
    found = settled(fields, sequences, ordered)
    assert (found == sequences) is kept
    assert kept or found == [[0, 1, 2]] * 12


def test_an_ordered_phase_that_returns_briefly_stays_where_its_region_goes_on():
    """Above, nothing parts the two pieces of phase 1 any more: 1 + 3 is the same region."""
    sequences = [[0, 1, 2, 3]] * 4 + [[0, 1, 2, 1, 3]] * 2 + [[0, 1, 3]] * 4
    fields = exact_fields((*EUTECTOID, EUTECTOID[-1]))
    assert settled(fields, sequences, (1,)) == sequences


def test_what_an_earlier_triple_took_out_is_not_looked_for_again():
    """Of 1 2 1 2 at one temperature the second 1 goes first, and with it the triple 1 2 1."""
    sequences = [[0, 1, 2]] * 4 + [[0, 1, 2, 1, 2, 1]] + [[0, 1, 2]] * 4
    found = settled(exact_fields(EUTECTOID), sequences, (1, 2))
    assert all(len(set(pair)) == 2 for s in found for pair in pairwise(s))


def test_an_ordered_phase_that_returns_for_long_stays():
    sequences = [[0, 1, 2]] * 4 + [[0, 1, 2, 1, 2]] * 3 + [[0, 1, 2]] * 4
    assert settled(exact_fields(EUTECTOID), sequences, (1,)) == sequences
