"""CIF files: all images of every listed atom, with what the file says about its symmetry."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymatgen.core import Structure
from pymatgen.io.cif import CifParser, str2float

from navac.crystal.prim import PrimError

OCCUPANCY_TOLERANCE = 1.05
"""Occupancies of a site may add up to this much, as rounded or freely refined ones do; they are
then scaled to 1."""
_VACANCY = re.compile(r"(va|vac|vacancy|x|xx|□)\d*[+-]?\d*", re.IGNORECASE)
_SILENT = (
    "Issues encountered", "Skipping relative", "Cannot determine chemical composition from CIF",
    "sum to > 1", "The default value",
)  # fmt: skip

_SAID = {
    "Spacegroup from": "the symmetry operations are those of the space group that the file names",
    "rounded to ideal values": "coordinates within 0.0001 of a simple fraction are put onto it",
}
"""What pymatgen warns of, in plain words."""

Block = Mapping[str, Any]
"""A data block: keys and their values, lists in loops."""


@dataclass(frozen=True)
class CifStructure:
    """The crystal in a CIF.

    Attributes:
        structure: every image of every atom; images of one atom may lie on top of each other.
            Sites carry the labels of the file.
        notes: what was decided.
        operations: symmetry operations of the file, 1 for P1.
        group: the space group that the file names, empty if it names none.
        charges: of each element, e, if the types of all atoms have one (``Na1+``).
    """

    structure: Structure
    notes: list[str]
    operations: int
    group: str
    charges: dict[str, float]


def cif_structure(path: Path) -> CifStructure:
    """Read the first crystal of a CIF.

    Raises:
        PrimError: an atom of the file has no element, or sites are filled more than once.
        Exception: whatever pymatgen raises at a file that is no CIF.
    """
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        parser = CifParser(path, occupancy_tolerance=OCCUPANCY_TOLERANCE)
        blocks = [b for b in parser.as_dict().values() if "_atom_site_label" in b]
        for block in blocks[:1]:
            _refuse_vacancies(path, block)
        try:
            structures = parser.parse_structures(primitive=False, on_error="raise")
        except ValueError as error:
            if "exceeded tolerance" in str(error):
                raise _overfilled(path, error) from error
            raise
    notes = [] if len(structures) == 1 else [f"the first of {len(structures)} crystals is taken"]
    notes += _empty(blocks[0])
    for warning in dict.fromkeys(str(w.message) for w in heard):
        if not any(text in warning for text in _SILENT):
            notes.append(next((ours for theirs, ours in _SAID.items() if theirs in warning),
                              " ".join(warning.split())))  # fmt: skip
    structure = structures[0]
    _refuse_lost(path, blocks[0], structure)
    return CifStructure(structure, notes, len(parser.symmetry_operations), _group(blocks[0]),
                        _charges(blocks[0]))  # fmt: skip


def _column(block: Block, key: str) -> list[str]:
    value = block.get(f"_atom_site_{key}", [])
    return [value] if isinstance(value, str) else list(value)


def _rows(block: Block) -> list[tuple[str, str]]:
    """Label and type of every listed atom."""
    labels = _column(block, "label")
    return list(zip(labels, _column(block, "type_symbol") or labels, strict=True))


def _refuse_vacancies(path: Path, block: Block) -> None:
    """pymatgen takes Va and Vac for vanadium."""
    if named := [label for label, kind in _rows(block) if _VACANCY.fullmatch(kind)]:
        raise PrimError(
            f"{path}: {', '.join(named)} is no element but a vacancy; remove the row: an "
            "occupancy below 1 on the atom of that site says the same"
        )


def _refuse_lost(path: Path, block: Block, structure: Structure) -> None:
    """pymatgen leaves out atoms whose type it does not know."""
    known = {element.symbol for element in structure.composition}
    filled = [row for row, occupancy in zip(_rows(block), _occupancies(block), strict=True)
              if occupancy > 0]  # fmt: skip
    for label, kind in filled:
        letters = re.match(r"[A-Za-z]{0,2}", kind.strip())[0]  # type: ignore[index]
        if not {letters.capitalize(), letters[:1].upper()} & known and not _water(kind):
            raise PrimError(
                f"{path}: atom {label} has the type {kind!r}, which is no element; give its "
                "element in _atom_site_type_symbol"
            )


def _water(kind: str) -> bool:
    return kind[:3] in ("Wat", "wat", "O-H") or kind in ("D", "OH", "OH2", "Ow", "Hw")


def _occupancies(block: Block) -> list[float]:
    given = _column(block, "occupancy") or ["1"] * len(_rows(block))
    return [_number(text) for text in given]


def _number(text: str) -> float:
    try:
        return float(str2float(text))
    except (ValueError, TypeError):
        return 1.0  # '.' and '?': as pymatgen has it


def _empty(block: Block) -> list[str]:
    """Atoms of occupancy zero, which are left out."""
    occupancies = _occupancies(block)
    empty = [label for (label, _), o in zip(_rows(block), occupancies, strict=True) if o <= 0]
    return [f"{', '.join(empty)} has the occupancy 0 and is left out; give it any occupancy "
            "between 0 and 1 if it may be filled"] if empty else []  # fmt: skip


def _overfilled(path: Path, error: ValueError) -> PrimError:
    total = re.search(r"Occupancy ([\d.]+)", str(error))
    return PrimError(
        f"{path}: the occupancies of a site add up to {total[1] if total else 'more than 1'}: "
        "two atoms are on one site, or an atom is listed twice (in another image perhaps); remove "
        "one, or correct _atom_site_occupancy"
    )


def _group(block: Block) -> str:
    keys = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M",
            "_space_group_IT_number", "_symmetry_Int_Tables_number")  # fmt: skip
    found = next((block[k] for k in keys if block.get(k)), "")
    return str(found).strip("'\" ")


def _charges(block: Block) -> dict[str, float]:
    """Charges in the types of atoms; none if an atom has none, or an element has several."""
    found: dict[str, float] = {}
    for _, kind in _rows(block):
        match = re.fullmatch(r"([A-Z][a-z]?)(\d*\.?\d*)([+-])", kind.strip())
        if match is None:
            return {}
        charge = float(match[2] or 1) * (1 if match[3] == "+" else -1)
        if found.setdefault(match[1], charge) != charge:
            return {}
    return found
