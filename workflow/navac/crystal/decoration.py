"""From a crystal file to a prim: which sites are active, and what they may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from navac.crystal.exclusions import kept_apart
from navac.crystal.prim import MIN_DISTANCE_A, Prim, PrimError
from navac.crystal.reading import ReadStructure, read_structure
from navac.crystal.sites import VACANCY

FULL = 0.999
"""A site filled to this share is full: occupancies are rounded."""


def read_prim(
    path: str | Path,
    site_specification: Sequence[Mapping],
    formula_units: int,
    *,
    species: str | None = None,
    min_distance: float = MIN_DISTANCE_A,
    exclusions: Sequence[Mapping] = (),
) -> Prim:
    """The prim of :func:`read_prim_and_notes` alone."""
    return read_prim_and_notes(
        path, site_specification, formula_units,
        species=species, min_distance=min_distance, exclusions=exclusions,
    )[0]  # fmt: skip


def read_prim_and_notes(
    path: str | Path,
    site_specification: Sequence[Mapping],
    formula_units: int,
    *,
    species: str | None = None,
    min_distance: float = MIN_DISTANCE_A,
    exclusions: Sequence[Mapping] = (),
) -> tuple[Prim, tuple[str, ...]]:
    """Read a prim from navac's JSON form, or from any crystal file: see :func:`decorated`.

    Args:
        path: ``.json`` as written by :meth:`Prim.to_dict`, or POSCAR, CIF, …
        site_specification: entries for :func:`decorated`; refused with a JSON prim, which
            names its species itself.
        formula_units: formula units in the cell.
        species: the counted species.
        min_distance: no two atoms may be closer, Å.
        exclusions: entries with ``distance_A`` and perhaps ``labels``, see
            :func:`~navac.crystal.exclusions.excluded_pairs`.

    Returns:
        the prim, and what was decided about the file, a sentence each.

    Raises:
        PrimError: the file cannot be read, the specification does not fit it, or sites that may
            be filled together are closer than ``min_distance``.
    """
    path = Path(path)
    if path.suffix == ".json" and not _is_pymatgens(path):
        if site_specification:
            raise PrimError(f"{path} already names species per site; remove prim.sites")
        notes: tuple[str, ...] = ()
        prim = _from_json(path, formula_units)
    else:
        read = read_structure(path)
        prim = decorated(read, site_specification, formula_units, species=species)
        notes = (*read.notes, *_taken_active(read, prim, site_specification))
    return kept_apart(path, prim, min_distance, exclusions), notes


def _is_pymatgens(path: Path) -> bool:
    """Whether a JSON file is a structure that pymatgen wrote."""
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and "lattice" in data and "sites" in data


def _from_json(path: Path, formula_units: int) -> Prim:
    try:
        data = json.loads(path.read_text())
        return Prim.from_dict({**data, "formula_units": formula_units})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PrimError(
            f"{path}: not a prim in navac's JSON form ({error!r}); it needs lattice_A and "
            "sites with label, species and frac; or give a POSCAR or CIF"
        ) from error


def decorated(
    read: ReadStructure,
    specification: Sequence[Mapping],
    formula_units: int,
    *,
    species: str | None = None,
) -> Prim:
    """Give every site of a crystal its species and label.

    A site that no entry names holds what the file says: it is active where it is partly filled,
    or filled by several species, and fixed otherwise.

    Args:
        specification: entries with ``label``, ``species`` and one of ``indices`` (0-based sites
            of the crystal) or ``element`` (every site that holds it).
        species: the counted species, the first of those of a site that the file leaves active.

    Raises:
        PrimError: an entry matches no site, or a site is in two entries.
    """
    held = [tuple(e.symbol for e in site.species.elements) for site in read.structure]
    allowed, labels = _as_in_file(read, species)
    claimed: set[int] = set()
    for entry in specification:
        chosen = entry.get("indices")
        if chosen is None:
            chosen = [i for i, elements in enumerate(held) if entry["element"] in elements]
        wrong = [i for i in chosen if not 0 <= i < len(held)]
        if wrong or not chosen:
            raise PrimError(
                f"prim.sites entry {entry['label']!r} matches no site of {read.path}"
                + (f" (indices {wrong} of {len(held)} sites)" if wrong else "")
                + f"; it has {_content(held)}"
            )
        if twice := claimed & set(chosen):
            raise PrimError(f"prim.sites: sites {sorted(twice)} of {read.path} are in two entries")
        claimed |= set(chosen)
        for i in chosen:
            allowed[i], labels[i] = tuple(entry["species"]), entry["label"]
    return Prim(
        lattice=np.array(read.structure.lattice.matrix),
        frac=np.array(read.structure.frac_coords),
        species=tuple(allowed),
        labels=tuple(labels),
        formula_units=formula_units,
    )


def _as_in_file(
    read: ReadStructure, counted: str | None
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Species and label of every site as the file fills it."""
    allowed, labels = [], []
    for site in read.structure:
        elements = [e.symbol for e in site.species.elements]
        if sum(site.species.values()) < FULL:
            elements.append(VACANCY)
        elements.sort(key=lambda e: e != counted)  # stable: the others stay in their order
        allowed.append(tuple(elements))
        named = read.symmetric and len(elements) > 1
        labels.append(site.label if named else "-".join(e for e in elements if e != VACANCY))
    return allowed, labels


def _taken_active(
    read: ReadStructure, prim: Prim, specification: Sequence[Mapping]
) -> tuple[str, ...]:
    """Which sites are active because the file fills them partly or with several species."""
    named = {label for entry in specification for label in (entry["label"],)}
    found = dict.fromkeys(
        (prim.labels[i], prim.species[i]) for i in prim.active.tolist()
        if prim.labels[i] not in named
    )  # fmt: skip
    return tuple(
        f"sites {label} may hold {', '.join(allowed)}: the file fills them partly or with several "
        "species, and prim.sites does not name them" for label, allowed in found
    )  # fmt: skip


def _content(held: Sequence[tuple[str, ...]]) -> str:
    """Which sites hold what, for messages."""
    found: dict[str, list[int]] = {}
    for i, elements in enumerate(held):
        found.setdefault("/".join(elements), []).append(i)
    return ", ".join(f"{what} on {sites[0]}–{sites[-1]}" if len(sites) > 1 else
                     f"{what} on {sites[0]}" for what, sites in found.items())  # fmt: skip
