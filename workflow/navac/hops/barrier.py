"""What a hop costs: a nudged elastic band with a climbing image, by any calculator of ASE.

G. Henkelman, B. P. Uberuaga and H. Jónsson, J. Chem. Phys. 113, 9901 (2000). The cell is not
relaxed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.mep.neb import NEB
from ase.optimize import LBFGS
from ase.optimize.optimize import Optimizer

from navac.hops.ends import Hop, images
from navac.hops.network import HopError

SPRING = 0.1
"""Between images, eV/Å²: ASE's own."""
COLLAPSED = 0.5
"""Share of the way that must be left between relaxed ends."""


@dataclass(frozen=True)
class Band:
    """A converged path.

    Attributes:
        path: images, the ends included.
        energies: ``[image]`` eV, that of the start is 0.
        way: ``[image]`` how far the moving atom is from its start along the images, Å.
        max_force: largest force of the band on an atom of an image, eV/Å.
        steps: of the optimiser.
    """

    path: tuple[Atoms, ...]
    energies: np.ndarray
    way: np.ndarray
    max_force: float
    steps: int

    @property
    def forward(self) -> float:
        """Barrier of the hop, eV."""
        return float(self.energies.max())

    @property
    def backward(self) -> float:
        """Barrier of the way back, eV."""
        return float(self.energies.max() - self.energies[-1])


class _Own(Calculator):
    """What a calculator that all images share has found for one image.

    An optimiser asks for the forces of a band more than once per step, ends included. The shared
    calculator remembers the last image only.
    """

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def __init__(self, shared: Calculator) -> None:
        super().__init__()
        self.shared = shared

    def calculate(self, atoms=None, properties=("energy",), system_changes=()) -> None:
        super().calculate(atoms, properties, system_changes)
        self.results = {
            "energy": self.shared.get_potential_energy(self.atoms),
            "forces": self.shared.get_forces(self.atoms),
        }


def band(hop: Hop, calculator: Calculator, between: int, max_force: float, max_steps: int) -> Band:
    """Relax both ends and the band between them.

    Args:
        between: number of images between the ends.
        max_force: largest force that is left, eV/Å.
        max_steps: of the optimiser, for each end and for the band.

    Raises:
        HopError: an end or the band does not converge, or an end is none.
    """
    before = _relaxed(hop.start, calculator, max_force, max_steps, "start")
    after = _relaxed(hop.after(), calculator, max_force, max_steps, "end")
    way = np.linalg.norm(after.positions[hop.mover] - before.positions[hop.mover])
    if way < COLLAPSED * hop.kind.length:
        raise HopError(
            f"{hop.name}: an end is no minimum; the ends are {way:.2f} Å apart, of "
            f"{hop.kind.length:.2f} Å in the crystal"
        )
    path = images(before, after, between)
    neb = NEB(path, k=SPRING, climb=True, method="improvedtangent")
    for image in path:
        image.calc = _Own(calculator)
    ends = np.array([before.info["energy"], after.info["energy"]])
    optimiser = LBFGS(neb, logfile=os.devnull)  # type: ignore[arg-type]
    steps = _converged(optimiser, max_force, max_steps, "the band")
    inner = [image.get_potential_energy() for image in path[1:-1]]
    energies = np.array([ends[0], *inner, ends[1]]) - ends[0]
    places = np.array([image.positions[hop.mover] for image in path])
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(places, axis=0), axis=1).cumsum()])
    force = float(np.linalg.norm(neb.get_forces(), axis=1).max())
    return Band(tuple(path), energies, along, force, steps)


def _relaxed(
    start: Atoms, calculator: Calculator, max_force: float, max_steps: int, what: str
) -> Atoms:
    """An end, its energy in ``info``."""
    atoms = start.copy()
    atoms.calc = calculator
    _converged(LBFGS(atoms, logfile=os.devnull), max_force, max_steps, f"the {what}")
    atoms.info["energy"] = float(atoms.get_potential_energy())
    return atoms


def _converged(optimiser: Optimizer, max_force: float, max_steps: int, what: str) -> int:
    if not optimiser.run(fmax=max_force, steps=max_steps):
        raise HopError(
            f"{what} has not converged to {max_force:g} eV/Å in {max_steps} steps; raise "
            "hops.max_steps"
        )
    return int(optimiser.nsteps)
