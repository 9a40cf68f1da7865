"""POSCAR files, as VASP reads them."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
from pymatgen.core import Element, Structure
from pymatgen.io.vasp.inputs import BadPoscarWarning, Poscar

from navac.crystal.prim import PrimError


def poscar_structure(path: Path, text: str) -> tuple[Structure, list[str]]:
    """The crystal in a POSCAR, and what was decided about it.

    VASP's scaling factors (a negative one is a volume, three are one per Cartesian axis) are
    applied here, to Cartesian coordinates too. pymatgen applies a volume to them as it is.

    Raises:
        PrimError: the file names no elements.
        Exception: whatever pymatgen raises at a file that is no POSCAR.
    """
    title, *rest = text.splitlines()
    # VASP reads no further than it must; pymatgen stumbles over comments.
    lines = [title or "-", *(re.split(r"[!#]", line)[0] for line in rest)]
    lines, notes = _scaled(lines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", "Elements in POSCAR", BadPoscarWarning)
        try:
            structure = Poscar.from_str("\n".join(lines), read_velocities=False).structure
        except BadPoscarWarning as error:
            if "Elements in POSCAR" not in str(error):
                raise
            raise _unnamed(path, lines) from error
    if _is_count(lines[5]) and {site.specie.symbol for site in structure} == {"F"}:
        raise _unnamed(path, lines)  # flags of selective dynamics, read as fluorine
    return structure, notes


def _scaled(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines with scaling factors other than one positive number carried out."""
    factors = np.array([float(word) for word in lines[1].split()[:3]])
    if len(factors) == 2:
        factors = factors[:1]
    if len(factors) == 1 and factors[0] > 0:
        return lines, []
    lattice = np.array([[float(word) for word in line.split()[:3]] for line in lines[2:5]])
    if len(factors) == 1:
        volume = abs(np.linalg.det(lattice))
        scale = np.full(3, (-factors[0] / volume) ** (1 / 3))
        note = f"the scale {factors[0]:g} is a volume in Å³; the lattice is scaled to it"
    else:
        scale, note = factors, "the lattice is scaled by three factors, one per Cartesian axis"
    head = [lines[0], "1.0", *(_numbers(row * scale) for row in lattice)]
    return head + _scaled_positions(lines[5:], scale), [note]


def _scaled_positions(lines: list[str], scale: np.ndarray) -> list[str]:
    """What follows the lattice, with Cartesian coordinates scaled."""
    counts = next(k for k, line in enumerate(lines) if _is_count(line))
    while _is_count(lines[counts + 1]):  # many blocks take several lines
        counts += 1
    start = counts + 1 + bool(re.match(r"\s*[sS]", lines[counts + 1]))
    if not re.match(r"\s*[cCkK]", lines[start]):
        return lines
    scaled = []
    for line in lines[start + 1 :]:
        words = line.split()
        try:
            moved = np.array([float(word) for word in words[:3]]) * scale
        except ValueError:
            break
        scaled.append(" ".join([_numbers(moved), *words[3:]]))
    return lines[: start + 1] + scaled


def _numbers(row: np.ndarray) -> str:
    return " ".join(f"{value:.16g}" for value in row)


def _is_count(line: str) -> bool:
    return bool(re.fullmatch(r"\s*\d+(\s+\d+)*\s*", line))


def _unnamed(path: Path, lines: list[str]) -> PrimError:
    """The refusal of a file in the format of VASP 4, with the line that it lacks."""
    kinds = len(lines[5].split())
    words = re.findall(r"[A-Z][a-z]?", lines[0]) if re.search(r"[A-Z]", lines[0]) else []
    likely = len(words) == kinds and all(map(Element.is_valid_symbol, words))
    example = " ".join(words) if likely else " ".join(["Li", "Co", "O", "Ni", "Mn", "P"][:kinds])
    hint = f"perhaps '{example}', as its first line says" if likely else f"such as '{example}'"
    return PrimError(
        f"{path}: names no elements (a POSCAR of VASP 4); add a line above the numbers "
        f"'{lines[5].strip()}' with the element of each, {hint}"
    )
