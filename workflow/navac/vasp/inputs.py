"""VASP input sets: one directory per ordering, from a structure and :mod:`navac.vasp.settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.core import Element, Structure
from pymatgen.io.vasp.inputs import Incar, Kpoints, Poscar

from navac.crystal.positions import close_atoms
from navac.crystal.prim import MIN_DISTANCE_A
from navac.vasp.potcar import potcar, potcar_spec
from navac.vasp.settings import Hubbard, VaspInputError, VaspSettings, load_settings

__all__ = [
    "InputSet",
    "VaspInputError",
    "VaspSettings",
    "input_set",
    "kpoint_divisions",
    "load_settings",
    "write_input_set",
]

NO_HUBBARD = Hubbard(l=-1, U_eV=0, J_eV=0)


@dataclass(frozen=True)
class InputSet:
    """The input of one calculation.

    Attributes:
        incar, kpoints, poscar: pymatgen objects.
        species: the element of each block of POSCAR, in POSCAR's order; so is POTCAR's.
    """

    incar: Incar
    kpoints: Kpoints
    poscar: Poscar
    species: tuple[str, ...]


def input_set(
    structure: Structure,
    settings: VaspSettings,
    n_cells: int,
    ordering_id: str = "",
    *,
    follow_up: str | None = None,
    moments: Sequence[float] | np.ndarray | None = None,
) -> InputSet:
    """Input for one ordered structure; sites stay in their order and place.

    A cell with left-handed vectors is written with all of them reversed, the crystal unchanged.

    Args:
        n_cells: primitive cells in the structure; decides the k-point mesh.
        ordering_id: goes into POSCAR's comment.
        follow_up: name of a calculation from a relaxed structure; the relaxation by default.
        moments: ``[site]`` starting moments, μB; those of the settings by default.

    Raises:
        VaspInputError: no settings for an element, or for supercells of this size; or two atoms
            are closer than any bond.
    """
    if close := close_atoms(structure, MIN_DISTANCE_A):
        raise VaspInputError(
            f"{ordering_id or structure.composition.formula}: two atoms are closer than "
            f"{MIN_DISTANCE_A:g} Å: {close}; correct the crystal, or add prim.exclusions"
        )
    structure = _right_handed(structure)
    comment = f"{ordering_id} {structure.composition.formula}".strip()
    poscar = Poscar(structure, comment=comment)
    blocks = tuple(poscar.site_symbols)
    hubbard = [settings.hubbard(element, blocks) or NO_HUBBARD for element in blocks]
    if moments is None:
        moments = [settings.of(site.specie.symbol).magmom_muB for site in structure]
    derived: dict[str, Any] = {
        "MAGMOM": list(moments),
        "LDAUL": [h.l for h in hubbard],
        "LDAUU": [h.U_eV for h in hubbard],
        "LDAUJ": [h.J_eV for h in hubbard],
    }
    if settings.ediff_eV_per_atom is not None:
        derived["EDIFF"] = float(f"{settings.ediff_eV_per_atom * len(structure):.6g}")
    changed, multiplier = _follow_up(settings, follow_up)
    tags = {**settings.incar, **derived, **changed}
    if all(one is NO_HUBBARD for one in hubbard):
        tags = {tag: value for tag, value in tags.items() if not tag.startswith("LDAU")}
    a, b, c = kpoint_divisions(structure.lattice.matrix, n_cells, settings)
    return InputSet(
        incar=Incar({tag: value for tag, value in tags.items() if value is not None}),
        kpoints=Kpoints.gamma_automatic((multiplier * a, multiplier * b, multiplier * c)),
        poscar=poscar,
        species=blocks,
    )


def without_hubbard(elements: Sequence[str], settings: VaspSettings) -> list[str]:
    """Elements with d or f shells that have no U, in a crystal where others have one."""
    shells = [element for element in elements if Element(element).block in ("d", "f")]
    bare = [element for element in shells if settings.hubbard(element, elements) is None]
    return bare if len(bare) < len(shells) else []


def moments_of_valences(
    structure: Structure, valences: Sequence[float] | np.ndarray, settings: VaspSettings
) -> list[float]:
    """``[site]`` starting moments, μB: that of the oxidation state where the settings have it.

    Args:
        valences: ``[site]`` oxidation states, e.
    """
    moments = []
    for site, valence in zip(structure, valences, strict=True):
        known = settings.of(site.specie.symbol)
        state = round(float(valence))
        moments.append(known.oxidation_moments_muB.get(state, known.magmom_muB))
    return moments


def _follow_up(settings: VaspSettings, name: str | None) -> tuple[dict[str, Any], int]:
    """Tags and k-point multiplier of a follow-up; those of the relaxation without a name."""
    if name is None:
        return {}, 1
    if name not in settings.follow_ups:
        raise VaspInputError(
            f"{settings.source}: follow_ups.{name} is missing (only "
            f"{', '.join(settings.follow_ups) or 'none'}); add it"
        )
    return settings.follow_ups[name].incar, settings.follow_ups[name].kpoint_multiplier


def _right_handed(structure: Structure) -> Structure:
    # Poscar reverses left-handed vectors but not the coordinates: it would write the mirror image.
    if np.linalg.det(structure.lattice.matrix) > 0:
        return structure
    return Structure(
        -structure.lattice.matrix, structure.species, -structure.frac_coords, to_unit_cell=True
    )


def kpoint_divisions(
    lattice_matrix: np.ndarray, n_cells: int, settings: VaspSettings
) -> tuple[int, int, int]:
    """Divisions along each reciprocal vector: the most along the longest.

    Args:
        lattice_matrix: ``[3, 3]`` lattice vectors of the supercell as rows, Å.

    Raises:
        VaspInputError: the settings have no mesh for ``n_cells``.
    """
    table = settings.kpoint_divisions
    if not table:
        return _divisions_of_the_lattice(lattice_matrix, settings)
    if n_cells not in table:
        raise VaspInputError(
            f"{settings.source}: kpoint_divisions has no entry for {n_cells} primitive cells "
            f"(only for {', '.join(map(str, sorted(table)))}); add one"
        )
    length = np.linalg.norm(np.linalg.inv(lattice_matrix), axis=0)
    # Rounded, so that vectors equal by symmetry do not differ in the last digit.
    shortest_first = np.argsort(np.round(length / length.max(), 4), kind="stable")
    divisions = np.empty(3, dtype=int)
    divisions[shortest_first] = sorted(table[n_cells])
    a, b, c = divisions.tolist()
    return a, b, c


def _divisions_of_the_lattice(
    lattice_matrix: np.ndarray, settings: VaspSettings
) -> tuple[int, int, int]:
    """Divisions by the density or the spacing of k-points."""
    reciprocal = np.linalg.norm(np.linalg.inv(lattice_matrix), axis=0)
    if settings.kpoint_spacing_per_A is not None:
        spaced = 2 * np.pi * reciprocal / settings.kpoint_spacing_per_A
        # As VASP does; rounded first, so that axes equal by symmetry do not differ.
        a, b, c = np.maximum(1, np.ceil(np.round(spaced, 6))).astype(int).tolist()
        return a, b, c
    density = settings.kpoint_density_A3
    assert density is not None
    structure = Structure(lattice_matrix, ["H"], [[0, 0, 0]])
    mesh = Kpoints.automatic_density_by_vol(structure, density, force_gamma=True)  # type: ignore[arg-type]  # any number will do
    a, b, c = mesh.kpts[0]
    return a, b, c


def write_input_set(
    directory: str | Path,
    structure: Structure,
    settings: VaspSettings,
    n_cells: int,
    potcar_library: str | Path | None = None,
    ordering_id: str | None = None,
    **calculation: Any,
) -> bool:
    """Write the input of one calculation; False if the directory already holds exactly it.

    INCAR is removed first and written last: a directory with an INCAR is complete. Other files
    in the directory are left alone.

    Args:
        potcar_library: see :func:`navac.vasp.potcar.potcar`. Without one, ``POTCAR.spec`` (a
            label per line) takes POTCAR's place.
        ordering_id: for POSCAR's comment; the directory's name by default.
        calculation: ``follow_up`` and ``moments`` of :func:`input_set`.

    Raises:
        VaspInputError: as :func:`input_set`; or a POTCAR is missing, or not that of the settings.
    """
    directory = Path(directory)
    ordering_id = directory.name if ordering_id is None else ordering_id
    inputs = input_set(structure, settings, n_cells, ordering_id, **calculation)
    files = {"POSCAR": inputs.poscar.get_str().encode(), "KPOINTS": str(inputs.kpoints).encode()}
    if potcar_library is None:
        files["POTCAR.spec"] = potcar_spec(inputs.species, settings)
    else:
        files["POTCAR"] = potcar(potcar_library, inputs.species, settings)
    return _install(directory, files, marker=("INCAR", str(inputs.incar).encode()))


def _install(directory: Path, files: Mapping[str, bytes], marker: tuple[str, bytes]) -> bool:
    """Bring ``files`` into ``directory``, and the file that marks it complete last."""
    changed = [name for name, data in files.items() if not _holds(directory / name, data)]
    if not changed and _holds(directory / marker[0], marker[1]):
        return False
    directory.mkdir(parents=True, exist_ok=True)
    (directory / marker[0]).unlink(missing_ok=True)
    # A new POTCAR puts POTCAR.spec out of date, and the other way round.
    for name, other in (("POTCAR", "POTCAR.spec"), ("POTCAR.spec", "POTCAR")):
        if name in changed:
            (directory / other).unlink(missing_ok=True)
    for name, data in [*((n, files[n]) for n in changed), marker]:
        temporary = directory / f".{name}.tmp"
        temporary.write_bytes(data)
        os.replace(temporary, directory / name)
    return True


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
