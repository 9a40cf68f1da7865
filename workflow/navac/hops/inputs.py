"""Input of VASP for nudged elastic bands, and the energies that came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.vasp import Incar, Outcar, Poscar

from navac.files import replacing
from navac.hops.network import HopError
from navac.vasp.inputs import input_set
from navac.vasp.potcar import potcar_spec
from navac.vasp.settings import VaspSettings

TAGS = {
    "ICHAIN": 0, "LCLIMB": True, "SPRING": -5, "IBRION": 3, "POTIM": 0, "IOPT": 1, "ISIF": 2,
    "ISYM": 0, "NSW": 200, "EDIFFG": -0.05,
}  # fmt: skip
"""Of the VTST code: climbing image, its own optimiser (LBFGS), the cell as it is."""


def write_neb_input(
    folder: str | Path, path: Sequence[Atoms], settings: VaspSettings, cells: int
) -> None:
    """Write INCAR, KPOINTS, POTCAR.spec and a folder with a POSCAR for every image.

    The ends, folders 00 and the last, need the OUTCAR of their own relaxations beside.

    Args:
        cells: primitive cells in the structure; decides the k-points.
    """
    structures = [AseAtomsAdaptor.get_structure(image) for image in path]
    first = input_set(structures[0], settings, cells)
    tags = {**first.incar, **TAGS, "IMAGES": len(path) - 2}
    files = {
        "INCAR": str(Incar(tags)).encode(), "KPOINTS": str(first.kpoints).encode(),
        "POTCAR.spec": potcar_spec(first.species, settings),
    }  # fmt: skip
    for n, structure in enumerate(structures):
        files[f"{n:02d}/POSCAR"] = Poscar(structure).get_str().encode()
    for name, content in files.items():
        with replacing(Path(folder) / name) as part:
            part.write_bytes(content)


def read_neb_energies(folder: str | Path) -> np.ndarray:
    """``[image]`` energies of a finished band without smearing, eV, that of the start 0.

    Raises:
        HopError: an image has no OUTCAR that can be read.
    """
    images = sorted(p for p in Path(folder).iterdir() if p.is_dir() and p.name.isdigit())
    found = []
    for image in images:
        files = sorted(image.glob("OUTCAR*"))
        if not files:
            raise HopError(f"{image}: has no OUTCAR; the ends need those of their relaxations")
        try:
            found.append(float(str(Outcar(str(files[0])).final_energy)))
        except (AttributeError, TypeError, ValueError, IndexError) as error:
            raise HopError(f"{files[0]}: has no energy ({error}); VASP has not finished") from error
    if len(found) < 3:
        raise HopError(f"{folder}: has {len(found)} images; a band has its ends and one between")
    return np.array(found) - found[0]
