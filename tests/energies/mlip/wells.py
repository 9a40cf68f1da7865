"""A calculator for any elements, harmonic wells beside the atoms, and one that can be slow."""

import os
import time
from pathlib import Path

import numpy as np
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT

STIFFNESS = 2.0


class Wells(Calculator):
    """Wells of 2 eV/Å² at ``shift`` along x, to and fro; no stress. Moments number the atoms."""

    implemented_properties = ("energy", "forces", "magmoms")
    default_parameters = {"shift": 0.1}  # noqa: RUF012  ASE's own way

    def __init__(self, **options):
        super().__init__(**options)
        self.wells = None

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        if self.wells is None or len(self.wells) != len(atoms) or "numbers" in system_changes:
            self.wells = atoms.positions.copy()
            self.wells[:, 0] += self.parameters.shift * (-1.0) ** np.arange(len(atoms))
        away = atoms.positions - self.wells
        self.results = {
            "energy": STIFFNESS / 2 * (away**2).sum(), "forces": -STIFFNESS * away,
            "magmoms": np.arange(len(atoms), dtype=float),
        }  # fmt: skip


class Refusing(Wells):
    """Wells, and an exception for whatever holds the element of the option ``refused``."""

    default_parameters = {"shift": 0.1, "refused": "Cr"}  # noqa: RUF012  ASE's own way

    def calculate(self, atoms=None, properties=(), system_changes=()):
        if self.parameters.refused in atoms.symbols:
            raise RuntimeError(f"no parameters for {self.parameters.refused}")
        super().calculate(atoms, properties, system_changes)


class SlowEMT(EMT):
    """The effective medium theory, which waits where a file of the campaign says so.

    While ``slow`` exists in the working folder, calculations from the tenth on take a second, and
    each adds a line to ``calculations``.
    """

    def calculate(self, *arguments, **named):
        super().calculate(*arguments, **named)
        with open("calculations", "a") as file:
            file.write(f"{os.getpid()}\n")
        if Path("slow").exists() and len(Path("calculations").read_text().split()) > 10:
            time.sleep(1)
