"""The random numbers: known answers, uniformity, independence of the streams."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2, norm

from navac.montecarlo.random import path_keys, threefry_2x32

REJECT_AT = 1e-4


@pytest.mark.parametrize(
    ("rounds", "counter", "key", "words"),
    [
        (13, (0, 0), (0, 0), (0x9D1C5EC6, 0x8BD50731)),
        (13, (0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0xFD36D048, 0x2D17272C)),
        (13, (0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xBA3E4725, 0xF27D669E)),
        (20, (0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        (20, (0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_against_the_reference_implementation(rounds, counter, key, words):
    """Random123's known answers for threefry2x32 (kat_vectors)."""
    u32 = jnp.uint32
    got = threefry_2x32(tuple(map(u32, counter)), tuple(map(u32, key)), rounds)
    assert tuple(map(int, got)) == words


def test_uniforms_are_uniform_and_independent_of_each_other():
    """Over words, sites, sweeps and paths, neighbouring numbers do not know each other."""
    keys = path_keys(11, np.arange(512))
    site = np.arange(201, dtype=np.uint32)[:, None]
    words = [threefry_2x32((site, jnp.uint32(s)), (keys[:, 0], keys[:, 1])) for s in range(4)]
    u = np.swapaxes(np.array(words, float), 0, 1) / 2**32
    assert (u >= 0).all()
    assert (u < 1).all()
    counts = np.histogram(u, bins=256, range=(0, 1))[0]
    statistic = ((counts - u.size / 256) ** 2).sum() / (u.size / 256)
    assert chi2.sf(statistic, 255) > REJECT_AT
    for axis in range(u.ndim):
        n = u.shape[axis]
        a, b = np.take(u, range(n - 1), axis), np.take(u, range(1, n), axis)
        r = np.corrcoef(a.ravel(), b.ravel())[0, 1] * np.sqrt(a.size)
        assert 2 * norm.sf(abs(r)) > REJECT_AT


def test_streams_of_different_paths_and_campaigns_differ():
    keys = path_keys(1, np.arange(100_000))
    assert len(np.unique(keys, axis=0)) == len(keys)
    assert (path_keys(1, np.array([5])) != path_keys(2, np.array([5]))).any()
