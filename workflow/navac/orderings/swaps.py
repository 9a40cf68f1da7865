"""Annealing of orderings of any species by swaps of what two sites hold.

A swap keeps the composition of every group of sites. What is annealed is any *landscape* that
knows how much its value changes with a swap: the Ewald energy here, correlations in
:mod:`navac.expansion.special`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from navac.orderings.ewald import EwaldModel
from navac.orderings.groups import Counts

COLD = 0.01
"""Last temperature of an annealing, in spreads of random occupations."""


class Landscape(Protocol):
    """Replicas of one supercell and what is minimised; arrays are updated in place.

    Attributes:
        occupation: ``[replica, site]`` codes.
        value: ``[replica]`` what is minimised.
    """

    occupation: np.ndarray
    value: np.ndarray

    def change(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """``[replica]`` change of the value if sites ``i[replica]`` and ``j[replica]`` swap."""
        ...

    def swap(self, taken: np.ndarray, i: np.ndarray, j: np.ndarray, change: np.ndarray) -> None:
        """Swap sites of the replicas ``taken``; the other arrays are of these only."""
        ...


def random_occupations(
    sites: Sequence[np.ndarray], counts: Counts, number: int, rng: np.random.Generator
) -> np.ndarray:
    """``[ordering, site]`` codes, all arrangements of a composition equally likely."""
    occupation = np.empty((number, sum(map(len, sites))), np.int8)
    for own, vector in zip(sites, counts, strict=True):
        codes = np.repeat(np.arange(len(vector), dtype=np.int8), vector)
        occupation[:, own] = rng.permuted(np.tile(codes, (number, 1)), axis=1)
    return occupation


def anneal(
    landscape: Landscape,
    sites: Sequence[np.ndarray],
    *,
    steps: int,
    keep: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Metropolis swaps in every replica, cooled from the spread of the start to a hundredth of it.

    What is returned is the lowest of all that was visited; nothing says that there is no lower.

    Args:
        sites: of every group.
        keep: most occupations returned.

    Returns:
        ``[ordering, site]`` distinct codes, lowest first, and their values.
    """
    best = _Visited(landscape, keep)
    best.add()
    movable = [own for own in sites if np.any(landscape.occupation[0, own] !=
                                              landscape.occupation[0, own[0]])]  # fmt: skip
    if not movable:
        return best.lowest()
    replicas = len(landscape.occupation)
    rows = np.arange(replicas)
    share = np.array([len(own) for own in movable], float)
    spread = landscape.value.std() or 1.0
    for temperature in spread * np.geomspace(1, COLD, steps):
        own = movable[rng.choice(len(movable), p=share / share.sum())]
        i, j = own[rng.integers(len(own), size=(2, replicas))]
        change = landscape.change(i, j)
        held = landscape.occupation
        # u < exp(-change/T) for uniform u is change < T e for exponentially distributed e.
        accepted = change < temperature * rng.exponential(size=replicas)
        taken = np.flatnonzero(accepted & (held[rows, i] != held[rows, j]))
        landscape.swap(taken, i[taken], j[taken], change[taken])
        best.add(taken)
    return best.lowest()


class _Visited:
    """The lowest occupations that replicas have visited."""

    def __init__(self, landscape: Landscape, keep: int):
        self._landscape = landscape
        self._keep = keep
        self._values: dict[bytes, float] = {}

    def add(self, rows: np.ndarray | None = None) -> None:
        """Note where some replicas are."""
        occupation, value = self._landscape.occupation, self._landscape.value
        for row in range(len(value)) if rows is None else rows:
            self._values.setdefault(occupation[row].tobytes(), float(value[row]))
        if len(self._values) > 20 * self._keep:
            lowest = sorted(self._values.items(), key=lambda item: (item[1], item[0]))
            self._values = dict(lowest[: 4 * self._keep])

    def lowest(self) -> tuple[np.ndarray, np.ndarray]:
        some = sorted(self._values.items(), key=lambda item: (item[1], item[0]))[: self._keep]
        occupation = np.array([np.frombuffer(key, np.int8) for key, _ in some])
        return occupation, np.array([value for _, value in some])


@dataclass(eq=False)
class EwaldLandscape:
    """Ewald energies of replicas, eV per supercell.

    Attributes:
        model: of the supercell.
        occupation: ``[replica, site]`` codes.
        value: ``[replica]`` energies.
        potential: ``[replica, site]`` dE/dq, eV/e.
    """

    model: EwaldModel
    occupation: np.ndarray
    value: np.ndarray
    potential: np.ndarray

    @classmethod
    def of(cls, model: EwaldModel, occupation: np.ndarray) -> EwaldLandscape:
        """Replicas that begin with some occupations."""
        q = model.charges(occupation)
        return cls(
            model=model,
            occupation=occupation.copy(),
            value=model.energies(occupation) * model.size,
            potential=2 * q @ model.pair + model.field,
        )

    def _gain(self, rows: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Charge that site i gains when it takes what j holds; both are of one group."""
        held = self.occupation
        return self.model.charge[i, held[rows, j]] - self.model.charge[i, held[rows, i]]

    def change(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        rows, pair = np.arange(len(self.value)), self.model.pair
        gain = self._gain(rows, i, j)
        linear = self.potential[rows, i] - self.potential[rows, j]
        return gain * (linear + gain * (pair[i, i] + pair[j, j] - 2 * pair[i, j]))

    def swap(self, taken: np.ndarray, i: np.ndarray, j: np.ndarray, change: np.ndarray) -> None:
        gain = self._gain(taken, i, j)[:, None]
        self.potential[taken] += 2 * gain * (self.model.pair[i] - self.model.pair[j])
        self.value[taken] += change
        held = self.occupation
        held[taken, i], held[taken, j] = held[taken, j], held[taken, i]
