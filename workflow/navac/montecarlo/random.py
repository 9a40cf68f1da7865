"""Counter-based random numbers: Threefry2x32 with 13 rounds.

Threefry2x32-13 passes BigCrush (Salmon et al., SC11, "Parallel random numbers: as easy as
1, 2, 3", Table 2) and needs nothing but 32-bit additions, rotations and exclusive ors, which
every vector unit has. The stream is a pure function of (campaign, path, sweep, site), so how
paths are batched, or where a run was interrupted, cannot change it.
"""

from __future__ import annotations

import hashlib

import jax.numpy as jnp
import numpy as np

PARITY = 0x1BD11BDA
ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
ROUNDS = 13


def path_keys(seed: int, paths: np.ndarray, *, aside: int | None = None) -> np.ndarray:
    """Keys of 64 bits, different for every path of a campaign.

    Args:
        seed: the campaign seed.
        paths: ``[replica]`` path numbers below 2³².
        aside: the condition that is sampled aside, with other numbers than those that carry the
            path on.

    Returns:
        ``[replica, 2]`` uint32.
    """
    name = str(seed) if aside is None else f"{seed}/aside/{aside}"
    campaign = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    paths = np.asarray(paths, np.uint32)
    return np.stack([paths, np.full_like(paths, campaign)], axis=-1)


def threefry_2x32(counter: tuple, key: tuple, rounds: int = ROUNDS) -> tuple:
    """Two 32-bit random words per counter.

    Args:
        counter: two words, uint32, of shapes that broadcast with each other and the key's.
        key: two words, uint32.
    """
    schedule = (*key, key[0] ^ key[1] ^ jnp.uint32(PARITY))
    left, right = counter[0] + schedule[0], counter[1] + schedule[1]
    for i in range(rounds):
        left = left + right
        turn = ROTATIONS[i % 8]
        right = ((right << jnp.uint32(turn)) | (right >> jnp.uint32(32 - turn))) ^ left
        if i % 4 == 3:
            k = i // 4 + 1
            left = left + schedule[k % 3]
            right = right + schedule[(k + 1) % 3] + jnp.uint32(k)
    return left, right
