"""Error bars, autocorrelation times and drifts of known series."""

import h5py
import numpy as np
import pytest

from navac.sampling.statistics import (
    UnreliableError,
    autocorrelation_time,
    check_reliable,
    drift,
    standard_error,
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


def test_drift_is_seen_and_noise_is_not():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(10, 1000))
    assert (np.abs(drift(noise)) > 4).mean() < 0.01
    ramp = noise + 2 * np.arange(10)[:, None]
    assert (np.abs(drift(ramp)) > 4).mean() > 0.95


def test_what_never_moves_is_reliable():
    still = np.full((10, 3), 4.25)
    assert (autocorrelation_time(still, still**2, 20) == 0).all()
    assert (drift(still) == 0).all()
    assert not unreliable(np.zeros(3), np.zeros(3), 20).any()


def test_unreliable_averages_are_refused_when_asked(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["paths"], file["temperature_K"] = np.array([7, 8]), [[300.0, 300], [680, 680]]
        file["block_sweeps"] = np.full((2, 2), 20.0)
        for name in ("autocorrelation_number", "drift_energy", "drift_number"):
            file[name] = np.zeros((2, 2))
        file["autocorrelation_energy"] = np.array([[0.5, 1.0], [2.0, 9.0]])
        assert check_reliable(file).startswith("1 of 4 averages")
        with pytest.raises(UnreliableError, match=r"path 8 at 680 K.*9\.0, 20 sweeps"):
            check_reliable(file, refuse=True)
