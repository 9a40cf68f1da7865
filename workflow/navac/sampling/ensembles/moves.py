"""Moves by labels and species, as a configuration has them, as moves of a lattice gas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.montecarlo.gas.moves import Coupled, Ensemble, Flips, Move, Swaps
from navac.orderings.charges import NEUTRAL
from navac.orderings.groups import site_groups

Given = Mapping[str, Any]
"""A move: ``{swap: labels}``, ``{flip: species, sites: labels}`` or ``{coupled: [side, side]}``,
each side ``{sites: labels, species: [from, to]}``."""


class MoveError(NavacError):
    """A move that the crystal does not have."""


def sides_of(move: Given) -> list[tuple[str, Sequence[str], Sequence[str]]]:
    """(key, labels, species) of each of the sites that a move changes together."""
    if move.get("coupled"):
        return [(f"coupled.{k}", s["sites"], s["species"]) for k, s in enumerate(move["coupled"])]
    if move.get("swap"):
        return [("swap", move["swap"], ())]
    return [("flip", move["sites"], move["flip"])]


def move_problems(prim: Prim, move: Given, charges: Mapping[str, float]) -> Iterator[str]:
    """What is wrong with a move, each with its fix.

    Args:
        charges: of the species that have a single one, e; species without one are not judged.
    """
    problems = [p for side in sides_of(move) for p in _side_problems(prim, *side)]
    yield from problems
    if move.get("coupled") and not problems:
        yield from _unbalanced(move, charges)


def _side_problems(
    prim: Prim, key: str, labels: Sequence[str], species: Sequence[str]
) -> Iterator[str]:
    known = list(dict.fromkeys(prim.active_labels))
    if unknown := [label for label in labels if label not in known]:
        yield (f"{key}: no site that may hold several species is labelled {', '.join(unknown)}; "
               f"use {', '.join(known)}")  # fmt: skip
        return
    held = {label: species_of(prim, label) for label in labels}
    first = held[labels[0]]
    for label, own in held.items():
        if own != first:
            yield (f"{key}: {labels[0]} may hold [{', '.join(first)}] and {label} "
                   f"[{', '.join(own)}]; sites of one list alone share a move: give each list a "
                   "move of its own")  # fmt: skip
    for one in species:
        if one not in first:
            yield f"{key}: {labels[0]} may not hold {one}; use two of {', '.join(first)}"
    if len(set(species)) < len(species):
        yield f"{key}: [{', '.join(species)}] names a species twice; name different ones"


def _unbalanced(move: Given, charges: Mapping[str, float]) -> Iterator[str]:
    pairs = [species for _, _, species in sides_of(move)]
    known = {VACANCY: 0.0} | dict(charges)
    if any(s not in known for pair in pairs for s in pair):
        return
    change = sum(known[b] - known[a] for a, b in pairs)
    if abs(change) > NEUTRAL:
        said = " and ".join(f"{a} → {b}" for a, b in pairs)
        yield (f"coupled: {said} together change the charge by {change:+g} e by orderings.charges; "
               "turn one of the pairs round, or choose species whose charges balance")  # fmt: skip


def species_of(prim: Prim, label: str) -> tuple[str, ...]:
    """What the active sites of a label may hold."""
    return prim.species[int(prim.active[prim.active_labels.index(label)])]


def sublattices_of(prim: Prim, labels: Sequence[str]) -> tuple[int, ...]:
    """The active sites of the prim with some labels."""
    return tuple(s for s, label in enumerate(prim.active_labels) if label in labels)


def ensemble_of(prim: Prim, moves: Sequence[Given]) -> Ensemble:
    """The ensemble of some moves; sites of one list of species share chemical potentials.

    Raises:
        MoveError: the crystal does not have one of them.
    """
    for k, move in enumerate(moves):
        for problem in move_problems(prim, move, {}):
            raise MoveError(f"moves.{k}.{problem}")
    groups = tuple(group.sublattices for group in site_groups(prim))
    return Ensemble(tuple(_move_of(prim, move) for move in moves), groups)


def _move_of(prim: Prim, move: Given) -> Move:
    sides = [
        (sublattices_of(prim, labels), [species_of(prim, labels[0]).index(s) for s in species])
        for _, labels, species in sides_of(move)
    ]
    if move.get("swap"):
        return Swaps(sides[0][0])
    if move.get("flip"):
        sites, (first, *others) = sides[0]
        return Flips(sites, tuple((first, code) for code in others))
    (one, (a, b)), (other, (c, d)) = sides
    return Coupled(one, other, (((a, b), (c, d)),))


def names_of(moves: Sequence[Given]) -> tuple[str, ...]:
    """A name for each change that is tried, in the order in which the sampler counts them."""
    found: list[str] = []
    for move in moves:
        where = [f"{'+'.join(labels)}" for _, labels, _ in sides_of(move)]
        if move.get("swap"):
            found.append(f"swap {where[0]}")
        elif move.get("flip"):
            first, *others = move["flip"]
            found += [f"flip {first}/{other} {where[0]}" for other in others]
        else:
            pairs = [f"{a}/{b} {at}" for (_, _, (a, b)), at in zip(sides_of(move), where,
                                                                  strict=True)]  # fmt: skip
            found.append(f"coupled {' with '.join(pairs)}")
    return tuple(found)


def exchanged(moves: Sequence[Given]) -> set[str]:
    """Species whose amounts some of the moves change."""
    return {s for move in moves for _, _, species in sides_of(move) for s in species}
