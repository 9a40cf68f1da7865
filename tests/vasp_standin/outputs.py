"""Writing OUTCAR, OSZICAR, CONTCAR and vasprun.xml, step by step as VASP does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from bands import FERMI_EV, density_of_states, eigenvalues
from inputs import Inputs, mesh
from xml_text import Step, xml_calculation, xml_head, xml_structure


class Outputs:
    """The open files of a run."""

    def __init__(self, folder: Path, inputs: Inputs):
        self.folder, self.inputs, self.steps = folder, inputs, 0
        self._outcar, self._oszicar, self._xml = (
            open(folder / name, "w")  # noqa: SIM115 (closed at the end of the run)
            for name in ("OUTCAR", "OSZICAR", "vasprun.xml")
        )
        self.points, self.weights = mesh(inputs.divisions)
        self.electrons = float(np.dot(inputs.counts, inputs.valence))
        self.bands = int(self.electrons / 2 + sum(inputs.counts) / 2)
        self._head()

    def step(self, step: Step) -> None:
        """Write one ionic step."""
        self.steps += 1
        self._write_oszicar(step)
        self._write_outcar(step)
        if self.steps > 1:
            self._xml.write(" </calculation>\n")
        self._xml.write("".join(xml_calculation(step)))
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
        self._xml.write(
            "".join(eigenvalues(self.inputs, self.electrons, self.bands, moments, gap_eV))
        )
        self._xml.write("".join(density_of_states(self.inputs, self.electrons, moments, gap_eV)))
        self._xml.write(" </calculation>\n")
        self._xml.write("".join(xml_structure("finalpos", step.lattice, step.frac)))
        self._xml.write("</modeling>\n")
        self._xml.close()

    def _head(self) -> None:
        inputs, version = self.inputs, "6.1.0"
        self._outcar.write(
            f" vasp.{version} STAND-IN, no calculation of VASP\n running on    1 total cores\n"
        )
        self._outcar.write(
            f"   k-points           NKPTS = {len(self.points):6d}   number of bands    "
            f"NBANDS= {self.bands:6d}\n"
        )
        self._outcar.write("   total plane-waves  NPLWV =  64000\n")
        self._outcar.write(
            f"   ISPIN  = {int(inputs.number('ISPIN')):6d}    spin polarized calculation?\n"
        )
        self._outcar.write(f"   IBRION = {int(inputs.number('IBRION')):6d}    ionic relax\n")
        self._outcar.flush()
        self._xml.write("".join(xml_head(inputs, version, self.points, self.weights, self.bands)))

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
