"""Tables of the entropies and descriptors of named compositions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from navac.crystal.prim import Prim
from navac.descriptors.coordination import anion_distances
from navac.descriptors.entropy import entropies
from navac.descriptors.mismatch import DESCRIPTORS, SOURCES, described, ions_on
from navac.descriptors.sublattices import DescriptorError, Filling, fill
from navac.orderings.charges import States, balanced_charges, charge_limits
from navac.orderings.ordering import OrderingError

NEUTRAL = 1e-6
"""Charge per formula unit below which a composition is neutral, e."""


@dataclass(frozen=True)
class Composition:
    """A composition on its sites, with the charges of its species.

    Attributes:
        charges: mean charge of each species, e; empty where none balance.
        fault: why there are none.
    """

    name: str
    filling: Filling
    charges: Mapping[str, float]
    fault: str = ""

    @property
    def charge(self) -> float:
        """Per formula unit, e."""
        return sum(n * self.charges[s] for s, n in self.filling.atoms.items())


def composition(
    prim: Prim, name: str, amounts: Mapping[str, float], occupied: Mapping[str, float],
    states: States,
) -> Composition:  # fmt: skip
    """A named composition with its charges.

    Raises:
        DescriptorError: the sites cannot hold it, with its name.
    """
    try:
        filling = fill(prim, amounts, occupied)
    except DescriptorError as error:
        raise DescriptorError(f"descriptors.compositions.{name}: {error}") from error
    try:
        charges = balanced_charges(filling.atoms, states)
    except OrderingError as error:
        return Composition(name, filling, {}, str(error))
    if charges is not None:
        return Composition(name, filling, charges)
    low, high = charge_limits(filling.atoms, states)
    return Composition(
        name, filling, {},
        f"no oxidation states balance it: they sum to {low:+.3g} to {high:+.3g} e per formula unit",
    )  # fmt: skip


def entropy_table(
    compositions: Sequence[Composition], temperatures: Sequence[float]
) -> pd.DataFrame:
    """A row for every composition and way of counting."""
    rows = []
    for one in compositions:
        for found in entropies(one.filling):
            rows.append({
                "composition": one.name, "part": found.part, "equation": found.equation,
                "per": found.per, "entropy_R": found.value,
                "entropy_J_per_mol_K": found.joule, "class": found.kind,
                **{f"minus_TS_{t:g}K_eV": found.free_energy(t) for t in temperatures},
            })  # fmt: skip
    return pd.DataFrame(rows)


def descriptor_table(prim: Prim, compositions: Sequence[Composition]) -> pd.DataFrame:
    """A row for every composition, mixed sublattice and descriptor; empty where there is none."""
    rows = [row for one in compositions for row in _rows(prim, one)]
    columns = ["composition", "part", "coordination", "descriptor", "value", "source", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _rows(prim: Prim, one: Composition) -> Iterator[dict[str, object]]:
    for sites in one.filling.sublattices:
        if len(sites.atoms) < 2:
            continue
        head: dict[str, object] = {"composition": one.name, "part": sites.label}
        if one.fault:
            yield head | {"reason": one.fault}
            continue
        distances = anion_distances(prim, sites.label)
        found, missing = described(ions_on(sites, one.charges, distances))
        for name in DESCRIPTORS:
            yield head | {
                "coordination": len(distances), "descriptor": name,
                "value": found.get(name), "source": SOURCES[name], "reason": missing.get(name, ""),
            }  # fmt: skip
