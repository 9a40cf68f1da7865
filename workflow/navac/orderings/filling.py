"""The distinct ways of filling one supercell, as patterns of bits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.orderings.annealing import anneal_swaps
from navac.orderings.ewald import EwaldModel
from navac.orderings.exclusions import (
    excluded_sites,
    exclusion_patterns,
    without_excluded,
)
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import (
    SupercellSymmetry,
    binary_patterns,
    pack,
    unpack,
)

_BATCH = 1 << 16
_NO_PAIR = np.empty(0, np.int64)


@dataclass(frozen=True)
class Vessel:
    """A supercell ready to be filled."""

    label: str
    supercell: Supercell
    counted: np.ndarray
    symmetry: SupercellSymmetry
    model: EwaldModel
    prim: Prim

    @cached_property
    def excluded(self) -> np.ndarray:
        """``[pair]`` patterns of sites that are never both filled."""
        return exclusion_patterns(self.prim, self.supercell)

    def fill(
        self,
        x: float,
        patterns: np.ndarray,
        most: int | None,
        lottery: np.random.Generator | None = None,
    ) -> dict[Ordering, float]:
        """Orderings of distinct canonical patterns, lowest energy first, each with its lot.

        The ``most`` lowest, and with a ``lottery`` another ``most`` drawn from all others:
        those of the lowest lots.
        """
        fixed, shifts = self.symmetry.stabiliser(patterns)
        primitive = shifts == 1
        patterns, fixed = patterns[primitive], fixed[primitive]
        # Rounded, so that what is exactly degenerate is ranked by pattern on every machine.
        energy = np.round(self._energies(patterns), 8)
        by_rank = np.lexsort((patterns, energy))
        most = len(by_rank) if most is None else most
        ranks, lots = np.arange(len(by_rank))[:most], np.zeros(len(by_rank))
        if lottery:
            lots = lottery.random(len(by_rank))
            ranks = np.append(ranks, most + np.sort(lots[most:].argsort()[:most]))
        chosen = by_rank[ranks]
        rows = zip(ranks, chosen, unpack(patterns[chosen], len(self.counted)), strict=True)
        return {
            Ordering(
                id=f"{self.label}-x{x:.2f}-{rank:04d}",
                hnf=tuple(int(n) for row in self.supercell.hnf for n in row),
                x=x,
                occupation=occupation,
                degeneracy=len(self.symmetry.permutations) // int(fixed[i]),
                ewald_eV_per_cell=float(energy[i]),
            ): float(lots[rank])
            for rank, i, occupation in rows
        }

    def _energies(self, patterns: np.ndarray) -> np.ndarray:
        batches = np.split(patterns, range(_BATCH, len(patterns), _BATCH))
        sites = len(self.counted)
        return np.concatenate([self.model.energies(unpack(batch, sites)) for batch in batches])

    def patterns(
        self, count: int, most: int | None, seed: tuple[int, ...], exhaustive_limit: int
    ) -> np.ndarray:
        """All canonical patterns, or those of low energy where there are too many to list."""
        if comb(len(self.counted), count) <= exhaustive_limit:
            return all_patterns(self.symmetry, self.counted, count, self.excluded)
        return self._low_patterns(count, most, seed)

    def _low_patterns(self, count: int, most: int | None, seed: tuple[int, ...]) -> np.ndarray:
        """Canonical patterns of low energy that an annealing visits."""
        # An ordering may be visited in as many images as the group has elements; the factor of
        # two makes up for visited orderings that turn out to repeat within the supercell.
        keep = most and 2 * most * len(self.symmetry.permutations)
        pairs = excluded_sites(self.prim, self.supercell)
        visited = anneal_swaps(
            self.model, self.counted, count, keep=keep, seed=seed, excluded=pairs
        )
        flip = pack(1 - self.counted[None])
        visited = without_excluded(pack(visited) ^ flip, self.excluded) ^ flip
        return np.unique(self.symmetry.canonical(visited))


def all_patterns(
    symmetry: SupercellSymmetry,
    counted: np.ndarray,
    count: int,
    excluded: np.ndarray = _NO_PAIR,
) -> np.ndarray:
    """Every canonical pattern with ``count`` sites holding the counted species.

    Args:
        excluded: ``[pair]`` patterns of sites that never hold it both.
    """
    # A set bit of `held` marks a site that holds it; of a pattern, species index 1.
    held = binary_patterns(len(counted), count)
    flip = pack(1 - counted[None])
    held = without_excluded(held, excluded)
    batches = np.split(held, range(_BATCH, len(held), _BATCH))
    return np.concatenate([symmetry.only_canonical(batch ^ flip) for batch in batches])
