"""Configurational entropy of what swaps, by integration down from infinite temperature.

In a run of swaps alone, amounts stay and dS = −β var(E) dβ. At infinite temperature all
arrangements are alike and the entropy is that of ideal mixing; down to β, order takes away

    S_ideal − S(β) = k (∫₀^β ⟨E⟩ dβ′ − β ⟨E⟩)          (Frenkel and Smit, §7.1).

Between two temperatures the integral is that of the cubic through both energies with their
slopes, −var(E). Above the first temperature var(E) is taken to be what it is there, so that order
has taken away β² var(E)/2; a run that begins where this is much has no entropy.
"""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np

from navac.crystal.prim import Prim
from navac.results.schema import SampledEnsemble
from navac.sampling.ensembles.moves import species_of, sublattices_of
from navac.units import BOLTZMANN

SWAP = "swap "
"""Beginning of the names of swaps among the changes of a run."""
MOST_BEFORE = 0.02
"""Entropy that order may have taken away at the first temperature, kB per formula unit."""

Jackknife = Callable[..., tuple[np.ndarray, np.ndarray]]


def only_swaps(found: SampledEnsemble) -> bool:
    """Whether a run holds all amounts."""
    return all(change.startswith(SWAP) for change in found.changes)


def taken_by_order(
    found: SampledEnsemble, prim: Prim, jackknife: Jackknife
) -> tuple[np.ndarray, np.ndarray] | None:
    """``[step, path]`` S_ideal − S and its standard error, kB per formula unit.

    Args:
        jackknife: of a function of means, from block averages ``[step, block, path]``.

    Returns:
        None if amounts change, if temperatures do not fall, or if the first one is too low.
    """
    beta = 1 / (BOLTZMANN * found.temperature_K)
    if not only_swaps(found) or (np.diff(beta) <= 0).any():
        return None
    units = int(np.prod(found.supercell)) * prim.formula_units

    def taken(e: np.ndarray, e2: np.ndarray) -> np.ndarray:
        return _taken(beta, e / prim.formula_units,
                      units * (e2 - e**2) / prim.formula_units**2)  # fmt: skip

    value, error = jackknife(taken, found.energy_eV_per_cell, found.energy_squared_eV2)
    return (value, error) if value[0].mean() <= MOST_BEFORE else None


def _taken(beta: np.ndarray, energy: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """``[step, path]`` from energies per formula unit and their variance times formula units."""
    steps = np.diff(beta)[:, None]
    parts = steps * (energy[1:] + energy[:-1]) / 2 - steps**2 * (variance[:-1] - variance[1:]) / 12
    before = beta[0] * energy[0] + beta[0] ** 2 * variance[0] / 2
    integral = before + np.vstack([np.zeros_like(energy[:1]), parts.cumsum(axis=0)])
    return integral - beta[:, None] * energy


def ideal_entropy(found: SampledEnsemble, prim: Prim) -> np.ndarray:
    """``[step, path]`` −Σ f ln f over the sites that swaps mix, kB per formula unit."""
    graph: nx.Graph = nx.Graph()
    for change in found.changes:
        nx.add_path(graph, change.removeprefix(SWAP).split("+"))
    total = np.zeros(found.energy_eV_per_cell.shape[::2])
    for mixed in nx.connected_components(graph):
        sites = list(sublattices_of(prim, sorted(mixed)))
        codes = len(species_of(prim, min(mixed)))
        share = found.share[:, :, sites, :codes].mean(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(share > 0, -share * np.log(share), 0.0)
        total += len(sites) / prim.formula_units * each.sum(axis=1)
    return total
