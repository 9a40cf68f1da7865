"""Writing OUTCAR, OSZICAR, CONTCAR and vasprun.xml, step by step as VASP does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from inputs import INTEGERS, Inputs, mesh

LOGICAL = {"LDAU", "LASPH", "LWAVE", "LCHARG", "LAECHG", "LELF", "LVTOT", "LMIXTAU"}
VECTORS = {"MAGMOM", "LDAUL", "LDAUU", "LDAUJ"}
BAND_WIDTH_EV = 4.0
FERMI_EV = 2.0


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


class Outputs:
    """The open files of a run."""

    def __init__(self, folder: Path, inputs: Inputs):
        self.folder, self.inputs, self.steps = folder, inputs, 0
        self._outcar = open(folder / "OUTCAR", "w")
        self._oszicar = open(folder / "OSZICAR", "w")
        self._xml = open(folder / "vasprun.xml", "w")
        self.points, self.weights = mesh(inputs.divisions)
        self.electrons = float(np.dot(inputs.counts, inputs.valence))
        self.bands = int(self.electrons / 2 + sum(inputs.counts) / 2)
        self._head()

    def step(self, step: Step) -> None:
        """Write one ionic step."""
        self.steps += 1
        self._write_oszicar(step)
        self._write_outcar(step)
        self._xml.write("".join(_calculation(step, self.inputs)))
        self._contcar(step)
        for file in (self._outcar, self._oszicar, self._xml):
            file.flush()

    def stopped(self, kind: str) -> None:
        """Note that STOPCAR ended the run."""
        self._outcar.write(f" {kind} stop encountered!  aborting job ...\n")

    def accurate(self) -> None:
        """Note that the relaxation converged."""
        text = " reached required accuracy - stopping structural energy minimisation\n"
        self._outcar.write(text)
        print(text, end="", flush=True)

    def close(self, step: Step, moments: np.ndarray, gap_eV: float) -> None:
        """Write what follows the last step: moments, bands, density of states."""
        self._moments(moments)
        total = float(np.sum(moments))
        self._outcar.write(
            f" number of electron {self.electrons:15.7f} magnetization {total:15.7f}\n"
        )
        self._outcar.write(
            f" E-fermi : {FERMI_EV:8.4f}     XC(G=0): -9.0000     alpha+bet : -8.0000\n"
        )
        self._outcar.write(" General timing and accounting informations for this job:\n")
        self._outcar.write("                  Total CPU time used (sec):        1.000\n")
        self._outcar.close()
        self._oszicar.close()
        self._xml.write("".join(self._eigenvalues(moments, gap_eV)))
        self._xml.write("".join(self._dos(moments, gap_eV)))
        self._xml.write(" </calculation>\n")
        self._xml.write("".join(_structure("finalpos", step.lattice, step.frac)))
        self._xml.write("</modeling>\n")
        self._xml.close()

    def _head(self) -> None:
        inputs, version = self.inputs, "6.1.0"
        self._outcar.write(
            f" vasp.{version} STAND-IN, no calculation of VASP\n running on    1 total cores\n"
        )
        self._outcar.write(f"   k-points           NKPTS = {len(self.points):6d}   number of bands    "
                           f"NBANDS= {self.bands:6d}\n")  # fmt: skip
        self._outcar.write("   total plane-waves  NPLWV =  64000\n")
        self._outcar.write(
            f"   ISPIN  = {int(inputs.number('ISPIN')):6d}    spin polarized calculation?\n"
        )
        self._outcar.write(f"   IBRION = {int(inputs.number('IBRION')):6d}    ionic relax\n")
        self._outcar.flush()
        self._xml.write("".join(_head(inputs, version, self.points, self.weights, self.bands)))

    def _write_oszicar(self, step: Step) -> None:
        lines = ["       N       E                     dE             d eps       ncg     rms\n"]
        previous = 0.0
        for n, energy in enumerate(step.energies_eV, 1):
            lines.append(f"DAV: {n:3d}    {energy: .12E}   {energy - previous: .5E}  -0.10000E-02"
                         f"  1000   0.100E-01\n")  # fmt: skip
            previous = energy
        energy = step.energies_eV[-1]
        lines.append(
            f"   {self.steps} F= {energy:.8E} E0= {energy:.8E}  d E ={energy:.6E}  mag= 0.0\n"
        )
        self._oszicar.write("".join(lines))

    def _write_outcar(self, step: Step) -> None:
        out = self._outcar
        for n, _ in enumerate(step.energies_eV, 1):
            out.write(f"--- Iteration {self.steps:6d}({n:4d})  ---\n")
            out.write("  entropy T*S    EENTRO =        -0.00000000\n")
        energy = step.energies_eV[-1]
        out.write(" aborting loop because EDIFF is reached\n")
        out.write("  FREE ENERGIE OF THE ION-ELECTRON SYSTEM (eV)\n")
        out.write(f"  free  energy   TOTEN  = {energy:18.8f} eV\n")
        out.write(f"  energy  without entropy= {energy:18.8f}  energy(sigma->0) = {energy:18.8f}\n")
        out.write("    total drift:      0.000000      0.000000      0.000000\n")
        out.write("     LOOP+:  cpu time    0.10: real time    0.10\n")

    def _moments(self, moments: np.ndarray) -> None:
        for name, values in (
            ("total charge", np.ones_like(moments)),
            ("magnetization (x)", moments),
        ):
            self._outcar.write(f"\n {name}\n\n# of ion       s       p       d       tot\n")
            self._outcar.write("------------------------------------------\n")
            for ion, tot in enumerate(values, 1):
                self._outcar.write(f"{ion:5d}       0.000   0.000 {tot:7.3f} {tot:7.3f}\n")
            self._outcar.write("--------------------------------------------------\n")
            self._outcar.write(
                f"tot          0.000   0.000 {values.sum():7.3f} {values.sum():7.3f}\n\n"
            )

    def _contcar(self, step: Step) -> None:
        inputs = self.inputs
        lines = ["relaxed by the stand-in", "  1.0"]
        lines += [" ".join(f"{v:22.16f}" for v in row) for row in step.lattice]
        lines += [" ".join(inputs.elements), " ".join(map(str, inputs.counts)), "Direct"]
        lines += [" ".join(f"{v:20.16f}" for v in row) for row in step.frac % 1.0]
        (self.folder / "CONTCAR").write_text("\n".join(lines) + "\n")

    def _filled(self, moments: np.ndarray) -> tuple[int, ...]:
        """Filled bands of each spin."""
        if int(self.inputs.number("ISPIN")) == 1:
            return (int(self.electrons // 2),)
        unpaired = int(round(float(np.sum(moments))))
        unpaired += int(self.electrons - unpaired) % 2
        up = int(self.electrons + unpaired) // 2
        return up, int(self.electrons) - up

    def _eigenvalues(self, moments: np.ndarray, gap_eV: float) -> Iterable[str]:
        """Flat filled and empty bands around a gap; for a metal, bands that cross."""
        yield ' <eigenvalues><array><dimension dim="1">band</dimension>'
        yield "<field>eigene</field><field>occ</field><set>\n"
        wave = 0.5 * (1 - np.cos(2 * np.pi * self.points).mean(axis=1))
        for spin, filled in enumerate(self._filled(moments), 1):
            number = np.arange(self.bands)
            yield f'  <set comment="spin {spin}">\n'
            for k, bend in enumerate(wave, 1):
                spread = BAND_WIDTH_EV * (number + 0.5 - filled) / self.bands
                if gap_eV > 0:  # the edges are at Γ, and bands bend away from the gap
                    energy = FERMI_EV + spread + np.sign(spread) * (gap_eV / 2 + bend)
                    energy -= np.sign(spread) * BAND_WIDTH_EV / self.bands / 2
                else:  # bands go up together, through the Fermi energy
                    energy = FERMI_EV + spread + bend - np.average(wave, weights=self.weights)
                occupation = (energy < FERMI_EV).astype(float)
                yield f'   <set comment="kpoint {k}">\n'
                yield "".join(
                    f"    <r> {e:9.4f} {f:8.4f} </r>\n"
                    for e, f in zip(energy, occupation, strict=True)
                )
                yield "   </set>\n"
            yield "  </set>\n"
        yield " </set></array></eigenvalues>\n"

    def _dos(self, moments: np.ndarray, gap_eV: float) -> Iterable[str]:
        """Boxes of states on both sides of the gap, shared out to the atoms."""
        energy = np.linspace(FERMI_EV - 8, FERMI_EV + 8, int(self.inputs.number("NEDOS")))
        spins = self._filled(moments)
        yield f' <dos><i name="efermi"> {FERMI_EV:12.8f} </i>\n  <total><array>'
        yield '<dimension dim="1">gridpoints</dimension><field>energy</field><field>total</field>'
        yield "<field>integrated</field><set>\n"
        density = []
        for spin, filled in enumerate(spins, 1):
            inside = (energy > FERMI_EV - gap_eV / 2 - BAND_WIDTH_EV) & (
                energy <= FERMI_EV - gap_eV / 2
            )
            empty = (energy > FERMI_EV + gap_eV / 2) & (
                energy < FERMI_EV + gap_eV / 2 + BAND_WIDTH_EV
            )
            total = filled / BAND_WIDTH_EV * (inside + 0.3 * empty)
            density.append(total)
            rows = zip(energy, total, np.cumsum(total) * (energy[1] - energy[0]), strict=True)
            yield f'   <set comment="spin {spin}">\n'
            yield "".join(f"    <r> {a:9.4f} {b:9.4f} {c:9.4f} </r>\n" for a, b, c in rows)
            yield "   </set>\n"
        yield "  </set></array></total>\n"
        if int(self.inputs.number("LORBIT")) >= 10:
            yield from self._projected(energy, density)
        yield " </dos>\n"

    def _projected(self, energy: np.ndarray, density: list[np.ndarray]) -> Iterable[str]:
        yield "  <partial><array><field>energy</field><field>s</field><field>p</field>"
        yield "<field>d</field><set>\n"
        for ion, element in enumerate(self.inputs.symbols, 1):
            yield f'   <set comment="ion {ion}">\n'
            share = np.array({"V": (0, 0, 1), "O": (0, 1, 0)}.get(element, (1, 0, 0)))
            for spin, total in enumerate(density, 1):
                yield f'    <set comment="spin {spin}">\n'
                for e, d in zip(energy, total / sum(self.inputs.counts), strict=True):
                    s, p, d3 = d * share
                    yield f"     <r> {e:9.4f} {s:7.4f} {p:7.4f} {d3:7.4f} </r>\n"
                yield "    </set>\n"
            yield "   </set>\n"
        yield "  </set></array></partial>\n"


def _head(inputs: Inputs, version: str, points, weights, bands) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="ISO-8859-1"?>\n<modeling>\n <generator>\n'
    yield f'  <i name="program" type="string">vasp</i><i name="version" type="string">{version}</i>\n'
    yield '  <i name="subversion" type="string">STAND-IN, no calculation of VASP</i>\n </generator>\n'
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
    yield from _structure("initialpos", inputs.lattice, inputs.frac)


def _tag(tag: str, value: str) -> str:
    """One tag as vasprun.xml types it."""
    if tag in VECTORS:
        words = " ".join(value.split())
        kind = ' type="int"' if tag == "LDAUL" else ""
        return f'  <v{kind} name="{tag}"> {_spelled_out(words)} </v>\n'
    if tag in INTEGERS or tag == "NBANDS":
        return f'  <i type="int" name="{tag}"> {value} </i>\n'
    if tag in LOGICAL or tag.startswith("L") and value.strip(". ").upper()[:1] in "TF":
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


def _structure(name: str | None, lattice: np.ndarray, frac: np.ndarray) -> Iterable[str]:
    label = f' name="{name}"' if name else ""
    yield f" <structure{label} >\n  <crystal>\n{_varray('basis', lattice)}"
    yield f'   <i name="volume"> {np.linalg.det(lattice):16.8f} </i>\n  </crystal>\n'
    yield _varray("positions", frac % 1.0) + " </structure>\n"


def _energy(energy: float) -> str:
    names = ("e_fr_energy", "e_wo_entrp", "e_0_energy")
    return "<energy>" + "".join(f'<i name="{n}"> {energy:16.8f} </i>' for n in names) + "</energy>"


def _calculation(step: Step, inputs: Inputs) -> Iterable[str]:
    """A step, left open: the next one or the end of the run closes it."""
    yield " <calculation>\n"
    for energy in step.energies_eV:
        yield f"  <scstep>{_energy(energy)}</scstep>\n"
    yield from _structure(None, step.lattice, step.frac)
    yield _varray("forces", step.forces) + _varray("stress", step.stress_kB)
    yield f"  {_energy(step.energies_eV[-1])}\n"
