"""Reading VASP's input files, and stopping where VASP stops. Nothing of pymatgen's is used."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DEFAULTS = {
    "ENCUT": "400", "PREC": "Normal", "EDIFF": "1E-4", "NELM": "60", "NSW": "0", "IBRION": "-1",
    "ISIF": "2", "ISPIN": "1", "ISMEAR": "1", "SIGMA": "0.2", "METAGGA": "--", "GGA": "--",
    "LDAU": "F", "ALGO": "Normal", "NEDOS": "31", "LORBIT": "0", "LREAL": "F", "ISYM": "2",
    "LHFCALC": "F", "AEXX": "0.0", "HFSCREEN": "0.0",
}  # fmt: skip
INTEGERS = {"NELM", "NSW", "IBRION", "ISIF", "ISPIN", "ISMEAR", "NEDOS", "LORBIT", "LDAUTYPE",
            "LMAXMIX", "ISYM", "LDAUPRINT"}  # fmt: skip
VALENCE = {"Na": 1, "V": 11, "P": 5, "O": 6}


class Refused(Exception):
    """VASP would stop here; the message is what it prints."""


@dataclass(frozen=True)
class Inputs:
    """What was asked for.

    Attributes:
        tags: INCAR as text, with defaults.
        given: the tags that INCAR holds.
        lattice: ``[3, 3]`` rows, Å.
        frac: ``[atom, 3]``.
        elements, counts: the blocks of POSCAR.
        potentials: TITEL of each block, or its label from POTCAR.spec.
        divisions: of the Γ-centred mesh.
        valence: electrons of an atom of each block.
    """

    tags: dict[str, str]
    given: dict[str, str]
    lattice: np.ndarray
    frac: np.ndarray
    elements: tuple[str, ...]
    counts: tuple[int, ...]
    potentials: tuple[str, ...]
    divisions: tuple[int, int, int]
    valence: tuple[float, ...]

    @property
    def symbols(self) -> list[str]:
        """The element of every atom."""
        return [e for e, n in zip(self.elements, self.counts, strict=True) for _ in range(n)]

    def number(self, tag: str) -> float:
        """A tag as a number; VASP stops on what it cannot read."""
        try:
            text = self.tags[tag].split()[0].replace("D", "E")
            return int(text) if tag in INTEGERS else float(text)
        except (KeyError, ValueError, IndexError) as error:
            raise Refused(
                f" Error reading item '{tag}' from file INCAR.\n"
                f" Error code was IERR= 5 Found N= 0 data."
            ) from error

    def flag(self, tag: str) -> bool:
        """A tag as a logical."""
        return self.tags.get(tag, "F").strip(". ").upper().startswith("T")

    def numbers(self, tag: str, count: int) -> list[float]:
        """A tag as a list, ``3*0.6`` and all; too few numbers are an error."""
        values: list[float] = []
        for word in self.tags.get(tag, "").split():
            times, star, value = word.rpartition("*")
            values += [float(value)] * (int(times) if star else 1)
        if len(values) < count:
            raise Refused(
                f" Error reading item '{tag}' from file INCAR.\n"
                f" Error code was IERR= 0 Found N= {len(values)} data."
            )
        return values[:count]


def read_inputs(folder: Path) -> Inputs:
    """Read the input files of a folder.

    Raises:
        Refused: with what VASP prints.
    """
    given = _incar(_text(folder, "INCAR"))
    lattice, frac, elements, counts = _poscar(_text(folder, "POSCAR"))
    titels, valence, whole = _potentials(folder, len(elements))
    found = Inputs(
        DEFAULTS | given, given, lattice, frac, elements, counts, titels,
        _kpoints(_text(folder, "KPOINTS")), valence,
    )  # fmt: skip
    _check(found, whole)
    return found


def _check(inputs: Inputs, potentials: str) -> None:
    for element, titel in zip(inputs.elements, inputs.potentials, strict=True):
        if re.split(r"[_ ]", titel.replace("PAW_PBE ", ""))[0] != element:
            raise Refused(
                " ERROR: the type information on POSCAR and POTCAR are incompatible\n"
                f" POTCAR overwrites the type information in POSCAR: {titel} for {element}"
            )
    for tag in ("ENCUT", "EDIFF", "NELM", "NSW", "IBRION", "ISIF", "ISMEAR", "SIGMA", "NEDOS"):
        inputs.number(tag)
    if "MAGMOM" in inputs.given:
        inputs.numbers("MAGMOM", sum(inputs.counts))
    if inputs.flag("LDAU"):
        for tag in ("LDAUL", "LDAUU", "LDAUJ"):
            inputs.numbers(tag, len(inputs.elements))
    meta = inputs.tags["METAGGA"].strip() not in ("--", "")
    if meta and potentials and "kinetic energy density" not in potentials:
        raise Refused(" METAGGA: the POTCAR files lack the kinetic energy density of the core")
    if len(_close(inputs)):
        raise Refused(" ERROR: the distance between some ions is very small")


def _close(inputs: Inputs) -> np.ndarray:
    """Pairs of atoms closer than 0.5 Å in the cell."""
    delta = inputs.frac[:, None] - inputs.frac
    length = np.linalg.norm((delta - np.rint(delta)) @ inputs.lattice, axis=-1)
    return np.argwhere((length < 0.5) & ~np.eye(len(length), dtype=bool))


def _text(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file() or not (text := path.read_text(encoding="latin-1")).strip():
        raise Refused(f" ERROR: {name} could not be opened or is empty")
    return text


def _incar(text: str) -> dict[str, str]:
    tags = {}
    for line in text.splitlines():
        for part in re.split(r"[#!]", line)[0].split(";"):
            tag, equals, value = part.partition("=")
            if equals:
                tags[tag.strip().upper()] = value.strip()
    return tags


def _poscar(text: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[int, ...]]:
    lines = text.splitlines()
    try:
        scale = float(lines[1])
        lattice = scale * np.array([lines[i].split()[:3] for i in (2, 3, 4)], float)
        elements, counts = tuple(lines[5].split()), tuple(map(int, lines[6].split()))
        start = 9 if lines[7].strip()[:1] in "sS" else 8
        rows = lines[start : start + sum(counts)]
        positions = np.array([row.split()[:3] for row in rows], float)
        if lines[start - 1].strip()[:1] in "cCkK":
            positions = scale * positions @ np.linalg.inv(lattice)
        if len(elements) != len(counts) or positions.shape != (sum(counts), 3):
            raise ValueError
    except (ValueError, IndexError) as error:
        raise Refused(" ERROR: there must be 1 or 3 items on line 2 of POSCAR") from error
    if np.linalg.det(lattice) < 0:
        raise Refused(" ERROR: the triple product of the basis vectors is negative")
    return lattice, positions, elements, counts


def _potentials(folder: Path, blocks: int) -> tuple[tuple[str, ...], tuple[float, ...], str]:
    """TITEL and valence of each block, and the text of POTCAR (empty for POTCAR.spec)."""
    if (folder / "POTCAR").is_file():
        text = _text(folder, "POTCAR")
        titels = tuple(t.strip() for t in re.findall(r"TITEL\s*=(.*)", text))
        valence = tuple(float(z) for z in re.findall(r"ZVAL\s*=\s*([\d.]+)", text))
    else:
        text = ""
        titels = tuple(_text(folder, "POTCAR.spec").split())
        valence = tuple(float(VALENCE.get(t.split("_")[0], 1)) for t in titels)
    if len(titels) != blocks or len(valence) != blocks:
        raise Refused(
            " ERROR: the type information on POSCAR and POTCAR are incompatible\n"
            f" POTCAR holds {len(titels)} potentials, POSCAR {blocks} types"
        )
    return titels, valence, text


def _kpoints(text: str) -> tuple[int, int, int]:
    lines = text.splitlines()
    try:
        if int(lines[1].split()[0]) != 0 or lines[2].strip()[:1] not in "gGmM":
            raise ValueError
        a, b, c = (int(n) for n in lines[3].split()[:3])
        if min(a, b, c) < 1:
            raise ValueError
    except (ValueError, IndexError) as error:
        raise Refused(" ERROR: Error reading KPOINTS file") from error
    return a, b, c


def mesh(divisions: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of a Γ-centred mesh, k and −k being one point."""
    points: dict[tuple, float] = {}
    for n in itertools.product(*(range(d) for d in divisions)):
        minus = tuple(-i % d for i, d in zip(n, divisions, strict=True))
        points[min(n, minus)] = points.get(min(n, minus), 0) + 1
    weights = np.array(list(points.values()))
    return np.array(list(points)) / np.array(divisions), weights / weights.sum()
