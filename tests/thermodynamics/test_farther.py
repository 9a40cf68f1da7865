"""A phase beyond its states as its fluctuations say."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.farther import colder, farther_along_mu
from navac.thermodynamics.fields import ERRORS, SCALARS
from tests.thermodynamics.models import DISORDERED, LOW, MU, T, exact_fields

FIRST = 20
"""Position of the coldest temperature that was sampled."""


def hidden(phase, where):
    """The exact fields of a phase where a mask ``[T, μ]`` says so, and the mask."""
    fields = exact_fields([phase])
    known = {name: np.where(where, getattr(fields, name), np.nan) for name in SCALARS}
    return replace(fields, sampled=where[None], **known), where.copy()


def above(step):
    return np.broadcast_to((np.arange(len(T)) >= step)[:, None], (len(T), len(MU))).copy()


def entropy(fields, step):
    phi, N, E = (getattr(fields, name)[0, 0, step] for name in ("phi", "number", "energy"))
    return (E - MU * N - phi) / T[step]


@pytest.mark.parametrize("phase", [LOW, DISORDERED])
def test_colder_than_its_states_phi_is_right_to_second_order(phase):
    fields, held = hidden(phase, above(FIRST))
    colder(fields, 0, held, 0.15)
    new = np.flatnonzero(held.all(axis=1) & (np.arange(len(T)) < FIRST))
    assert len(new) == sum((T[FIRST] > T) & (0.85 * T[FIRST] <= T)) > 2
    exact = phase.exact(T[:, None], MU)
    for step in new:
        S = phase.entropy(np.full(len(MU), T[FIRST]), MU)
        first_order = exact["phi"][FIRST] - S * (T[step] - T[FIRST])
        off = np.abs(fields.phi[0, 0, step] - exact["phi"][step])
        assert np.median(off / np.abs(first_order - exact["phi"][step])) < 0.25
        assert (off < fields.extension[0, step] + 1e-12).mean() > 0.9
        constant = np.abs(exact["number"][FIRST] - exact["number"][step])
        rows = constant > 1e-3
        left = np.abs(fields.number[0, 0, step] - exact["number"][step])
        assert np.median(left[rows] / constant[rows]) < 0.5
        S_now = phase.entropy(np.full(len(MU), T[step]), MU)
        assert np.abs(entropy(fields, step) - S_now).max() < 0.5 * np.abs(S - S_now).max()


def test_a_phase_does_not_go_on_without_entropy():
    """Its heat capacity would take more than all of it."""
    fields, held = hidden(LOW, above(5))
    colder(fields, 0, held, 0.9)
    added = held & ~above(5)
    assert added.any()
    assert not added.all(axis=1)[0]
    for step in range(5):
        assert (entropy(fields, step)[added[step]] > 0).all()


@pytest.mark.parametrize("steps", [1, 3, None])
def test_along_mu_the_susceptibility_stays(steps):
    where = above(0)
    where[:, :12] = where[:, 25:] = False
    fields, held = hidden(DISORDERED, where)
    most = 0.3
    farther_along_mu(fields, 0, held, most, steps)
    N, chi = fields.number[0, 0], fields.susceptibility[0, 0]
    for step in (15, 25):
        to = np.flatnonzero(held[step] & ~where[step])
        allowed = [
            i for i in range(len(MU))
            if not where[step, i] and chi[step, (12, 24)[i > 12]] * min(
                abs(MU[i] - MU[12]), abs(MU[i] - MU[24])) <= most
            and (steps is None or min(abs(i - 12), abs(i - 24)) <= steps)
        ]  # fmt: skip
        assert to.tolist() == allowed
        up = to[to > 24]
        np.testing.assert_allclose(N[step, up], N[step, 24] + chi[step, 24] * (MU[up] - MU[24]))
        told = fields.number_error[0, step, up]
        np.testing.assert_allclose(told, np.abs(N[step, up] - N[step, 24]) / 2)
        exact = DISORDERED.exact(T[step], MU[up])
        assert (np.abs(N[step, up] - exact["number"]) < told + 1e-12).all()
        assert (np.abs(fields.phi[0, 0, step, up] - exact["phi"]) < 1e-3).all()


def test_between_two_stretches_nothing_is_made_up():
    where = above(0)
    where[:, 15:20] = False
    fields, held = hidden(DISORDERED, where)
    farther_along_mu(fields, 0, held, 1.0)
    np.testing.assert_array_equal(held, where)
    assert all((getattr(fields, name) == 0).all() for name in ERRORS)
