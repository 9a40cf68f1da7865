"""Diffusivity of jumps from barriers: the mean flux through a network of sites.

Atoms sit on sites of given energies, not two on one, and know nothing else of each other. In a
small field the flux along a hop is that of a resistor with the conductance ν c(1 − c') exp(−ΔE/kT),
which detailed balance makes the same both ways; Kirchhoff's law gives that of the network. For
equal sites and barriers D = ν a² (1 − θ) exp(−ΔE/kT), the lattice gas in mean field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import coo_array, csr_array, identity
from scipy.sparse.linalg import spsolve

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.hops.barrier_table import Barrier
from navac.hops.network import HopError, HopKind
from navac.units import BOLTZMANN

SQUARE_ANGSTROM = 1e-20
"""In m²."""
CELLS = 6
"""Primitive cells of the network along each vector, unless others are asked for."""
COMPOSITIONS = 81
NEARLY = 0.01
"""How far from empty and full, atoms per formula unit."""
RANGE_KT = 60.0
"""How far from the energies of the sites the chemical potential is looked for, kT."""


@dataclass(frozen=True)
class Network:
    """Sites in a periodic cell, and hops between them.

    Attributes:
        energies: ``[site]`` of an atom there, eV.
        ends: ``[hop, 2]`` sites.
        steps: ``[hop, 3]`` from the first to the second, Å.
        barriers: ``[hop]`` energy of the saddle above the mean of both ends, eV.
        formula_units: in the cell.
    """

    energies: np.ndarray
    ends: np.ndarray
    steps: np.ndarray
    barriers: np.ndarray
    formula_units: int


def network(
    prim: Prim,
    kinds: Mapping[HopKind, Sequence[Barrier]],
    random: np.random.Generator,
    cells: int = CELLS,
) -> Network:
    """Hops of a crystal, every barrier drawn from those of its kind.

    The energy of a sublattice is what the barriers say in the mean; the first one has 0.

    Args:
        cells: primitive cells along each vector.

    Raises:
        HopError: the barriers do not say how the energies of two sublattices differ.
    """
    supercell = Supercell.diagonal(cells, cells, cells)
    levels = _levels([one for some in kinds.values() for one in some])
    hosts = sorted({site[0] for kind in kinds for pair in kind.orbit.clusters for site in pair})
    labels = [prim.active_labels[host] for host in hosts]
    frac = prim.frac[prim.active]
    ends, steps, barriers = [], [], []
    for kind, some in kinds.items():
        for (a, *at_a), (b, *at_b) in kind.orbit.clusters:
            step = (frac[b] + at_b - frac[a] - at_a) @ prim.lattice
            first = supercell.site(np.array(hosts.index(a)), supercell.cells + at_a)
            second = supercell.site(np.array(hosts.index(b)), supercell.cells + at_b)
            ends.append(np.stack([first, second], axis=1))
            steps.append(np.tile(step, (supercell.size, 1)))
            drawn = random.integers(len(some), size=supercell.size)
            barriers.append(np.array([one.resolved for one in some])[drawn])
    energies = np.repeat([levels[label] for label in labels], supercell.size)
    return Network(
        energies, np.concatenate(ends), np.concatenate(steps), np.concatenate(barriers),
        supercell.size * prim.formula_units,
    )  # fmt: skip


def _levels(barriers: Sequence[Barrier]) -> dict[str, float]:
    """Energy of an atom on each sublattice, eV: least squares of what hops between them say."""
    names = list(dict.fromkeys(label for one in barriers for label in one.labels))
    rows = np.zeros((len(barriers), len(names)))
    for row, one in zip(rows, barriers, strict=True):
        row[names.index(one.labels[1])] += 1
        row[names.index(one.labels[0])] -= 1
    if np.linalg.matrix_rank(rows) < len(names) - 1:
        raise HopError(
            f"barriers: none leads between the sublattices {', '.join(names)}, so that their "
            "energies are not known; compute one that does"
        )
    apart = np.array([one.forward - one.backward for one in barriers])
    found = np.linalg.lstsq(rows, apart, rcond=None)[0]
    return dict(zip(names, found - found[0], strict=True))


def filling(energies: np.ndarray, atoms: float, kT: float) -> np.ndarray:
    """``[site]`` mean occupations of sites that hold one atom each.

    Args:
        atoms: on all of them together, more than none and fewer than sites.
        kT: eV.
    """

    def occupied(mu: float) -> np.ndarray:
        return 1 / (1 + np.exp(np.clip((energies - mu) / kT, -700, 700)))

    low, high = energies.min() - RANGE_KT * kT, energies.max() + RANGE_KT * kT
    return occupied(brentq(lambda mu: occupied(mu).sum() - atoms, low, high, xtol=1e-14))


def diffusivity(one: Network, x: float, kT: float, attempts: float) -> np.ndarray:
    """``[3, 3]`` diffusivity of jumps, m²/s.

    Args:
        x: atoms per formula unit.
        kT: eV.
        attempts: frequency ν of attempts, 1/s.

    Raises:
        HopError: x is not between an empty and a full network.
    """
    atoms, sites = x * one.formula_units, len(one.energies)
    if not 0 < atoms < sites:
        most = sites / one.formula_units
        raise HopError(f"x = {x:g} is not between 0 and {most:g}, what the sites can hold")
    held = filling(one.energies, atoms, kT)
    first, second = one.ends.T
    # c(1 − c') exp(−(S − E)/kT) in a form that is symmetric in both ends.
    weight = np.sqrt(held * (1 - held))
    conductance = weight[first] * weight[second] * np.exp(-one.barriers / kT)
    flux = one.steps * conductance[:, None]
    count = len(first)
    rows = np.concatenate([first, second])
    columns = np.tile(np.arange(count), 2)
    signs = np.repeat([-1.0, 1.0], count)
    incidence = csr_array(coo_array((signs, (rows, columns)), shape=(sites, count)))
    laplacian = (incidence * conductance) @ incidence.T
    # One site of every piece may be taken for the ground; a little of it everywhere does.
    ground = 1e-12 * laplacian.diagonal().max() * identity(sites)
    shift = spsolve((laplacian + ground).tocsc(), -(incidence @ flux))
    relaxed = one.steps + incidence.T @ shift
    return attempts * SQUARE_ANGSTROM * (flux.T @ relaxed) / atoms


def diffusivities(one: Network, temperature: float, attempts: float) -> Iterator[dict[str, float]]:
    """Mean over the three directions at compositions from nearly empty to nearly full.

    Args:
        temperature: K.
        attempts: frequency of attempts, 1/s.
    """
    most = len(one.energies) / one.formula_units
    for x in np.clip(np.linspace(0, most, COMPOSITIONS), NEARLY, most - NEARLY):
        found = diffusivity(one, x, BOLTZMANN * temperature, attempts)
        yield {
            "temperature_K": temperature, "x": float(x),
            "diffusivity_m2_per_s": float(np.trace(found) / 3),
        }  # fmt: skip
