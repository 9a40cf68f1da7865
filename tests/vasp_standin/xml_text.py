"""The text of vasprun.xml up to its bands, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from inputs import INTEGERS, Inputs

LOGICAL = {"LDAU", "LASPH", "LWAVE", "LCHARG", "LAECHG", "LELF", "LVTOT", "LMIXTAU"}
VECTORS = {"MAGMOM", "LDAUL", "LDAUU", "LDAUJ"}


@dataclass(frozen=True)
class Step:
    """One ionic step: ``lattice [3, 3]``, ``frac`` and ``forces [atom, 3]``, ``stress_kB [3, 3]``.

    ``energies_eV`` are those of its electronic steps.
    """

    lattice: np.ndarray
    frac: np.ndarray
    forces: np.ndarray
    stress_kB: np.ndarray
    energies_eV: tuple[float, ...]


def xml_head(inputs: Inputs, version: str, points, weights, bands) -> Iterable[str]:
    """What VASP knows before the first ionic step."""
    yield '<?xml version="1.0" encoding="ISO-8859-1"?>\n<modeling>\n <generator>\n'
    yield '  <i name="program" type="string">vasp</i>\n'
    yield f'  <i name="version" type="string">{version}</i>\n'
    yield '  <i name="subversion" type="string">STAND-IN, no calculation of VASP</i>\n'
    yield " </generator>\n"
    yield " <incar>\n" + "".join(_tag(t, v) for t, v in inputs.given.items()) + " </incar>\n"
    divisions = " ".join(map(str, inputs.divisions))
    yield f' <kpoints><generation param="Gamma"><v type="int" name="divisions">{divisions}</v>'
    yield '<v name="usershift">0.0 0.0 0.0</v></generation>\n'
    yield _varray("kpointlist", points) + _varray("weights", weights[:, None]) + " </kpoints>\n"
    electrons = float(np.dot(inputs.counts, inputs.valence))
    tags = inputs.tags | {"ENMAX": inputs.tags["ENCUT"], "NBANDS": str(bands)}
    tags["NELECT"] = str(electrons)
    tags.setdefault("EDIFFG", str(10 * inputs.number("EDIFF")))
    yield ' <parameters><separator name="general">\n'
    yield "".join(_tag(t, v) for t, v in tags.items() if t != "MAGMOM")
    yield " </separator></parameters>\n <atominfo>\n"
    yield f"  <atoms> {sum(inputs.counts)} </atoms><types> {len(inputs.counts)} </types>\n"
    yield '  <array name="atoms"><dimension dim="1">ion</dimension><set>\n'
    kinds = np.repeat(np.arange(1, len(inputs.counts) + 1), inputs.counts)
    for symbol, kind in zip(inputs.symbols, kinds, strict=True):
        yield f"   <rc><c>{symbol:2s}</c><c> {kind}</c></rc>\n"
    yield '  </set></array>\n  <array name="atomtypes"><dimension dim="1">type</dimension><set>\n'
    for element, n, z, titel in zip(
        inputs.elements, inputs.counts, inputs.valence, inputs.potentials, strict=True
    ):
        yield f"   <rc><c> {n}</c><c>{element:2s}</c><c> 1.0</c><c> {z}</c><c> {titel} </c></rc>\n"
    yield "  </set></array>\n </atominfo>\n"
    yield from xml_structure("initialpos", inputs.lattice, inputs.frac)


def _tag(tag: str, value: str) -> str:
    """One tag as vasprun.xml types it."""
    if tag in VECTORS:
        words = " ".join(value.split())
        kind = ' type="int"' if tag == "LDAUL" else ""
        return f'  <v{kind} name="{tag}"> {_spelled_out(words)} </v>\n'
    if tag in INTEGERS or tag == "NBANDS":
        return f'  <i type="int" name="{tag}"> {value} </i>\n'
    if tag in LOGICAL or (tag.startswith("L") and value.strip(". ").upper()[:1] in "TF"):
        logical = "T" if value.strip(". ").upper().startswith("T") else "F"
        return f'  <i type="logical" name="{tag}"> {logical} </i>\n'
    try:
        return f'  <i name="{tag}"> {float(value):.8f} </i>\n'
    except ValueError:
        return f'  <i type="string" name="{tag}">{escape(value)}</i>\n'


def _spelled_out(words: str) -> str:
    """``3*0.6`` written three times."""
    out = []
    for word in words.split():
        times, star, value = word.rpartition("*")
        out += [value] * (int(times) if star else 1)
    return " ".join(out)


def _varray(name: str, rows: np.ndarray) -> str:
    body = "".join("   <v> " + " ".join(f"{v:16.8f}" for v in row) + " </v>\n" for row in rows)
    return f'  <varray name="{name}" >\n{body}  </varray>\n'


def xml_structure(name: str | None, lattice: np.ndarray, frac: np.ndarray) -> Iterable[str]:
    """A structure, named or not."""
    label = f' name="{name}"' if name else ""
    yield f" <structure{label} >\n  <crystal>\n{_varray('basis', lattice)}"
    yield f'   <i name="volume"> {np.linalg.det(lattice):16.8f} </i>\n  </crystal>\n'
    yield _varray("positions", frac % 1.0) + " </structure>\n"


def _energy(energy: float) -> str:
    names = ("e_fr_energy", "e_wo_entrp", "e_0_energy")
    return "<energy>" + "".join(f'<i name="{n}"> {energy:16.8f} </i>' for n in names) + "</energy>"


def xml_calculation(step: Step) -> Iterable[str]:
    """A step, left open: the next one or the end of the run closes it."""
    yield " <calculation>\n"
    for energy in step.energies_eV:
        yield f"  <scstep>{_energy(energy)}</scstep>\n"
    yield from xml_structure(None, step.lattice, step.frac)
    yield _varray("forces", step.forces) + _varray("stress", step.stress_kB)
    yield f"  {_energy(step.energies_eV[-1])}\n"
