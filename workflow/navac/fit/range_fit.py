"""The fit of one composition range: weights, and outliers left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.config.expansion import ExpansionSection
from navac.expansion.clusters import Orbit
from navac.fit.fit import Fit, fit_expansion
from navac.fit.regression import Regression
from navac.fit.training import NAMED_SIGMAS, LeftOut, Training, outliers, structure_weights


@dataclass(frozen=True)
class RangeFit:
    """A fit with what it was made from.

    Attributes:
        training: without what was left out.
        weights: ``[ordering]`` of the training set, 1 on average.
        fit: the expansion and its errors.
        suspects: energies that are fitted to, but far from what the others predict.
    """

    training: Training
    weights: np.ndarray
    fit: Fit
    suspects: tuple[LeftOut, ...]


def fit_range(
    training: Training,
    orbits: Sequence[Orbit],
    settings: ExpansionSection,
    formula_units: int,
    seed: int,
) -> RangeFit:
    """Fit as the configuration says, again without outliers as long as it finds new ones."""
    regression = Regression(
        settings.regression, settings.alpha_eV, settings.refit, settings.folds, seed
    )
    scale = settings.hull_weight_meV_per_fu
    hull_scale = None if scale is None else scale * formula_units / 1000
    limit = settings.outlier_sigmas
    while True:
        weights = structure_weights(
            training, hull_scale, settings.balance_compositions, formula_units
        )
        fit = fit_expansion(orbits, training.averages, training.energies, regression, weights)
        found = outliers(training, fit.left_out, limit or NAMED_SIGMAS)
        if limit is None or not found:
            return RangeFit(training, weights, fit, tuple(found))
        training = training.without(found)
