"""What a run measured: means of its paths with standard errors from blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from navac.crystal.prim import Prim
from navac.results.schema import SampledEnsemble
from navac.sampling.ensembles.entropy import ideal_entropy, taken_by_order
from navac.sampling.ensembles.moves import species_of, sublattices_of
from navac.sampling.statistics import standard_error
from navac.units import BOLTZMANN

MOVES = 1e-12
"""Variance of an amount in a supercell below which it is held."""


@dataclass(frozen=True)
class Quantity:
    """One quantity of every condition and path.

    Attributes:
        kind: such as ``amount``, of which there may be several.
        of: which of them; empty where there is one.
        unit: as it is written.
        value, stderr: ``[step, path]``; NaN where there is none.
    """

    kind: str
    of: str
    unit: str
    value: np.ndarray
    stderr: np.ndarray

    @property
    def name(self) -> str:
        """``amount Mg``."""
        return f"{self.kind} {self.of}".rstrip()


def quantities(found: SampledEnsemble, prim: Prim) -> list[Quantity]:
    """Everything but the short-range order."""
    return [
        _mean("energy", "", "eV/f.u.", found.energy_eV_per_cell / prim.formula_units),
        _heat_capacity(found, prim),
        *_entropies(found, prim),
        *_amounts(found, prim),
        *_responses(found, prim),
        *_shares(found, prim),
        *_acceptances(found),
    ]


def order_of(found: SampledEnsemble) -> list[Quantity]:
    """Warren–Cowley parameters, in the order of the pairs."""
    return [_mean("order", name, "", found.order[:, :, k]) for k, name in enumerate(found.pairs)]


def correlations_of(found: SampledEnsemble) -> list[Quantity]:
    """Correlation of every orbit; times its multiplicity it is ∂φ/∂J per primitive cell."""
    return [
        _mean("correlation", str(orbit), "", found.correlation[:, :, k])
        for k, orbit in enumerate(found.orbit)
    ]


def _mean(kind: str, of: str, unit: str, blocks: np.ndarray) -> Quantity:
    """Of block averages ``[step, block, path]``."""
    by_block = np.moveaxis(blocks, 1, 0)
    return Quantity(kind, of, unit, by_block.mean(axis=0), standard_error(by_block))


def _jackknife(function: Callable[..., np.ndarray], *blocks: np.ndarray):
    """A function of means and its standard error, from block averages ``[step, block, …]``."""
    n = blocks[0].shape[1]
    sums = [b.sum(axis=1) for b in blocks]
    value = function(*(s / n for s in sums))
    left = np.array([
        function(*((s - b[:, k]) / (n - 1) for s, b in zip(sums, blocks, strict=True)))
        for k in range(n)
    ])  # fmt: skip
    return value, np.sqrt((n - 1) * left.var(axis=0))


def _weights(found: SampledEnsemble) -> np.ndarray:
    """``[amount, path]`` chemical potential of each amount, eV."""
    none = np.zeros(len(found.start))
    return np.array([found.mu_eV.get(species, none) for species in found.amounts])


def _heat_capacity(found: SampledEnsemble, prim: Prim) -> Quantity:
    """At fixed chemical potentials: var(E − Σ μN) / (kT)²."""
    mu, cells = _weights(found), int(np.prod(found.supercell))

    def variance(e, n, e2, en, nn):
        mean = e - np.einsum("ap,sap->sp", mu, n)
        square = e2 - 2 * np.einsum("ap,sap->sp", mu, en)
        return square + np.einsum("ap,bp,sabp->sp", mu, mu, nn) - mean**2

    value, error = _jackknife(
        variance, found.energy_eV_per_cell, found.amount_per_cell, found.energy_squared_eV2,
        found.energy_amount_eV, found.amount_product,
    )  # fmt: skip
    factor = cells / prim.formula_units / (BOLTZMANN * found.temperature_K[:, None]) ** 2
    return Quantity("heat capacity", "", "kB/f.u.", value * factor, error * factor)


def _entropies(found: SampledEnsemble, prim: Prim) -> Iterator[Quantity]:
    """Of what swaps mix, and what order takes away from ideal mixing."""
    taken = taken_by_order(found, prim, _jackknife)
    if taken is not None:
        value, error = taken
        yield Quantity("entropy", "", "kB/f.u.", ideal_entropy(found, prim) - value, error)
        yield Quantity("entropy", "taken by order", "kB/f.u.", value, error)


def _of_species(found: SampledEnsemble) -> Mapping[str, list[int]]:
    """By species, its amounts on all groups of sites."""
    of: dict[str, list[int]] = {}
    for k, species in enumerate(found.amounts):
        of.setdefault(species, []).append(k)
    return of


def _amounts(found: SampledEnsemble, prim: Prim) -> Iterator[Quantity]:
    for species, own in _of_species(found).items():
        blocks = found.amount_per_cell[:, :, own].sum(axis=2) / prim.formula_units
        yield _mean("amount", species, "per f.u.", blocks)


def _responses(found: SampledEnsemble, prim: Prim) -> Iterator[Quantity]:
    """∂x/∂μ = var(N) / kT, and the thermodynamic factor ⟨N⟩ / var(N), of what fluctuates."""
    cells, kt = int(np.prod(found.supercell)), BOLTZMANN * found.temperature_K[:, None]
    for species, own in _of_species(found).items():
        n = found.amount_per_cell[:, :, own].sum(axis=2)
        nn = found.amount_product[:, :, own][:, :, :, own].sum(axis=(2, 3))
        variance, error = _jackknife(lambda one, two: (two - one**2) * cells, n, nn)
        moves = variance * cells > MOVES
        if not moves.any():
            continue
        unit = prim.formula_units * kt
        yield Quantity("dx/dmu", species, "1/eV", variance / unit, error / unit)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(moves, n.mean(axis=1) / variance, np.nan)
            yield Quantity("thermodynamic factor", species, "", factor, factor * error / variance)


def _shares(found: SampledEnsemble, prim: Prim) -> Iterator[Quantity]:
    """Share of the sites of a label that hold a species."""
    for label in dict.fromkeys(prim.active_labels):
        own = list(sublattices_of(prim, [label]))
        for code, species in enumerate(species_of(prim, label)):
            blocks = found.share[:, :, own, code].mean(axis=2)
            yield _mean("share", f"{species} on {label}", "", blocks)


def _acceptances(found: SampledEnsemble) -> Iterator[Quantity]:
    for k, change in enumerate(found.changes):
        tried, share = found.tried[:, :, k], found.acceptance[:, :, k]
        accepted = np.where(tried > 0, tried * share, 0.0)

        def ratio(a, t):
            return np.divide(a, t, out=np.full_like(a, np.nan), where=t > 0)

        yield Quantity("acceptance", change, "", *_jackknife(ratio, accepted, tried))
