"""Fitting effective cluster interactions to energies.

The L1-penalised least squares of the paper (SI S2-1; Nelson et al., Phys. Rev. B 87, 035125)
selects the terms. The penalty also shrinks what it keeps, so by default the selected terms are
fitted again without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso

from navac.clusters import Orbit
from navac.expansion import Expansion, correlations, spins
from navac.orderings import Ordering

NEGLIGIBLE = 1e-8
"""Total interactions below this, eV, are set to zero."""


class FitError(ValueError):
    """The energies do not determine the expansion that is asked for."""


@dataclass(frozen=True)
class Fit:
    """A fitted expansion and how well it describes the energies.

    Attributes:
        expansion: the interactions.
        predicted: ``[ordering]`` energies, eV per primitive cell.
        rms: root mean squared error, eV per primitive cell.
        loocv: leave-one-out cross-validation score for the selected terms, eV per primitive
            cell, from the diagonal of the hat matrix.
        rank: rank of the correlation matrix, constant included.
        n_terms: selected interactions.
    """

    expansion: Expansion
    predicted: np.ndarray
    rms: float
    loocv: float
    rank: int
    n_terms: int


def correlation_matrix(orbits: Sequence[Orbit], orderings: Sequence[Ordering]) -> np.ndarray:
    """``[ordering, orbit]`` averages, evaluated supercell by supercell."""
    matrix = np.empty((len(orderings), len(orbits)))
    keys = pd.Series([o.hnf for o in orderings])
    for _, rows in keys.groupby(keys).groups.items():
        sigma = spins(np.stack([orderings[i].occupation for i in rows]))
        matrix[rows] = correlations(orbits, orderings[rows[0]].supercell, sigma)
    return matrix


def fit_expansion(
    orbits: Sequence[Orbit],
    averages: np.ndarray,
    energies: np.ndarray,
    *,
    alpha: float,
    refit: bool = True,
) -> Fit:
    """Fit ECIs by LASSO.

    Args:
        averages: ``[ordering, orbit]`` correlations.
        energies: ``[ordering]`` eV per primitive cell.
        alpha: weight of the L1 norm of the total ECIs (ECI per cluster × multiplicity), eV, in
            ``‖y − Xw‖²/2n + α‖w‖₁``.
        refit: fit the selected terms again by least squares.

    Raises:
        FitError: too few energies for the terms that were selected.
    """
    lasso = Lasso(alpha=alpha, max_iter=200_000, tol=1e-6)
    with warnings.catch_warnings():
        # α far below the noise makes the descent slow; the refit does not need its last digit.
        warnings.simplefilter("ignore", ConvergenceWarning)
        lasso.fit(averages, energies)
    chosen = np.flatnonzero(lasso.coef_)
    design = np.column_stack([np.ones(len(energies)), averages[:, chosen]])
    if len(energies) <= design.shape[1]:
        raise FitError(
            f"{len(energies)} energies cannot determine {design.shape[1]} terms; enumerate more "
            "orderings or raise expansion.alpha_eV"
        )
    coefficients = np.concatenate([[lasso.intercept_], lasso.coef_[chosen]])
    if refit:
        coefficients = np.linalg.lstsq(design, energies, rcond=None)[0]
        # What the refit finds to be nothing would only slow sampling down.
        coefficients[1:][np.abs(coefficients[1:]) < NEGLIGIBLE] = 0
    total = np.zeros(len(orbits))
    total[chosen] = coefficients[1:]
    multiplicity = np.array([o.multiplicity for o in orbits])
    predicted = design @ coefficients
    residual = energies - predicted
    return Fit(
        expansion=Expansion(tuple(orbits), total / multiplicity, float(coefficients[0])),
        predicted=predicted,
        rms=float(np.sqrt(np.mean(residual**2))),
        loocv=float(np.sqrt(np.mean((residual / (1 - _leverage(design))) ** 2))),
        rank=int(np.linalg.matrix_rank(np.column_stack([np.ones(len(energies)), averages]))),
        n_terms=int(np.count_nonzero(total)),
    )


def _leverage(design: np.ndarray) -> np.ndarray:
    """Diagonal of the hat matrix."""
    left, singular, _ = np.linalg.svd(design, full_matrices=False)
    kept = left[:, singular > singular[0] * 1e-12]
    return np.minimum((kept**2).sum(axis=1), 1 - 1e-9)
