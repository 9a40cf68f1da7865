"""Phases on the grid, between its points, and beyond where they were sampled."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.extension import (
    BEYOND,
    LEAST_ERROR,
    extended,
    fields_of,
)
from navac.thermodynamics.farther import stretches
from navac.thermodynamics.fields import SCALARS
from navac.thermodynamics.holes import COOLER, HOLE
from navac.thermodynamics.phase_states import states_of
from navac.thermodynamics.surfaces import fit_surface
from tests.thermodynamics.models import (
    CRYSTAL,
    DISORDERED,
    HIGH,
    LOW,
    MU,
    T,
    branches_in,
    exact_fields,
    plan_for,
)

PHASES = (LOW, DISORDERED)
JUMP = 0.1
"""Smallest jump of N."""


def known_in(where):
    """The exact fields where a mask ``[phase, T, μ]`` says so, and beyond that extended."""
    fields = exact_fields(PHASES)
    hidden = {name: np.where(where, getattr(fields, name), np.nan) for name in SCALARS}
    return extended(replace(fields, sampled=where, **hidden))


def window(T_from, T_to, mu_from, mu_to):
    where = np.zeros((2, len(T), len(MU)), bool)
    where[:, T_from:T_to, mu_from:mu_to] = True
    return where


def test_between_points_of_the_grid_phi_is_known_to_fourth_order():
    row = exact_fields(PHASES).rows(15)
    mu = MU[:-1] + 0.3 * np.diff(MU)
    phi, number, chi = (np.array(v) for v in zip(*(row.at(m) for m in mu), strict=True))
    for k, phase in enumerate(PHASES):
        exact = phase.exact(T[15], mu)
        np.testing.assert_allclose(phi[:, 0, k], exact["phi"], atol=1e-8)
        np.testing.assert_allclose(number[:, 0, k], exact["number"], atol=1e-6)
        np.testing.assert_allclose(chi[:, 0, k], exact["susceptibility"], rtol=1e-3)


def test_at_points_of_the_grid_phi_is_that_of_the_grid():
    fields = exact_fields(PHASES)
    row = fields.rows(20)
    for i in (0, 1, 17, len(MU) - 1):
        phi, number, _ = row.at(MU[i])
        np.testing.assert_allclose(phi, fields.phi[:, :, 20, i], rtol=1e-12)
        np.testing.assert_allclose(number, fields.number[:, :, 20, i], rtol=1e-9)


def test_a_finer_grid_holds_the_same_values():
    row = exact_fields(PHASES).rows(15)
    mu, phi = row.finer_mu(8), row.finer(8)
    assert len(mu) == 8 * (len(MU) - 1) + 1
    np.testing.assert_allclose(mu[::8], MU)
    np.testing.assert_allclose(phi[:, ::8], row.phi[0])
    np.testing.assert_allclose(phi.T, [row.at(m)[0][0] for m in mu], atol=1e-14)


def test_beyond_its_states_a_phase_is_never_too_low():
    """φ is concave in T and μ, and tangents lie above."""
    fields = known_in(window(8, 20, 12, 30))
    exact = exact_fields(PHASES)
    there = np.isfinite(fields.phi[0])
    assert (fields.phi[0] >= exact.phi[0] - 1e-12)[there].all()
    beyond = there & ~fields.sampled
    assert (fields.phi[0] > exact.phi[0] + 1e-9)[beyond].mean() > 0.9


def test_a_phase_goes_on_with_constant_n_along_mu():
    fields = known_in(window(8, 20, 12, 30))
    for k in range(2):
        N = fields.number[0, k, 10]
        assert (N[:12] == N[12]).all()
        assert (N[30:] == N[29]).all()
        assert (fields.susceptibility[0, k, 10, 30:] == 0).all()
        np.testing.assert_allclose(
            fields.phi[0, k, 10, 30:], fields.phi[0, k, 10, 29] - N[29] * (MU[30:] - MU[29])
        )


def test_a_phase_goes_on_with_constant_entropy_over_a_few_temperatures():
    fields = known_in(window(8, 20, 12, 30))
    known = np.isfinite(fields.phi[0]).any(axis=2)
    assert np.flatnonzero(known[0]).tolist() == list(range(8 - BEYOND, 20 + BEYOND))
    for k, phase in enumerate(PHASES):
        at = np.s_[12:30]
        S = phase.entropy(np.full(18, T[19]), MU[at])
        steps = np.diff(fields.phi[0, k, 19 : 20 + BEYOND, at], axis=0)
        np.testing.assert_allclose(steps, np.broadcast_to(-S * 20, steps.shape), rtol=1e-9)


def test_of_two_stretches_the_lower_tangent_counts():
    where = window(10, 11, 5, 10) | window(10, 11, 30, 36)
    fields, exact = known_in(where), exact_fields(PHASES)
    for k in range(2):
        phi, N, E = (getattr(exact, n)[0, k, 10] for n in ("phi", "number", "energy"))
        both = np.array([phi[i] - N[i] * (MU - MU[i]) for i in (9, 30)])
        np.testing.assert_allclose(fields.phi[0, k, 10, 10:30], both.min(axis=0)[10:30])
        chosen = both.argmin(axis=0)[10:30]
        np.testing.assert_allclose(fields.energy[0, k, 10, 10:30], np.where(chosen, E[30], E[9]))


def test_a_phase_sampled_at_other_temperatures_goes_on_along_them_where_that_is_lower():
    """Sampled far off in μ at two temperatures: constant N over that distance is worse."""
    where = window(8, 20, 12, 30) | window(20, 22, 27, 30)
    fields, exact = known_in(where), exact_fields(PHASES)
    for k, phase in enumerate(PHASES):
        gap = np.s_[0, k, 20, 12:22]
        S = phase.entropy(np.full(10, T[19]), MU[12:22])
        np.testing.assert_allclose(
            fields.phi[gap], exact.phi[0, k, 19, 12:22] - S * (T[20] - T[19]), rtol=1e-9
        )
        above = fields.phi[gap] - exact.phi[gap]
        assert (above >= 0).all()
        # By how much it is too high is told by the curvature.
        np.testing.assert_allclose(above, fields.extension[k, 20, 12:22], rtol=0.35, atol=1e-12)


def test_what_constant_number_makes_too_high_is_told_by_the_susceptibility():
    fields, exact = known_in(window(8, 20, 18, 24)), exact_fields(PHASES)
    assert not fields.extension[:, 8:20, 18:24].any()
    for k in range(2):
        above = (fields.phi - exact.phi)[0, k, 10, 24:28]
        np.testing.assert_allclose(above, fields.extension[k, 10, 24:28], rtol=0.3)


def test_a_phase_that_was_not_sampled_is_nowhere():
    where = window(8, 20, 12, 30)
    where[1] = False
    fields = known_in(where)
    assert np.isnan(fields.phi[:, 1]).all()
    assert np.isfinite(fields.phi[:, 0, 10]).all()


@pytest.mark.parametrize(
    ("flags", "expected"),
    [([0, 1, 1, 0, 1], [[1, 2], [4]]), ([1, 1], [[0, 1]]), ([0, 0], []), ([1, 0], [[0]])],
)
def test_stretches_are_of_true_values_side_by_side(flags, expected):
    assert [s.tolist() for s in stretches(np.array(flags, bool))] == expected


PLAN = plan_for([LOW, HIGH], None)


def on_grid(phase, fields_resamples=3):
    """The surface of the first phase where it is planted, on the grid."""
    state = np.broadcast_to(np.arange(2)[:, None, None], (2, len(T), len(MU))).copy()
    data = branches_in(PLAN, (LOW, HIGH), state, resamples=fields_resamples)
    states = states_of(PLAN, data, np.zeros(state.shape), phase, 0, CRYSTAL.cells, 1000)
    return fields_of(PLAN, [fit_surface(PLAN, states), None], phase, states.phi.shape[1], JUMP)


def test_fields_are_the_surfaces_where_their_phase_was_sampled():
    phase = np.full((2, len(T), len(MU)), -1)
    phase[0, :, :30] = 0
    fields = on_grid(phase)
    assert fields.phi.shape == (4, 2, len(T), len(MU))
    np.testing.assert_array_equal(fields.sampled[0], (phase == 0).any(axis=0))
    assert not fields.sampled[1].any()
    assert np.isnan(fields.phi[:, 1]).all()
    assert fields.phi_error[1] == LEAST_ERROR
    exact = LOW.exact(T[:, None], MU)
    np.testing.assert_allclose(fields.phi[0, 0, 5:, :30], exact["phi"][5:, :30], atol=3e-5)
    np.testing.assert_allclose(fields.number[0, 0, 5:, :30], exact["number"][5:, :30], atol=5e-3)


def test_holes_are_filled_where_the_surface_holds():
    """Also wide ones: N of the surface rises across them."""
    phase = np.zeros((2, len(T), len(MU)), int) - 1
    phase[0] = 0
    phase[0, 10, 12 : 12 + HOLE] = -1
    phase[0, 22, 12:20] = -1
    assert on_grid(phase).sampled[0].all()


class Falling:
    """A surface that does not hold: N falls with μ."""

    coefficients, route_error, offsets = np.zeros((1, 1)), 0.0, None

    def at(self, T, mu):
        return dict.fromkeys(SCALARS, np.zeros((len(mu), 1))) | {"number": -mu[:, None]}


def test_a_wide_hole_stays_one_where_the_surface_does_not_hold():
    phase = np.zeros((2, len(T), len(MU)), int) - 1
    phase[0] = 0
    phase[0, 10, 12 : 12 + HOLE] = phase[0, 22, 12 : 13 + HOLE] = -1
    sampled = fields_of(PLAN, [Falling(), None], phase, 1, JUMP).sampled[0]
    assert sampled[10].all()
    np.testing.assert_array_equal(sampled[22], phase[0, 22] == 0)


def test_the_ends_of_a_row_are_no_holes():
    phase = np.zeros((2, len(T), len(MU)), int) - 1
    phase[0] = 0
    phase[0, :11, :4] = phase[0, 20:, -6:] = -1
    sampled = on_grid(phase).sampled[0]
    np.testing.assert_array_equal(sampled, phase[0] == 0)


@pytest.mark.parametrize("missing", [1, COOLER, COOLER + 1])
def test_what_a_row_lacks_between_two_others_is_a_hole_along_temperature(missing):
    """A path that went elsewhere a little earlier than those beside it."""
    phase = np.zeros((2, len(T), len(MU)), int) - 1
    phase[0] = 0
    phase[0, 10 : 10 + missing, -6:] = -1
    sampled = on_grid(phase).sampled[0]
    assert sampled.all() == (missing <= COOLER)
    assert sampled[:, :-6].all()


@pytest.mark.parametrize(("name", "power"), [("number_error", "number"), ("omega_error", "S")])
def test_how_far_n_and_the_entropy_may_be_off_beyond_the_states(name, power):
    """Fluctuations where a phase was last sampled tell, for small distances at most too much."""
    fields, exact = known_in(window(8, 20, 18, 24)), exact_fields(PHASES)

    def quantity(of):
        if power == "number":
            return of.number[0]
        omega = of.energy[0] - MU * of.number[0]
        return omega - of.phi[0]

    beyond = np.zeros(fields.sampled.shape, bool)
    beyond[:, 8:20, 24:27] = beyond[:, 20, 18:24] = True
    off = np.abs(quantity(fields) - quantity(exact))
    told = getattr(fields, name)
    assert (told[beyond] + 1e-12 > 0.5 * off[beyond]).all()
    assert np.median(told[beyond] / np.maximum(off[beyond], 1e-9)) < 4
    assert not told[fields.sampled].any()


def test_next_to_its_states_a_phase_goes_on_with_its_susceptibility():
    """By one chemical potential; N is then nearer to the exact one than a constant."""
    phase = np.zeros((2, len(T), len(MU)), int) - 1
    phase[0, :, 8:30] = 0
    fields = on_grid(phase)
    assert not fields.sampled[0, :, 30].any()
    exact = PHASES[0].exact(T[20], MU)["number"]
    N, chi = fields.number[0, 0, 20], fields.susceptibility[0, 0, 20]
    assert N[30] == pytest.approx(N[29] + chi[29] * (MU[30] - MU[29]))
    assert (N[31:] == N[30]).all()
    assert abs(N[30] - exact[30]) < 0.3 * abs(N[29] - exact[30])
    assert fields.number_error[0, 20, 30] > 0.5 * abs(N[30] - exact[30])
    step = np.diff(MU[29:31])[0]
    middle = fields.rows(20).at(MU[29] + step / 2)[1][0, 0]
    assert middle == pytest.approx((N[29] + N[30]) / 2, rel=1e-9)
    S = (fields.energy - MU * fields.number - fields.phi)[0, 0, 20]
    assert S[30] == pytest.approx(S[29], rel=1e-9)


@pytest.mark.parametrize(("first", "last", "smallest"), [(28, 30, 0.1), (8, 30, 1e-6)])
def test_few_states_or_a_jump_do_not_go_on(monkeypatch, first, last, smallest):
    phase = np.zeros((2, len(T), len(MU)), int) - 1
    phase[0, :, first:last] = 0
    monkeypatch.setattr("tests.thermodynamics.test_fields.JUMP", smallest)
    N = on_grid(phase).number[0, 0, 20]
    assert (N[last:] == N[last - 1]).all()
