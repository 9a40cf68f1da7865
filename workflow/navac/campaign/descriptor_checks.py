"""Checks of the section ``descriptors`` against the crystal, as in
:mod:`navac.campaign.crystal_checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from navac.campaign.crystal import Crystal, Problems
from navac.descriptors.screening import COLUMNS, Grid, amounts_of, surroundings
from navac.descriptors.sublattices import DescriptorError, fill
from navac.orderings.charges import single

if TYPE_CHECKING:
    from navac.config.campaign import Config
    from navac.config.descriptors import ScreeningSection


def compositions(config: Config, crystal: Crystal) -> Problems:
    """The sites can hold the named compositions, and labels exist."""
    section = config.descriptors
    for label in section.occupied:
        if label not in crystal.prim.labels:
            labels = ", ".join(dict.fromkeys(crystal.prim.labels))
            yield f"descriptors.occupied.{label}", f"is no sublattice; use one of {labels}"
            return
    for name, amounts in section.compositions.items():
        try:
            fill(crystal.prim, amounts, section.occupied)
        except DescriptorError as error:
            yield f"descriptors.compositions.{name}", str(error)


def screening(config: Config, crystal: Crystal) -> Problems:
    """A grid has sites, charges, and a step that fills them."""
    asked = config.descriptors.screening
    if not asked.elements:
        return
    if asked.label is None:
        yield "descriptors.screening.label", "null; name the sublattice that the elements share"
        return
    yield from _columns(asked)
    grid = Grid(asked.label, asked.host, asked.elements, asked.step)
    try:
        around = surroundings(
            crystal.prim, grid, config.species, single(config.orderings.charges),
            config.descriptors.occupied,
        )  # fmt: skip
        next(amounts_of(grid, around.sites))
    except DescriptorError as error:
        yield "descriptors.screening", str(error)


def _columns(asked: ScreeningSection) -> Iterator[tuple[str, str]]:
    """Names that are no columns of the table."""
    named = {"limits": list(asked.limits), "rank_by": [n.removeprefix("-") for n in asked.rank_by]}
    for key, names in named.items():
        for name in names:
            if name not in COLUMNS:
                yield (f"descriptors.screening.{key}", f"{name} is no column; use one of "
                       f"{', '.join(COLUMNS)}")  # fmt: skip


CHECKS: tuple[tuple[set[str], Callable[[Config, Crystal], Problems]], ...] = (
    ({"descriptors"}, compositions),
    ({"descriptors", "orderings", "species"}, screening),
)
"""Checks with the keys they need."""
