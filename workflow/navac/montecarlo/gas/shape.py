"""What the program of a sweep is made for: visits, changes, rows and sums."""

from __future__ import annotations

from dataclasses import dataclass

from navac.montecarlo.gas.moves import Pair
from navac.montecarlo.programs import RowShape


@dataclass(frozen=True)
class Change:
    """One change that is tried at every unit of a visit.

    Attributes:
        pairs: codes of each site, from and to; none for a swap.
        counted: which of the changes of all moves it is.
    """

    pairs: tuple[Pair, ...]
    counted: int


@dataclass(frozen=True)
class Couples:
    """The units of a visit, two by two.

    Attributes:
        environments: of the sites of a unit.
        changes: what is tried, in order.
        number: of couples.
        first: where they begin among the units, words.
        names: how far the names of random numbers of two changes are apart.
    """

    environments: tuple[int, ...]
    changes: tuple[Change, ...]
    number: int
    first: int
    names: int


@dataclass(frozen=True)
class Counters:
    """Where a sweep leaves its sums, in planes.

    Attributes:
        energy: digits of the energy, see :func:`_settle`.
        change: digits of attempts, and of accepted ones, of each change.
        changes: how many changes are counted.
        number: digits of the atoms of a species on a sublattice.
        species: how many pairs of a sublattice and a code from 1 there are.
    """

    energy: int
    change: int
    changes: int
    number: int
    species: int

    @property
    def first_number(self) -> int:
        """The first plane of the atoms."""
        return self.energy + 2 * self.change * self.changes

    @property
    def planes(self) -> int:
        """How many there are in all."""
        return self.first_number + self.number * self.species

    def tried(self, counted: int) -> int:
        """The first plane of the attempts of a change; the accepted ones follow."""
        return self.energy + 2 * self.change * counted


@dataclass(frozen=True)
class Shape(RowShape):
    """What a program is made for.

    Attributes:
        rows: rows of each environment.
        couples: the visits.
        counters: the sums.
    """

    rows: tuple[int, ...]
    couples: tuple[Couples, ...]
    counters: Counters
