"""Compositions of orderings as vectors: amounts per formula unit, and the axes they are told by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from navac.composition import composition_of
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY, checked
from navac.orderings.groups import site_groups
from navac.orderings.ordering import Ordering, OrderingError


def varying_species(prim: Prim) -> tuple[str, ...]:
    """The species of active sites, in the order of the prim; vacancies are none."""
    held = (s for site in prim.active for s in prim.species[site] if s != VACANCY)
    return tuple(dict.fromkeys(held))


def amounts(prim: Prim, orderings: Sequence[Ordering], species: Sequence[str]) -> np.ndarray:
    """``[ordering, species]`` atoms on active sites per formula unit.

    Raises:
        SiteError: an ordering holds a code that the site has no species for.
    """
    allowed = [prim.species[site] for site in prim.active]
    sizes = np.array([len(some) for some in allowed])
    holds = np.zeros((len(allowed), sizes.max(initial=0), len(species)))
    for row, some in enumerate(allowed):
        for code, s in enumerate(some):
            if s in species:
                holds[row, code, species.index(s)] = 1.0
    found = np.empty((len(orderings), len(species)))
    for k, one in enumerate(orderings):
        sites = np.repeat(np.arange(len(allowed)), one.cells)
        codes = checked(one.occupation, sizes[sites])
        found[k] = composition_of(holds[sites, codes].sum(axis=0) / one.cells, prim.formula_units)
    return found


def composition_axes(prim: Prim, counted: str, given: Mapping[str, str]) -> dict[str, str]:
    """Names of the composition axes, ``x`` first, and the species whose amount each of them is.

    Args:
        given: further axes that were chosen. Empty for species in the order of the prim, as many
            as there are independent amounts, under names such as ``x_Mn``.

    Raises:
        OrderingError: an axis has no active site, says the same as others, or is missing.
    """
    species, moves = varying_species(prim), _exchanges(prim)
    axes = {"x": counted}
    for name, one in given.items():
        if one not in species:
            raise OrderingError(
                f"axes.{name}: no active site may hold {one}; use one of {', '.join(species)}"
            )
        if name in axes or _rank(moves, species, [*axes.values(), one]) == len(axes):
            raise OrderingError(
                f"axes.{name}: the amount of {one} follows from that of "
                f"{', '.join(axes.values())}, so that the axis is degenerate; remove it"
            )
        axes[name] = one
    independent = np.linalg.matrix_rank(moves) if len(moves) else 0
    for one in species:
        if _rank(moves, species, [*axes.values(), one]) > len(axes):
            if given:
                raise OrderingError(
                    f"axes: {', '.join(axes.values())} leave the amount of {one} open; of "
                    f"{independent} independent amounts {len(axes)} are named; add an axis for it"
                )
            axes[f"x_{one}"] = one
    return axes


def _exchanges(prim: Prim) -> np.ndarray:
    """``[exchange, species]`` changes of the amounts when a site holds another species."""
    species = varying_species(prim)
    moves = []
    for group in site_groups(prim):
        own = np.array([[s == one for one in species] for s in group.species], float)
        moves.append(own[1:] - own[0])
    return np.concatenate(moves) if moves else np.empty((0, len(species)))


def _rank(moves: np.ndarray, species: Sequence[str], some: Sequence[str]) -> int:
    return int(np.linalg.matrix_rank(moves[:, [species.index(s) for s in some]]))
