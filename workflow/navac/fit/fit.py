"""Fitting effective cluster interactions to energies, and scoring the fit.

Scores are errors of energies per primitive cell, every structure counting alike whatever its
weight in the fit; :func:`per_formula_unit` and :func:`per_atom` convert them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.crystal.sites import SiteSpace
from navac.expansion.clusters import Orbit
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.fit.regression import Regression, Solution, solve


class FitError(NavacError):
    """The energies do not determine the expansion."""


@dataclass(frozen=True)
class Fit:
    """A fitted expansion and how well it describes the energies.

    Attributes:
        expansion: the interactions.
        predicted: ``[ordering]`` energies, eV per primitive cell.
        loo_predicted: ``[ordering]`` energies predicted without the ordering's own (leave one
            out), for the selected terms, from the diagonal of the hat matrix; eV per primitive
            cell.
        rms: root mean squared error, eV per primitive cell.
        loocv: the same of ``loo_predicted``. The selection has seen every ordering, so this is
            optimistic.
        unseen: ``[ordering]`` energies predicted in a cross-validation that repeats the selection
            in every fold, eV per primitive cell.
        kfold: root mean squared error of ``unseen``, eV per primitive cell.
        noise: standard deviation of an energy of weight 1 about the model, eV per primitive cell.
        rank: rank of the correlation matrix, constant included.
        n_terms: selected interactions.
        penalties: ``[term]`` of regressions with a prior for every group, as
            :class:`navac.fit.regression.Solution` has them; None for the others.
    """

    expansion: Expansion
    predicted: np.ndarray
    loo_predicted: np.ndarray
    rms: float
    loocv: float
    unseen: np.ndarray
    kfold: float
    noise: float
    rank: int
    n_terms: int
    penalties: np.ndarray | None = None


def fit_expansion(
    orbits: Sequence[Orbit],
    averages: np.ndarray,
    energies: np.ndarray,
    regression: Regression,
    weights: np.ndarray | None = None,
    spaces: Sequence[SiteSpace] = (),
    electrostatics: Electrostatics | None = None,
) -> Fit:
    """Fit ECIs to energies, and the strength of charges where there are any.

    Args:
        averages: ``[ordering, orbit]`` correlations. With charges a last column has the energies
            of the orderings in vacuum, eV per primitive cell.
        energies: ``[ordering]`` eV per primitive cell.
        weights: ``[ordering]`` positive, 1 on average; None for all alike.
        spaces: ``[sublattice]``; empty where every site is binary and its function is σ.
        electrostatics: the charges; None for none.

    Raises:
        FitError: too few energies for the terms that were selected.
    """
    weights = np.ones(len(energies)) if weights is None else weights
    solution = solve(regression, averages, energies, weights)
    leverage = _leverage(averages, weights, solution)
    totals = solution.totals[: len(orbits)]
    terms = int(np.count_nonzero(totals))
    if not np.any(solution.ridge) and len(energies) <= 1 + terms:
        raise FitError(
            f"{len(energies)} energies cannot determine {1 + terms} terms; enumerate more "
            "orderings, raise expansion.alpha_eV or take another expansion.regression"
        )
    predicted = solution.predict(averages)
    unseen = _unseen(regression, averages, energies, weights)
    residual = energies - predicted
    # An energy that alone determines a term cannot be predicted: its own error counts.
    loo_predicted = energies - residual / np.where(leverage < 1 - 1e-6, 1 - leverage, 1.0)
    noise = max(
        _variance(weights, residual, leverage.sum()), _unselected(averages, energies, weights)
    )
    multiplicity = np.array([o.multiplicity for o in orbits])
    charged = electrostatics and electrostatics.scaled(solution.totals[-1])
    expansion = Expansion(
        tuple(orbits), totals / multiplicity, solution.constant, tuple(spaces), charged
    )
    return Fit(
        expansion=expansion,
        predicted=predicted,
        loo_predicted=loo_predicted,
        rms=_rms(residual),
        loocv=_rms(energies - loo_predicted),
        unseen=unseen,
        kfold=_rms(energies - unseen),
        noise=float(np.sqrt(noise)),
        rank=int(np.linalg.matrix_rank(np.column_stack([np.ones(len(energies)), averages]))),
        n_terms=terms,
        penalties=np.array(solution.ridge) if np.ndim(solution.ridge) else None,
    )


def _rms(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def _variance(weights: np.ndarray, residual: np.ndarray, parameters: float) -> float:
    """Unbiased variance of an energy of weight 1; 0 where the parameters are too many."""
    freedom = len(residual) - parameters
    return float((weights * residual**2).sum() / freedom) if freedom > 0.5 else 0.0


def _unselected(averages: np.ndarray, energies: np.ndarray, weights: np.ndarray) -> float:
    """The same variance for least squares with every candidate term.

    A selection fits noise with more freedom than the number of terms it keeps.
    """
    root = np.sqrt(weights)[:, None]
    design = np.column_stack([np.ones(len(energies)), averages])
    found, _, rank, _ = np.linalg.lstsq(design * root, energies * root[:, 0], rcond=1e-10)
    return _variance(weights, energies - design @ found, int(rank))


def _unseen(
    regression: Regression, averages: np.ndarray, energies: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """``[ordering]`` energies, each by a fit that has not seen it, nor has its selection."""
    found = np.empty(len(energies))
    for seen, unseen in regression.splits(len(energies)):
        part = weights[seen] / weights[seen].mean()
        solution = solve(regression.part(seen), averages[seen], energies[seen], part)
        found[unseen] = solution.predict(averages[unseen])
    return found


def _leverage(averages: np.ndarray, weights: np.ndarray, solution: Solution) -> np.ndarray:
    """Diagonal of the hat matrix of the selected terms; their number with the constant in sum."""
    share = weights / weights.sum()
    chosen = averages[:, np.flatnonzero(solution.totals)]
    centred = (chosen - share @ chosen) * np.sqrt(weights)[:, None]
    if np.ndim(solution.ridge):
        return share + _shrunk(centred, np.array(solution.ridge)[np.flatnonzero(solution.totals)])
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    kept = singular > singular.max(initial=0.0) * 1e-12
    shrunk = singular[kept] ** 2 / (singular[kept] ** 2 + solution.ridge)
    return share + left[:, kept] ** 2 @ shrunk


def _shrunk(centred: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Leverages where every term has its own penalty."""
    normal = centred.T @ centred + np.diag(penalties)
    return (centred * np.linalg.lstsq(normal, centred.T, rcond=1e-12)[0].T).sum(axis=1)
