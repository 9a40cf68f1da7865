"""Charges of the species, and the compositions between which the charges can balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pymatgen.core import Composition, Element

from navac.campaign.new.primitive import Cell
from navac.crystal.sites import VACANCY


@dataclass(frozen=True)
class Charges:
    """Charge of each species, and where it comes from.

    Attributes:
        charge: e, by element; of an element with mixed valence the mean.
        source: for people.
        known: whether they are charges at all; an alloy has none.
    """

    charge: dict[str, float]
    source: str
    known: bool


def formula(cell: Cell, counted: str, x: float) -> Composition:
    """One formula unit with ``x`` of the counted species."""
    fu = cell.formula_units
    amounts = {e: n / fu for e, n in cell.host.items()}
    other = cell.allowed[cell.active[0]][1]
    amounts[counted] = amounts.get(counted, 0) + x
    if other != VACANCY:
        amounts[other] = amounts.get(other, 0) + len(cell.active) / fu - x
    return Composition({e: n for e, n in amounts.items() if n > 1e-9})


def charges(cell: Cell, counted: str, x: float, given: Mapping[str, float]) -> Charges:
    """Oxidation states in the file, or pymatgen's guess at a composition near ``x``.

    Args:
        given: mean oxidation state by element, where the file has them.
    """
    elements = sorted({s for some in cell.allowed for s in some} - {VACANCY})
    if set(elements) <= set(given):
        return Charges({e: given[e] for e in elements}, "oxidation states in the file", True)
    near = Fraction(x).limit_denominator(4)
    units = formula(cell, counted, float(near)) * near.denominator
    whole = Composition({e: round(n) for e, n in units.items()})
    guesses = whole.oxi_state_guesses() if len(whole) > 1 else ()
    if guesses and set(elements) <= set(guesses[0]):
        found = {e: round(float(guesses[0][e]), 4) for e in elements}
        return Charges(found, f"pymatgen's guess for {whole.reduced_formula}", True)
    return Charges(
        dict.fromkeys(elements, 0.0),
        "no oxidation states balance, as in an alloy: orderings are not ranked by Ewald energy",
        False,
    )


def limits(
    cell: Cell, counted: str, charge: Mapping[str, float], most: float
) -> tuple[float, float, str]:
    """Lowest and highest x at which the ions can balance the charge, and why.

    Args:
        most: x that the sites hold.
    """
    redox = {e: s for e in cell.host if len(s := _states(e)) > 1 and e != counted}
    if not redox:
        return 0.0, most, "what the sites hold; no ion of the host changes its charge"
    fu = cell.formula_units
    other = cell.allowed[cell.active[0]][1]
    per_atom = charge[counted] - charge.get(other, 0.0)
    inert = sum(n * charge[e] for e, n in cell.host.items() if e not in redox) / fu
    inert += charge.get(other, 0.0) * len(cell.active) / fu
    held = [sum(cell.host[e] * pick(s) for e, s in redox.items()) / fu for pick in (min, max)]
    # x × per_atom + inert + redox = 0
    ends = sorted((-inert - total) / per_atom for total in held) if per_atom else [0.0, most]
    low, high = max(0.0, ends[0]), min(most, ends[1])
    if low >= high:
        return 0.0, most, "what the sites hold; the charges of the ions do not bound it"
    ions = ", ".join(f"{e} {min(s):+g} to {max(s):+g}" for e, s in redox.items())
    return low, high, f"what the sites hold and the known charges of the ions balance ({ions})"


def _states(element: str) -> tuple[int, ...]:
    """Known charges of a transition metal as a cation; one of other elements."""
    known = Element(element)
    if not known.is_transition_metal:
        return (0,)
    return tuple(s for s in known.icsd_oxidation_states if s > 0)
