"""Sites that are too close to be filled together, and the rule that keeps them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from navac.crystal.prim import Pair, Prim, PrimError
from navac.crystal.sites import VACANCY

TOLERANCE_A = 1e-3
"""Distances that exceed a limit by less count as within it, Å: they are equal by symmetry."""


def kept_apart(
    path: Path, prim: Prim, min_distance: float, exclusions: Sequence[Mapping] = ()
) -> Prim:
    """The prim with its exclusions, which keep all atoms at least ``min_distance`` apart.

    Args:
        path: where the crystal comes from, for messages.
        exclusions: see :func:`excluded_pairs`.

    Raises:
        PrimError: two sites that may be filled together are closer: with both, their distance
            and what to add; or as :func:`excluded_pairs`.
    """
    excluded = excluded_pairs(prim, exclusions) if exclusions else prim.excluded
    prim = replace(prim, excluded=excluded, min_distance=min_distance)
    forbidden = set(excluded)
    for pair, distance in near_pairs(prim, min_distance):
        if distance < min_distance and pair not in forbidden:
            raise PrimError(_too_close(path, prim, pair, distance))
    return prim


def excluded_pairs(prim: Prim, exclusions: Sequence[Mapping]) -> tuple[Pair, ...]:
    """The pairs of active sites that entries of ``prim.exclusions`` name.

    Args:
        exclusions: entries with ``distance_A``, and ``labels`` of two sublattices unless any
            two active sites are meant.

    Raises:
        PrimError: an entry matches no sites, or one that always holds an atom.
    """
    found: set[Pair] = set()
    active = set(prim.active.tolist())
    for number, entry in enumerate(exclusions):
        labels, limit = entry.get("labels"), float(entry["distance_A"])
        wanted = None if labels is None else sorted(labels)
        pairs = [
            (pair, distance) for pair, distance in near_pairs(prim, limit + TOLERANCE_A)
            if {pair[0], pair[1]} <= active
            and wanted in (None, sorted((prim.labels[pair[0]], prim.labels[pair[1]])))
        ]  # fmt: skip
        if not pairs:
            raise PrimError(_no_pair(prim, number, labels, limit))
        for (i, j, *_), _ in pairs:
            for site in (i, j):
                if VACANCY not in prim.species[site]:
                    raise PrimError(
                        f"prim.exclusions.{number}: site {site} ({prim.labels[site]}) always "
                        f"holds an atom ({', '.join(prim.species[site])}), so that no site beside "
                        f"it could ever be filled; let it hold {VACANCY} in prim.sites, or give "
                        "labels of other sublattices"
                    )
        found |= {pair for pair, _ in pairs}
    return tuple(sorted(found))


def near_pairs(prim: Prim, limit: float) -> Iterator[tuple[Pair, float]]:
    """Every two sites within a distance, Å, once per lattice translation, closest first."""
    heights = 1 / np.linalg.norm(np.linalg.inv(prim.lattice), axis=0)
    spread = np.ptp(prim.frac, axis=0) if len(prim.frac) else np.zeros(3)
    reach = np.ceil(limit / heights + spread).astype(int)
    cells = np.array(list(product(*(range(-r, r + 1) for r in reach))))
    at = prim.frac @ prim.lattice
    shifts = cells @ prim.lattice
    found: list[tuple[float, Pair]] = []
    for i, home in enumerate(at):
        for j in range(i, len(at)):
            distances = np.linalg.norm(at[j] + shifts - home, axis=1)
            for k in np.flatnonzero(distances <= limit):
                a, b, c = map(int, cells[k])
                if i < j or (a, b, c) > (0, 0, 0):
                    found.append((float(distances[k]), (i, j, a, b, c)))
    yield from ((pair, distance) for distance, pair in sorted(found))


def _no_pair(prim: Prim, number: int, labels: Sequence[str] | None, limit: float) -> str:
    known = list(dict.fromkeys(prim.active_labels))
    if labels is not None and (unknown := sorted(set(labels) - set(known))):
        return (
            f"prim.exclusions.{number}.labels: {', '.join(unknown)} is no sublattice of active "
            f"sites; use {', '.join(known)}"
        )
    what = "active sites" if labels is None else f"sites of {' and '.join(labels)}"
    return (
        f"prim.exclusions.{number}.distance_A: no two {what} are within {limit:g} Å; give a larger "
        "distance, or remove the entry"
    )


def _too_close(path: Path, prim: Prim, pair: Pair, distance: float) -> str:
    i, j, *_ = pair
    names = " and ".join(
        f"site {k} ({prim.labels[k]}, {'/'.join(prim.species[k])} at "
        f"{' '.join(f'{x:.4f}' for x in prim.frac[k])})" for k in (i, j)
    )  # fmt: skip
    said = (f"{path}: {names} are {distance:.3f} Å apart, closer than prim.min_distance_A = "
            f"{prim.min_distance:g} Å; ")  # fmt: skip
    if all(VACANCY in prim.species[k] for k in (i, j)):
        return said + (
            "remove one of them, or keep them from being filled together: prim.exclusions: "
            f"[{{labels: [{prim.labels[i]}, {prim.labels[j]}], distance_A: "
            f"{np.ceil(100 * distance) / 100:g}}}]"
        )
    return said + ("remove one, or correct the coordinates; if they are images of one atom, give "
                   "them as one")  # fmt: skip
