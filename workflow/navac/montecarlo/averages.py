"""Averages of what was sampled, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Averages:
    """What one condition measured, per primitive cell, block by block.

    Attributes:
        energy: ``[block, replica]`` mean E, eV.
        number: ``[block, replica]`` mean N, atoms of the first species.
        energy2, cross, number2: ``[block, replica]`` means of E², EN, N² of the whole
            supercell divided by the number of cells squared.
        sublattice: ``[block, sublattice, replica]`` mean occupation of each sublattice.
        acceptance: ``[block, replica]`` accepted share of the attempted flips.
        discrepancy: ``[replica]`` accumulated minus recomputed energy at the end, eV.
    """

    energy: np.ndarray
    number: np.ndarray
    energy2: np.ndarray
    cross: np.ndarray
    number2: np.ndarray
    sublattice: np.ndarray
    acceptance: np.ndarray
    discrepancy: np.ndarray


def averages_of(model, sums, block_sweeps) -> Averages:
    cells = model.supercell.size
    *measured, discrepancy = sums
    e, n, e2, en, n2, sub, accepted = (s / block_sweeps for s in measured)
    return Averages(
        energy=e / cells, number=n / cells,
        energy2=e2 / cells**2, cross=en / cells**2, number2=n2 / cells**2,
        sublattice=sub / cells, acceptance=accepted / model.n_sites, discrepancy=discrepancy,
    )  # fmt: skip
