"""Results of VASP, read with pymatgen: one calculation from a directory, or a reason not to use it.

Any directory with a ``vasprun.xml`` will do, gzipped or not, ours or another's; an ``OUTCAR``
beside it adds the moments, and what the XML cannot know of the end of the run.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.core import Structure
from pymatgen.electronic_structure.dos import CompleteDos
from pymatgen.io.vasp.outputs import Outcar, VaspParseError, Vasprun

from navac.vasp.analysis import band_gap
from navac.vasp.files import CalculationError, output_file, read_outcar, read_vasprun

SAME_ENERGY = 0.01
"""vasprun.xml and OUTCAR of one run agree to this, eV."""
STATIC = (-1,)
DONE = "reached required accuracy"


@dataclass(frozen=True)
class Calculation:
    """A finished and converged calculation.

    Attributes:
        path: its vasprun.xml.
        energy_eV: of the whole cell, extrapolated to no smearing (VASP's energy(sigma->0)).
        structure: the final one.
        moments: ``[site]`` spin moments in the PAW spheres, μB; None without an OUTCAR or LORBIT.
        total_moment: of the cell, μB; None without an OUTCAR.
        band_gap_eV: 0 for metals; None without eigenvalues.
        max_force_eV_A, max_stress_GPa: largest force and component of the stress that are left.
        version: of VASP.
        functional: in words, such as ``SCAN+U``.
        tags: INCAR with everything that VASP took by default.
        hubbard_eV: U − J per element.
        titels: of the potentials.
        kpoints: divisions of the mesh; None for a list of points.
        run: pymatgen's own object, for the density of states.
    """

    path: Path
    energy_eV: float
    structure: Structure
    moments: np.ndarray | None
    total_moment: float | None
    band_gap_eV: float | None
    max_force_eV_A: float
    max_stress_GPa: float | None
    version: str
    functional: str
    tags: Mapping[str, Any]
    hubbard_eV: Mapping[str, float]
    titels: tuple[str, ...]
    kpoints: tuple[int, ...] | None
    run: Vasprun

    @property
    def dos(self) -> CompleteDos | None:
        """Total and projected density of states, where the run wrote one."""
        return self.run.complete_dos if getattr(self.run, "pdos", None) else None


def read_calculation(path: str | Path) -> Calculation:
    """Read a calculation.

    Args:
        path: its directory, or a vasprun.xml; either may be gzipped.

    Raises:
        CalculationError: nothing there, or it is empty, truncated, unreadable or unconverged.
    """
    path = Path(path)
    path = output_file(path, "vasprun.xml") if path.is_dir() else path
    run = read_vasprun(path)
    outcar = read_outcar(path)
    _check_converged(run, outcar, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a missing energy, which is checked below
        energy = float(run.final_energy)
    if not np.isfinite(energy):
        raise CalculationError("unreadable", f"{path}: holds no total energy")
    last = run.ionic_steps[-1]
    _same_run(last, outcar, path)
    stress = last.get("stress")
    return Calculation(
        path=path,
        energy_eV=energy,
        structure=run.final_structure,
        moments=_moments(outcar, len(run.final_structure)),
        total_moment=None if outcar is None else outcar.total_mag,
        band_gap_eV=_gap(run),
        max_force_eV_A=_largest_force(last),
        max_stress_GPa=None if stress is None else float(np.abs(stress).max()) / 10,
        version=str(run.vasp_version),
        functional=_functional(run),
        tags={**run.parameters, **run.incar},
        hubbard_eV=_hubbards(run),
        titels=tuple(" ".join(t.split()) for t in run.potcar_symbols),
        kpoints=tuple(run.kpoints.kpts[0]) if len(run.kpoints.kpts) == 1 else None,
        run=run,
    )


def _check_converged(run: Vasprun, outcar: Outcar | None, path: Path) -> None:
    """Raise for a run whose last step did not converge, electrons or ions."""
    steps, limit = len(run.ionic_steps[-1]["electronic_steps"]), run.parameters.get("NELM", 60)
    if not run.converged_electronic:
        raise CalculationError(
            "unconverged", f"{path}: the electrons had not converged after {steps} steps (NELM "
            f"{limit}) in the last ionic step"
        )  # fmt: skip
    ions, most = len(run.ionic_steps), run.parameters.get("NSW", 0)
    if most <= 1 or run.parameters.get("IBRION", -1) in STATIC:
        return
    if outcar is not None and DONE in outcar._text:
        return
    if outcar is None and ions < most and _accurate(run):
        return
    why = "was stopped" if ions < most else f"used its {most} steps (NSW)"
    force = _largest_force(run.ionic_steps[-1])
    raise CalculationError(
        "unconverged", f"{path}: the relaxation {why} after {ions} steps, with forces up to "
        f"{force:.3g} eV/Å (EDIFFG {run.parameters.get('EDIFFG', 'unknown')})"
    )  # fmt: skip


def _accurate(run: Vasprun) -> bool:
    """Whether the last ionic step is as accurate as EDIFFG asks; for runs without OUTCAR."""
    ediffg = run.parameters.get("EDIFFG", 10 * run.parameters.get("EDIFF", 1e-4))
    if ediffg < 0:
        # VASP subtracts the net force before it compares; a little more is still converged.
        return _largest_force(run.ionic_steps[-1]) <= 1.1 * -ediffg
    energies = [step["e_fr_energy"] for step in run.ionic_steps]
    return len(energies) > 1 and abs(energies[-1] - energies[-2]) <= ediffg


def _gap(run: Vasprun) -> float | None:
    if not run.eigenvalues:
        return None
    return band_gap(run.eigenvalues, run.actual_kpoints_weights)


def _functional(run: Vasprun) -> str:
    try:
        return run.run_type
    except Exception:  # pymatgen knows many functionals, not all, and fails in many ways
        return "unknown"


def _hubbards(run: Vasprun) -> dict[str, float]:
    try:
        return run.hubbards
    except (VaspParseError, TypeError) as error:
        raise CalculationError(
            "unreadable", f"{run.filename}: its LDAUU and LDAUJ do not fit its atoms ({error})"
        ) from error


def _same_run(last: Mapping[str, Any], outcar: Outcar | None, path: Path) -> None:
    theirs = None if outcar is None else outcar.final_fr_energy
    if theirs is not None and abs(theirs - last["e_fr_energy"]) > SAME_ENERGY:
        raise CalculationError(
            "unreadable", f"{path}: its free energy is {last['e_fr_energy']:.4f} eV, that of the "
            f"OUTCAR beside it {theirs:.4f} eV: they are of different runs"
        )  # fmt: skip


def _largest_force(step: Mapping[str, Any]) -> float:
    forces = np.asarray(step.get("forces", np.zeros((1, 3))), float)
    selective = step["structure"].site_properties.get("selective_dynamics")
    if selective is not None:
        forces = forces * np.asarray(selective, bool)
    return float(np.linalg.norm(forces, axis=1).max())


def _moments(outcar: Outcar | None, sites: int) -> np.ndarray | None:
    if outcar is None or len(outcar.magnetization) != sites:
        return None
    totals: Sequence[Any] = [site["tot"] for site in outcar.magnetization]
    return np.array([float(getattr(m, "global_moment", [m])[-1]) for m in totals])
