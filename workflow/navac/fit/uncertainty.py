"""How uncertain fitted interactions are, for later stages to propagate.

The covariance is that of *all* candidate terms, not of the selected ones: a Gaussian posterior
with the noise of the fit and a weak Gaussian prior, centred on the fitted interactions. A
selection lowers the error, yet the data cannot tell whether it was right, and a covariance that
takes it for granted gives no room to the terms it missed: with noise of the paper's size on its
own expansions the 95 % intervals of a bootstrap, the selection repeated in every replicate, hold
too few of the true interactions; these hold 94-99 % (``benchmarks/noisy_fit.py``). Where
orderings leave combinations of terms undetermined, the prior alone bounds them (compare Mueller
and Ceder, Phys. Rev. B 80, 024103). A regression with a prior for every group of functions lends
its own to the covariance: one prior for all would make nearly all intervals too wide
(``benchmarks/many_species_fit.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from navac import NavacError
from navac.expansion.expansion import Expansion
from navac.fit.fit import Fit
from navac.fit.groups import function_groups
from navac.results import schema
from navac.results.read import read_record
from navac.results.write import new_file, write_record

WEAKEST_SCREENING = 1.0
"""1/ε in vacuum: in a crystal charges act less."""


class UncertaintyError(NavacError):
    """A covariance file does not belong to the expansion it is read for."""


@dataclass(frozen=True)
class Uncertainty:
    """The covariance of an expansion's total interactions (ECI per cluster × multiplicity).

    Attributes:
        index: ``[term]`` index of the orbits; the constant is 1 and comes first.
        covariance: ``[term, term]`` eV² per primitive cell.
        noise: standard deviation of an energy of weight 1 about the expansion, eV per primitive
            cell.
        strength: standard error of the strength of charges, 1/ε; 0 without charges. The
            covariance is that for any strength which the energies allow.
    """

    index: np.ndarray
    covariance: np.ndarray
    noise: float
    strength: float = 0.0

    @property
    def stderr(self) -> np.ndarray:
        """``[term]`` standard errors, eV."""
        # Without noise the variance of the constant is a rounding error, of either sign.
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def posterior(fit: Fit, averages: np.ndarray, weights: np.ndarray | None = None) -> Uncertainty:
    """Covariance of a fit to ``averages[ordering, orbit]``.

    Weights count as precisions: an energy of weight ½ has twice the variance. Where the regression
    has a prior for every group, the covariance has it too.
    """
    weights = np.ones(len(averages)) if weights is None else weights
    width = None
    if fit.penalties is not None and fit.noise > 0:
        width = _pooled(fit, fit.penalties, averages, weights)
    return posterior_of(fit.expansion, fit.noise, averages, weights, width)


def posterior_of(
    expansion: Expansion,
    noise: float,
    averages: np.ndarray,
    weights: np.ndarray | None = None,
    width: np.ndarray | None = None,
) -> Uncertainty:
    """Covariance of an expansion that energies of a known noise were fitted to.

    Args:
        noise: standard deviation of an energy of weight 1, eV per primitive cell.
        averages: ``[ordering, orbit]`` correlations; with charges, their energies come last.
        weights: ``[ordering]``; None for all alike.
        width: ``[term]`` standard deviations of total interactions before any energy is known,
            eV; None for what the size of the interactions tells.
    """
    weights = np.ones(len(averages)) if weights is None else weights
    centre = np.average(averages, axis=0, weights=weights)
    if width is None:
        width = _prior(expansion, noise / np.sqrt(len(averages)))
    scaled = (averages - centre) * width
    spread, directions = np.linalg.eigh(scaled.T * weights @ scaled)
    told = spread > spread.max() * 1e-12  # along the others only the prior is known
    variances = np.ones(len(spread))
    variances[told] = noise**2 / (spread[told] + noise**2)
    total = width[:, None] * (directions * variances @ directions.T) * width
    # The constant has no prior: it is the mean energy minus the share of the other terms.
    shared = -total @ centre
    constant = noise**2 / weights.sum() - centre @ shared
    whole = np.block([[np.full((1, 1), constant), shared[None]], [shared[:, None], total]])
    terms = 1 + len(expansion.orbits)
    return Uncertainty(
        index=np.array([1, *(o.index for o in expansion.orbits)]),
        covariance=whole[:terms, :terms],
        noise=noise,
        strength=float(np.sqrt(whole[-1, -1])) if len(whole) > terms else 0.0,
    )


def _prior(expansion: Expansion, least: float) -> np.ndarray:
    """``[term]`` standard deviations of total interactions before any energy is known, eV.

    What no energy tells is not expected to be larger than the largest that was found, of the
    points or of the clusters: these differ by orders of magnitude.
    """
    size = np.abs(expansion.multiplicities * expansion.eci)
    points = np.array([o.order == 1 for o in expansion.orbits])
    largest = [size[some].max(initial=least) for some in (points, ~points)]
    charges = [] if expansion.electrostatics is None else [WEAKEST_SCREENING]
    return np.append(np.where(points, *largest), charges)


def _pooled(
    fit: Fit, penalties: np.ndarray, averages: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """``[term]`` standard deviations of interactions by the priors of their groups, eV.

    Energies that determine few terms of a group tell little of the width of its prior, and none
    where the group was dropped. So the variance is a mean of the group's own, weighted by its
    number of determined terms, and of that of all groups with as many sites, weighted as one term.
    """
    orbits, noise = fit.expansion.orbits, fit.noise
    width = _prior(fit.expansion, noise / np.sqrt(len(averages)))
    orders = np.array([o.order for o in orbits] + [0] * (len(width) - len(orbits)))
    groups = np.append(function_groups(orbits), [-1] * (len(width) - len(orbits)))
    known = orders > 1
    own = np.where(known, noise / np.sqrt(np.where(known, penalties, 1.0)), width)
    determined = _determined((averages - np.average(averages, axis=0, weights=weights)) * own,
                             weights, noise)  # fmt: skip
    for order in np.unique(orders[known]):
        numbers = np.unique(groups[orders == order])
        pooled = np.mean([own[groups == g][0] ** 2 for g in numbers])
        for g in numbers:
            some = groups == g
            told = determined[some].sum()
            width[some] = np.sqrt((told * own[some] ** 2 + pooled) / (told + 1))
    return width


def _determined(scaled: np.ndarray, weights: np.ndarray, noise: float) -> np.ndarray:
    """``[term]`` how far energies, and not the prior, determine a term: from 0 to 1."""
    spread, directions = np.linalg.eigh(scaled.T * weights @ scaled)
    spread = np.maximum(spread, 0.0)
    determined: np.ndarray = directions**2 @ (spread / (spread + noise**2))
    return determined


def draw_expansions(
    expansion: Expansion, uncertainty: Uncertainty, count: int, seed: int
) -> list[Expansion]:
    """Expansions that the energies allow, from the Gaussian of ``uncertainty``.

    The n-th one depends on the seed and n alone. Every candidate orbit gets an interaction, so
    that sampling a draw costs more than sampling the fit itself.

    Raises:
        UncertaintyError: the two belong to different orbits.
    """
    if [1, *(o.index for o in expansion.orbits)] != uncertainty.index.tolist():
        raise UncertaintyError(
            "the covariance belongs to other orbits than the expansion; fit it again"
        )
    return [_shifted(expansion, change) for change in draw_changes(uncertainty, count, seed)]


def draw_changes(uncertainty: Uncertainty, count: int, seed: int) -> np.ndarray:
    """``[draw, term]`` changes of the constant and the total interactions, eV.

    The n-th one depends on the seed and n alone.
    """
    values, vectors = np.linalg.eigh(uncertainty.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    normal = [np.random.default_rng((seed, n)).standard_normal(len(root)) for n in range(count)]
    return np.array([root @ z for z in normal]).reshape(count, len(root))


def _shifted(expansion: Expansion, change: np.ndarray) -> Expansion:
    """An expansion with ``change[term]``, eV, added to its constant and total interactions."""
    eci = expansion.eci + change[1:] / expansion.multiplicities
    return replace(expansion, eci=eci, constant=expansion.constant + float(change[0]))


def write_uncertainty(path: str | Path, uncertainty: Uncertainty, made: str = "{}") -> None:
    """Write the covariance of total interactions to HDF5, with its provenance."""
    record = schema.Covariance(
        index=uncertainty.index,
        covariance_eV2=uncertainty.covariance,
        stderr_eV=uncertainty.stderr,
        noise_eV_per_cell=uncertainty.noise,
    )
    with new_file(path, made) as file:
        write_record(file, record)


def read_uncertainty(path: str | Path) -> Uncertainty:
    """Read what :func:`write_uncertainty` wrote."""
    record = read_record(path, schema.Covariance)
    return Uncertainty(
        index=record.index, covariance=record.covariance_eV2, noise=record.noise_eV_per_cell
    )
