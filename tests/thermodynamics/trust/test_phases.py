"""Checks of phases: good where they are, and not where something was planted."""

from dataclasses import replace

import numpy as np
import pytest

from navac.sampling.reliability import Reliability
from navac.sampling.scans import heated_once, plan_scans
from navac.thermodynamics.trust.evidence import quality_of
from navac.thermodynamics.trust.phases import phase_checks
from navac.thermodynamics.trust.routes import straight
from tests.thermodynamics.models import (
    CRYSTAL,
    DISORDERED,
    EUTECTOID,
    HIGH,
    LOW,
    MU,
    Sites,
    T,
    plan_for,
)
from tests.thermodynamics.trust.planted import by_quantity, evidence_of, with_diagram

GAS = Sites(name="x0.00", energy=0.0, levels=(0.06,) * 4)
"""A phase without order, from the empty cell to infinite temperature."""


@pytest.fixture(scope="module")
def eutectoid():
    low, disordered, high = EUTECTOID
    return evidence_of((low, high), disordered)


@pytest.fixture(scope="module")
def gas():
    return evidence_of((GAS,), GAS)


def checks(evidence, name):
    return by_quantity(phase_checks(evidence), name)


def test_nothing_is_wrong_with_phases_that_were_sampled_well(eutectoid):
    """Independent snapshots, paths that stay in their phases, no waves."""
    for name in ("low", "high"):
        found = checks(eutectoid, name)
        assert found.pop("agreement of routes").verdict == "not known"  # only heated
        assert {c.verdict for c in found.values()} == {"good"}, found
        assert all(c.action == "" and "{" not in c.sentence for c in found.values())


def slow(samples):
    """Block means that scatter as configurations do: half of the variance lasts for a block."""
    rng = np.random.default_rng(2)
    spread = np.sqrt(np.maximum(samples.number2 - samples.number**2, 0))
    off = spread.mean(axis=1, keepdims=True) * rng.standard_normal(samples.number.shape)
    number = samples.number + off
    return replace(samples, number=number, number2=samples.number2 - samples.number**2 + number**2)


def test_short_blocks():
    found = checks(evidence_of((LOW, HIGH), spoilt=slow), "low")["autocorrelation"]
    assert found.verdict == "bad"
    assert found.value > 30
    assert found.sentence.startswith("Blocks of 20 sweeps are shorter than 5 autocorrelation")
    # 2τ/20 is the part of the variance that is between blocks: τ is 5 and more by chance.
    needed = int(found.action.split("block_sweeps to ")[1].split(" ")[0])
    assert 30 <= needed <= 50


def drifting(samples):
    """N falls by two of its standard deviations in the course of the blocks."""
    blocks = np.linspace(1, -1, samples.number.shape[1])[None, :, None]
    spread = np.sqrt(np.maximum(samples.number2 - samples.number**2, 0))
    number = samples.number + blocks * spread.mean(axis=1, keepdims=True)
    return replace(samples, number=number, number2=samples.number2 - samples.number**2 + number**2)


def test_paths_that_were_not_equilibrated():
    found = checks(evidence_of((LOW, HIGH), spoilt=drifting), "low")["equilibration"]
    assert found.verdict == "bad"
    assert "sampling.equilibration_sweeps" in found.action


def with_waves(evidence, name, wave, share, other):
    """A phase has a wave, and a share of its states another."""
    diagram = evidence.diagram
    k = diagram.assignment.names.index(name)
    waves = diagram.assignment.wave.copy()
    waves[k] = wave
    own = np.argwhere(diagram.assignment.phase == k)
    vectors = diagram.data.wave_vector.copy()
    vectors[tuple(own.T)] = wave
    vectors[tuple(own[: int(share * len(own))].T)] = other
    first = replace(diagram.data, wave_vector=vectors)
    return with_diagram(
        evidence, assignment=replace(diagram.assignment, wave=waves),
        resampled=(first, *diagram.resampled[1:]),
    )  # fmt: skip


