"""A relaxation with a calculator of ASE that can be killed and continued.

A checkpoint holds the structure and the memory of the optimiser as they are after a step. A
relaxation that is continued from it takes the same steps as one that was never interrupted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, PropertyNotImplementedError
from ase.filters import FrechetCellFilter
from ase.io.jsonio import decode, encode
from ase.optimize import FIRE, LBFGS
from ase.optimize.optimize import Optimizer
from ase.units import GPa

from navac import NavacError
from navac.energies.batch import OutOfTime
from navac.files import replacing
from navac.orderings.mapping import principal_strain

CHECKPOINT_SECONDS = 2.0
"""Time between two checkpoints of a relaxation, beside those at its stops."""

CHECKPOINT = "checkpoint.json"

LOST = 0.5
"""Strain of a cell that is not going to come back; a model may then search for neighbours for
ever."""


class RelaxationError(NavacError):
    """A relaxation that does not end in a structure whose energy may be used."""


class Relaxation(Protocol):
    """How a structure is relaxed: sections ``energies.mlip`` and ``dft.prerelax``.

    Attributes:
        optimiser: of ASE.
        max_force_eV_per_A: largest force that is left, that on the cell included.
        max_steps: of the optimiser.
        relax_cell: whether the cell is relaxed too.
    """

    @property
    def optimiser(self) -> Literal["FIRE", "LBFGS"]: ...
    @property
    def max_force_eV_per_A(self) -> float: ...
    @property
    def max_steps(self) -> int: ...
    @property
    def relax_cell(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Relaxed:
    """A relaxed structure.

    Attributes:
        atoms: the structure, without a calculator.
        energy_eV: of the cell.
        max_force_eV_per_A: largest force on an atom.
        max_stress_GPa: largest component of the stress; None where the calculator has none.
        moments_muB: ``[atom]`` magnetic moments, where the calculator gives them.
        steps: of the optimiser, in all starts together.
    """

    atoms: Atoms
    energy_eV: float
    max_force_eV_per_A: float
    max_stress_GPa: float | None
    moments_muB: np.ndarray | None
    steps: int


def relax(
    start: Atoms,
    calculator: Calculator,
    how: Relaxation,
    folder: Path | None = None,
    ends_at: float | None = None,
) -> Relaxed:
    """Relax a structure, from the checkpoint in a folder if there is one.

    Args:
        start: the structure to begin with.
        folder: for checkpoints; None keeps none.
        ends_at: when to stop, as :func:`time.time`.

    Raises:
        OutOfTime: stopped at ``ends_at``, with a checkpoint.
        RelaxationError: not converged in ``max_steps``, or energy or forces are not finite.
    """
    atoms = start.copy()
    atoms.calc = calculator
    try:
        return _relaxed(atoms, how, folder, ends_at)
    except PropertyNotImplementedError as error:
        raise RelaxationError(
            f"the calculator gives no {error.args[0] if error.args else 'stress'}; set relax_cell "
            "to false, or take another calculator"
        ) from error


def _relaxed(atoms: Atoms, how: Relaxation, folder: Path | None, ends_at: float | None) -> Relaxed:
    start = np.array(atoms.cell)
    # The filter measures strain from the cell that it first sees: that of the start.
    moved = FrechetCellFilter(atoms) if how.relax_cell else atoms
    optimiser = OPTIMISERS[how.optimiser](moved)
    before = _restore(folder, atoms, optimiser)
    converged, saved_at = False, time.monotonic()
    for converged in _steps(optimiser, how, how.max_steps - before):
        _check(atoms, start, before + optimiser.nsteps)
        over = ends_at is not None and time.time() > ends_at
        if folder and (over or time.monotonic() - saved_at > CHECKPOINT_SECONDS):
            _save(folder, atoms, optimiser, before + optimiser.nsteps)
            saved_at = time.monotonic()
        if over and not converged:
            raise OutOfTime(f"stopped after {before + optimiser.nsteps} steps")
    steps = before + optimiser.nsteps
    force = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    if not converged:
        raise RelaxationError(
            f"not converged after {steps} steps: a force of {force:.3g} eV/Å is left, more than "
            f"max_force_eV_per_A {how.max_force_eV_per_A:g}, or the cell is not relaxed; raise "
            "max_steps"
        )
    return Relaxed(
        atoms=atoms.copy(), energy_eV=float(atoms.get_potential_energy()),
        max_force_eV_per_A=force, max_stress_GPa=_stress(atoms), moments_muB=_moments(atoms),
        steps=steps,
    )  # fmt: skip


def _steps(optimiser: Optimizer, how: Relaxation, left: int) -> Iterator[bool]:
    """Steps of the optimiser; each says whether it has converged."""
    yield from optimiser.irun(fmax=how.max_force_eV_per_A, steps=max(left, 0))


def _check(atoms: Atoms, start: np.ndarray, step: int) -> None:
    """Refuse what can end nowhere.

    Args:
        start: ``[3, 3]`` cell that the relaxation began with.
    """
    energy, forces = atoms.get_potential_energy(), atoms.get_forces()
    if not (np.isfinite(energy) and np.isfinite(forces).all()):
        raise RelaxationError(f"energy or forces are not finite after {step} steps")
    strain = principal_strain(start, np.array(atoms.cell))
    if abs(most := strain[np.abs(strain).argmax()]) > LOST:
        raise RelaxationError(f"the cell is strained by {most:+.0%} after {step} steps and lost")


def _stress(atoms: Atoms) -> float | None:
    try:
        return float(np.abs(atoms.get_stress()).max() / GPa)
    except PropertyNotImplementedError:
        return None


def _moments(atoms: Atoms) -> np.ndarray | None:
    """Moments that the calculator found beside the energy, under either name that is in use."""
    results: dict[str, Any] = getattr(atoms.calc, "results", {})
    found = results.get("magmoms", results.get("magmom"))
    if found is None or np.shape(found) != (len(atoms),):
        return None
    return np.asarray(found, float)


def _fire_memory(optimiser: Any, memory: dict[str, Any] | None = None) -> dict[str, Any]:
    """What FIRE remembers from step to step, set to ``memory`` if that is given."""
    if memory is not None:
        optimiser.vel, optimiser.dt = memory["vel"], memory["dt"]
        optimiser.a, optimiser.Nsteps = memory["a"], memory["Nsteps"]
    return {k: getattr(optimiser, k) for k in ("vel", "dt", "a", "Nsteps")}


def _lbfgs_memory(optimiser: Any, memory: dict[str, Any] | None = None) -> dict[str, Any]:
    """What LBFGS remembers from step to step, set to ``memory`` if that is given."""
    if memory is not None:
        optimiser.r0, optimiser.f0 = memory["r0"], memory["f0"]
        for key in ("iteration", "s", "y", "rho"):
            setattr(optimiser.state, key, memory[key])
    kept = {key: getattr(optimiser.state, key) for key in ("iteration", "s", "y", "rho")}
    return kept | {"r0": optimiser.r0, "f0": optimiser.f0}


OPTIMISERS: dict[str, Callable[[Any], Any]] = {
    "FIRE": lambda atoms: FIRE(atoms, logfile=os.devnull),
    "LBFGS": lambda atoms: LBFGS(atoms, logfile=os.devnull),
}
_MEMORY = {FIRE: _fire_memory, LBFGS: _lbfgs_memory}


def _save(folder: Path, atoms: Atoms, optimiser: Optimizer, steps: int) -> None:
    """Write a checkpoint; that of before stays until it is whole."""
    kept = {
        "positions": atoms.get_positions(), "cell": np.array(atoms.cell), "steps": steps,
        "optimiser": type(optimiser).__name__, "memory": _MEMORY[type(optimiser)](optimiser),
    }  # fmt: skip
    with replacing(folder / CHECKPOINT) as part:
        part.write_text(encode(kept))


def _restore(folder: Path | None, atoms: Atoms, optimiser: Optimizer) -> int:
    """Go on from the checkpoint in a folder; returns the steps that were taken before it."""
    path = folder / CHECKPOINT if folder else None
    if path is None or not path.is_file():
        return 0
    kept = decode(path.read_text())
    if kept["optimiser"] != type(optimiser).__name__:
        return 0
    atoms.set_cell(kept["cell"])
    atoms.set_positions(kept["positions"])
    _MEMORY[type(optimiser)](optimiser, kept["memory"])
    return int(kept["steps"])
