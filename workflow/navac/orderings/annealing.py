"""Occupations of low Ewald energy where a site holds one of two species, by annealing.

:mod:`navac.orderings.swaps` anneals where sites hold any number of species.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.orderings.ewald import EwaldModel

PENALTY = 5.0
"""Energy of an excluded pair in an annealing, in spreads of the energies of random occupations."""
_NO_PAIR = np.empty((0, 2), int)


def anneal_swaps(
    model: EwaldModel,
    counted: np.ndarray,
    count: int,
    *,
    keep: int | None,
    seed: int | Sequence[int],
    excluded: np.ndarray = _NO_PAIR,
    replicas: int = 512,
    steps: int = 2000,
) -> np.ndarray:
    """Low-energy occupations with ``count`` sites holding the counted species: a heuristic.

    Metropolis swaps of a counted with another site, every replica cooled from its own random
    start. What is returned is the lowest of all that was *visited*; that nothing lower exists
    is not guaranteed. Temperatures fall geometrically from the spread of random occupations,
    where most swaps are taken, to a hundredth of it, where few are.

    Args:
        counted: ``[site]`` species index, 0 or 1, of the counted species on every active site.
        count: sites that hold it.
        keep: most occupations returned; ``None`` for all that were visited.
        excluded: ``[pair, 2]`` sites that should not both hold it: such occupations are high in
            energy, and a few may be returned all the same.

    Returns:
        ``[ordering, site]`` int8, distinct, lowest first.
    """
    rng = np.random.default_rng(seed)
    walkers = _Walkers.random(model, counted, count, replicas, rng)
    if not 0 < count < len(counted):  # nothing to swap
        return walkers.occupation[:1]
    spread = walkers.energy.std()
    if len(excluded):
        model = _repelling(model, counted, excluded, PENALTY * (spread or 1.0))
        walkers = _Walkers.random(model, counted, count, replicas, rng)
    bit = np.int64(1) << np.arange(len(counted))
    key = walkers.occupation @ bit
    keys, energies = np.empty((steps, replicas), np.int64), np.empty((steps, replicas))
    for step, temperature in enumerate(spread * np.geomspace(1, 0.01, steps)):
        taken, i, j = walkers.swap(temperature, rng)
        key[taken] ^= bit[i] ^ bit[j]
        keys[step], energies[step] = key, walkers.energy
    distinct, where = np.unique(keys, return_index=True)
    lowest = distinct[np.argsort(energies.ravel()[where], kind="stable")[:keep]]
    return (lowest[:, None] >> np.arange(len(counted)) & 1).astype(np.int8)


def _repelling(
    model: EwaldModel, counted: np.ndarray, excluded: np.ndarray, penalty: float
) -> EwaldModel:
    """The model with an energy on every excluded pair that holds the counted species twice.

    It acts through the charges: other species on the pair are taken to have none.
    """
    charge = model.charge[np.arange(len(counted)), counted]
    pair = model.pair.copy()
    for i, j in excluded:
        if charge[i] and charge[j]:
            pair[i, j] += penalty / (2 * charge[i] * charge[j])
            pair[j, i] += penalty / (2 * charge[i] * charge[j])
    return replace(model, pair=pair)


@dataclass(frozen=True)
class _Walkers:
    """Replicas of one supercell at fixed composition; the arrays are updated in place.

    Attributes:
        count: the first ``count`` entries of a row of ``order`` hold the counted species.
        gain: ``[site]`` charge gained when a site stops holding the counted species, e.
        order: ``[replica, site]`` the sites.
        occupation: ``[replica, site]`` at the start.
        potential: ``[replica, site]`` dE/dq, eV/e.
        energy: ``[replica]`` eV per supercell, up to the constant.
    """

    model: EwaldModel
    count: int
    gain: np.ndarray
    order: np.ndarray
    occupation: np.ndarray
    potential: np.ndarray
    energy: np.ndarray

    @classmethod
    def random(
        cls,
        model: EwaldModel,
        counted: np.ndarray,
        count: int,
        replicas: int,
        rng: np.random.Generator,
    ) -> _Walkers:
        """Replicas with the counted species on sites drawn at random."""
        order = rng.permuted(np.tile(np.arange(len(counted)), (replicas, 1)), axis=1)
        occupation = np.tile(1 - counted, (replicas, 1)).astype(np.int8)
        np.put_along_axis(occupation, order[:, :count], counted[order[:, :count]], axis=1)
        q = model.charges(occupation)
        return cls(
            model=model,
            count=count,
            gain=(model.charge[:, 1] - model.charge[:, 0]) * (1 - 2 * counted),
            order=order,
            occupation=occupation,
            potential=2 * q @ model.pair + model.field,
            energy=((q @ model.pair + model.field) * q).sum(axis=1),
        )

    def swap(
        self, temperature: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Try one swap per replica; the replicas that took it and the two sites of each."""
        pair, (replicas, sites) = self.model.pair, self.order.shape
        rows = np.arange(replicas)
        a = rng.integers(self.count, size=(replicas,))
        b = rng.integers(self.count, sites, size=(replicas,))
        i, j = self.order[rows, a], self.order[rows, b]
        di, dj = self.gain[i], -self.gain[j]
        change = (
            di * (self.potential[rows, i] + di * pair[i, i])
            + dj * (self.potential[rows, j] + dj * pair[j, j])
            + 2 * di * dj * pair[i, j]
        )
        # u < exp(-change/T) for uniform u is change < T e for exponentially distributed e.
        taken = np.flatnonzero(change < temperature * rng.exponential(size=replicas))
        a, b, i, j, di, dj = (v[taken] for v in (a, b, i, j, di, dj))
        self.order[taken, a], self.order[taken, b] = j, i
        self.potential[taken] += 2 * (di[:, None] * pair[i] + dj[:, None] * pair[j])
        self.energy[taken] += change[taken]
        return taken, i, j
