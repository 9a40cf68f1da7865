"""What cooled paths have in common, told by a phase that is also heated."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.assignment import Assignment
from navac.thermodynamics.cooling import systematic
from navac.thermodynamics.phase_states import states_of
from navac.thermodynamics.surfaces import fit_surface
from tests.thermodynamics.models import CRYSTAL, LOW, MU, T, branches_in, plan_for

PLAN = plan_for([LOW], LOW)
STATE = np.zeros((2, len(T), len(MU)), int)
DATA = branches_in(PLAN, (LOW, LOW), STATE)
OF_PATHS = 1e-4 * np.random.default_rng(0).standard_normal(len(MU))
"""Noise of cooled paths, eV per cell: 0.1 meV, as in the default campaign."""


def assigned(phase=STATE, *, ordered=False):
    return Assignment(
        names=("low",), phase=phase, wave=np.zeros((1, 3), int),
        ordered_in_cell=np.array([ordered]), touching=np.zeros((len(T), 1, 1), bool),
    )  # fmt: skip


@pytest.fixture(scope="module")
def surface():
    """Fitted to what was heated, the integrals of which are exact."""
    heated = np.where(np.arange(2)[:, None, None] == 0, STATE, -1)
    return fit_surface(
        PLAN, states_of(PLAN, DATA, np.zeros(STATE.shape), heated, 0, CRYSTAL.cells, 1000)
    )


def found(surface, cooled, assignment=None, plan=PLAN):
    """The systematic error if integrals of cooled paths are off by ``cooled[μ]``."""
    phi = DATA[0].phi + np.array([0, 1])[:, None, None] * cooled
    return systematic(plan, replace(DATA[0], phi=phi), assignment or assigned(), [surface])


def test_what_all_cooled_paths_are_off_by_is_found(surface):
    noise = OF_PATHS.std() / np.sqrt(len(MU))
    shift = 2e-4 - OF_PATHS.mean()
    assert found(surface, shift + OF_PATHS) == pytest.approx(2e-4, abs=2 * noise)


def test_noise_is_no_systematic_error(surface):
    """It is in the error of the constant already: what is left is less than it."""
    assert found(surface, OF_PATHS - OF_PATHS.mean()) == 0
    assert found(surface, 0 * MU) < 2e-5


def test_an_ordered_phase_tells_nothing(surface):
    """Cooled, it may have been entered late."""
    assert found(surface, 2e-4 + 0 * MU, assigned(ordered=True)) == 0


def test_paths_that_came_from_another_phase_tell_nothing(surface):
    phase = STATE.copy()
    phase[1, -3] = -1
    shift = 2e-4 + 0 * MU
    two = found(surface, shift, assigned(phase))
    assert two == pytest.approx(2e-4, rel=0.1)  # the two temperatures above it
    phase[1, -1] = -1
    assert found(surface, shift, assigned(phase)) == 0


def test_few_paths_tell_nothing(surface):
    phase = STATE.copy()
    phase[1, :, 4:] = -1
    assert found(surface, 2e-4 + 0 * MU, assigned(phase)) == 0


def test_without_cooling_there_is_no_such_error(surface):
    assert found(surface, 2e-4 + 0 * MU, plan=replace(PLAN, cooled=0)) == 0


def test_without_a_surface_neither():
    assert systematic(PLAN, DATA[0], assigned(), [None]) == 0


def test_ground_states_that_no_state_is_in_have_no_surface(surface):
    """Those after the last phase that was found are not in the assignment."""
    more = replace(
        PLAN, phases=(*PLAN.phases, "missed"), energy=np.append(PLAN.energy, 0.0),
        number=np.append(PLAN.number, 3.0),
    )  # fmt: skip
    assert found(surface, 2e-4 + 0 * MU, plan=more) == pytest.approx(2e-4, rel=0.1)
