"""Short-range order of orderings and of samples: Warren–Cowley parameters, shell by shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace, site_spaces
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.clusters import Orbit, enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.expansion.short_range_order import warren_cowley
from navac.orderings.ordering import Ordering, by_supercell

MOST_SITES = 200_000
"""Sites of states whose pairs are counted at once, for memory."""


@dataclass(frozen=True)
class Shells:
    """Shells of pairs of a crystal, and the pairs of species of each.

    Attributes:
        prim: the crystal.
        orbits: bare pairs, by length.
    """

    prim: Prim
    orbits: tuple[Orbit, ...]

    @cached_property
    def spaces(self) -> tuple[SiteSpace, ...]:
        """``[sublattice]`` species of the active sites."""
        return site_spaces(self.prim.species)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int, int], ...]:
        """(shell, code of the first site, code of the second); each pair once."""
        return tuple(
            (k, i, j)
            for k, orbit in enumerate(self.orbits)
            for i in range(len(self._sides(orbit)[0]))
            for j in range(i if self._alike(orbit) else 0, len(self._sides(orbit)[1]))
        )

    @property
    def lengths(self) -> np.ndarray:
        """``[pair]`` distance, Å."""
        return np.array([self.orbits[k].max_length for k, _, _ in self.pairs])

    @property
    def numbers(self) -> np.ndarray:
        """``[pair]`` number of the shell, from 1; symmetry may divide a distance into several."""
        return np.array([k + 1 for k, _, _ in self.pairs], int)

    @property
    def names(self) -> tuple[str, ...]:
        """``V–Mg``, of each pair."""
        sides = [self._sides(orbit) for orbit in self.orbits]
        return tuple(f"{sides[k][0][i]}–{sides[k][1][j]}" for k, i, j in self.pairs)

    @property
    def sites(self) -> tuple[str, ...]:
        """``M–M``, of each pair."""
        found = []
        for orbit in self.orbits:
            first, second = self._ordered(orbit)
            found.append(f"{self.prim.active_labels[first]}–{self.prim.active_labels[second]}")
        return tuple(found[k] for k, _, _ in self.pairs)

    @property
    def unlike(self) -> np.ndarray:
        """``[pair]`` whether the species differ; the parameters of the others follow from these.

        The shares of the pairs that begin at one species add up to its concentration.
        """
        sides = [self._sides(orbit) for orbit in self.orbits]
        return np.array([sides[k][0][i] != sides[k][1][j] for k, i, j in self.pairs], bool)

    def _ordered(self, orbit: Orbit) -> tuple[int, int]:
        """The sublattices of the prototype."""
        (first, *_), (second, *_) = orbit.prototype
        return first, second

    def _sides(self, orbit: Orbit) -> tuple[tuple[str, ...], tuple[str, ...]]:
        first, second = self._ordered(orbit)
        return self.spaces[first].species, self.spaces[second].species

    def _alike(self, orbit: Orbit) -> bool:
        """Whether neither site of a pair is the first."""
        first, second = self._ordered(orbit)
        return self.prim.active_labels[first] == self.prim.active_labels[second]

    def order(self, supercell: Supercell, occupation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Warren–Cowley parameters of states, and their mean at random.

        Args:
            occupation: ``[state, site]`` codes.

        Returns:
            Two ``[pair, state]``; NaN where a species is not there.
        """
        some = max(1, MOST_SITES // occupation.shape[1])
        parts = [occupation[k : k + some] for k in range(0, len(occupation), some)]
        both = [self._order(supercell, part) for part in parts]
        return np.hstack([one for one, _ in both]), np.hstack([other for _, other in both])

    def _order(self, supercell: Supercell, occupation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [
            warren_cowley(orbit, self.spaces, supercell, occupation, self.prim.active_labels)
            for orbit in self.orbits
        ]
        shape = len(self.pairs), len(occupation)
        alpha = [found[k].alpha[:, i, j] for k, i, j in self.pairs]
        random = [found[k].random[:, i, j] for k, i, j in self.pairs]
        return np.reshape(alpha, shape), np.reshape(random, shape)


def shells_within(prim: Prim, group: SpaceGroup, expansion: Expansion) -> Shells:
    """The shells of pairs as far as an expansion has any."""
    cutoff = max((o.max_length for o in expansion.orbits if o.order == 2), default=0.0)
    orbits = enumerate_orbits(prim, group, {2: cutoff}) if cutoff else ()
    return Shells(prim, tuple(o for o in orbits if o.order == 2))


def orderings_order(shells: Shells, orderings: Sequence[Ordering]) -> pd.DataFrame:
    """A row for every shell and pair of unlike species of every ordering that has them.

    ``alpha`` is the Warren–Cowley parameter, ``at_random`` its mean if the atoms of the ordering
    were dealt out at random in its supercell.
    """
    unlike, shape = shells.unlike, (len(shells.pairs), len(orderings))
    alpha, random = np.full(shape, np.nan), np.full(shape, np.nan)
    for supercell, rows, occupation in by_supercell(orderings):
        alpha[:, rows], random[:, rows] = shells.order(supercell, occupation)
    row, pair = np.nonzero(~np.isnan(alpha.T) & unlike)
    named = {"shell": shells.numbers, "sites": shells.sites, "length_A": shells.lengths,
             "pair": shells.names}  # fmt: skip
    return pd.DataFrame(
        {"id": np.array([o.id for o in orderings], object)[row]}
        | {name: np.array(values)[pair] for name, values in named.items()}
        | {"alpha": alpha[pair, row], "at_random": random[pair, row]}
    )
