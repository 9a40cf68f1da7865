"""The problem that every engine is given: a Hamiltonian on a supercell, in plain numbers.

Peers live in another environment than navac, so this module needs NumPy and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

Cluster = tuple[tuple[int, int, int, int], ...]
"""Sites of a cluster: (active sublattice, cell a, cell b, cell c)."""


@dataclass(frozen=True)
class Problem:
    """A cluster expansion of binary sites, Na or vacancy, and the supercell it is sampled on.

    Attributes:
        lattice: lattice vectors of the primitive cell as rows, Å.
        active: fractional coordinates of the sites that hold Na or a vacancy.
        tolerance: distance in Å within which sites are equivalent.
        cutoffs: longest pair distance of clusters of 2, 3, … sites, Å.
        orbits: clusters per primitive cell of every orbit, points included.
        eci: interaction per cluster, eV, for σ = −1 on Na and +1 on a vacancy.
        supercell: primitive cells per axis.
    """

    lattice: list
    active: list
    tolerance: float
    cutoffs: list
    orbits: list
    eci: list
    supercell: tuple[int, int, int]

    def save(self, path: Path) -> None:
        """Write the problem as JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: str) -> Problem:
        """Inverse of :meth:`save`."""
        return cls(**json.loads(Path(path).read_text()))

    @property
    def cells(self) -> int:
        """Primitive cells in the supercell."""
        return int(np.prod(self.supercell))

    @property
    def n_sites(self) -> int:
        """Active sites in the supercell."""
        return len(self.active) * self.cells

    @property
    def max_lengths(self) -> list[float]:
        """Cutoffs with a margin for the printed coordinates, Å."""
        return [length + 5e-4 for length in self.cutoffs]

    def random_occupation(self) -> np.ndarray:
        """The configuration that all engines are checked on, 1 = Na.

        Returns:
            ``[sublattice, a, b, c]``; 60 % Na, always the same.
        """
        shape = (len(self.active), *self.supercell)
        return (np.random.default_rng(0).random(shape) < 0.6).astype(int)

    def orbit_of(self, cluster: Cluster) -> int:
        """Position of the orbit that a cluster belongs to; KeyError when in none."""
        return self._orbits_by_cluster[home(cluster)]

    @cached_property
    def _orbits_by_cluster(self) -> dict[Cluster, int]:
        return {home(cluster): i for i, orbit in enumerate(self.orbits) for cluster in orbit}

    def sites_at(self, positions: np.ndarray) -> tuple[np.ndarray, ...]:
        """Index into :meth:`random_occupation` of ``positions[site, 3]`` in Å."""
        frac = np.linalg.solve(np.array(self.lattice).T, np.asarray(positions).T).T
        sites = np.array([self.site_at(f) for f in frac])
        return tuple(np.column_stack([sites[:, 0], sites[:, 1:] % self.supercell]).T)

    def site_at(self, frac: np.ndarray) -> tuple[int, int, int, int]:
        """The active site at fractional coordinates of the infinite lattice.

        Raises:
            KeyError: there is none within 0.01 Å.
        """
        offset = np.asarray(frac) - np.array(self.active)
        cell = np.rint(offset).astype(int)
        distance = np.linalg.norm((offset - cell) @ np.array(self.lattice), axis=1)
        k = int(distance.argmin())
        if distance[k] > 0.01:
            raise KeyError(f"no active site at {frac}")
        return (k, *map(int, cell[k]))


def home(cluster) -> Cluster:
    """The sorted cluster, shifted so that its first site is in cell 0."""
    ordered = sorted(tuple(s) for s in cluster)
    _, a, b, c = ordered[0]
    return tuple((s, i - a, j - b, k - c) for s, i, j, k in ordered)