@pytest.mark.parametrize(("wave", "share", "supercell", "one"), [
    ((4, 0, 0), 0.0, "good", "good"),
    ((4, 0, 0), 0.1, "good", "good"),
    ((1, 0, 0), 0.0, "doubtful", "good"),
    ((2, 0, 0), 0.3, "doubtful", "doubtful"),
    ((2, 0, 0), 0.45, "doubtful", "bad"),
])  # fmt: skip
def test_an_incommensurate_supercell(eutectoid, wave, share, supercell, one):
    """Few periods in the supercell, or several wavelengths side by side."""
    evidence = with_waves(eutectoid, "disordered", wave, share, (3, 0, 0))
    found = checks(evidence, "disordered")
    assert found["supercell"].verdict == supercell
    assert found["one wave"].verdict == one
    # Waves of the same length in another direction are the same.
    turned = with_waves(eutectoid, "disordered", wave, share, wave[::-1])
    assert checks(turned, "disordered")["one wave"].verdict == "good"


def test_a_ground_state_repeats_in_the_supercell_whatever_its_wave(eutectoid):
    found = checks(with_waves(eutectoid, "low", (1, 0, 0), 0.0, (1, 0, 0)), "low")
    assert found["supercell"].verdict == "good"
    assert "ground state repeats" in found["supercell"].sentence


def test_a_phase_that_is_only_reached_across_jumps():
    """Without a cooled path, the disordered phase is met on heating the ordered ones."""
    evidence = evidence_of((LOW, HIGH), hidden=(DISORDERED,))
    found = checks(evidence, "disordered")["hysteresis on the way"]
    assert (found.value, found.verdict) == (0, "bad")
    assert "cool_to_K" in found.action


def test_the_same_phase_with_a_path_of_its_own(eutectoid):
    found = checks(eutectoid, "disordered")["hysteresis on the way"]
    assert found.value > 80
    assert found.verdict == "good"


def test_routes_agree(gas):
    found = checks(gas, "disordered")["agreement of routes"]
    assert found.verdict == "good"
    assert found.value < 0.05


@pytest.mark.parametrize(("meV", "verdict"), [(0.15, "doubtful"), (1.0, "bad")])
def test_routes_that_disagree(gas, meV, verdict):
    """The cooled paths are too high throughout."""
    data = gas.diagram.data
    phi = data.phi.copy()
    phi[-1] += 1e-3 * meV
    evidence = with_diagram(gas, resampled=(replace(data, phi=phi), *gas.diagram.resampled[1:]))
    found = checks(evidence, "disordered")["agreement of routes"]
    assert found.value == pytest.approx(meV, abs=0.05)
    assert found.verdict == verdict


def test_integrals_at_different_mu_that_disagree():
    """Heated paths are off by 1 meV each, this way or that, from the second temperature on."""

    def spoilt(samples):
        rng = np.random.default_rng(3)
        energy = samples.energy.copy()
        energy[1] += 0.01 * rng.standard_normal(energy.shape[2])
        return replace(samples, energy=energy)

    at = np.array([300.0, 340, 380, 420, 460, 500])
    good, poor = (
        checks(evidence_of((LOW, HIGH), T=at, **planted), "low")["integration"]
        for planted in ({}, {"spoilt": spoilt})
    )
    assert good.verdict == "good"
    assert poor.value > 3 * good.value
    assert poor.verdict in ("doubtful", "bad")


def test_a_misfit_of_the_surface(eutectoid):
    surface = eutectoid.diagram.surfaces[0]
    surfaces = (replace(surface, misfit=(0.5, 9.0)), *eutectoid.diagram.surfaces[1:])
    found = checks(with_diagram(eutectoid, surfaces=surfaces), "low")["fit of the surface"]
    assert (found.value, found.verdict) == (9, "bad")


def test_a_ground_state_that_is_not_in_the_diagram(eutectoid):
    """One at an end is a loss; of one between others it depends on its depth."""
    surfaces = (None, *eutectoid.diagram.surfaces[1:])
    found = checks(with_diagram(eutectoid, surfaces=surfaces), "low")
    assert list(found) == ["states"]
    assert found["states"].verdict == "bad"
    assert "not in the diagram" in found["states"].sentence


