"""The visits of a sweep: which sites move when, and where they lie in memory.

A sweep is a sequence of *units*, the sites of one row of memory, or of two rows that move
together. Units that follow each other and belong to one move and equal environments make a
*visit*. Rows, parts and margins are those of :mod:`navac.montecarlo.layout`. Where two sites of a
unit lie in different parts, the second row is read rotated.

Neither the order nor the random numbers depend on the number of parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from navac import NavacError
from navac.montecarlo.gas.matchings import Colours, Step
from navac.montecarlo.gas.model import GasModel
from navac.montecarlo.gas.moves import Coupled, Ensemble, Flips, Swaps
from navac.montecarlo.layout import alike, corners_of, neighbours_of, places_of, row_sites


class RandomNumbersError(NavacError):
    """A sweep would need more random numbers than it has names for."""


@dataclass(frozen=True)
class Visit:
    """Units of one move.

    Attributes:
        move: index of the move in the ensemble.
        environments: of the sites of a unit.
        sites: ``[unit, role, part]`` sites, the parts of the second in the order of the first's.
        callers: ``[unit]`` what the first part of a unit calls the random number generator with;
            the moves of one visit count on from here by the number of sites.
        second: ``[unit]`` whether it takes the second word.
        at_once: so many units that follow each other share no cluster.
    """

    move: int
    environments: tuple[int, ...]
    sites: np.ndarray
    callers: np.ndarray
    second: np.ndarray
    at_once: int


@dataclass(frozen=True)
class Places:
    """Where the sites of a model lie, and the visits of a sweep.

    Attributes:
        sites: ``[row, part]`` index of the site in the supercell.
        margin: parts repeated before and after those of a row.
        visits: of a sweep, in order.
        reads: per visit and role, ``[unit, 1 + neighbour, 2]`` row of the site and of its
            neighbours, and the parts by which they are rotated to the left.
    """

    sites: np.ndarray
    margin: tuple[int, int]
    visits: tuple[Visit, ...]
    reads: tuple[tuple[np.ndarray, ...], ...]

    @property
    def parts(self) -> int:
        """Parts of the supercell that share a row."""
        return self.sites.shape[1]


def places(model: GasModel, ensemble: Ensemble, parts: int) -> Places:
    """Lay out a lattice gas and the moves of an ensemble.

    Raises:
        EnsembleError: moves cannot reach every arrangement.
        RandomNumbersError: the supercell is too large for so many moves.
    """
    corners = corners_of(model, parts)
    sites = np.concatenate([row_sites(model, group, corners) for group in alike(model)])
    visits = tuple(_visits(model, ensemble, sites, corners.shape[:2]))
    row, part = places_of(sites)
    reads = []
    for visit in visits:
        own = visit.sites[:, :, 0]
        seen = [np.column_stack([o, neighbours_of(model, o)]) for o in own.T]
        # Rotations to the right and to the left, whichever is the shorter way.
        reads.append(tuple(
            np.stack([row[x], (part[x] + parts // 2) % parts - parts // 2], axis=-1) for x in seen
        ))  # fmt: skip
    turns = np.concatenate([r[..., 1].ravel() for some in reads for r in some])
    return Places(sites, (-int(turns.min()), int(turns.max())), visits, tuple(reads))


def _visits(model, ensemble, sites, shape) -> Iterator[Visit]:
    names = 0
    size = model.n_sites
    for index, move in enumerate(ensemble.moves):
        kind = _flips if isinstance(move, Flips) else _joint
        for visit, used in kind(model, index, move, sites, shape):
            yield Visit(visit.move, visit.environments, visit.sites, visit.callers + names * size,
                        visit.second, visit.at_once)  # fmt: skip
            names += used
    if names * size >= 2**32:
        raise RandomNumbersError(
            f"{names} moves of {size} sites are more than the 2³² random numbers of a sweep; take "
            "a smaller supercell or fewer pairs of species"
        )


def _words(model: GasModel, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Callers and second words of units whose first sites are ``first[unit]``."""
    group = model.supercell.diag[1] // model.block.diag[1]
    second = np.arange(len(first)) % group % 2 == 1
    return first[np.arange(len(first)) - second].astype(np.int64), second


def _flips(model: GasModel, index: int, move: Flips, sites, shape):
    """Visits of single sites, environment by environment, and the names that they use up."""
    sublattice = sites[:, 0] // model.supercell.size
    for k, group in enumerate(alike(model)):
        own = [s for s in group if s in move.sublattices]
        if not own:
            continue
        rows = sites[np.isin(sublattice, own)]
        callers, second = _words(model, rows[:, 0])
        yield Visit(index, (k,), rows[:, None], callers, second, shape[1]), move.count


def _joint(model: GasModel, index: int, move: Swaps | Coupled, sites, shape):
    """Visits of two sites, by the environments of the two, and the names that they use up."""
    colours = Colours(model.supercell, model.block, model.neighbours)
    steps = colours.steps(*move.sides)
    each = move.count

    def environments(step: Step) -> tuple[int, int]:
        return model.environment[step.first[0]], model.environment[step.second[0]]

    for kinds, own in groupby(sorted(steps, key=environments), environments):
        units, callers, second, names = [], [], [], 0
        for step in own:
            rows = _rows_of(model, sites, step)
            called, word = _words(model, rows[:, 0])
            partner = np.full(model.n_sites, -1)
            first, other = colours.pairs(step)
            partner[first] = other
            units.append(np.stack([rows, partner[rows]], axis=1))
            callers.append(called + names * model.n_sites)
            second.append(word)
            names += each
        visit = Visit(index, kinds, np.concatenate(units), np.concatenate(callers),
                      np.concatenate(second), shape[0] * shape[1])  # fmt: skip
        yield visit, names


def _rows_of(model: GasModel, sites: np.ndarray, step: Step) -> np.ndarray:
    """``[row, part]`` the rows of the first colour of a step."""
    sublattice, cell = np.divmod(sites[:, 0], model.supercell.size)
    colour = model.block.wrap(model.supercell.cells[cell])
    return sites[(sublattice == step.first[0]) & (colour == step.first[1])]
