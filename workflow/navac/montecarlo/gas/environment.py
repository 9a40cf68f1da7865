"""How a site of a lattice gas interacts with its neighbours, in whole quanta."""

from __future__ import annotations

from dataclasses import dataclass

Bit = tuple[int, int]
"""Position of a neighbour, and the code of the species that it must hold."""


@dataclass(frozen=True)
class Term:
    """Products of bits of the neighbours that have the same part in all fields.

    Attributes:
        fields: ``[code − 1]`` quanta that each product adds to the field of each species.
        odd: whether a product is 1 − 2 × the parity of its bits instead of all of them.
        products: the bits of each, equally many.
    """

    fields: tuple[int, ...]
    odd: bool
    products: tuple[tuple[Bit, ...], ...]

    @property
    def order(self) -> int:
        """Sites of a cluster, the site that sees it included."""
        return 1 + len(self.products[0])


@dataclass(frozen=True)
class GasEnvironment:
    """How a site interacts; sites that are equivalent by symmetry share one.

    Attributes:
        constant: ``[code − 1]`` quanta of the field of each species without neighbours.
        terms: what the neighbours add.
        sizes: ``[neighbour]`` number of species of each neighbour.
    """

    constant: tuple[int, ...]
    terms: tuple[Term, ...]
    sizes: tuple[int, ...]

    @property
    def species(self) -> int:
        """Number of species that the site may hold."""
        return len(self.constant) + 1

    @property
    def neighbours(self) -> int:
        """How many neighbours there are."""
        return len(self.sizes)
