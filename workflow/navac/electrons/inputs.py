"""Input of LOBSTER beside that of VASP: the basis by potential, bands, and which bonds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pymatgen.io.lobster
import yaml
from pymatgen.core import Structure
from pymatgen.io.vasp import Incar

from navac.electrons.bonds import BondingError
from navac.files import replacing
from navac.vasp.inputs import InputSet, input_set
from navac.vasp.potcar import potcar_spec
from navac.vasp.settings import VaspSettings

BASIS_SET = "pbeVaspFit2015"
TABLE = "BASIS_PBE_54_standard.yaml"
"""pymatgen's table of the functions that LOBSTER's manual recommends for each potential."""
SHORTEST_A = 0.1
ENERGIES = (-35.0, 5.0)
"""Window of the populations, eV from the Fermi level."""
ORBITALS = {"s": 1, "p": 3, "d": 5, "f": 7}
TAGS = {"NSW": 0, "IBRION": -1, "ISIF": 2, "EDIFFG": None, "ISYM": -1, "LWAVE": True,
        "LREAL": False, "ISMEAR": -5}  # fmt: skip
"""Of VASP: LOBSTER needs the wave functions of every k-point, without symmetry."""


@dataclass(frozen=True)
class LobsterInput:
    """Input of one calculation.

    Attributes:
        vasp: its input.
        lobsterin: text of LOBSTER's.
        bands: that VASP computes, at least one per function.
    """

    vasp: InputSet
    lobsterin: str
    bands: int


def basis_of(element: str, settings: VaspSettings) -> str:
    """Functions of an element's potential: ``3d 3p 4s``.

    Raises:
        BondingError: the table has no such potential.
    """
    label = settings.of(element).potcar
    if label not in _table():
        raise BondingError(
            f"{settings.source}: LOBSTER's {BASIS_SET} has no functions for the potential {label} "
            f"of {element}; take another potential"
        )
    return " ".join(_table()[label].split())


def functions(structure: Structure, settings: VaspSettings) -> int:
    """How many functions the basis of a structure has."""
    return sum(
        ORBITALS[shell[-1]]
        for site in structure for shell in basis_of(site.specie.symbol, settings).split()
    )  # fmt: skip


def lobster_input(
    structure: Structure, settings: VaspSettings, cells: int, centres: Collection[str],
    ligand: str, within_A: float,
) -> LobsterInput:  # fmt: skip
    """Input for the bonds of some elements to a ligand.

    Args:
        cells: primitive cells in the structure; decides the k-points.
        within_A: longest bond, Å.

    Raises:
        BondingError: no such bond's elements are in the structure, or a potential has no basis.
        VaspInputError: as :func:`navac.vasp.inputs.input_set`.
    """
    there = list(dict.fromkeys(site.specie.symbol for site in structure))
    bonded = [e for e in centres if e in there]
    if not bonded or ligand not in there:
        raise BondingError(
            f"{structure.composition.formula}: no {' or '.join(centres) or 'element'} bound to "
            f"{ligand}; correct electrons.centres or electrons.ligand"
        )
    bands = functions(structure, settings)
    vasp = input_set(structure, settings, cells)
    tags = {**vasp.incar, **TAGS, "NBANDS": bands}
    incar = Incar({tag: value for tag, value in tags.items() if value is not None})
    lines = [
        f"COHPstartEnergy {ENERGIES[0]:g}", f"COHPendEnergy {ENERGIES[1]:g}",
        f"basisSet {BASIS_SET}", "gaussianSmearingWidth 0.05", "saveProjectionToFile",
        *(f"basisfunctions {e} {basis_of(e, settings)}" for e in there),
        # A second generator is not read by every version: several centres take all pairs.
        f"cohpGenerator from {SHORTEST_A:g} to {within_A:g}"
        + (f" type {bonded[0]} type {ligand}" if len(bonded) == 1 else ""),
    ]  # fmt: skip
    return LobsterInput(replace(vasp, incar=incar), "\n".join(lines) + "\n", bands)


def write_lobster_input(folder: str | Path, one: LobsterInput, settings: VaspSettings) -> None:
    """Write POSCAR, KPOINTS, INCAR, POTCAR.spec and lobsterin."""
    files = {
        "POSCAR": one.vasp.poscar.get_str().encode(), "KPOINTS": str(one.vasp.kpoints).encode(),
        "INCAR": str(one.vasp.incar).encode(), "lobsterin": one.lobsterin.encode(),
        "POTCAR.spec": potcar_spec(one.vasp.species, settings),
    }  # fmt: skip
    for name, content in files.items():
        with replacing(Path(folder) / name) as part:
            part.write_bytes(content)


@cache
def _table() -> dict[str, str]:
    path = Path(pymatgen.io.lobster.__file__).parent / "lobster_basis" / TABLE
    return yaml.safe_load(path.read_text())["BASIS"]
