"""The fit of one composition range: weights, and the exclusion of outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from navac.expansion.clusters import Orbit
from navac.fit.fit import Fit, fit_expansion
from navac.fit.groups import function_groups
from navac.fit.regression import Regression, solve
from navac.fit.training import NAMED_SIGMAS, Exclusion, Training, outliers
from navac.fit.weights import composition_blocks, structure_weights


class FitSettings(Protocol):
    """How a range is fitted: the attributes of the configuration's section ``expansion``.

    Attributes:
        regression, alpha_eV, refit, folds: see :class:`navac.fit.regression.Regression`.
        max_terms_share: of terms in the number of energies, for ``lasso``; None for no limit.
        hull_weight_meV_per_fu: decay of the weights above the hull; None for equal weights.
        balance_compositions: whether every composition has the same total weight.
        outlier_sigmas: distance beyond which energies are excluded; None only names them.
        fold_by: what cross-validation leaves out: ``ordering`` or ``composition``.
    """

    @property
    def regression(self) -> str: ...
    @property
    def alpha_eV(self) -> float: ...
    @property
    def refit(self) -> bool: ...
    @property
    def folds(self) -> int: ...
    @property
    def max_terms_share(self) -> float | None: ...
    @property
    def hull_weight_meV_per_fu(self) -> float | None: ...
    @property
    def balance_compositions(self) -> bool: ...
    @property
    def outlier_sigmas(self) -> float | None: ...
    @property
    def fold_by(self) -> str: ...


@dataclass(frozen=True)
class RangeFit:
    """A fit and what it was made from.

    Attributes:
        training: the orderings and energies, without those that are excluded.
        weights: ``[ordering]`` of the training set, 1 on average.
        fit: the expansion and its errors.
        suspects: energies that are fitted to, although the others predict another value.
    """

    training: Training
    weights: np.ndarray
    fit: Fit
    suspects: tuple[Exclusion, ...]


def fit_range(
    training: Training,
    orbits: Sequence[Orbit],
    settings: FitSettings,
    formula_units: int,
    seed: int,
) -> RangeFit:
    """Fit, and repeat the fit without outliers until it finds no more of them."""
    groups, free = _ties(orbits, training)
    regression = Regression(
        settings.regression, settings.alpha_eV, settings.refit, settings.folds, seed, groups, free
    )
    scale = settings.hull_weight_meV_per_fu
    hull_scale = None if scale is None else scale * formula_units / 1000
    limit = settings.outlier_sigmas
    while True:
        weights = structure_weights(
            training, hull_scale, settings.balance_compositions, formula_units
        )
        share = settings.max_terms_share if settings.regression == "lasso" else None
        if settings.fold_by == "composition":
            blocks = tuple(composition_blocks(training).tolist())
            regression = replace(regression, blocks=blocks)
        fit = _fit(training, orbits, regression, weights, share)
        found = outliers(training, fit.loo_predicted, limit or NAMED_SIGMAS)
        if limit is None or not found:
            return RangeFit(training, weights, fit, tuple(found))
        training = training.without(found)


def _ties(orbits: Sequence[Orbit], training: Training) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Groups of functions, and those without penalty, where sites hold several species.

    The point functions carry the energies of the species themselves, which are larger than any
    interaction by orders of magnitude. So are the energies of charges, which come last.
    """
    groups = function_groups(orbits).tolist()
    charges = () if training.electrostatics is None else (len(orbits),)
    if all(space.is_spin for space in training.spaces):
        return (*groups, *charges), charges
    points = (k for k, o in enumerate(orbits) if o.order == 1)
    return (*groups, *charges), (*points, *charges)


def _fit(
    training: Training,
    orbits: Sequence[Orbit],
    regression: Regression,
    weights: np.ndarray,
    share: float | None,
) -> Fit:
    """A fit with at most a ``share`` of the energies in terms, the penalty doubled until it has.

    Few energies select with a weak penalty as many terms as there are energies, which fit
    everything and predict nothing.

    Raises:
        FitError: too few energies for the terms.
    """
    few = np.inf if share is None else share * len(training.energies)
    while np.isfinite(few):
        found = solve(regression, training.design, training.energies, weights)
        if np.count_nonzero(found.totals) <= few:
            break
        regression = replace(regression, alpha=2 * regression.alpha)
    return fit_expansion(
        orbits, training.design, training.energies, regression, weights, training.spaces,
        training.electrostatics,
    )  # fmt: skip
