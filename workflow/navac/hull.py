"""The 0 K convex hull, and the chemical potentials between ground states along one composition.

With several composition axes the hull is found by linear programming: what a composition
decomposes into are the orderings of least energy that add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from navac.composition import Amount, atoms_per_cell

SAME_GROUND_STATE = 1e-6
"""Orderings this close to a hull are on it: symmetry or the cutoffs may make them equal, eV."""


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
        return np.diff(self.energy) / atoms_per_cell(np.diff(self.x), self.formula_units)

    def stable(self, state: int) -> tuple[float, float]:
        """The μ interval in which a ground state is the lowest; infinite at the ends."""
        edges = np.concatenate([[-np.inf], self.transitions, [np.inf]])
        return float(edges[state]), float(edges[state + 1])

    def above(self, x: Amount, energy: Amount) -> Amount:
        """Energies above the hull at compositions, eV per primitive cell."""
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


def _above(x: np.ndarray, energy: np.ndarray, a: int, b: int, c: int) -> bool:
    """Whether point b lies on or above the line from a to c."""
    slope = (energy[c] - energy[a]) / (x[c] - x[a])
    # Points on the line are not separate ground states: 1e-9 eV is far below any data.
    return bool(energy[b] > energy[a] + slope * (x[b] - x[a]) - 1e-9)


@dataclass(frozen=True)
class MixtureHull:
    """Ground states over any number of composition axes.

    Attributes:
        points: ``[state, axis]`` compositions.
        energy: ``[state]`` in the unit of the input.
        index: ``[state]`` rows of the input that lie on the hull.
    """

    points: np.ndarray
    energy: np.ndarray
    index: np.ndarray

    def above(self, points: np.ndarray, energy: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies above the hull; NaN outside its compositions."""
        level = {}
        for key, point in _by_composition(points).items():
            shares = _decomposed(self.points, self.energy, point)
            level[key] = np.nan if shares is None else float(shares @ self.energy)
        return np.asarray(energy, float) - [level[key] for key in map(_key, points)]

    def products(self, point: np.ndarray) -> dict[int, float]:
        """The ground states that a composition decomposes into: row of the input and share.

        Empty outside the compositions of the hull.
        """
        shares = _decomposed(self.points, self.energy, point)
        if shares is None:
            return {}
        return {int(self.index[k]): float(shares[k]) for k in np.flatnonzero(shares > 1e-9)}


def mixture_hull(points: np.ndarray, energy: np.ndarray) -> MixtureHull:
    """Lower convex hull of ``energy[ordering]`` over compositions ``points[ordering, axis]``."""
    points, energy = np.asarray(points, float), np.asarray(energy, float)
    lowest: dict[tuple, int] = {}
    for i in np.argsort(energy, kind="stable").tolist():
        lowest.setdefault(_key(points[i]), i)
    some = np.array(sorted(lowest.values()), int)
    states = []
    for k, i in enumerate(some):
        others = np.delete(some, k)
        shares = _decomposed(points[others], energy[others], points[i])
        # Points on the hull between others are not separate ground states, as in one dimension.
        if shares is None or energy[i] < shares @ energy[others] - 1e-9:
            states.append(int(i))
    index = np.array(states, int)
    return MixtureHull(points[index], energy[index], index)


def _key(point: np.ndarray) -> tuple:
    return tuple(np.round(point, 6) + 0.0)


def _by_composition(points: np.ndarray) -> dict[tuple, np.ndarray]:
    return {_key(point): point for point in np.asarray(points, float)}


def _decomposed(points: np.ndarray, energy: np.ndarray, point: np.ndarray) -> np.ndarray | None:
    """Shares of ``points[state, axis]`` of least energy that add up to a point; None if none do."""
    if not len(points):
        return None
    found = linprog(
        energy - energy.min(),
        A_eq=np.vstack([points.T, np.ones(len(points))]), b_eq=[*point, 1.0], method="highs",
    )  # fmt: skip
    return found.x if found.status == 0 else None


@dataclass(frozen=True)
class HullCheck:
    """The ground states of the data beside those of a model.

    Attributes:
        kept: ``[state]`` rows that are ground states of both.
        lost: ``[state]`` rows that are ground states of the data only.
        lost_by: ``[state]`` how far the model puts them above its hull, eV per primitive cell.
        spurious: ``[state]`` rows that are ground states of the model only.
        spurious_by: ``[state]`` how far the model puts them below the hull of the data's ground
            states, eV per primitive cell.
    """

    kept: np.ndarray
    lost: np.ndarray
    lost_by: np.ndarray
    spurious: np.ndarray
    spurious_by: np.ndarray


def compare_hulls(x: np.ndarray, energy: np.ndarray, predicted: np.ndarray) -> HullCheck:
    """Check that a model has the ground states of its data.

    Args:
        x: ``[ordering]`` composition, or ``[ordering, axis]`` of several axes.
        energy: ``[ordering]`` data, NaN where there are none.
        predicted: ``[ordering]`` of the model, for every ordering: only those without data can
            tell what it would find beyond them.
    """
    known = np.flatnonzero(np.isfinite(energy))
    if np.ndim(x) == 2 and np.shape(x)[1] > 1:
        return _compare_mixtures(np.asarray(x, float), energy, predicted, known)
    x = np.reshape(x, -1)
    # Formula units only scale the chemical potentials, which are not used here.
    truth = known[lower_hull(x[known], energy[known], 1).index]
    model = lower_hull(x, predicted, 1)
    above = model.above(x[truth], predicted[truth])
    extra = np.setdiff1d(model.index, truth)
    below = -lower_hull(x[truth], predicted[truth], 1).above(x[extra], predicted[extra])
    deep = below > SAME_GROUND_STATE
    kept = above <= SAME_GROUND_STATE
    return HullCheck(truth[kept], truth[~kept], above[~kept], extra[deep], below[deep])


def _compare_mixtures(
    points: np.ndarray, energy: np.ndarray, predicted: np.ndarray, known: np.ndarray
) -> HullCheck:
    """As :func:`compare_hulls`, over several composition axes."""
    truth = known[mixture_hull(points[known], energy[known]).index]
    model = mixture_hull(points, predicted)
    above = model.above(points[truth], predicted[truth])
    extra = np.setdiff1d(model.index, truth)
    below = -mixture_hull(points[truth], predicted[truth]).above(points[extra], predicted[extra])
    deep = below > SAME_GROUND_STATE
    kept = above <= SAME_GROUND_STATE
    return HullCheck(truth[kept], truth[~kept], above[~kept], extra[deep], below[deep])
