"""Error bars, autocorrelation times and trends of known series."""

import numpy as np
import pytest

from navac.crystal.configurations import Configurations
from navac.results.records import RecordFile
from navac.results.sampled import Marks, Shape
from navac.sampling.statistics import (
    UnreliableError,
    autocorrelation_time,
    check_reliable,
    standard_error,
    trend,
    unreliable,
)


def autoregressive(tau, blocks, length, series, seed=1):
    """Block means of x, of x²: x' = ρ x + noise with integrated autocorrelation time ``tau``."""
    rho = (2 * tau - 1) / (2 * tau + 1)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=series)
    values = np.empty((blocks * length, series))
    for k in range(len(values)):
        x = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=series)
        values[k] = x
    values = values.reshape(blocks, length, series)
    return values.mean(axis=1), (values**2).mean(axis=1)


@pytest.mark.parametrize("tau", [0.5, 2.0, 8.0])
def test_autocorrelation_time_of_a_known_series(tau):
    means, squares = autoregressive(tau, 20, 400, 200)
    assert autocorrelation_time(means, squares, 400).mean() == pytest.approx(tau, rel=0.1)


def test_standard_errors_cover_the_truth():
    means, _ = autoregressive(3.0, 20, 200, 2000)
    inside = np.abs(means.mean(axis=0)) < 2 * standard_error(means)
    assert inside.mean() == pytest.approx(0.94, abs=0.02)


def test_a_trend_is_seen_and_noise_is_not():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(10, 1000))
    assert (np.abs(trend(noise)) > 4).mean() < 0.01
    ramp = noise + 2 * np.arange(10)[:, None]
    assert (np.abs(trend(ramp)) > 4).mean() > 0.95


def test_what_never_moves_is_reliable():
    still = np.full((10, 3), 4.25)
    assert (autocorrelation_time(still, still**2, 20) == 0).all()
    assert (trend(still) == 0).all()
    assert not unreliable(np.zeros(3), np.zeros(3), 20).any()


def test_unreliable_averages_are_refused_when_asked(tmp_path):
    """The last path has ended before the second condition."""
    path, n = tmp_path / "a.h5", 3
    T = np.array([[300.0, 300, 300], [680, 680, np.nan]])
    RecordFile.create(
        path, Shape(steps=2, paths=n, blocks=4, sublattices=1, sites=8, cells=1), Marks(),
        paths=np.array([7, 8, 9]), stream=np.arange(n), start_digest=[""] * n, temperature=T,
        mu=np.zeros((2, n)),
    )  # fmt: skip
    times = np.array([[0.5, 1.0, 1.0], [2.0, 9.0, 0]])
    with RecordFile(path, "r+") as record:
        for step in range(2):
            there = np.flatnonzero(np.isfinite(T[step]))
            values = dict.fromkeys(
                ("autocorrelation_number", "trend_energy", "trend_number"), np.zeros(len(there))
            )
            values |= {"block_sweeps": np.full(len(there), 20.0),
                       "autocorrelation_energy": times[step, there]}  # fmt: skip
            state = Configurations.of(np.zeros((n, 8), np.int8))
            record.append(values, there, state, state)
        assert check_reliable(record).startswith("1 of 5 averages")
        with pytest.raises(UnreliableError, match=r"path 8 at 680 K.*9\.0, 20 sweeps"):
            check_reliable(record, refuse=True)
