"""A crystal file as a structure with its occupancies: the one place where ``navac new`` reads."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from navac import NavacError


class NewError(NavacError):
    """A configuration that cannot be written from what is given."""


@dataclass(frozen=True)
class ReadStructure:
    """A crystal file.

    Attributes:
        structure: elements with their occupancies.
        notes: what was decided, a sentence each.
        charges: mean oxidation state of each element, e, where the file has them.
    """

    structure: Structure
    notes: tuple[str, ...] = ()
    charges: Mapping[str, float] = field(default_factory=dict)


def read_structure(path: Path) -> ReadStructure:
    """The structure in a file, and what was decided while it was read.

    Raises:
        NewError: neither pymatgen nor ASE reads the file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            structure = Structure.from_file(path, primitive=False)
        except Exception as error:
            structure = _by_ase(path, error)
    return ReadStructure(structure, (), _given(structure))


def _given(structure: Structure) -> dict[str, float]:
    """Mean oxidation state by element, where the file states it for every site, e."""
    total: dict[str, float] = {}
    count: dict[str, float] = {}
    for site in structure:
        for species, amount in site.species.items():
            state = getattr(species, "oxi_state", None)
            if state is None:
                return {}
            total[species.symbol] = total.get(species.symbol, 0.0) + state * amount
            count[species.symbol] = count.get(species.symbol, 0.0) + amount
    return {e: round(total[e] / count[e], 4) for e in total}


def _by_ase(path: Path, first: Exception) -> Structure:
    from ase.io import iread

    try:
        return AseAtomsAdaptor.get_structure(list(iread(path))[-1])
    except Exception as error:
        raise NewError(
            f"{path}: not a crystal structure that pymatgen reads ({first}) or ASE reads "
            f"({error}); convert it to CIF or POSCAR"
        ) from error
