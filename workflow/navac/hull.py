"""The 0 K convex hull and the chemical potentials between its ground states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hull:
    """Ground states of one composition range, by rising x.

    Attributes:
        x: ``[state]`` species per formula unit.
        energy: ``[state]`` eV per primitive cell.
        index: ``[state]`` rows of the input that lie on the hull.
        formula_units: formula units per primitive cell.
    """

    x: np.ndarray
    energy: np.ndarray
    index: np.ndarray
    formula_units: int

    @property
    def transitions(self) -> np.ndarray:
        """``[state − 1]`` μ in eV per atom at which neighbouring ground states coexist."""
        return np.diff(self.energy) / (np.diff(self.x) * self.formula_units)

    def stable(self, state: int) -> tuple[float, float]:
        """The μ interval in which a ground state is the lowest; infinite at the ends."""
        edges = np.concatenate([[-np.inf], self.transitions, [np.inf]])
        return float(edges[state]), float(edges[state + 1])

    def above(self, x: np.ndarray, energy: np.ndarray) -> np.ndarray:
        """Energies above the hull, eV per primitive cell."""
        return energy - np.interp(x, self.x, self.energy)


def lower_hull(x: np.ndarray, energy: np.ndarray, formula_units: int) -> Hull:
    """Lower convex hull of energies against composition (monotone chain)."""
    x, energy = np.asarray(x, float), np.asarray(energy, float)
    chain: list[int] = []
    for i in np.lexsort((energy, x)):
        if chain and x[i] - x[chain[-1]] < 1e-9:
            continue
        while len(chain) > 1 and _above(x, energy, chain[-2], chain[-1], i):
            chain.pop()
        chain.append(int(i))
    index = np.array(chain)
    return Hull(x[index], energy[index], index, formula_units)


def _above(x, energy, a: int, b: int, c: int) -> bool:
    """Whether point b lies on or above the line from a to c."""
    slope = (energy[c] - energy[a]) / (x[c] - x[a])
    # Points on the line are no ground states of their own: 1e-9 eV is far below any data.
    return energy[b] > energy[a] + slope * (x[b] - x[a]) - 1e-9
