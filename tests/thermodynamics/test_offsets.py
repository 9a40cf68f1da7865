"""What is wrong with a surface that resampled blocks do not tell."""

from types import SimpleNamespace

import numpy as np
import pytest

from navac.thermodynamics import surfaces
from navac.thermodynamics.offsets import offsets
from navac.thermodynamics.phase_states import LEAST, doubts, states_of
from navac.thermodynamics.surfaces import LEFT_OUT, TESTED, fit_surface
from tests.thermodynamics.models import LOW, MU, T, branches_in, exact_fields, plan_for

PLAN = plan_for([LOW], None)
STATE = np.zeros((1, len(T), len(MU)), int)
WHERE = tuple(np.nonzero(STATE[0] == 0))
ERROR, RESAMPLES = 1e-3, 40


def of(deviating, *, stderr=ERROR, weight=None):
    """Offsets of N from ``[T, μ, 1 + resample]`` deviations in standard errors."""
    count = len(WHERE[0])
    states = SimpleNamespace(
        where=WHERE, number_stderr=np.full(count, stderr), omega_stderr=np.full(count, stderr),
        rarest=1e-7,
    )  # fmt: skip
    off = deviating[WHERE]
    weight = np.ones(count) if weight is None else weight[WHERE]
    return offsets(PLAN, states, [off, off], [weight] * 2, [np.ones(count)] * 2)


def noise(seed):
    """Deviations by chance alone, which resamples repeat."""
    rng = np.random.default_rng(seed)
    off = rng.normal(size=(len(T), len(MU), 1 + RESAMPLES))
    off[..., 1:] += off[..., :1]
    return off


def test_chance_makes_little_of_an_offset():
    found = np.array([of(noise(seed)).number for seed in range(20)])
    by_chance = ERROR / np.sqrt(3 * 7)
    assert np.sqrt((found**2).mean()) < 0.8 * by_chance
    assert (found < 1.01e-7).mean() > 0.5


@pytest.mark.parametrize("width", [3, 9])
def test_states_that_are_off_alike_tell(width):
    off = noise(3)
    off[10:13, 15 : 15 + width] += 4
    found = of(off).number
    inside = found[11, 15 + width // 2]
    assert inside == pytest.approx(4 * ERROR * min(width, 7) / 7, rel=0.3)
    assert found[20].max() < ERROR


def test_states_of_little_weight_tell_little():
    off, weight = noise(3), np.ones(STATE[0].shape)
    off[11, 15] += 1000
    weight[11, 15] = 1e-3
    assert of(off, weight=weight).number.max() < ERROR


def test_nothing_is_more_certain_than_what_was_never_seen():
    """All states are the same in all blocks: no scatter, and no error but that of one event."""
    found = of(np.zeros((len(T), len(MU), 1 + RESAMPLES)))
    assert (found.number == 1e-7).all()
    assert (found.omega == LEAST).all()


def states(keep=slice(None)):
    """Of a phase without jumps, at some of the chemical potentials."""
    data = branches_in(PLAN, (LOW,), STATE)
    phase = np.full(STATE.shape, -1)
    phase[..., keep] = 0
    return states_of(PLAN, data, doubts(PLAN, data[0]), phase, 0, 512, 1000)


def test_a_fitted_surface_says_what_it_does_not_follow():
    """One temperature is off at all chemical potentials, by more than its errors."""
    good = states()
    wrong = good.number.copy()
    wrong[good.where[0] == 15] += 4 * good.number_stderr.mean()
    bad = SimpleNamespace(**vars(good) | {"number": wrong})
    offs = [fit_surface(PLAN, s).offsets.number for s in (good, bad)]
    assert np.median(offs[1][15]) > 3 * np.median(offs[0][15])
    assert np.median(offs[1][15]) > good.number_stderr.mean()
    np.testing.assert_allclose(np.median(offs[1][25]), np.median(offs[0][25]), rtol=0.3)


@pytest.mark.parametrize(("keep", "all_of_them"), [(slice(None), False), (slice(19, 21), True)])
def test_few_states_are_all_left_out_once(monkeypatch, keep, all_of_them):
    """Else the stiffness of a few states is that which happens to predict some of them."""
    here, left_out = states(keep), []

    def seen(rows, found, which):
        left_out.append(which)
        return 0.0

    monkeypatch.setattr(surfaces, "_score", seen)
    fit_surface(PLAN, here)
    count, parts = len(here.where[0]), len(left_out) // len(surfaces.STIFFNESSES)
    times = np.sum(left_out[:parts], axis=0)
    assert times.max() == 1
    assert all_of_them == (parts == round(1 / LEFT_OUT))
    assert times.sum() == count if all_of_them else times.sum() > TESTED * 0.7


def test_exact_fields_have_no_further_errors():
    fields = exact_fields([LOW])
    assert not fields.number_error.any()
    assert not fields.omega_error.any()
