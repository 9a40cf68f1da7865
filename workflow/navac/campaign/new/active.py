"""Which sites of a structure may hold more than one species."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pymatgen.core import PeriodicSite, Structure

from navac.campaign.new.error import NewError
from navac.crystal.sites import VACANCY

FULL = 1e-3
"""A site whose occupancies add up to 1 within this is full."""


@dataclass(frozen=True)
class Decorated:
    """What every site of a structure may hold.

    Attributes:
        structure: as it was read.
        allowed: per site, the species it may hold; of active sites the counted one first.
        counted: the species whose amount is x.
        other: what an active site holds instead.
        amount: atoms of the counted species in the structure, by its occupancies.
        guesses: what was decided here, for people.
    """

    structure: Structure
    allowed: tuple[tuple[str, ...], ...]
    counted: str
    other: str
    amount: float
    guesses: tuple[str, ...]


def decorated(
    structure: Structure, path: Path, species: str | None, fixed: Collection[str]
) -> Decorated:
    """Active sites: of partly or mixedly filled elements, or of ``species``.

    Args:
        path: of the file, for messages.
        species: ``Li`` (Li or a vacancy), ``Cu/Au`` (either), or None: the file decides.
        fixed: species that hold their mixed sites alone.

    Raises:
        NewError: the file leaves it open, or holds more than two species on an active site.
    """
    contents = [_content(site) for site in structure]
    contents = [{s: 1.0} if (s := _only(c, fixed)) else c for c in contents]
    guesses: list[str] = []
    if species is None:
        pair = _from_occupancies(contents, path)
        guesses.append(f"{' or '.join(map(_said, pair))}: the file has such sites partly filled")
    else:
        pair = _from_option(species, contents, path)
    allowed = tuple(_allowed(c, pair, path, i) for i, c in enumerate(contents))
    full = sum(set(c) == {pair[0]} and c[pair[0]] > 1 - FULL for c in contents)
    if species is None and VACANCY in pair and full:
        guesses.append(f"{full} sites are full of {pair[0]} in the file and may be empty too")
    amount = sum(c.get(pair[0], 0.0) for c in contents)
    return Decorated(structure, allowed, *pair, amount, tuple(guesses))


def _content(site: PeriodicSite) -> dict[str, float]:
    """Occupancy of each element on a site, and of the vacancy where they leave one."""
    found: dict[str, float] = {}
    for one, amount in site.species.items():
        found[_symbol(one)] = found.get(_symbol(one), 0.0) + amount
    left = 1 - sum(found.values())
    return found | ({VACANCY: left} if left > FULL else {})


def _symbol(species) -> str:
    symbol = getattr(species, "symbol", str(species))
    return "H" if symbol == "D" else symbol


def _only(content: dict[str, float], fixed: Collection[str]) -> str | None:
    held = [s for s in content if s in fixed]
    return held[0] if len(content) > 1 and held else None


def _said(species: str) -> str:
    return "a vacancy" if species == VACANCY else species


def _from_occupancies(contents: list[dict[str, float]], path: Path) -> tuple[str, str]:
    """The two species that share sites in the file."""
    shared = {tuple(sorted(c)) for c in contents if len(c) > 1}
    if not shared:
        here = Counter(s for c in contents for s in c)
        listed = ", ".join(f"--species {s} ({n} of {len(contents)} sites)" for s, n in here.items())
        raise NewError(
            f"{path}: no site is partly or mixedly filled; say which species moves: {listed}; for "
            "two species that share sites write --species Cu/Au"
        )
    if len(shared) > 1 or len(next(iter(shared))) > 2:
        listed = "; ".join(" and ".join(map(_said, some)) for some in sorted(shared))
        names = sorted({s for some in shared for s in some} - {VACANCY})
        raise NewError(
            f"{path}: sites are shared by {listed}; one pair of species can be sampled: name it "
            f"with --species (one of {', '.join(names)}, or A/B), and what the other mixed sites "
            "hold alone with --fix"
        )
    one, other = next(iter(shared))
    if VACANCY in (one, other):
        return (other if one == VACANCY else one), VACANCY
    total = Counter[str]()
    for content in contents:
        total.update(content)
    return (one, other) if total[one] >= total[other] else (other, one)


def _from_option(species: str, contents: list[dict[str, float]], path: Path) -> tuple[str, str]:
    counted, _, other = species.partition("/")
    pair = counted, other or VACANCY
    here = sorted({s for c in contents for s in c} - {VACANCY})
    if not set(here) & (set(pair) - {VACANCY}):
        raise NewError(f"{path}: holds no {species}; use --species with one of {', '.join(here)}")
    if pair[0] == VACANCY or pair[0] == pair[1]:
        raise NewError(f"--species {species}: name a species, or two as A/B")
    return pair


def _allowed(
    content: dict[str, float], pair: tuple[str, str], path: Path, site: int
) -> tuple[str, ...]:
    atoms, both = set(content) - {VACANCY}, set(pair)
    if atoms & both:
        if set(content) <= both:
            return pair
        raise NewError(
            f"{path}: site {site} holds {' and '.join(map(_said, sorted(content)))}, but "
            f"{pair[0]} sites are to hold {pair[0]} or {_said(pair[1])}; say what it holds alone "
            f"with --fix {sorted(atoms - both)[0] if atoms - both else pair[0]}, or change the file"
        )
    if len(content) > 1:
        names = ", ".join(_said(s) for s in sorted(content))
        raise NewError(
            f"{path}: site {site} is shared by {names}, beside the sites of {pair[0]}; one pair of "
            f"species can be sampled: say what the site holds alone, --fix {sorted(atoms)[0]}, or "
            "write an ordered structure"
        )
    return (next(iter(content)),)
