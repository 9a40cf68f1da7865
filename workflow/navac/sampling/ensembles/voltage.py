"""Voltages from chemical potentials of an expansion of mixing energies.

Mixing energies differ from total ones by a constant and a line in the amount of the counted
species, whose slope b shifts its chemical potential: against the metal,

    V = E_metal − (μ + b)            in V, one charge per ion.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from navac.energies.totals import TOTAL

LINE = 1e-6
"""How far differences of total and mixing energies may be off a line, eV per primitive cell."""


def voltage_zero(
    table: pd.DataFrame, formula_units: int, *, average: float | None, metal: float | None
) -> float | None:
    """V + μ of the counted species; None where it is not known.

    Args:
        table: of energies, with their x.
        average: mean voltage between the ends of x, V; None derives it from total energies.
        metal: energy of the metal, eV per atom.
    """
    usable = table[table.energy_eV_per_cell.notna()]
    atoms = usable.x.to_numpy(float) * formula_units
    mixing = usable.energy_eV_per_cell.to_numpy(float)
    if average is not None:
        low, high = (mixing[np.isclose(atoms, end)].min() for end in (atoms.min(), atoms.max()))
        return average + (high - low) / np.ptp(atoms)
    if metal is None or TOTAL not in usable:
        return None
    line = pd.to_numeric(usable[TOTAL], errors="coerce").to_numpy(float) - mixing
    slope, constant = np.polyfit(atoms, line, 1)
    if np.abs(line - constant - slope * atoms).max() > LINE:
        return None
    return metal - float(slope)
