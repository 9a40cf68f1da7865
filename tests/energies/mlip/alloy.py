"""Orderings of copper and gold on fcc for tests, with energies by the effective medium theory."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from navac.config.mlip import MlipSection
from navac.crystal.prim import Prim
from navac.energies.mlip.calculators import Model, load_model
from navac.orderings.ordering import Ordering

EMT = "ase.calculators.emt:EMT"
QUICK: dict[str, Any] = {
    "calculator": EMT, "optimiser": "LBFGS", "max_force_eV_per_A": 0.01, "spare_minutes": 0,
}  # fmt: skip
A = 3.8465

PRIM = Prim(
    lattice=A / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]], float),
    frac=np.zeros((1, 3)), species=(("Cu", "Au"),), labels=("fcc",), formula_units=1,
)  # fmt: skip


def ordering(digits: str) -> Ordering:
    """A stack of cells along the third vector, a digit per cell, 0 for copper."""
    cells = len(digits)
    return Ordering(
        f"stack-{digits}", (1, 0, 0, 0, 1, 0, 0, 0, cells), digits.count("0") / cells,
        np.array(list(digits), np.int8), 1, 0.0,
    )  # fmt: skip


THREE = [ordering(digits) for digits in ("0", "01", "1")]


def settings(**changed: Any) -> MlipSection:
    """Settings of a quick batch."""
    return MlipSection(**QUICK | changed)


def emt() -> Model:
    """The effective medium theory of ASE."""
    return load_model(EMT, {}, "effective medium theory")


@dataclass
class Counting:
    """Wraps the calculation of a calculator: counts, and does something at a given one.

    Attributes:
        at: number of the calculation, from 1, before which ``then`` is called.
    """

    at: int
    then: Any
    done: int = 0

    def around(self, model: Model) -> Model:
        """The model with its calculations counted."""
        calculate = model.calculator.calculate

        def counted(*arguments, **named):
            self.done += 1
            if self.done == self.at:
                self.then()
            return calculate(*arguments, **named)

        model.calculator.calculate = counted
        return model
