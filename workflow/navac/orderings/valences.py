"""The valence of every atom of a structure: whole oxidation states that make it neutral.

Where species have lists of oxidation states, all begin in their lowest. Atoms are then oxidised,
one state at a time, until the structure is neutral: the species in step, as
:func:`navac.orderings.charges.balanced_charges` divides the charge, and of a species first the
atoms at the lowest electrostatic potential, which suits a positive charge best.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from pymatgen.core import Structure
from pymatgen.core.ewald import EwaldSummation

from navac.orderings.charges import NEUTRAL, States, balanced_charges
from navac.orderings.ordering import OrderingError


def balanced_valences(structure: Structure, states: States) -> np.ndarray:
    """``[site]`` oxidation states of the atoms of a structure, e.

    Args:
        states: of every species, e; one alone is kept whatever the charge of the structure.

    Raises:
        OrderingError: a species has no state, or no whole states balance the structure.
    """
    symbols = [site.specie.symbol for site in structure]
    atoms = Counter(symbols)
    mean = balanced_charges(atoms, states)
    if mean is None:
        raise OrderingError(f"{structure.composition.formula}: no listed states balance it")
    found = np.array([float(min(states[s])) for s in symbols])
    if all(len(states[s]) == 1 for s in atoms):
        return found
    rank = _ranks(structure, symbols, mean)
    for site, rise in _steps(symbols, states, rank):
        if rise <= NEUTRAL - found.sum():
            found[site] += rise
    if abs(found.sum()) > NEUTRAL:
        raise OrderingError(
            f"{structure.composition.formula}: whole oxidation states leave a charge of "
            f"{found.sum():+g} e; list further states in orderings.charges"
        )
    return found


def _steps(symbols: list[str], states: States, rank: np.ndarray) -> list[tuple[int, float]]:
    """Every rise of an atom to its next state, (site, e), in the order in which they are made."""
    number = Counter(symbols)
    steps = []
    for site, symbol in enumerate(symbols):
        levels = sorted(states[symbol])
        for k, (low, high) in enumerate(pairwise(levels)):
            # Where on the way from all lowest to all highest this atom makes this step.
            way = (k * number[symbol] + rank[site] + 0.5) / ((len(levels) - 1) * number[symbol])
            steps.append((round(way, 9), site, high - low))
    return [(site, rise) for _, site, rise in sorted(steps)]


def _ranks(structure: Structure, symbols: list[str], mean: dict[str, float]) -> np.ndarray:
    """``[site]`` place among the atoms of a species, that at the lowest potential first."""
    charge = np.array([mean[s] for s in symbols])
    # The matrix of unit charges: without the background, which is the same for all atoms.
    unit = structure.copy()
    unit.add_oxidation_state_by_site([1.0] * len(symbols))
    potential = np.round(EwaldSummation(unit).total_energy_matrix @ charge, 6)
    ranks = np.zeros(len(symbols), int)
    for symbol in set(symbols):
        own = np.array([i for i, s in enumerate(symbols) if s == symbol])
        ranks[own[np.argsort(potential[own], kind="stable")]] = np.arange(len(own))
    return ranks
