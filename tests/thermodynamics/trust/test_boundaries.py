"""Checks of boundaries: good where they are, and not where something was planted."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from navac.thermodynamics.coexistence import coexistences
from navac.thermodynamics.discovered import NONE
from navac.thermodynamics.regions import boundaries
from navac.thermodynamics.trust.boundaries import boundary_checks
from navac.thermodynamics.trust.errors import parts_of
from navac.thermodynamics.trust.hysteresis import Loop, loops
from tests.thermodynamics.known import Phase, assignment_of, fields_of
from tests.thermodynamics.models import EUTECTOID, MU, T
from tests.thermodynamics.trust.planted import (
    by_quantity,
    evidence_of,
    with_diagram,
)

LEFT, RIGHT, BELOW = "low+disordered", "disordered+high", "low+high"


@pytest.fixture(scope="module")
def eutectoid():
    """Paths that hardly stay in a phase that is not stable."""
    low, disordered, high = EUTECTOID
    return evidence_of((low, high), disordered, holds=0.002)


def checks(evidence, name):
    return by_quantity(boundary_checks(evidence), name)


def test_nothing_is_wrong_with_boundaries_that_were_sampled_well(eutectoid):
    assert set(boundaries(eutectoid.diagram)) == {LEFT, RIGHT, BELOW}
    unknown = {"error by supercell", "error by expansion"}
    for name in (LEFT, RIGHT):
        found = checks(eutectoid, name)
        assert {q for q, c in found.items() if c.verdict == "not known"} == unknown
        assert {c.verdict for q, c in found.items() if q not in unknown} == {"good"}, found
        assert all("{" not in c.sentence + c.action for c in found.values())
    assert checks(eutectoid, LEFT)["ends"].sentence.startswith("It begins in an invariant point")


def test_what_standard_errors_leave_out_is_said(eutectoid):
    found = checks(eutectoid, LEFT)
    for part in ("supercell", "expansion"):
        assert "in no standard error" in found[f"error by {part}"].sentence
        assert found[f"error by {part}"].action


def test_planted_hysteresis():
    """Paths that stay in their phase for longer cross the boundary farther apart."""
    low, disordered, high = EUTECTOID
    at_once, late = (
        checks(evidence_of((low, high), disordered, holds=holds), LEFT)["hysteresis"]
        for holds in (0.002, 0.02)
    )
    assert at_once.verdict == "good"
    assert late.verdict == "doubtful"
    assert late.value > at_once.value + 150
    assert late.unit == "K"


def moved(evidence, by):
    """Boundaries at other chemical potentials, where the paths do not cross them."""
    found = tuple(replace(c, mu=c.mu + by) for c in evidence.diagram.found)
    return with_diagram(evidence, found=found)


def test_a_boundary_outside_its_loops_contradicts_the_paths(eutectoid):
    found = checks(moved(eutectoid, 0.02), LEFT)["hysteresis"]
    assert found.verdict == "bad"
    assert "contradict" in found.sentence


def test_a_loop_knows_how_far_outside_a_boundary_is():
    loop = Loop(up=500.0, down=440.0, boundary=470.0)
    assert (loop.width, loop.outside) == (60, 0)
    assert replace(loop, boundary=520.0).outside == 20
    assert replace(loop, boundary=400.0).outside == 40


def test_loops_of_scans(eutectoid):
    """The low phase is followed upwards, the high one downwards."""
    diagram = eutectoid.diagram
    phase = np.full((2, len(T), len(MU)), NONE)
    phase[0, :, :26], phase[0, :, 26:] = 0, 1
    phase[1, :, :15], phase[1, :, 15:] = 0, 1
    plan = replace(diagram.plan, branch=np.arange(2), mu_index=np.array([2, 38]), cooled=0)
    scans = replace(diagram, plan=plan, assignment=replace(diagram.assignment, phase=phase))
    piece = [c for c in diagram.found if (c.low, c.high) == ("low", "high")]
    found = loops(scans, piece, scanned=True)
    assert len(found) == len(piece)
    assert found[0].up == pytest.approx((MU[25] + MU[26]) / 2)
    assert found[0].down == pytest.approx((MU[14] + MU[15]) / 2)
    assert found[0].boundary == piece[0].mu
    assert loops(scans, piece) == []  # nothing was cooled


def test_a_boundary_at_which_nothing_was_sampled(eutectoid):
    """Without the states beside it, its phases are continued from farther away."""
    diagram = eutectoid.diagram
    phase = diagram.assignment.phase.copy()
    for c in diagram.found:
        phase[:, c.step, max(c.left - 1, 0) : c.right + 2] = NONE
    evidence = with_diagram(eutectoid, assignment=replace(diagram.assignment, phase=phase))
    found = checks(evidence, LEFT)
    assert (found["sampled at the boundary"].value, found["sampled at the boundary"].verdict) == (
        0, "bad",
    )  # fmt: skip
    assert found["blocks beside it"].verdict == "not known"
    # Nor are its ends known as well as their errors say.
    assert found["lower end"].verdict == "doubtful"
    assert found["lower end"].value < 5
    assert "not both phases were sampled" in found["lower end"].sentence


def test_phases_that_go_over_at_once(eutectoid):
    """Neither was sampled beyond the boundary."""
    fields, names = eutectoid.diagram.fields, eutectoid.names
    sampled = fields.sampled.copy()
    for c in eutectoid.diagram.found:
        sampled[names.index(c.low), c.step, c.right :] = False
    evidence = with_diagram(eutectoid, fields=replace(fields, sampled=sampled))
    found = checks(evidence, LEFT)["metastability width"]
    assert (found.value, found.verdict) == (0, "doubtful")


def test_bad_blocks_beside_a_boundary(eutectoid):
    short = eutectoid.quality.short.copy()
    for c in eutectoid.diagram.found:
        short[:, c.step, c.left - 1 : c.right + 2] = True
    evidence = replace(eutectoid, quality=replace(eutectoid.quality, short=short))
    found = checks(evidence, LEFT)["blocks beside it"]
    assert (found.value, found.verdict) == (100, "bad")


def test_a_region_that_ends_openly(eutectoid):
    """Its upper half was not found."""
    found = eutectoid.diagram.found
    steps = [c.step for c in found if (c.low, c.high) == ("low", "disordered")]
    half = int(np.median(steps))
    kept = [c for c in found if (c.low, c.high) != ("low", "disordered") or c.step < half]
    evidence = with_diagram(eutectoid, found=tuple(kept), critical={})
    ends = checks(evidence, LEFT)["ends"]
    assert ends.verdict == "bad"
    assert "openly" in ends.sentence


GRID = np.linspace(-0.05, 0.05, 21)
POOR, RICH = Phase(0.0, 1.0, chi=3.0), Phase(0.01, 3.0, chi=1.0)


def one_boundary(errors=(), route=0.0, temperature=(300.0, 310.0)):
    """What :func:`parts_of` takes of a diagram with one boundary; two formula units."""
    temperature = np.array(temperature)
    fields = fields_of((POOR, RICH), temperature, GRID, errors=errors, route=route)
    assignment = assignment_of(("poor", "rich"), T=len(temperature))
    found = coexistences(fields, [[0, 1]] * len(temperature), assignment, 0.1)
    plan = SimpleNamespace(temperatures=temperature)
    diagram = SimpleNamespace(fields=fields, assignment=assignment, formula_units=2, plan=plan)
    return diagram, found


def test_the_parts_of_an_error():
    """φ off by δ moves the boundary by δ/ΔN, and x of a side by its ∂x/∂μ times that."""
    off = 1e-4 * np.random.default_rng(1).standard_normal(200)
    diagram, found = one_boundary(errors=off, route=2e-4)
    rise = RICH.number(found[0].mu) - POOR.number(found[0].mu)
    parts = parts_of(diagram, found)
    assert parts.sampling == pytest.approx(3 / 2 * off.std() / rise, rel=1e-6)
    assert parts.routes == pytest.approx(3 / 2 * np.sqrt(2) * 2e-4 / rise, rel=1e-6)
    total = found[0].stderr[0] / 2
    assert np.hypot(parts.sampling, parts.routes) == pytest.approx(total)
    assert np.isnan(parts.grid)  # two temperatures


def test_the_error_of_an_equation_of_state_is_not_divided():
    diagram, found = one_boundary(route=2e-4)
    parts = parts_of(diagram, [replace(c, by_equation=True, stderr=(0.02, 0.01, 1)) for c in found])
    assert parts.sampling == 0.01
    assert np.isnan(parts.routes)


def test_the_error_of_straight_lines():
    """x = a T²: a line over a step h is off by a h²/4 in the middle."""
    temperature = 300.0 + 20 * np.arange(6)
    diagram, found = one_boundary(temperature=temperature)
    bent = [
        replace(found[0], step=k, n_low=2e-6 * T**2, n_high=3.0) for k, T in enumerate(temperature)
    ]
    assert parts_of(diagram, bent).grid == pytest.approx(1e-6 * 20**2 / 4)
    straight = [replace(c, n_low=0.001 * T) for c, T in zip(bent, temperature, strict=True)]
    assert parts_of(diagram, straight).grid == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("route", "verdict"), [(1e-5, "good"), (3e-4, "doubtful"), (0.02, "bad")])
def test_the_verdict_of_a_part(eutectoid, route, verdict):
    """The routes of all phases differ by so much, in eV."""
    diagram = eutectoid.diagram
    fields = replace(diagram.fields, phi_error=np.full(3, route))
    found = [replace(c, stderr=(0.5, 0.5, 0.5)) for c in diagram.found]
    evidence = with_diagram(eutectoid, fields=fields, found=tuple(found))
    made = checks(evidence, RIGHT)
    assert made["error by routes"].verdict == verdict
    assert made["error by sampling"].verdict == "bad"
