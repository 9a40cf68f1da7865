"""Diagrams from samples of phases known in closed form: boundaries, points, regions and graph."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from navac.thermodynamics.faults import faults
from navac.thermodynamics.graph import graph_of
from navac.thermodynamics.invariants import CONGRUENT, INVARIANT
from navac.thermodynamics.regions import boundaries, summary
from navac.thermodynamics.topology import SAMPLED, UNRESOLVED
from tests.thermodynamics.models import (
    DISORDERED,
    EUTECTOID,
    HIGH,
    LOW,
    PERITECTOID,
    Sites,
    T,
    meeting,
    sampled_diagram,
)

SEEDS = 20
KINDS = {
    "eutectoid": ((LOW, HIGH), DISORDERED, meeting(EUTECTOID, (450.0, 0.0)), True),
    "peritectoid": (PERITECTOID, None, meeting(PERITECTOID, (470.0, 0.0)), False),
}
WARM = 200.0
"""K; below, there are too few excitations in the samples to tell of an error."""


@pytest.fixture(scope="module")
def diagrams():
    """Twenty diagrams of each kind, of samples with noise that is larger than that of the fit."""
    return {
        kind: [
            sampled_diagram(heated, cooled, seed=seed, snapshots=8, resamples=24)
            for seed in range(SEEDS)
        ]
        for kind, (heated, cooled, *_) in KINDS.items()
    }


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def phases_of(kind):
    heated, cooled, *_ = KINDS[kind]
    return {p.name: p for p in [*heated, *([] if cooled is None else [cooled])]}


def exact_equilibrium(low, high, at):
    """N of both phases, and μ."""
    mu = brentq(lambda m: float(high.phi(at, m) - low.phi(at, m)), -0.06, 0.06, xtol=1e-13)
    return [float(p.exact(at, mu)["number"]) for p in (low, high)] + [mu]


def test_the_invariant_point_is_found_with_its_kind(kind, diagrams):
    """In all seeds once; within two standard errors in 18 of 20 at least, and these are small."""
    *_, (exact_T, exact_mu), above = KINDS[kind]
    middle = {"eutectoid": "disordered", "peritectoid": "middle"}[kind]
    within = 0
    for diagram in diagrams[kind]:
        (point,) = diagram.invariants
        assert point.kind == INVARIANT
        assert [diagram.assignment.names[k] for k in point.phases] == ["low", middle, "high"]
        assert point.above == above
        assert point.stderr < 0.5
        within += abs(point.temperature - exact_T) < 2 * point.stderr
        assert point.mu == pytest.approx(exact_mu, abs=1e-4)
        assert not diagram.events
    assert within >= 18


def test_boundaries_are_within_their_errors(kind, diagrams):
    """Between 85 and 99 % of the 95 % intervals hold the exact value."""
    phases, inside = phases_of(kind), []
    for diagram in diagrams[kind]:
        for c in diagram.found:
            at = diagram.plan.temperatures[c.step]
            if at > WARM:
                exact = exact_equilibrium(phases[c.low], phases[c.high], at)
                off = np.abs(np.subtract((c.n_low, c.n_high, c.mu), exact))
                inside.append(off < 1.96 * np.array(c.stderr))
    assert len(inside) > 500
    assert 0.85 < np.mean(inside) < 0.99


def test_errors_of_boundaries_are_not_made_up(kind, diagrams):
    """A tenth of them would cover far too little: the test of coverage can fail."""
    phases, inside = phases_of(kind), []
    for diagram in diagrams[kind][:5]:
        for c in diagram.found:
            at = diagram.plan.temperatures[c.step]
            if at > WARM:
                exact = exact_equilibrium(phases[c.low], phases[c.high], at)
                off = np.abs(np.subtract((c.n_low, c.n_high), exact[:2]))
                inside.append(off < 0.196 * np.array(c.stderr[:2]))
    assert np.mean(inside) < 0.4


def test_three_regions_end_in_the_invariant_point(kind, diagrams):
    """Exactly: their temperature and compositions there are those of the point."""
    for diagram in diagrams[kind]:
        (point,) = diagram.invariants
        names = [diagram.assignment.names[k] for k in point.phases]
        x = dict(zip(names, point.number, strict=True))
        low, middle, high = names
        found = boundaries(diagram)
        assert set(found) == {f"{low}+{middle}", f"{middle}+{high}", f"{low}+{high}"}
        for name, region in found.items():
            inner = middle in name.split("+")
            begins = inner == point.above
            end, other = (
                (region.begins, region.ends) if begins else (region.ends, region.begins)
            )  # fmt: skip
            assert end.kind == INVARIANT
            assert other.kind == SAMPLED
            assert end.temperature == point.temperature
            assert end.stderr == point.stderr
            assert end.values == (*(x[p] for p in name.split("+")), point.mu)
            at = 0 if begins else -1
            assert region.temperature[at] == point.temperature
            np.testing.assert_array_equal(region.values[at], end.values)
            assert (np.diff(region.temperature) > 0).all()
            assert np.isnan(region.critical).all()


def test_nothing_is_wrong_with_these_diagrams(kind, diagrams):
    assert [faults(graph_of(diagram)) for diagram in diagrams[kind]] == [[]] * SEEDS


def test_without_its_invariant_point_every_region_is_open(kind, diagrams):
    broken = replace(diagrams[kind][0], invariants=())
    regions = boundaries(broken)
    for region in regions.values():
        kinds = {region.begins.kind, region.ends.kind}
        assert kinds <= {UNRESOLVED, SAMPLED}
    assert any(UNRESOLVED in (r.begins.kind, r.ends.kind) for r in regions.values())
    assert any("openly" in sentence for sentence in faults(graph_of(broken)))


def test_equilibria_that_are_missing_at_a_temperature_part_a_region(diagrams):
    diagram = diagrams["eutectoid"][0]
    gap = replace(diagram, found=tuple(
        c for c in diagram.found if (c.low, c.high, c.step) != ("low", "high", 10)
    ))  # fmt: skip
    found = boundaries(gap)
    first, second = found["low+high"], found["low+high 2"]
    assert first.temperature[-1] == T[9]
    assert second.temperature[0] == T[11]
    assert (first.ends.kind, second.begins.kind) == (UNRESOLVED, UNRESOLVED)
    assert (first.begins.kind, second.ends.kind) == (SAMPLED, INVARIANT)
    sentences = faults(graph_of(gap))
    assert sum("openly" in s for s in sentences) == 2


def test_the_summary_names_the_highest_two_phase_temperature(diagrams):
    diagram = diagrams["peritectoid"][0]
    (point,) = diagram.invariants
    whole, left = (summary(diagram, {"w": w})["w"] for w in ((0.5, 3.5), (1.2, 1.9)))
    assert whole[0] == T[max(c.step for c in diagram.found)]
    assert left[:2] == (point.temperature, point.stderr)


INNER = Sites.ordered("inner", 0.0, 2, 0.12)
CONGRUENT_AT = brentq(lambda T: float(DISORDERED.phi(T, 0.0) - INNER.phi(T, 0.0)), 300, 600)


def test_a_phase_inside_another_ends_in_a_congruent_point():
    """Both regions in the same point, at one composition."""
    diagram = sampled_diagram((INNER,), DISORDERED, seed=0, snapshots=8)
    (point,) = diagram.invariants
    assert point.kind == CONGRUENT
    assert point.temperature == pytest.approx(CONGRUENT_AT, abs=0.5)
    found = boundaries(diagram)
    assert set(found) == {"disordered+inner", "inner+disordered"}
    for region in found.values():
        assert region.ends.kind == CONGRUENT
        assert region.ends.values[0] == region.ends.values[1] == pytest.approx(2, abs=0.01)
        assert region.critical[0] == point.temperature
    assert faults(graph_of(diagram)) == []


def test_the_order_of_ground_states_does_not_matter():
    """The names of regions and their points are the same."""
    one = sampled_diagram((LOW, HIGH), DISORDERED, seed=1)
    other = sampled_diagram((HIGH, LOW), DISORDERED, seed=1)
    assert set(boundaries(one)) == set(boundaries(other))
    (a,), (b,) = one.invariants, other.invariants
    assert a.temperature == pytest.approx(b.temperature, abs=2 * a.stderr)
    assert [one.assignment.names[k] for k in a.phases] == [
        other.assignment.names[k] for k in b.phases
    ]