@pytest.mark.parametrize(("depth", "verdict"), [(0.0002, "doubtful"), (0.013, "bad")])
def test_a_ground_state_between_others_that_is_not_in_the_diagram(depth, verdict):
    middle = Sites.ordered("middle", -depth, 2, 0.2)
    high = Sites.ordered("high", 0.0, 3, 0.12)
    evidence = evidence_of((LOW, middle, high), T=np.array([300.0, 400.0]), mu=MU[::4])
    surfaces = list(evidence.diagram.surfaces)
    surfaces[1] = None
    found = checks(with_diagram(evidence, surfaces=tuple(surfaces)), "middle")["states"]
    assert found.verdict == verdict
    assert f"{1000 * depth:.3g} meV/f.u. below" in found.sentence or verdict == "bad"


def test_jumps_and_continuous_changes(eutectoid):
    """A path that goes over to another phase is straight if the two are one there."""
    diagram = eutectoid.diagram
    phase = np.zeros_like(diagram.assignment.phase) - 1
    phase[0, :5, 0], phase[0, 5:, 0] = 0, 1
    phase[0, :5, 1], phase[0, 6:, 1] = 0, 1  # between the two in neither
    assignment = replace(diagram.assignment, phase=phase)
    assert straight(replace(diagram, assignment=assignment))[0, :, 0].sum() == 5
    touching = assignment.touching.copy()
    touching[5, 0, 1] = touching[5, 1, 0] = True
    found = straight(replace(diagram, assignment=replace(assignment, touching=touching)))
    assert found[0, :, 0].all()
    assert found[0, :, 1].sum() == 5
    assert not found[1].any()  # does not begin in its ground state


def test_a_cooled_path_that_begins_ordered_is_not_straight(eutectoid):
    diagram = eutectoid.diagram
    phase = np.zeros_like(diagram.assignment.phase) - 1
    ordered, disordered = 0, diagram.assignment.names.index("disordered")
    phase[-1, :, 0], phase[-1, :, 1] = ordered, disordered
    found = straight(replace(diagram, assignment=replace(diagram.assignment, phase=phase)))
    assert not found[-1, :, 0].any()
    assert found[-1, :, 1].all()


def test_scans_are_straight_as_far_as_they_stay_in_their_phase(eutectoid):
    diagram = eutectoid.diagram
    plan = heated_once(diagram.plan, {"low": float(MU[10])})
    phase = np.zeros((2, *diagram.assignment.phase.shape[1:]), int) - 1
    phase[0, :20, :30], phase[0, :20, 30:] = 0, 1
    phase[0, 20:] = 1  # the heated path has left
    assignment = replace(diagram.assignment, phase=phase)
    found = straight(replace(diagram, plan=plan, assignment=assignment), scanned=True)
    assert found[0, :20, :30].all()
    assert not found[0, :, 30:].any()
    assert not found[0, 20:].any()


def test_statistics_are_at_the_places_of_their_states():
    """Along heated and cooled paths, and along scans."""
    plan = plan_for((LOW, HIGH), DISORDERED)
    shape = plan.walks().temperature.shape
    number = np.arange(np.prod(shape), dtype=float).reshape(shape)
    found = quality_of(plan, Reliability(block_sweeps=number, time=0 * number, trend=0 * number))
    at = plan.grid_step()
    path = int(np.flatnonzero(plan.branch == 2)[7])
    step = int(np.flatnonzero(at[:, path] == 9)[0])
    assert found.block_sweeps[2, 9, 7] == number[step, path]
    assert found.sampled.sum() == (at >= 0).sum()
    assert not found.sampled[2, :4].any()

    once = heated_once(plan, {})
    scans = plan_scans(once)
    heated = np.zeros((len(T), 2))
    number = np.arange(scans.mu_index.size, dtype=float).reshape(scans.mu_index.shape)
    found = quality_of(
        once, Reliability(block_sweeps=heated, time=heated, trend=heated),
        Reliability(block_sweeps=number, time=number, trend=0 * number),
    )  # fmt: skip
    assert found.sampled.all()
    step, path = 3, 5
    where = scans.branch[path], scans.at[path], scans.mu_index[step, path]
    assert found.time[where] == number[step, path]
    assert CRYSTAL.cells == 512
