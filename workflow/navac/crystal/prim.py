"""The primitive cell: sites, the species each may hold, sublattice labels, and symmetry.

A *prim* is the crystal every later stage is built on. Sites that may hold more than one
species are *active*: they carry the configurational degrees of freedom. A vacancy is the
species ``Va``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pymatgen.core import Structure

from navac import NavacError


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
    """

    lattice: np.ndarray
    frac: np.ndarray
    species: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    formula_units: int

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
        return {
            "lattice_A": np.asarray(self.lattice).tolist(),
            "formula_units": self.formula_units,
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
        )


def read_prim(path: str | Path, site_specification: Sequence[Mapping], formula_units: int) -> Prim:
    """Read a prim from navac's JSON form, or from any crystal file that pymatgen reads.

    Args:
        path: ``.json`` as written by :meth:`Prim.to_dict`, or POSCAR, CIF, …
        site_specification: for crystal files, entries with ``label``, ``species`` and one of
            ``indices`` (0-based sites of the file) or ``element``. A site named by no entry
            is fixed and labelled by its element. Ignored entries of a JSON prim are refused.
        formula_units: formula units in the cell.

    Raises:
        PrimError: the file cannot be read, or the specification does not fit it.
    """
    path = Path(path)
    if path.suffix == ".json":
        if site_specification:
            raise PrimError(f"{path} already names species per site; remove prim.sites")
        try:
            data = json.loads(path.read_text())
            return Prim.from_dict({**data, "formula_units": formula_units})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PrimError(
                f"{path}: not a prim in navac's JSON form ({error!r}); it needs lattice_A and "
                "sites with label, species and frac; or give a POSCAR or CIF"
            ) from error
    try:
        structure = Structure.from_file(path, primitive=False)
    except Exception as error:
        raise PrimError(f"{path}: not a crystal structure that pymatgen reads ({error})") from error
    return _decorate(structure, site_specification, formula_units, path)


def _decorate(
    structure: Structure, specification: Sequence[Mapping], formula_units: int, path: Path
) -> Prim:
    """Give every site of a structure its species and label."""
    elements = [next(iter(site.species.elements)).symbol for site in structure]
    species = [(e,) for e in elements]
    labels = list(elements)
    claimed: set[int] = set()
    for entry in specification:
        chosen = entry.get("indices")
        if chosen is None:
            chosen = [i for i, e in enumerate(elements) if e == entry["element"]]
        wrong = [i for i in chosen if not 0 <= i < len(elements)]
        if wrong or not chosen:
            raise PrimError(
                f"prim.sites entry {entry['label']!r} matches no site of {path}"
                + (f" (indices {wrong} of {len(elements)} sites)" if wrong else "")
            )
        if twice := claimed & set(chosen):
            raise PrimError(f"prim.sites: sites {sorted(twice)} of {path} are in two entries")
        claimed |= set(chosen)
        for i in chosen:
            species[i], labels[i] = tuple(entry["species"]), entry["label"]
    return Prim(
        lattice=np.array(structure.lattice.matrix),
        frac=np.array(structure.frac_coords),
        species=tuple(species),
        labels=tuple(labels),
        formula_units=formula_units,
    )
