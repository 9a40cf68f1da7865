"""Energy of the elemental metal, which a voltage is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ase import Atoms
from ase.build import bulk
from ase.data import atomic_numbers, reference_states

from navac import NavacError
from navac.energies.mlip.calculators import Model
from navac.energies.mlip.relax import Relaxation, relax

TIGHTER = 0.1
"""Share of the force that may be left in an ordering that may be left in the metal: its cell of one
or two atoms is soft."""


class MetalError(NavacError):
    """The reference electrode has no elemental metal that is known here."""


@dataclass(frozen=True)
class Metal:
    """The metal of a reference electrode.

    Attributes:
        element: its symbol.
        structure: name of its structure: bcc, fcc, hcp …
        energy_eV_per_atom: by the model, relaxed.
        volume_A3_per_atom: the same.
        max_force_eV_per_A: that is left.
        model: name, version and level of theory.
    """

    element: str
    structure: str
    energy_eV_per_atom: float
    volume_A3_per_atom: float
    max_force_eV_per_A: float
    model: str


@dataclass(frozen=True)
class _Tight:
    """How the metal is relaxed: as the orderings are, cell and all, but further."""

    optimiser: Literal["FIRE", "LBFGS"]
    max_force_eV_per_A: float
    max_steps: int
    relax_cell: bool = True


def metal_cell(element: str) -> tuple[Atoms, str]:
    """Cell and name of the room-temperature structure of an element, as ASE tabulates them.

    Lithium, sodium and potassium are bcc.

    Raises:
        MetalError: it is no element, or ASE has no crystal of it.
    """
    try:
        cell = bulk(element)
    except (KeyError, ValueError, RuntimeError, TypeError) as error:
        raise MetalError(
            f"no structure of elemental {element} is known ({error}); give its "
            "energy as energies.metal_eV_per_atom, or energies.average_voltage_V"
        ) from error
    tabulated: Any = reference_states[atomic_numbers[element]]
    return cell, str(tabulated["symmetry"])


def metal_reference(element: str, model: Model, how: Relaxation) -> Metal:
    """Relax the metal and take its energy per atom.

    Raises:
        MetalError: its structure is not known.
        RelaxationError: it does not relax.
    """
    cell, structure = metal_cell(element)
    tight = _Tight(how.optimiser, TIGHTER * how.max_force_eV_per_A, how.max_steps)
    found = relax(cell, model.calculator, tight)
    return Metal(
        element=element,
        structure=structure,
        energy_eV_per_atom=found.energy_eV / len(cell),
        volume_A3_per_atom=float(found.atoms.get_volume()) / len(cell),
        max_force_eV_per_A=found.max_force_eV_per_A,
        model=model.title,
    )
