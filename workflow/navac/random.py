"""Counter-based random numbers: Philox2x32 with 7 rounds.

Philox2x32-7 passes BigCrush (Salmon et al., SC11, "Parallel random numbers: as easy as
1, 2, 3", Table 2). The stream is a pure function of (key of the path, sweep, site), so how
paths are batched, or where a run was interrupted, cannot change it.
"""

from __future__ import annotations

import hashlib

import jax
import jax.numpy as jnp
import numpy as np

_MULTIPLIER = 0xD256D193
_WEYL = 0x9E3779B9
_ROUNDS = 7


def path_keys(seed: int, paths: np.ndarray) -> np.ndarray:
    """32-bit keys, different for every path of a campaign.

    Args:
        seed: the campaign seed.
        paths: ``[replica]`` path numbers below 2³².

    Returns:
        ``[replica]`` uint32.
    """
    start = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:4], "little")
    # An odd multiplier permutes the 32-bit integers, so distinct paths keep distinct keys.
    return (np.uint64(start) + np.asarray(paths, np.uint64) * np.uint64(_WEYL)).astype(np.uint32)


def philox_2x32(counter: jax.Array, sweep: jax.Array, key: jax.Array) -> jax.Array:
    """Two 32-bit random words per counter, as one uint64.

    Args:
        counter: low counter words (below 2³²), uint64, any shape that broadcasts.
        sweep: high counter words.
        key: keys.

    Returns:
        The first output word in the high half, the second in the low half.
    """
    u64, low = jnp.uint64, jnp.uint64(0xFFFFFFFF)
    left, right = counter.astype(u64), sweep.astype(u64)
    for i in range(_ROUNDS):
        product = left * u64(_MULTIPLIER)
        round_key = (key.astype(u64) + u64(i * _WEYL % 2**32)) & low
        left, right = (product >> u64(32)) ^ round_key ^ right, product & low
    return (left << u64(32)) | right


def uniforms(first: int, n: int, sweep: jax.Array, key: jax.Array) -> jax.Array:
    """Uniform numbers in [0, 1) for ``n`` sites of every replica.

    Args:
        first: number of the first counter; streams of different sites must not overlap, and
            a call takes ``ceil(n / 2)`` counters.
        sweep: scalar sweep number.
        key: ``[replica]`` keys.

    Returns:
        ``[n, replica]`` float32, multiples of 2⁻²⁴.
    """
    half = -(-n // 2)
    counter = jnp.uint64(first) + jnp.arange(half, dtype=jnp.uint64)
    words = philox_2x32(counter[:, None], sweep, key[None, :])
    shift = jnp.array([40, 8], jnp.uint64)[None, :, None]
    bits = ((words[:, None, :] >> shift) & jnp.uint64(0xFFFFFF)).reshape(2 * half, -1)[:n]
    return bits.astype(jnp.uint32).astype(jnp.float32) * jnp.float32(2**-24)
