"""Regressions for effective cluster interactions behind one interface.

A method takes ``averages[ordering, orbit]`` and ``energies[ordering]``, both centred and scaled
by the roots of the structures' weights, and returns the total interactions (ECI per cluster ×
multiplicity, eV) it finds. :func:`solve` does what all have in common.

The default is the L1-penalised least squares of the paper (SI S2-1; Nelson et al., Phys. Rev. B
87, 035125). Its penalty selects terms and shrinks what it keeps, so the selected terms are fitted
again without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ARDRegression, Lasso, LassoLarsCV, RidgeCV
from sklearn.model_selection import KFold

from navac.fit.groups import group_lasso, group_relevance

Ridge = float | np.ndarray
"""The L2 penalty of all terms, or of each; 0 where terms are selected and not penalised."""
Found = tuple[np.ndarray, Ridge]
"""Total interactions ``[orbit]``, eV, and their penalty."""
NEGLIGIBLE = 1e-8
"""Total interactions below this, eV, are set to zero."""
RIDGE_PENALTIES = np.logspace(-8, 2, 41)


@dataclass(frozen=True)
class Regression:
    """How interactions are fitted.

    Attributes:
        method: a key of :data:`METHODS`.
        alpha: weight of the L1 norm of the total interactions, eV, in
            ``‖y − Xw‖²/2n + α‖w‖₁``; only ``lasso`` uses it, the others determine theirs.
        refit: fit the selected terms again by least squares; ``ridge`` selects none.
        folds: of cross-validation, shuffled with ``seed``.
        groups: ``[orbit]`` functions of one number share their fate in the methods of groups;
            empty where each function is by itself.
        free: ``[term]`` orbits without penalty. The others are fitted to what these leave.
        blocks: ``[ordering]`` numbers of what is left out together in cross-validation, as the
            orderings of one composition; empty for single orderings.
    """

    method: str = "lasso"
    alpha: float = 1e-4
    refit: bool = True
    folds: int = 10
    seed: int = 0
    groups: tuple[int, ...] = ()
    free: tuple[int, ...] = ()
    blocks: tuple[int, ...] = ()

    def part(self, rows: np.ndarray) -> Regression:
        """The same for some of the orderings."""
        return replace(self, blocks=tuple(self.blocks[i] for i in rows)) if self.blocks else self

    def splits(self, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows to fit and rows to predict, fold by fold."""
        if len(set(self.blocks)) > 1:
            yield from self._block_splits()
            return
        # Tables are sorted by composition: unshuffled folds would test extrapolation.
        folds = KFold(min(self.folds, count), shuffle=True, random_state=self.seed)
        yield from folds.split(np.empty(count))

    def _block_splits(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        blocks = np.array(self.blocks)
        names = np.unique(blocks)
        folds = KFold(min(self.folds, len(names)), shuffle=True, random_state=self.seed)
        for _, some in folds.split(names):
            left_out = np.isin(blocks, names[some])
            yield np.flatnonzero(~left_out), np.flatnonzero(left_out)

    def groups_of(self, orbits: int) -> np.ndarray:
        """``[orbit]`` group of each of the orbits that are penalised."""
        groups = np.array(self.groups) if self.groups else np.arange(orbits + len(self.free))
        return np.delete(groups, list(self.free))


class Solution(NamedTuple):
    """What a regression finds.

    Attributes:
        constant: eV per primitive cell.
        totals: ``[orbit]`` ECI per cluster × multiplicity, eV.
        ridge: the L2 penalty ``λ`` in ``‖y − Xw‖² + λ‖w‖²``, or one for each term; 0 for the
            methods that select.
    """

    constant: float
    totals: np.ndarray
    ridge: Ridge

    def predict(self, averages: np.ndarray) -> np.ndarray:
        """Energies of ``averages[ordering, orbit]``, eV per primitive cell."""
        return self.constant + averages @ self.totals


def solve(
    regression: Regression, averages: np.ndarray, energies: np.ndarray, weights: np.ndarray
) -> Solution:
    """Fit interactions to energies.

    Args:
        averages: ``[ordering, orbit]`` correlations.
        energies: ``[ordering]`` eV per primitive cell.
        weights: ``[ordering]`` positive, 1 on average.
    """
    centre = np.average(averages, axis=0, weights=weights)
    level = np.average(energies, weights=weights)
    root = np.sqrt(weights)
    with warnings.catch_warnings():
        # α far below the noise makes the descent slow; the refit does not need its last digit.
        warnings.simplefilter("ignore", ConvergenceWarning)
        totals, ridge = _penalised(
            (averages - centre) * root[:, None], (energies - level) * root, regression
        )
    if regression.refit and not np.any(ridge):
        return _least_squares(averages, energies, root, np.flatnonzero(totals))
    return Solution(float(level - centre @ totals), totals, ridge)


def _penalised(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    """What the method finds, the terms without penalty beside it."""
    method = METHODS[regression.method]
    if not regression.free:
        return method(averages, energies, regression)
    free = list(regression.free)
    others = np.delete(np.arange(averages.shape[1]), free)
    left, size, _ = np.linalg.svd(averages[:, free], full_matrices=False)
    told = left[:, size > 1e-10 * size.max(initial=0.0)]
    apart = averages[:, others] - told @ (told.T @ averages[:, others])
    found, ridge = method(apart, energies - told @ (told.T @ energies), regression)
    totals = np.zeros(averages.shape[1])
    totals[others] = found
    rest = energies - averages[:, others] @ found
    totals[free] = np.linalg.lstsq(averages[:, free], rest, rcond=1e-10)[0]
    if not np.any(ridge):
        return totals, 0.0
    penalties = np.zeros(len(totals))
    penalties[others] = ridge
    return totals, penalties


def _least_squares(
    averages: np.ndarray, energies: np.ndarray, root: np.ndarray, chosen: np.ndarray
) -> Solution:
    """The chosen terms without any penalty."""
    design = np.column_stack([np.ones(len(energies)), averages[:, chosen]])
    found = np.linalg.lstsq(design * root[:, None], energies * root, rcond=None)[0]
    # Negligible terms would only slow sampling down.
    found[1:][np.abs(found[1:]) < NEGLIGIBLE] = 0
    totals = np.zeros(averages.shape[1])
    totals[chosen] = found[1:]
    return Solution(float(found[0]), totals, 0.0)


def _lasso(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    model = Lasso(alpha=regression.alpha, fit_intercept=False, max_iter=200_000, tol=1e-6)
    return model.fit(averages, energies).coef_, 0.0


def _lasso_cv(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    # Least angles: the whole path exactly, where coordinate descent needs a grid of penalties
    # and, on orderings that leave terms undetermined, ten times as long.
    model = LassoLarsCV(
        fit_intercept=False, cv=list(regression.splits(len(energies))), max_n_alphas=2000
    )
    return model.fit(averages, energies).coef_, 0.0


def _ridge(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    """Penalty by leave-one-out errors."""
    model = RidgeCV(alphas=RIDGE_PENALTIES, fit_intercept=False).fit(averages, energies)
    return model.coef_, float(model.alpha_)


def _relevance(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    """Automatic relevance determination: a Gaussian prior per term (Tipping, JMLR 1, 211).

    Terms go whose prior becomes narrower than their standard error would be. scikit-learn's
    own threshold, 1e4, is a width of 10 meV here, independent of the noise.
    """
    residual = energies - averages @ np.linalg.lstsq(averages, energies, rcond=None)[0]
    spare = max(1, len(energies) - np.linalg.matrix_rank(averages))
    noise = max(residual @ residual / spare, NEGLIGIBLE**2)
    threshold = (averages**2).sum(axis=0).mean() / noise
    model = ARDRegression(fit_intercept=False, threshold_lambda=threshold)
    return model.fit(averages, energies).coef_, 0.0


def _adaptive_lasso(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    """Every term's penalty divided by its size in a ridge fit (Zou, JASA 101, 1418)."""
    size = np.abs(_ridge(averages, energies, regression)[0])
    return _lasso_cv(averages * size, energies, regression)[0] * size, 0.0


def _group_lasso(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    groups = regression.groups_of(averages.shape[1])
    return group_lasso(averages, energies, groups, regression.splits), 0.0


def _group_relevance(averages: np.ndarray, energies: np.ndarray, regression: Regression) -> Found:
    return group_relevance(averages, energies, regression.groups_of(averages.shape[1]))


METHODS: dict[str, Callable[[np.ndarray, np.ndarray, Regression], Found]] = {
    "lasso": _lasso,
    "lasso_cv": _lasso_cv,
    "ridge": _ridge,
    "ard": _relevance,
    "adaptive_lasso": _adaptive_lasso,
    "group_lasso": _group_lasso,
    "group_ard": _group_relevance,
}
"""The regressions by the names that a configuration gives them."""
