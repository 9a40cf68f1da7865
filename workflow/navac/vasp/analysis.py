"""What results say: oxidation states, bonds, band gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pymatgen.core import Structure

from navac.vasp.settings import VaspSettings

CLEAR = 0.7
"""How near an ion's moment must be to that of an oxidation state for the ion to count as one, as a
share of the distance to the middle between two states. Nearer to the middle it counts as half of
each: delocalised electrons."""

WHOLE_ELECTRONS = 0.05
"""How far the number of electrons in a spin channel of an insulator may be from an integer: VASP
prints rounded occupations."""


@dataclass(frozen=True)
class Shell:
    """The first shell of one ion.

    Attributes:
        site: of the structure.
        element: of the ion.
        lengths_A: bonds, rising; empty where there are none.
    """

    site: int
    element: str
    lengths_A: np.ndarray


def oxidation_state(moment_muB: float, moments_muB: Mapping[int, float]) -> float:
    """The oxidation state of an ion with a moment, whole or half.

    Args:
        moments_muB: the moment of each oxidation state.
    """
    states = sorted(moments_muB, key=lambda state: moments_muB[state])
    known = np.array([moments_muB[state] for state in states])
    size = abs(moment_muB)
    above = int(np.searchsorted(known, size))
    if above in (0, len(known)):
        return float(states[min(above, len(known) - 1)])
    low, high = known[above - 1 : above + 1]
    along = (size - low) / (high - low)
    if abs(along - 0.5) < (1 - CLEAR) / 2:
        return (states[above - 1] + states[above]) / 2
    return float(states[above - 1 if along < 0.5 else above])


def oxidation_states(
    structure: Structure, moments: np.ndarray | None, settings: VaspSettings
) -> dict[int, float]:
    """Oxidation state by site, of the elements whose moments the settings give.

    Args:
        moments: ``[site]`` μB; None where they are not known.
    """
    if moments is None:
        return {}
    known = {e: s.oxidation_moments_muB for e, s in settings.species.items()}
    return {
        i: oxidation_state(moments[i], known[site.specie.symbol])
        for i, site in enumerate(structure)
        if known.get(site.specie.symbol)
    }


def shells(structure: Structure, settings: VaspSettings) -> list[Shell]:
    """First shells of the elements whose bonds the settings name."""
    found = []
    for i, site in enumerate(structure):
        species = settings.species.get(site.specie.symbol)
        if species is None or species.bonds is None:
            continue
        near = structure.get_neighbors(site, species.bonds.within_A)
        lengths = sorted(n.nn_distance for n in near if n.specie.symbol == species.bonds.to)
        found.append(Shell(i, site.specie.symbol, np.array(lengths)))
    return found


def needed_charge(structure: Structure, charges: Mapping[str, float], elements: set[str]) -> float:
    """Mean oxidation state that ``elements`` need so that the cell is neutral.

    Args:
        charges: oxidation states of all other elements.
    """
    counts = structure.composition.get_el_amt_dict()
    others = sum(n * charges[e] for e, n in counts.items() if e not in elements)
    return -others / sum(n for e, n in counts.items() if e in elements)


def band_gap(eigenvalues: Mapping[Any, np.ndarray], weights: Sequence[float]) -> float:
    """Band gap in eV; 0 for a metal.

    Bands are counted, not their occupations compared with 0 and 1: smearing leaves tails of
    occupation on both sides of a small gap.

    Args:
        eigenvalues: per spin, ``[k-point, band, 2]`` of energy in eV and occupation, 0 to 1.
        weights: ``[k-point]``.
    """
    highest, lowest = -np.inf, np.inf
    for spin in eigenvalues.values():
        energy = np.sort(spin[..., 0], axis=1)
        electrons = np.average(spin[..., 1].sum(axis=1), weights=weights)
        filled = round(float(electrons))
        if abs(electrons - filled) > WHOLE_ELECTRONS or filled == energy.shape[1]:
            return 0.0
        highest = max(highest, energy[:, :filled].max(initial=-np.inf))
        lowest = min(lowest, energy[:, filled:].min(initial=np.inf))
    return float(max(lowest - highest, 0.0))
