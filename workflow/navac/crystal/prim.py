"""The primitive cell: sites, the species each may hold, sublattice labels, and symmetry.

A *prim* is the crystal every later stage is built on. Sites that may hold more than one
species are *active*: they carry the configurational degrees of freedom. A vacancy is the
species ``Va``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from navac import NavacError

Pair = tuple[int, int, int, int, int]
"""Two sites: a site of the home cell, another and the cell (a, b, c) that it is in."""
MIN_DISTANCE_A = 0.5
"""No two atoms are closer, Å. The shortest bond there is, in H₂, has 0.74 Å."""


class PrimError(NavacError):
    """A crystal file and its site specification do not fit together."""


@dataclass(frozen=True)
class Prim:
    """A primitive cell with the species allowed on every site.

    Attributes:
        lattice: ``[3, 3]`` lattice vectors as rows, Å.
        frac: ``[site, 3]`` fractional coordinates.
        species: per site, the species it may hold; ``Va`` is a vacancy.
        labels: per site, the name of its sublattice.
        formula_units: formula units in the cell.
        excluded: pairs of sites that are never both filled, one per lattice translation.
        min_distance: no two atoms are closer, Å.
    """

    lattice: np.ndarray
    frac: np.ndarray
    species: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    formula_units: int
    excluded: tuple[Pair, ...] = ()
    min_distance: float = MIN_DISTANCE_A

    @cached_property
    def active(self) -> np.ndarray:
        """Indices of the sites that may hold more than one species."""
        return np.array([i for i, s in enumerate(self.species) if len(s) > 1])

    @property
    def active_labels(self) -> tuple[str, ...]:
        """Sublattice label of each active site."""
        return tuple(self.labels[i] for i in self.active)

    def cartesian(self, site: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """Cartesian position, Å, of prim site ``site[...]`` in lattice cell ``cell[..., 3]``."""
        return (self.frac[site] + cell) @ self.lattice

    def to_dict(self) -> dict:
        """A JSON-ready form that :meth:`from_dict` reads back unchanged."""
        rules: dict[str, object] = {}
        if self.excluded:
            rules["excluded"] = [list(pair) for pair in self.excluded]
        if self.min_distance != MIN_DISTANCE_A:
            rules["min_distance_A"] = self.min_distance
        return {
            "lattice_A": np.asarray(self.lattice).tolist(),
            "formula_units": self.formula_units,
            **rules,
            "sites": [
                {"label": label, "species": list(species), "frac": list(map(float, frac))}
                for label, species, frac in zip(self.labels, self.species, self.frac, strict=True)
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping) -> Prim:
        """Inverse of :meth:`to_dict`."""
        sites = data["sites"]
        return cls(
            lattice=np.array(data["lattice_A"], dtype=float),
            frac=np.array([s["frac"] for s in sites], dtype=float),
            species=tuple(tuple(s["species"]) for s in sites),
            labels=tuple(s["label"] for s in sites),
            formula_units=int(data["formula_units"]),
            excluded=tuple(_pair(pair) for pair in data.get("excluded", ())),
            min_distance=float(data.get("min_distance_A", MIN_DISTANCE_A)),
        )


def _pair(numbers: Sequence[int]) -> Pair:
    i, j, a, b, c = map(int, numbers)
    return i, j, a, b, c
