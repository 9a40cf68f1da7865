"""What a sweep tries: flips between two species, swaps of two sites, and coupled flips.

An ensemble is a list of moves, tried in this order in every sweep. Amounts that no move changes
are held fixed; sublattices that no move names are frozen.

- :class:`Flips` change what single sites hold: exchange with a reservoir (semi-grand canonical).
- :class:`Swaps` exchange what two sites hold (canonical).
- :class:`Coupled` change two sites at once, such as V → Mg on one and Va → Na on the other: with
  charges that balance, exchange with a reservoir of neutral compounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from navac import NavacError

Pair = tuple[int, int]
"""Two codes, from and to; a move is tried in either direction."""


class EnsembleError(NavacError):
    """Moves that do not fit the sites, or that cannot reach every state."""


@dataclass(frozen=True)
class Flips:
    """Single sites go from one species to another, pair after pair.

    Attributes:
        sublattices: whose sites are tried; all list the same species.
        pairs: of codes.
    """

    sublattices: tuple[int, ...]
    pairs: tuple[Pair, ...]

    @property
    def sides(self) -> tuple[tuple[int, ...], ...]:
        """Sublattices of the sites that move together."""
        return (self.sublattices,)

    @property
    def count(self) -> int:
        """How many changes are tried, and counted, one by one."""
        return len(self.pairs)

    def changed(self, m: int) -> tuple[Pair, ...]:
        """The pair of each site in one of the changes, from the lower code to the higher."""
        a, b = sorted(self.pairs[m])
        return ((a, b),)


@dataclass(frozen=True)
class Swaps:
    """Two sites exchange what they hold, whatever that is.

    Attributes:
        sublattices: between whose sites; all list the same species.
    """

    sublattices: tuple[int, ...]
    count = 1

    @property
    def sides(self) -> tuple[tuple[int, ...], ...]:
        """Sublattices of the sites that move together."""
        return self.sublattices, self.sublattices


@dataclass(frozen=True)
class Coupled:
    """Two sites change together.

    Attributes:
        first: sublattices of the one site; all list the same species.
        second: those of the other.
        changes: per entry, the pair of codes of the one and of the other.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    changes: tuple[tuple[Pair, Pair], ...]

    @property
    def sides(self) -> tuple[tuple[int, ...], ...]:
        """Sublattices of the sites that move together."""
        return self.first, self.second

    @property
    def count(self) -> int:
        """How many changes are tried, and counted, one by one."""
        return len(self.changes)

    def changed(self, m: int) -> tuple[Pair, ...]:
        """The pair of each site in one of the changes, in the direction that does not end with
        code 0 on the first site."""
        (a, b), (c, d) = self.changes[m]
        return ((a, b), (c, d)) if b else ((b, a), (d, c))


Move = Flips | Swaps | Coupled


@dataclass(frozen=True)
class Ensemble:
    """Moves, and which sublattices share their chemical potentials.

    Attributes:
        moves: in the order in which a sweep tries them.
        groups: sublattices that share chemical potentials, and hence list the same species.
    """

    moves: tuple[Move, ...]
    groups: tuple[tuple[int, ...], ...]

    def group(self, sublattice: int) -> int:
        """The group of a sublattice."""
        return next(g for g, own in enumerate(self.groups) if sublattice in own)

    def check(self, sizes: Sequence[int]) -> None:
        """Refuse what does not fit sites of so many species.

        Args:
            sizes: ``[sublattice]`` number of species.

        Raises:
            EnsembleError: names the move.
        """
        if sorted(s for group in self.groups for s in group) != list(range(len(sizes))):
            raise EnsembleError("every sublattice needs one group of chemical potentials")
        if not self.moves:
            raise EnsembleError("an ensemble needs moves: flips, swaps or coupled flips")
        for move in self.moves:
            for sublattices, pairs in _parts(move):
                self._check_part(move, sublattices, pairs, sizes)

    def _check_part(self, move, sublattices, pairs, sizes) -> None:
        name = type(move).__name__
        if not sublattices or not set(sublattices) <= set(range(len(sizes))):
            raise EnsembleError(f"{name}: sublattices {sublattices} are not those of the crystal")
        if len({self.group(s) for s in sublattices}) > 1:
            raise EnsembleError(
                f"{name}: sublattices {sublattices} have different chemical potentials; give each "
                "group a move of its own, or make them one group"
            )
        n = sizes[sublattices[0]]
        for a, b in pairs:
            if a == b or not {a, b} <= set(range(n)):
                raise EnsembleError(
                    f"{name}: {a} → {b} are not two of the {n} species of sublattice "
                    f"{sublattices[0]}"
                )


def rule_of(sites: int, rule: str) -> str:
    """How a move of so many sites is accepted: of two sites always by the heat bath.

    Metropolis would make sure that moves of no cost are made. Steps of such moves only shuffle what
    there is in one way, and reach few of the arrangements that their pairs connect.
    """
    return rule if sites == 1 else "heat_bath"


def _parts(move: Move) -> list[tuple[tuple[int, ...], tuple[Pair, ...]]]:
    """The sublattices that a move changes, with the pairs of codes that it exchanges there."""
    if isinstance(move, Flips):
        return [(move.sublattices, move.pairs)]
    if isinstance(move, Swaps):
        return [(move.sublattices, ())]
    return [(move.first, tuple(p for p, _ in move.changes)),
            (move.second, tuple(p for _, p in move.changes))]  # fmt: skip


def all_pairs(species: int) -> tuple[Pair, ...]:
    """Every pair of codes of a site with so many species."""
    return tuple((a, b) for a in range(species) for b in range(a + 1, species))
