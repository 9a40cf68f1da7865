"""States that no ground state leads to: those that are of a ground state's phase after all."""

import numpy as np
import pytest

from navac.thermodynamics.differences import Differences, differences
from navac.thermodynamics.discovered import NONE, continued, in_domains
from tests.thermodynamics.known import branches_of
from tests.thermodynamics.plans import plan_of

BRANCHES, STEPS, MU = 2, 6, np.linspace(-0.1, 0.1, 9)
SHAPE = BRANCHES, STEPS, len(MU)
OWN, STRANGE = 0, 2
"""A phase of a ground state, of two, and one that is reached from none."""


def apart_by(value):
    """All neighbours are so far from continuing each other."""
    return Differences(
        in_T=np.full((BRANCHES, STEPS - 1, len(MU)), value),
        in_mu=np.full((BRANCHES, STEPS, len(MU) - 1), value),
        across=np.full((BRANCHES, *SHAPE), value),
    )  # fmt: skip


def planted():
    """The one path in the phase but for the last chemical potentials, the other in nothing."""
    found = np.full(SHAPE, NONE)
    found[0] = OWN
    found[0, :, 6:] = STRANGE
    return found


def test_what_continues_a_phase_is_of_it():
    found = continued(planted(), apart_by(0.5), 2)
    assert (found[0] == OWN).all()
    assert (found[1] == NONE).all()


def test_what_does_not_continue_a_phase_is_not():
    np.testing.assert_array_equal(continued(planted(), apart_by(1.5), 2), planted())


@pytest.mark.parametrize(("rows", "becomes"), [(2, STRANGE), (3, OWN)])
def test_most_of_where_they_meet_decides(rows, becomes):
    apart = apart_by(1.5)
    apart.in_mu[0, :rows, 5] = 0.5
    assert (continued(planted(), apart, 2)[0, :, 6:] == becomes).all()


def test_nothing_becomes_of_what_is_in_no_phase():
    found = planted()
    found[0, :, 5] = NONE
    np.testing.assert_array_equal(continued(found, apart_by(0.5), 2), found)


def with_domains(*, off=0.0, wall=0.01):
    """The second path in domains of the phase that the first is in, but for the last μ."""
    found = np.full(SHAPE, STRANGE)
    found[0] = OWN
    found[0, :, 7:] = NONE
    number = np.broadcast_to(3 + MU, SHAPE).copy()
    number[1] += off
    energy = 0.5 + MU * number
    energy[1] += wall
    return found, branches_of(0 * number, number, energy=energy)


def test_domains_are_none_but_where_they_go_on_next_to_the_phase():
    found, data = with_domains()
    result = in_domains(found, data, MU, 2, 0.1, apart_by(0.5))
    assert (result[0] == found[0]).all()
    assert (result[1, :, :7] == NONE).all(), "the phase itself was sampled there"
    assert (result[1, :, 8] == NONE).all(), "not next to it"


def test_the_next_state_of_domains_is_of_the_phase():
    found, data = with_domains()
    found[0, :, 7:] = STRANGE
    result = in_domains(found, data, MU, 2, 0.1, apart_by(0.5))
    assert (result[0, :, 7] == OWN).all()
    assert (result[0, :, 8] == NONE).all()
    assert (in_domains(found, data, MU, 2, 0.1, apart_by(1.5))[0, :, 7:] == NONE).all()


@pytest.mark.parametrize("other", [{"off": 0.02}, {"wall": -0.01}])
def test_another_composition_or_less_energy_is_another_phase(other):
    found, data = with_domains(**other)
    result = in_domains(found, data, MU, 2, 0.1, apart_by(0.5))
    np.testing.assert_array_equal(result, found)


def test_a_phase_that_was_seldom_sampled_beside_another_is_its_own():
    found, data = with_domains()
    found[0, :, 4:] = NONE
    result = in_domains(found, data, MU, 2, 0.1, apart_by(0.5))
    np.testing.assert_array_equal(result, found)


def test_what_energies_are_counted_from_does_not_matter():
    """E + cN at μ + c is the same state; E alone would change by c times that of N."""
    rng = np.random.default_rng(1)
    number, noise = 3 + 4 * MU + 0.1 * rng.random(SHAPE), 1e-4 * rng.normal(size=(5, *SHAPE))

    def found(shift):
        data = [
            branches_of(
                0 * number, number + off, energy=0.5 + (MU + shift) * number,
                susceptibility=np.full(SHAPE, 4.0), cross=np.full(SHAPE, 0.01),
                omega_variance=np.full(SHAPE, 1e-4),
            ) for off in (0 * noise[0], *noise)
        ]  # fmt: skip
        T = 300.0 + 50 * np.arange(STEPS)
        plan = plan_of(MU + shift, [shift - 0.1, shift + 0.1], T)
        return differences(plan, data, None, 0.1, 1)

    for name in ("in_T", "in_mu", "across"):
        here, there = (getattr(found(shift), name) for shift in (0.0, 0.9))
        np.testing.assert_allclose(here, there, atol=1e-6)
