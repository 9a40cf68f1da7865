"""A crystal file as a structure with its occupancies: the one place where ``navac new`` reads."""

from __future__ import annotations

import warnings
from pathlib import Path

from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from navac import NavacError


class NewError(NavacError):
    """A configuration that cannot be written from what is given."""


def read_structure(path: Path) -> tuple[Structure, tuple[str, ...]]:
    """The structure in a file, and what was decided while it was read.

    Raises:
        NewError: neither pymatgen nor ASE reads the file.
    """
    if not path.is_file():
        raise NewError(f"{path}: does not exist; give the path of a POSCAR, CIF or other structure")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            structure = Structure.from_file(path, primitive=False)
        except Exception as error:
            structure = _by_ase(path, error)
    # What other libraries say of a file, in one line each.
    said = {" ".join(str(w.message).split()) for w in caught if w.category is UserWarning}
    return structure, tuple(sorted(text for text in said if "rounded" in text))


def _by_ase(path: Path, first: Exception) -> Structure:
    from ase.io import read

    try:
        return AseAtomsAdaptor.get_structure(read(path))
    except Exception as error:
        raise NewError(
            f"{path}: not a crystal structure that pymatgen reads ({first}) or ASE reads ({error}); "
            "convert it to CIF or POSCAR"
        ) from error
