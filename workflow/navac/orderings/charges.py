"""Charges of species in mixed valence: what balances a composition.

Each species has one charge, or a list of oxidation states. Atoms of one species may be in
different states, so that its mean charge may have any value between the least and the largest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.orderings.groups import Counts, SiteGroup
from navac.orderings.ordering import OrderingError

NEUTRAL = 1e-9
"""Charge of a supercell below which it is neutral, e."""

States = Mapping[str, Sequence[float]]
"""The oxidation states that each species may have, e."""


def mixed_valence(states: States) -> bool:
    """Whether any species may be in more than one state."""
    return any(len(some) > 1 for some in states.values())


def single(charges: Mapping[str, float | Sequence[float]]) -> dict[str, float]:
    """The charges of the species that have one alone, e."""
    return {s: some[0] for s, some in states_of(charges).items() if len(some) == 1}


def states_of(charges: Mapping[str, float | Sequence[float]]) -> dict[str, tuple[float, ...]]:
    """A configuration's charges, single ones and lists, as lists of oxidation states, e."""
    return {
        species: tuple(map(float, q)) if isinstance(q, Sequence) else (float(q),)
        for species, q in charges.items()
    }


def atoms_of(prim: Prim, groups: Sequence[SiteGroup], cells: int, counts: Counts) -> Counter[str]:
    """Atoms of every species in a supercell, those on fixed sites included."""
    atoms: Counter[str] = Counter()
    for allowed in prim.species:
        if len(allowed) == 1:
            atoms[allowed[0]] += cells
    for group, vector in zip(groups, counts, strict=True):
        for species, number in zip(group.species, vector, strict=True):
            atoms[species] += number
    atoms.pop(VACANCY, None)
    return +atoms


def charge_limits(atoms: Mapping[str, float], states: States) -> tuple[float, float]:
    """The least and the largest charge of some atoms, e.

    Raises:
        OrderingError: a species has no charge.
    """
    if missing := sorted(s for s in atoms if not states.get(s)):
        raise OrderingError(
            f"charges: {', '.join(missing)} has no oxidation state; list those that it may have"
        )
    low = sum(n * min(states[s]) for s, n in atoms.items())
    return low, sum(n * max(states[s]) for s, n in atoms.items())


def balanced_charges(atoms: Mapping[str, float], states: States) -> dict[str, float] | None:
    """The mean charge of every species in a neutral supercell.

    The species that may be in several states all go the same fraction of the way from their least
    to their largest charge. Where no species of the crystal may, charges are what they are: a
    uniform background then balances them.

    Args:
        atoms: of the supercell, by species.
        states: of every species of the crystal.

    Returns:
        Charges of all species, or None where no states balance the atoms.

    Raises:
        OrderingError: a species has no charge.
    """
    if not mixed_valence(states):
        charge_limits(atoms, states)
        return {species: float(some[0]) for species, some in states.items()}
    low, high = charge_limits(atoms, states)
    if low > NEUTRAL or high < -NEUTRAL:
        return None
    way = 0.0 if high - low < NEUTRAL else -low / (high - low)
    return {s: min(some) + way * (max(some) - min(some)) for s, some in states.items()}
