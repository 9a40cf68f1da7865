"""Constants of phases that paths reach by jumps alone, from fields whose φ is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from navac.thermodynamics.irreversible import Jump, bounded, jumps
from navac.thermodynamics.surfaces import Surface
from navac.units import BOLTZMANN
from tests.thermodynamics.known import Phase, fields_of
from tests.thermodynamics.models import DISORDERED, HIGH, LOW, sampled_diagram

T = np.arange(400.0, 701.0, 10.0)
MU = np.linspace(-0.1, 0.1, 5)
COLD, HOT, MIDDLE = 0, 1, 2
PHASES = (
    Phase(0.0, 1.0, entropy=0.0, T0=0.0),
    Phase(-0.01, 1.2, entropy=3e-4, T0=600.0),
    Phase(0.0, 1.1, entropy=1e-4, T0=500.0),
)
"""The middle one is stable between 500 and 600 K at μ = 0; nothing else tells it from the others
at other μ, at which no path jumps here."""

PLAN = SimpleNamespace(phases=("cold",), temperatures=T, cooled=True)
CELLS = 1000


def states(heated, cooled):
    """``[branch, T, μ]`` phases at μ = 0 from what holds from each temperature on; -1 elsewhere."""
    phase = np.full((2, len(T), len(MU)), -1)
    for branch, limits in enumerate((heated, cooled)):
        for k, since in limits:
            phase[branch, since <= T, 2] = k
    return phase


JUMPING = states(
    heated=[(COLD, 0), (MIDDLE, 530), (HOT, 650)], cooled=[(COLD, 0), (MIDDLE, 460), (HOT, 570)]
)
"""Late both ways: the middle phase begins at 530 K and ends at 650, or from 560 down to 450."""


def fields(too_high):
    """φ of the middle phase is too high by so many kT, as an integral across a jump makes it."""
    found = fields_of(PHASES, T, MU, errors=(0.0, 0.0))
    phi = found.phi.copy()
    phi[:, MIDDLE] += too_high * BOLTZMANN * T[:, None]
    return replace(found, phi=phi)


MADE = Surface(
    beta=None, mu=None, coefficients=np.zeros((1, 3)), reference=(0.0, 0.0), misfit=(1.0, 1.0),
    route_error=1e-3, stiffness=0.1,
)  # fmt: skip


def of_middle(found, phase, cells=CELLS):
    """Its surface after the others are seen to be as they were."""
    cold, hot, middle = bounded(PLAN, found, phase, [MADE] * 3, cells)
    assert cold is MADE
    assert hot is MADE
    return middle


def test_a_jump_is_where_a_path_is_in_another_phase_than_before():
    """In the way of the path: up for heated ones, down for cooled ones; no phase is passed over."""
    phase = JUMPING.copy()
    phase[0, T == 520, 2] = -1
    at = {t: int(np.flatnonzero(t == T)[0]) for t in T}
    assert list(jumps(PLAN, phase)) == [
        Jump(left=COLD, entered=MIDDLE, step=at[530], mu=2),
        Jump(left=MIDDLE, entered=HOT, step=at[650], mu=2),
        Jump(left=HOT, entered=MIDDLE, step=at[560], mu=2),
        Jump(left=MIDDLE, entered=COLD, step=at[450], mu=2),
    ]


@pytest.mark.parametrize("too_high", [0.0, 0.03, 0.3])
def test_the_constant_is_midway_between_the_closest_bounds(too_high):
    """Entering at 530 K says at most −3 meV, leaving at 450 K at least 5 meV, of the true φ."""
    middle = of_middle(fields(too_high), JUMPING)
    upper, lower = (3e-3 / (BOLTZMANN * 530), -5e-3 / (BOLTZMANN * 450))
    assert middle.constant == pytest.approx(np.full(3, (upper + lower) / 2 - too_high), rel=1e-9)
    left = middle.constant[0] + too_high
    at = T[np.nonzero(JUMPING == MIDDLE)[1]].mean()
    error = middle.route_error / (BOLTZMANN * at)
    assert error == pytest.approx((upper - lower) / np.sqrt(12), rel=0.05)
    assert lower < 0 < upper
    assert abs(left) < error


def test_errors_of_the_other_phases_and_one_kT_are_in_that_of_the_constant():
    """Of each of the two bounds, on average half."""
    known, doubtful = (
        of_middle(replace(fields(0.0), phi_error=np.full(3, e)), JUMPING, cells)
        for e, cells in ((0.0, 10**9), (2e-3, 10))
    )
    at = T[np.nonzero(JUMPING == MIDDLE)[1]].mean()
    noise = [np.hypot(2e-3 / (BOLTZMANN * t), 0.1) for t in (530, 450)]
    more = np.sqrt(doubtful.route_error**2 - known.route_error**2) / (BOLTZMANN * at)
    assert more == pytest.approx(np.hypot(*noise) / 2, rel=1e-3)


def test_the_closest_of_several_jumps_counts():
    """A second path jumps with less delay, at 510 K, and back at 490 K."""
    phase = JUMPING.copy()
    phase[:, :, 1] = states(
        [(COLD, 0), (MIDDLE, 510), (HOT, 650)], [(COLD, 0), (MIDDLE, 500), (HOT, 570)]
    )[:, :, 2]
    same = replace(fields(0.0), phi=np.repeat(fields(0.0).phi[..., 2:3], len(MU), axis=-1))
    middle = of_middle(same, phase)
    expected = (1e-3 / (BOLTZMANN * 510) - 1e-3 / (BOLTZMANN * 490)) / 2
    assert middle.constant[0] == pytest.approx(expected, rel=1e-6)


def test_bounds_that_contradict_each_other_are_violated_as_little_as_may_be():
    """φ of one state in which a path jumps to the phase is planted 30 meV too high.

    That one bound, far below all others, moves the constant to the closest of those from below and
    no farther; by how much it is violated still is in the error.
    """
    phase = np.repeat(JUMPING[..., 2:3], len(MU), axis=-1)
    phi = np.repeat(fields(0.0).phi[..., 2:3], len(MU), axis=-1)
    wrong = phi.copy()
    wrong[:, MIDDLE, T == 530, 4] += 0.03
    one, other = (of_middle(replace(fields(0.0), phi=p), phase) for p in (phi, wrong))
    lower, upper = -5e-3 / (BOLTZMANN * 450), 3e-3 / (BOLTZMANN * 530)
    assert one.constant[0] == pytest.approx((lower + upper) / 2)
    assert other.constant[0] == pytest.approx(lower)
    violation = 0.03 / (BOLTZMANN * 530) - upper + lower
    at = T[np.nonzero(phase == MIDDLE)[1]].mean()
    assert other.route_error / (BOLTZMANN * at) == pytest.approx(violation, rel=0.01)
    assert abs(lower) < violation


def test_a_phase_with_another_route_keeps_its_constant():
    """Cooled paths begin in it, or it goes over into one in which they do."""
    begun = JUMPING.copy()
    begun[1, T >= 570, 2] = MIDDLE
    assert of_middle(fields(0.1), begun) is MADE
    wide = replace(fields(0.1), susceptibility=np.full(fields(0.1).phi.shape, 1e6))
    wide = replace(wide, omega_variance=wide.susceptibility)
    assert of_middle(wide, JUMPING) is MADE


def test_bounds_from_one_side_alone_say_nothing():
    never_left = states([(COLD, 0), (MIDDLE, 530)], [(HOT, 570)])
    assert of_middle(fields(0.1), never_left) is MADE


def test_the_constant_is_added_to_beta_phi_alone():
    """N, E and fluctuations, which are measured, stay as they are."""
    surface = sampled_diagram((LOW, HIGH), DISORDERED, seed=0, snapshots=8).surfaces[0]
    higher = replace(surface, constant=np.full(surface.coefficients.shape[1], 0.02))
    at = np.array([350.0, 420.0]), np.array([0.0, 0.01])
    before, after = surface.at(*at), higher.at(*at)
    added = np.broadcast_to(0.02 * BOLTZMANN * at[0][:, None], before["phi"].shape)
    np.testing.assert_allclose(after["phi"] - before["phi"], added, rtol=1e-9)
    for name in set(before) - {"phi"}:
        np.testing.assert_array_equal(after[name], before[name])
