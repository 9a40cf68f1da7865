"""Structures and energies that CASM projects keep: its JSON of structures, old and new.

Energies are totals of the given cell, in eV. Version 0 wrote ``relaxed_lattice``,
``relaxed_basis`` and ``relaxed_energy``; later ones write structures with ``lattice_vectors``,
``atom_type``, ``atom_coords`` and ``global_properties``. A ``properties.calc.json`` without a
structure belongs to the one beside it, or a folder above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.core import Lattice, Structure

from navac.crystal.sites import VACANCY
from navac.energies.user.files import companions, read_json
from navac.energies.user.given import Given, Per, told_settings

VACANCIES = {VACANCY, "VA", "va"}


class _NoStructure(ValueError):
    """Data that hold no structure."""


def read_casm(path: Path, per: Per) -> Iterator[Given]:
    """Every structure of a file of CASM's."""
    try:
        data = read_json(path)
    except (OSError, ValueError, EOFError) as error:
        yield Given(str(path), fault=f"is not whole JSON ({error}); it may be cut off")
        return
    if isinstance(data, list):
        yield from (_one(path, f"entry {k}", item, per) for k, item in enumerate(data))
    elif isinstance(data, Mapping) and _is_mapping_of_them(data):
        yield from (_one(path, name, item, per) for name, item in data.items())
    else:
        yield _one(path, "", data, per)


def _is_mapping_of_them(data: Mapping[str, Any]) -> bool:
    known = {"lattice_vectors", "structure", "configuration", "relaxed_lattice", "energy",
             "relaxed_energy", "global_properties"}  # fmt: skip
    return not known & set(data) and all(isinstance(v, Mapping) for v in data.values())


def _one(path: Path, entry: str, data: Any, per: Per) -> Given:
    try:
        energy = _energy(data)
        structure = _structure(data) if _has_structure(data) else _beside(path, data)
    except (KeyError, TypeError, ValueError, OSError) as error:
        return Given(str(path), entry, fault=f"is no structure of CASM with an energy ({error})")
    if not isfinite(energy):
        return Given(str(path), entry, fault=f"its energy is {energy}, not a number")
    settings = told_settings(data) | told_settings(data.get("calculation", {}) or {})
    return Given(str(path), entry, energy, per, structure=structure, settings=settings)


def _has_structure(data: Mapping[str, Any]) -> bool:
    inner = data.get("structure", data)
    return "lattice_vectors" in inner or "relaxed_lattice" in inner


def _beside(path: Path, data: Mapping[str, Any]) -> Structure:
    """The structure that a file without one belongs to."""
    if "configuration" in data:
        raise _NoStructure(
            "it holds occupations alone; write its structure too, with to_structure() of libcasm"
        )
    for near in companions(path):
        if near.suffix == ".json":
            found = read_json(near)
            if _has_structure(found):
                return _structure(found)
        else:
            return Structure.from_str(near.read_text(), fmt="poscar")
    raise _NoStructure("there is none in the file, and no structure.json, CONTCAR or POS beside it")


def _energy(data: Mapping[str, Any]) -> float:
    """Under any of the names that CASM has used."""
    inner = data.get("structure", {})
    for place in (data, inner):
        for key in ("relaxed_energy", "energy"):
            if place.get(key) is not None:
                return float(_first(place[key]))
        properties = place.get("global_properties") or place.get("properties") or {}
        for key in ("energy", "relaxed_energy"):
            if key in properties:
                return float(_first(properties[key]))
    raise ValueError("it has no energy, nor relaxed_energy")


def _first(value: Any) -> Any:
    """A number, which CASM may keep as ``{"value": [number]}``."""
    if isinstance(value, Mapping):
        value = value["value"] if "value" in value else value["values"]
    return np.asarray(value, float).ravel()[0]


def _structure(data: Mapping[str, Any]) -> Structure:
    """A structure of either version, without its vacancies."""
    data = data.get("structure", data)
    if "relaxed_lattice" in data:
        lattice, coords = data["relaxed_lattice"], data["relaxed_basis"]
        types, mode = data["atom_type"], data.get("coord_mode", "direct")
        if "atoms_per_type" in data:
            types = np.repeat(types, data["atoms_per_type"]).tolist()
    else:
        kind = "atom" if "atom_type" in data else "mol"
        lattice, types = data["lattice_vectors"], data[f"{kind}_type"]
        coords = data.get(f"{kind}_coords", data.get("atom_coords"))
        mode = data.get("coordinate_mode", data.get("coord_mode", "fractional"))
    real = [i for i, t in enumerate(types) if t not in VACANCIES]
    return Structure(
        Lattice(lattice), [types[i] for i in real], np.asarray(coords, float)[real],
        coords_are_cartesian=mode.lower().startswith("c"),
    )  # fmt: skip
