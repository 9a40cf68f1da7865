"""How the rows of a step are shared out among the threads of a GPU."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from navac.montecarlo.layout import Steps

WARP = 32
"""Threads that a GPU runs in step."""
THREADS = 4 * WARP
"""Most threads of a block."""
BLOCKS = 256
"""Blocks that a GPU should have to do, if there are replicas for so many."""


class Tables(NamedTuple):
    """The steps of an environment; their calls are filled up to a power of two.

    Attributes:
        rows: int32 ``[step, member, 1 + neighbour, call]`` the site itself and its neighbours. Two
            members of a call share its two random words.
        callers: uint32 ``[step, call]`` the site whose call it is.
        second: bool ``[step, call]`` whether an only member takes the second word.
        there: bool ``[call]`` false for calls that fill up.
    """

    rows: np.ndarray
    callers: np.ndarray
    second: np.ndarray
    there: np.ndarray


def members_of(steps: Steps) -> int:
    """Rows that share a call of the generator: two where every second one takes the other word."""
    rows = steps.second.shape[1]
    return 2 if rows % 2 == 0 and (steps.second == np.arange(rows) % 2).all() else 1


def tables_of(steps: Steps, calls: int, spare: int) -> Tables:
    """The tables of an environment.

    Args:
        calls: of a step, with those that fill up.
        spare: a row that no site has, for these.
    """
    members = members_of(steps)
    count, seen, rows = steps.starts.shape[:3]
    own = rows // members
    places = steps.starts[..., 0].reshape(count, seen, own, members).transpose(0, 3, 1, 2)

    def filled(x, value=0):
        missing = [(0, 0)] * (x.ndim - 1) + [(0, calls - own)]
        return np.pad(x, missing, constant_values=value)

    return Tables(
        filled(places.astype(np.int32), spare), filled(steps.callers[:, ::members, 0]),
        filled(steps.second[:, ::members]), np.arange(calls) < own,
    )  # fmt: skip


def width_of(words: int, calls: int) -> int:
    """Words of a block: few enough that there are many blocks, and that its threads are not too
    many for their registers."""
    width = 1
    while (
        words % (2 * width) == 0
        and words // (2 * width) >= BLOCKS
        and (2 * width * calls <= THREADS)
    ):
        width *= 2
    return width
