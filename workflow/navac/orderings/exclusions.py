"""Sites of a supercell that are never both filled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.orderings.ordering import Ordering, OrderingError


def excluded_sites(prim: Prim, supercell: Supercell) -> np.ndarray:
    """``[pair, 2]`` sites of a supercell that are never both filled, each pair once.

    A site that would exclude its own periodic image is paired with itself: it is never filled.
    """
    row = {int(site): k for k, site in enumerate(prim.active)}
    pairs = [np.empty((0, 2), int)]
    for i, j, *cell in prim.excluded:
        first = supercell.site(np.array(row[i]), supercell.cells)
        second = supercell.site(np.array(row[j]), supercell.cells + np.array(cell))
        pairs.append(np.sort(np.stack([first, second], axis=1), axis=1))
    return np.unique(np.concatenate(pairs), axis=0)


def exclusion_patterns(prim: Prim, supercell: Supercell) -> np.ndarray:
    """``[pair]`` patterns, a bit per site and site 0 the highest, of what is never filled."""
    sites = len(prim.active) * supercell.size
    bits = np.int64(1) << (sites - 1 - excluded_sites(prim, supercell))
    return bits[:, 0] | bits[:, 1]


def without_excluded(filled: np.ndarray, excluded: np.ndarray) -> np.ndarray:
    """Those of the patterns ``filled[ordering]`` that fill none of ``excluded[pair]`` whole."""
    for pair in excluded:
        filled = filled[filled & pair != pair]
    return filled


def broken_exclusions(prim: Prim, supercell: Supercell, occupation: np.ndarray) -> np.ndarray:
    """``[pair, 2]`` excluded pairs of which ``occupation[site]`` fills both sites."""
    if not prim.excluded:
        return np.empty((0, 2), int)
    holds_atom = [[s != VACANCY for s in prim.species[site]] for site in prim.active]
    filled = np.array([holds_atom[k // supercell.size][code]
                       for k, code in enumerate(np.ravel(occupation))])  # fmt: skip
    pairs = excluded_sites(prim, supercell)
    return pairs[filled[pairs].all(axis=1)]


def check_exclusions(
    prim: Prim, supercell: Supercell, occupation: np.ndarray, name: str = "an ordering"
) -> None:
    """Refuse an occupation in which sites are filled that exclude each other.

    Raises:
        OrderingError: with the first two such sites.
    """
    broken = broken_exclusions(prim, supercell, occupation)
    if len(broken):
        one, other = (f"{k} ({prim.active_labels[k // supercell.size]})" for k in broken[0])
        raise OrderingError(
            f"{name}: sites {one} and {other} are both filled, which prim.exclusions forbids; "
            "remove the ordering, or change prim.exclusions"
        )


def allowed_only(
    prim: Prim, orderings: Sequence[Ordering]
) -> tuple[list[Ordering], list[Ordering]]:
    """Orderings that keep the exclusions, and those that break them."""
    kept: list[Ordering] = []
    broken: list[Ordering] = []
    for ordering in orderings:
        bad = len(broken_exclusions(prim, ordering.supercell, ordering.occupation))
        (broken if bad else kept).append(ordering)
    return kept, broken


def most_filled(prim: Prim, supercell: Supercell, species: str) -> int:
    """The most sites of a supercell that can hold a species at once, exactly."""
    may_hold = np.repeat([species in prim.species[site] for site in prim.active], supercell.size)
    pairs = excluded_sites(prim, supercell)
    if not len(pairs):
        return int(may_hold.sum())
    rows = np.repeat(np.arange(len(pairs)), 2)
    # A site that excludes itself counts twice in its row.
    matrix = csr_array((np.ones(rows.size), (rows, pairs.ravel())), (len(pairs), len(may_hold)))
    found = milp(-may_hold.astype(float), integrality=np.ones(len(may_hold)), bounds=Bounds(0, 1),
                 constraints=LinearConstraint(matrix, ub=1))  # fmt: skip
    return round(-found.fun)
