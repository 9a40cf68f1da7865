"""Amounts per formula unit as whole atoms of a supercell, dealt out at random."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.crystal.prim import Prim
from navac.orderings.groups import Counts, SiteGroup, group_sites, site_groups

SAME = 1e-6
"""Atoms by which two numbers of a supercell may differ and be one."""


class FillingError(NavacError):
    """Amounts that do not fill the sites."""


@dataclass(frozen=True)
class Filling:
    """Whole numbers of atoms in a supercell.

    Attributes:
        groups: sites that share their species.
        counts: ``[group][code]`` sites that hold each species.
        rounded: what was rounded, in words.
    """

    groups: tuple[SiteGroup, ...]
    counts: Counts
    rounded: tuple[str, ...]


def amount_problems(prim: Prim, amounts: Mapping[str, float], cells: int) -> Iterator[str]:
    """Why amounts do not fill a supercell, each with its fix."""
    groups = site_groups(prim)
    for species in amounts:
        own = [g for g in groups if species in g.species]
        if not own:
            held = dict.fromkeys(s for g in groups for s in g.species)
            yield f"{species}: no active site may hold it; use {', '.join(held)}"
        elif len(own) > 1:
            lists = " and ".join(f"[{', '.join(g.species)}]" for g in own)
            yield (f"{species}: sites of {lists} may hold it, so that its amount is not clear; "
                   "leave it to fill up the rest of each")  # fmt: skip
    for group in groups:
        yield from _group_problems(prim, group, amounts, cells)


def _group_problems(
    prim: Prim, group: SiteGroup, amounts: Mapping[str, float], cells: int
) -> Iterator[str]:
    labels = "+".join(dict.fromkeys(prim.active_labels[s] for s in group.sublattices))
    where, per = f"sites {labels}", prim.formula_units * cells
    atoms = {s: amounts[s] * per for s in group.species if s in amounts}
    open_ = [s for s in group.species if s not in amounts]
    sites, total = len(group.sublattices) * cells, sum(atoms.values())
    holds = f"{sites / per:g} per formula unit"
    if len(open_) > 1:
        yield (f"{where} may hold [{', '.join(group.species)}], and no amount is given for "
               f"{', '.join(open_)}; name all but one, which fills up the rest")  # fmt: skip
    elif total > sites + SAME:
        yield f"{where}: {total / per:g} atoms exceed the {holds}; lower an amount"
    elif not open_ and abs(total - sites) > SAME:
        yield (f"{where}: {total / per:g} atoms do not fill the {holds}; correct an amount, or "
               "leave one out, which fills up the rest")  # fmt: skip
    for species, n in atoms.items():
        if 0 < n < 0.5:
            yield (f"{species}: {n / per:g} per formula unit are {n:.2g} atoms in {cells} cells, "
                   "none; take a larger supercell, or write 0")  # fmt: skip


def filling(prim: Prim, amounts: Mapping[str, float], cells: int) -> Filling:
    """Whole numbers of atoms in a supercell of so many cells.

    Raises:
        FillingError: amounts do not fill it.
    """
    if problems := list(amount_problems(prim, amounts, cells)):
        raise FillingError("; ".join(problems))
    groups = site_groups(prim)
    per = prim.formula_units * cells
    wanted = [{s: amounts[s] * per for s in g.species if s in amounts} for g in groups]
    whole = [_rounded(own) for own in wanted]
    notes = tuple(
        f"{s}: {n:g} atoms in {cells} cells are rounded to {found[s]}"
        for own, found in zip(wanted, whole, strict=True)
        for s, n in own.items()
        if abs(n - found[s]) > SAME
    )
    counts = []
    for group, found in zip(groups, whole, strict=True):
        rest = len(group.sublattices) * cells - sum(found.values())
        counts.append(tuple(found.get(s, rest) for s in group.species))
    return Filling(groups, tuple(counts), notes)


def _rounded(atoms: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers with the rounded sum: those with the largest remainders are raised."""
    found = {s: int(n + SAME) for s, n in atoms.items()}
    missing = round(sum(atoms.values())) - sum(found.values())
    for s in sorted(atoms, key=lambda s: found[s] - atoms[s])[:missing]:
        found[s] += 1
    return found


def random_fillings(filled: Filling, cells: int, replicas: int, seed: int) -> np.ndarray:
    """``[site, replica]`` int8 codes, every replica by random numbers of its own.

    Args:
        cells: primitive cells of the supercell.
    """
    sites = sum(len(g.sublattices) for g in filled.groups) * cells
    found = np.empty((sites, replicas), np.int8)
    for replica in range(replicas):
        generator = np.random.default_rng(_words(f"{seed}/fillings/{replica}"))
        for own, counts in zip(group_sites(filled.groups, cells), filled.counts, strict=True):
            codes = np.repeat(np.arange(len(counts), dtype=np.int8), counts)
            found[own, replica] = generator.permutation(codes)
    return found


def _words(name: str) -> Sequence[int]:
    """A name as a seed."""
    return list(hashlib.sha256(name.encode()).digest())
