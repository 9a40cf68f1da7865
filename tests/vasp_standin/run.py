"""The stand-in for ``vasp_std``: reads its input from the current folder. See README.md."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import faults
import numpy as np
from inputs import Inputs, Refused, read_inputs
from outputs import Outputs
from physics import SPRING, STIFFNESS_KBAR, find_ordering, moved
from xml_text import Step

SHRINK = 0.2
"""What is left of the distance to the relaxed structure after an ionic step."""
ELECTRONIC_STEPS = 6


def main() -> int:
    """Run; returns the exit status."""
    folder = Path.cwd()
    fault, argument = faults.requested(folder)
    faults.at_start(fault, argument)
    try:
        inputs = read_inputs(folder)
        ordering = find_ordering(inputs)
    except Refused as refusal:
        print(f" -----\n{refusal}\n -----", flush=True)
        return 1
    print(" running on    1 total cores\n vasp.6.1.0 STAND-IN, no calculation of VASP", flush=True)
    ordering = moved(ordering) if fault == "moved" else ordering
    outputs = Outputs(folder, inputs)
    most = max(int(inputs.number("NSW")), 1)
    accuracy = -float(inputs.tags.get("EDIFFG", "-0.01").split()[0])
    wanted = relaxation(inputs, ordering, fault, moving=int(inputs.number("NSW")) > 0)
    for number, step in enumerate(wanted, 1):
        outputs.step(step)
        faults.after_step(fault, argument, number, folder)
        converged = np.linalg.norm(step.forces, axis=1).max() < accuracy and fault != "ions"
        if converged and int(inputs.number("NSW")) > 0:
            outputs.accurate()
        if stop := stopcar(folder):
            outputs.stopped(stop)
        if converged or stop or number == most:
            break
    outputs.close(step, ordering.moments(inputs.symbols), ordering.gap_eV)
    faults.at_end(fault, folder)
    return 0


def relaxation(inputs: Inputs, ordering, fault: str, moving: bool):
    """Ionic steps on the way to the relaxed structure, without an end."""
    away = inputs.frac - ordering.frac
    away -= np.rint(away)
    lattice_away = inputs.lattice - ordering.lattice
    steps = int(inputs.number("NELM")) if fault == "electrons" else ELECTRONIC_STEPS
    left = 1.0
    while True:
        frac = ordering.frac + left * away
        lattice = ordering.lattice + left * lattice_away
        distance = left * away @ ordering.lattice
        strain = np.linalg.solve(ordering.lattice, left * lattice_away)
        energy = ordering.energy_eV + 0.5 * SPRING * float((distance**2).sum())
        rough = tuple(energy + 10.0 ** (1 - n) for n in range(steps - 1))
        yield Step(lattice, frac, -SPRING * distance, -STIFFNESS_KBAR * strain, (*rough, energy))
        left *= SHRINK if moving else 1.0


def stopcar(folder: Path) -> str:
    """Which kind of stop STOPCAR asks for; VASP removes the file."""
    path = folder / "STOPCAR"
    if not path.is_file():
        return ""
    text = path.read_text().upper()
    path.unlink(missing_ok=True)
    return "soft" if "LSTOP" in text else "hard" if "LABORT" in text else ""


if __name__ == "__main__":
    raise SystemExit(main())
