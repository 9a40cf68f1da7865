"""Where the sites of a supercell lie in memory, and in which order a sweep visits them.

The supercell is cut along its third axis into *parts*. A row of memory holds the sites at one
place of every part, for every replica, so that rows are long enough for vector units even when
there are few replicas. A neighbour across the cut between parts is a row whose parts are
rotated. Rows are therefore stored with a *margin* on either side that repeats the parts of the
other end, so that reading a neighbour is always reading one stretch of memory.

Rows follow in *groups* of sites along the second axis. Two neighbours in a group, the first and the
second, the third and the fourth, share one call of the random number generator, which gives two
words; the last of an odd number has one for itself.

A sweep is a sequence of *steps*. The sites of a step belong to one colour, hence to one
sublattice, and to one slab of the supercell; slab follows slab, so that the neighbours of a
step are still in the cache. Neither the order nor the random numbers depend on the number of
parts or on how rows are grouped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jax import Array

from navac.montecarlo.gas.model import GasModel
from navac.montecarlo.model import ColouringError, Environment, LatticeModel

Values = TypeVar("Values", Array, np.ndarray)

SITES_PER_STEP = 64
"""Slabs are made thick enough for this many sites of one colour."""


@dataclass(frozen=True)
class Steps:
    """The steps of all sites that have one environment.

    Attributes:
        environment: what these sites see.
        start: first row of the first step; the rows of the steps follow each other.
        starts: ``[step, 1 + neighbour, row, 2]`` where the site itself and its neighbours start
            in memory: row, and part of that row with its margin (left out if there is none).
        callers: ``[step, row, part]`` the site whose call of the generator serves the row.
        second: ``[step, row]`` whether it takes the second word.
        sublattice: ``[step]``.
    """

    environment: Environment
    start: int
    starts: np.ndarray
    callers: np.ndarray
    second: np.ndarray
    sublattice: np.ndarray


@dataclass(frozen=True)
class Layout:
    """Rows and steps of a lattice model.

    Attributes:
        sites: ``[row, part]`` index of the site in the supercell.
        margin: parts repeated before and after those of a row.
        steps: by environment, in the order of a sweep.
    """

    sites: np.ndarray
    margin: tuple[int, int]
    steps: tuple[Steps, ...]

    @property
    def parts(self) -> int:
        """Parts of the supercell that share a row."""
        return self.sites.shape[1]

    @property
    def n_rows(self) -> int:
        """Rows of one copy."""
        return len(self.sites)

    @property
    def width(self) -> int:
        """Parts of a row with its margin."""
        return self.parts + sum(self.margin)

    @property
    def table_bytes(self) -> int:
        """Memory of the tables."""
        return sum(s.starts.nbytes + s.callers.nbytes + s.second.nbytes for s in self.steps)

    def to_rows(self, occupation: Values) -> Values:
        """``[site, replica]`` to ``[row, part, replica]``."""
        return occupation[self.sites]

    def from_rows(self, rows: Values) -> Values:
        """Inverse of :meth:`to_rows`."""
        place = np.argsort(self.sites.ravel())
        return rows.reshape(-1, rows.shape[-1])[place]


def possible_parts(model: LatticeModel | GasModel) -> list[int]:
    """Numbers of parts into which the supercell can be cut."""
    blocks = model.supercell.diag[2] // model.block.diag[2]
    return [m for m in range(1, blocks + 1) if blocks % m == 0]


def step_rows(model: LatticeModel | GasModel, parts: int, largest_step: int) -> int:
    """Rows of a step: as many as divide a slab evenly, up to ``largest_step``."""
    return _divisor(corners_of(model, parts).shape[1], largest_step)


def layout(model: LatticeModel, parts: int, largest_step: int) -> Layout:
    """Lay out a lattice model.

    Args:
        parts: one of :func:`possible_parts`.
        largest_step: rows that a step may have.

    Raises:
        ColouringError: two sites of a step interact.
    """
    corners = corners_of(model, parts)
    per_step = corners.shape[1]
    groups = alike(model)
    by_group = [row_sites(model, group, corners) for group in groups]
    sites = np.concatenate(by_group)
    row, part = places_of(sites)
    near = [neighbours_of(model, own[:, 0]) for own in by_group]
    # Rotations to the right and to the left, whichever is the shorter way.
    shift = [(part[n] + parts // 2) % parts - parts // 2 for n in near]
    all_shifts = np.concatenate([[0], *(d.ravel() for d in shift)])
    margin = (-int(all_shifts.min()), int(all_shifts.max()))
    chunk = step_rows(model, parts, largest_step)
    group = model.supercell.diag[1] // model.block.diag[1]
    steps, first = [], 0
    for environment, own, n, d in zip(model.environments, by_group, near, shift, strict=True):
        rows = np.column_stack([row[own[:, 0]], row[n]])
        _check_colouring(rows.reshape(-1, per_step, rows.shape[1]))
        starts = np.stack([rows, np.full_like(rows, margin[0])], axis=-1)
        starts[:, 1:, 1] += d
        starts = starts if any(margin) else starts[..., :1]
        second = np.arange(len(own)) % group % 2 == 1
        steps.append(
            Steps(
                environment, first,
                starts.reshape(-1, chunk, *starts.shape[1:]).swapaxes(1, 2).astype(np.uint32),
                own[np.arange(len(own)) - second].reshape(-1, chunk, parts).astype(np.uint32),
                second.reshape(-1, chunk),
                (own[::chunk, 0] // model.supercell.size).astype(np.int32),
            )
        )  # fmt: skip
        first += len(own)
    return Layout(sites, margin, tuple(steps))


def alike(model: LatticeModel | GasModel) -> list[list[int]]:
    """The sublattices of each environment."""
    return [
        [s for s, own in enumerate(model.environment) if own == e]
        for e in range(len(model.environments))
    ]


def row_sites(
    model: LatticeModel | GasModel, sublattices: list[int], corners: np.ndarray
) -> np.ndarray:
    """``[row, part]`` sites of some sublattices, in the order of a sweep.

    Args:
        corners: see :func:`corners_of`.
    """
    return np.concatenate([
        model.supercell.site(np.asarray(s), slab + cell)
        for slab in corners for s in sublattices for cell in model.block.cells
    ])  # fmt: skip


def corners_of(model: LatticeModel | GasModel, parts: int) -> np.ndarray:
    """``[slab, row, part, 3]`` first cells of the blocks, rows as they follow in a step.

    The third axis is the slowest of (part, row), whatever the number of parts.
    """
    n1, n2, n3 = (n // b for n, b in zip(model.supercell.diag, model.block.diag, strict=True))
    thick = next(
        w for w in range(1, n1 + 1)
        if n1 % w == 0 and (w * n2 * n3 >= SITES_PER_STEP or w == n1)
    )  # fmt: skip
    grid = np.stack(np.meshgrid(np.arange(n3), np.arange(n1), np.arange(n2), indexing="ij"), -1)
    grid = grid[..., [1, 2, 0]].reshape(parts, n3 // parts, n1 // thick, thick, n2, 3)
    grid = grid.transpose(2, 1, 3, 4, 0, 5).reshape(n1 // thick, -1, parts, 3)
    return grid * np.array(model.block.diag)


def places_of(sites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and part of every site, from the sites ``[row, part]``."""
    row, part = np.empty((2, sites.size), int)
    row[sites] = np.arange(len(sites))[:, None]
    part[sites] = np.arange(sites.shape[1])
    return row, part


def neighbours_of(model: LatticeModel | GasModel, sites: np.ndarray) -> np.ndarray:
    """``[site, neighbour]`` neighbours of sites that have one environment."""
    supercell = model.supercell
    sublattice, cell = np.divmod(sites, supercell.size)
    kinds, which = np.unique(sublattice, return_inverse=True)
    offsets = np.stack([model.neighbours[s] for s in kinds])[which]
    return supercell.site(offsets[..., 0], supercell.cells[cell][:, None] + offsets[..., 1:])


def _divisor(n: int, largest: int) -> int:
    """The largest divisor of ``n`` up to ``largest``."""
    return max(d for d in range(1, n + 1) if n % d == 0 and (d <= largest or d == 1))


def _check_colouring(rows: np.ndarray) -> None:
    """Refuse steps ``[step, row, 1 + neighbour]`` that hold neighbours."""
    own = rows[:, :, 0]
    inside = (rows[:, :, 1:] >= own.min(1)[:, None, None]) & (
        rows[:, :, 1:] <= own.max(1)[:, None, None]
    )
    if inside.any():
        step = int(np.flatnonzero(inside.any(axis=(1, 2)))[0])
        raise ColouringError(f"step {step} would move two sites of one cluster at once")
