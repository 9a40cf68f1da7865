"""A grid of compositions over a list of elements: which may share a site, and how many ways.

What a formula unit holds beside the elements of the grid is fixed. The amount of the inserted
species follows from the charges, and compositions that it cannot balance are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.descriptors.coordination import anion_distances
from navac.descriptors.entropy import entropy_class, site_entropy
from navac.descriptors.mismatch import DESCRIPTORS, described, ions_on
from navac.descriptors.sublattices import DescriptorError, fill
from navac.orderings.groups import vectors

NUMBERS = ("x", "elements", "entropy_R", "entropy_R_per_site")
COLUMNS = (*NUMBERS, *DESCRIPTORS)
"""Columns of numbers, by which compositions can be limited and ranked."""

MOST = 50_000
"""Compositions of a grid; a finer one is not looked through."""


@dataclass(frozen=True)
class Grid:
    """What is screened.

    Attributes:
        label: of the sites that the elements share.
        host: amounts per formula unit that are kept, on these sites too.
        elements: charge of every element of the grid, e.
        step: by which amounts of the grid differ.
    """

    label: str
    host: Mapping[str, float]
    elements: Mapping[str, float]
    step: float


def amounts_of(grid: Grid, sites: float) -> Iterator[dict[str, float]]:
    """Every composition of the grid that fills so many sites per formula unit.

    Raises:
        DescriptorError: the step does not divide what is left, or there are too many.
    """
    left = sites - sum(grid.host.values())
    parts = round(left / grid.step)
    if left < -1e-9 or abs(parts * grid.step - left) > 1e-6:
        raise DescriptorError(
            f"descriptors.screening.step: {grid.step:g} does not divide the {left:g} of {sites:g} "
            f"sites of {grid.label} that the host leaves; take another step or host"
        )
    if (number := _number(parts, len(grid.elements))) > MOST:
        raise DescriptorError(
            f"descriptors.screening: {number} compositions are more than {MOST}; take fewer "
            "elements or a larger step"
        )
    for vector in vectors(parts, len(grid.elements)):
        shares = dict(zip(grid.elements, (n * grid.step for n in vector), strict=True))
        yield {
            s: grid.host.get(s, 0.0) + shares.get(s, 0.0) for s in {**grid.host, **shares}
        }  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """Where the elements of a grid are.

    Attributes:
        prim: the crystal with the elements of the grid allowed on their sites.
        grid: what is screened.
        species: the inserted one, which balances the charges.
        charges: of all species, e.
        occupied: as :func:`navac.descriptors.sublattices.fill` takes it.
        distances: ``[anion]`` of the shell around the sites, Å.
    """

    prim: Prim
    grid: Grid
    species: str
    charges: Mapping[str, float]
    occupied: Mapping[str, float]
    distances: np.ndarray

    @property
    def sites(self) -> float:
        """That the elements share, per formula unit."""
        return self.prim.labels.count(self.grid.label) / self.prim.formula_units

    def balancing(self, amounts: Mapping[str, float]) -> float:
        """Amount of the inserted species that makes a composition neutral."""
        held = [own[0] for own in self.prim.species if len(own) == 1]
        fixed = sum(self.charges[s] for s in held) / self.prim.formula_units
        return (
            -(fixed + sum(n * self.charges[s] for s, n in amounts.items()))
            / self.charges[self.species]
        )

    def row(self, amounts: Mapping[str, float], x: float) -> dict[str, float | str]:
        """Entropies and descriptors of a composition.

        Raises:
            DescriptorError: the sites cannot hold it.
        """
        filling = fill(self.prim, {**amounts, self.species: x}, self.occupied)
        one = filling.of(self.grid.label)
        values, _ = described(ions_on(one, self.charges, self.distances))
        entropy = site_entropy([one])
        return {
            "composition": written({self.species: x, **amounts}), "x": x,
            "elements": len(one.atoms), "entropy_R": entropy,
            "entropy_R_per_site": entropy / self.sites, "class": entropy_class(entropy),
            **{name: values.get(name, np.nan) for name in DESCRIPTORS},
        }  # fmt: skip


def surroundings(
    prim: Prim, grid: Grid, species: str, charges: Mapping[str, float],
    occupied: Mapping[str, float],
) -> Surroundings:  # fmt: skip
    """The crystal as a grid needs it.

    Args:
        charges: of the species that are not in the grid, e.

    Raises:
        DescriptorError: there are no such sites, or a species has no charge.
    """
    if grid.label not in prim.labels:
        labels = ", ".join(dict.fromkeys(prim.labels))
        raise DescriptorError(f"descriptors.screening.label: {grid.label} is none of {labels}")
    wide = widened(prim, grid)
    known = {**charges, **grid.elements}
    there = {s for own in wide.species for s in own} - {VACANCY}
    if missing := sorted(there - set(known)):
        raise DescriptorError(
            f"{', '.join(missing)}: has no single charge; name it in descriptors.screening.elements"
        )
    return Surroundings(wide, grid, species, known, occupied, anion_distances(wide, grid.label))


def screened(around: Surroundings) -> pd.DataFrame:
    """A row for every neutral composition of a grid that its sites can hold.

    Returns:
        columns: composition, ``x``, entropies, class, and every descriptor.
    """
    rows = []
    for amounts in amounts_of(around.grid, around.sites):
        with suppress(DescriptorError):  # no room for the species that would balance it
            rows.append(around.row(amounts, around.balancing(amounts)))
    return pd.DataFrame(rows, columns=["composition", "class", *COLUMNS])


def marked(around: Surroundings, named: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """The named compositions as rows, each with the amount of the species that balances it.

    Those whose elements the grid does not have are left out.
    """
    rows = []
    for name, amounts in named.items():
        own = {s: n for s, n in amounts.items() if s in around.charges and s != around.species}
        if set(own) | {around.species} >= set(amounts):
            with suppress(DescriptorError):
                rows.append(around.row(own, around.balancing(own)) | {"name": name})
    return pd.DataFrame(rows)


def written(amounts: Mapping[str, float]) -> str:
    """A composition in words: ``Na3.2 V1.5 Cr0.1``."""
    return " ".join(f"{s}{n:.4g}" for s, n in amounts.items() if n > 1e-9)


def ranked(
    table: pd.DataFrame, limits: Mapping[str, Sequence[float]], rank_by: Sequence[str]
) -> pd.DataFrame:
    """The compositions within limits, the best first.

    Args:
        limits: lowest and highest value of columns.
        rank_by: columns that shall be high, or with a minus low. The score is the mean, over
            these, of the share of compositions that are not better.

    """
    names = [name.removeprefix("-") for name in rank_by]
    inside = np.ones(len(table), bool)
    for name, (low, high) in limits.items():
        inside &= table[name].between(low, high)
    kept = table[inside]
    ranks = [
        kept[name].rank(pct=True, ascending=wish == name, method="max")
        for wish, name in zip(rank_by, names, strict=True)
    ]
    return kept.assign(score=np.mean(ranks, axis=0)).sort_values("score", ascending=False)


def widened(prim: Prim, grid: Grid) -> Prim:
    """The crystal with the elements of the grid allowed on its sites."""
    held = tuple(dict.fromkeys([*grid.host, *grid.elements]))
    species = tuple(
        held if label == grid.label else own
        for own, label in zip(prim.species, prim.labels, strict=True)
    )
    return replace(prim, species=species)


def _number(parts: int, kinds: int) -> int:
    """Ways of dividing equal parts among kinds."""
    number = 1
    for k in range(1, kinds):
        number = number * (parts + k) // k
    return number
