"""The compositions that are enumerated where sites hold any species, as counts of every group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from navac.composition import atoms_per_cell
from navac.crystal.prim import Prim
from navac.orderings.charges import States, atoms_of, balanced_charges, charge_limits, states_of
from navac.orderings.groups import Counts, SiteGroup
from navac.orderings.ordering import OrderingError

MOST = 20_000
"""Compositions of supercells of one size; more are not what anybody computes energies of."""
_WHOLE = 1e-6


@dataclass(frozen=True)
class Wanted:
    """Which compositions are enumerated.

    Attributes:
        species: the counted one.
        x: its amounts per formula unit; None for any.
        amounts: amounts per formula unit of further species, one mapping per choice; a species
            that a mapping does not name may have any amount. Empty for any.
        states: oxidation states of every species; where one has several, only neutral
            compositions are enumerated.
    """

    species: str
    x: tuple[float, ...] | None
    amounts: tuple[Mapping[str, float], ...]
    states: States

    @property
    def choices(self) -> Iterator[dict[str, float]]:
        """Amounts per formula unit of the species that are named, a choice each."""
        for given in self.amounts or ({},):
            for x in (None,) if self.x is None else self.x:
                yield dict(given) if x is None else {**given, self.species: float(x)}


def counted_alone(
    prim: Prim,
    species: str,
    amounts: Sequence[Mapping[str, float]],
    charges: Mapping[str, float | Sequence[float]],
) -> bool:
    """Whether x alone tells a composition: each active site holds the counted species or one other.

    Then orderings are patterns of bits (:mod:`navac.orderings.enumeration`), unless compositions
    are to be neutral.
    """
    allowed = [prim.species[site] for site in prim.active]
    binary = all(len(two) == 2 and species in two for two in allowed)
    return binary and not amounts and not any(isinstance(q, Sequence) for q in charges.values())


def wanted_of(
    species: str,
    x: Sequence[float] | None,
    amounts: Sequence[Mapping[str, float]],
    charges: Mapping[str, float | Sequence[float]],
) -> Wanted:
    """What a configuration asks for.

    Args:
        charges: a charge of each species, or a list of its oxidation states, e.
    """
    return Wanted(
        species=species,
        x=None if x is None else tuple(x),
        amounts=tuple(amounts),
        states=states_of(charges),
    )


def wanted_counts(
    prim: Prim, groups: Sequence[SiteGroup], cells: int, wanted: Wanted
) -> dict[Counts, dict[str, float]]:
    """Compositions of supercells of a size, with the charges of the species in each.

    Raises:
        OrderingError: there are too many, or a species has no charge.
    """
    found: dict[Counts, dict[str, float]] = {}
    for choice in wanted.choices:
        for counts in _of_choice(prim, groups, cells, choice):
            charges = balanced_charges(atoms_of(prim, groups, cells, counts), wanted.states)
            if charges is not None:
                found[counts] = charges
            if len(found) > MOST:
                raise OrderingError(
                    f"orderings.amounts: more than {MOST} compositions of {cells} cells; name the "
                    "amounts of more species, or lower max_cells"
                )
    return found


def unmet(prim: Prim, groups: Sequence[SiteGroup], max_cells: int, wanted: Wanted) -> Iterator[str]:
    """What is wrong with choices that no supercell up to a size meets, a sentence each."""
    active = {species for group in groups for species in group.species}
    for choice in wanted.choices:
        said = ", ".join(f"{s} {amount:g}" for s, amount in choice.items())
        if strange := sorted(set(choice) - active):
            yield f"{said}: no active site may hold {', '.join(strange)}; correct the name"
            continue
        fits = (
            (n, counts) for n in range(1, max_cells + 1)
            for counts in islice(_of_choice(prim, groups, n, choice), MOST)
        )  # fmt: skip
        limits = None
        for cells, counts in fits:
            atoms = atoms_of(prim, groups, cells, counts)
            if balanced_charges(atoms, wanted.states) is not None:
                break
            limits = limits or [e / cells / prim.formula_units
                                for e in charge_limits(atoms, wanted.states)]  # fmt: skip
        else:
            yield f"{said or 'any composition'}: {_why(limits, max_cells)}"


def _why(limits: Sequence[float] | None, max_cells: int) -> str:
    """Why no supercell has a composition."""
    if limits is None:
        return (f"does not fill the sites of any supercell of up to {max_cells} cells; correct the "
                "amounts, or raise orderings.max_cells")  # fmt: skip
    low, high = limits
    return (
        f"no oxidation states of orderings.charges balance it, they sum to {low:+.3g} to "
        f"{high:+.3g} e per formula unit; correct the amounts, or list more states"
    )


def _of_choice(
    prim: Prim, groups: Sequence[SiteGroup], cells: int, choice: Mapping[str, float]
) -> Iterator[Counts]:
    exact = {s: atoms_per_cell(a, prim.formula_units) * cells for s, a in choice.items()}
    whole = {s: round(n) for s, n in exact.items()}
    if all(abs(exact[s] - n) < _WHOLE and n >= 0 for s, n in whole.items()):
        yield from _fillings(groups, cells, whole)


def _fillings(groups: Sequence[SiteGroup], cells: int, left: Mapping[str, int]) -> Iterator[Counts]:
    """Counts of every group in which the named species have exactly the atoms that are left."""
    if not groups:
        if not any(left.values()):
            yield ()
        return
    first, *rest = groups
    later = {species for group in rest for species in group.species}
    for vector in _vectors(first.species, len(first.sublattices) * cells, left, later):
        used = dict(zip(first.species, vector, strict=True))
        after = {s: n - used.get(s, 0) for s, n in left.items()}
        yield from ((vector, *others) for others in _fillings(rest, cells, after))


def _vectors(
    species: Sequence[str], sites: int, left: Mapping[str, int], later: set[str]
) -> Iterator[tuple[int, ...]]:
    """Ways of dividing the sites of a group; species that no later group holds are used up."""
    if not species:
        if not sites:
            yield ()
        return
    first, *rest = species
    most = min(sites, left.get(first, sites))
    least = 0
    if first in left and first not in later:
        least = left[first]
    if not rest:  # the last species has the sites that are left
        least = max(least, sites)
    for number in range(least, most + 1):
        yield from ((number, *others) for others in _vectors(rest, sites - number, left, later))
