"""What a site may hold: species, their codes, and the functions of a site in an expansion.

The code of a species is its index in the prim's list for the site (int8), everywhere in the
library. A *site space* joins the species of a site with the functions that an expansion uses on
it: the constant, which is function 0, and one *point function* fewer than there are species. This
is the only module that knows how many species a site may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from navac import NavacError

VACANCY = "Va"
LARGEST_CODE = np.iinfo(np.int8).max


class SiteError(NavacError):
    """A site holds a species that this representation has no room for."""


@dataclass(frozen=True)
class Basis:
    """A family of point functions, for any number of species.

    Attributes:
        values: from the number of species to ``[function, code]``, the constant first.
        names: from the species of a site to the names of its point functions.
        orthogonality: of the functions when all species are equally likely.
    """

    values: Callable[[int], np.ndarray]
    names: Callable[[tuple[str, ...]], list[str]]
    orthogonality: str


def _chebyshev(n: int) -> np.ndarray:
    """Chebyshev polynomials of a discrete variable, normalised; σ itself for two species.

    The three-term recurrence over the variable −(n − 1), −(n − 3), …, n − 1 is that of Sanchez,
    Ducastelle and Gratias, Physica A 128, 334 (1984). Functions are positive at the last code.
    """
    x = 2.0 * np.arange(n) - (n - 1)
    found = [np.ones(n), x]
    for k in range(1, n - 1):
        found.append(x * found[k] - k**2 * (n**2 - k**2) / (4 * k**2 - 1) * found[k - 1])
    return np.array([f / np.sqrt(np.mean(f**2)) for f in found])


def _trigonometric(n: int) -> np.ndarray:
    """Cosines and sines of van de Walle, Calphad 33, 266 (2009), with the signs of icet and smol.

    Function 2m − 1 is −cos(2πm·code/n), function 2m is −sin(2πm·code/n).
    """
    turn = 2 * np.pi * np.arange(n) / n
    found = [np.ones(n)]
    for k in range(1, n):
        found.append(-np.cos((k + 1) // 2 * turn) if k % 2 else -np.sin(k // 2 * turn))
    return np.array(found)


def _indicator(n: int) -> np.ndarray:
    """Function k is 1 where the site holds the species k − 1; the last species has none."""
    return np.vstack([np.ones(n), np.eye(n)[:-1]])


def _numbered(letter: str) -> Callable[[tuple[str, ...]], list[str]]:
    return lambda species: [f"{letter}{k}" for k in range(1, len(species))]


BASES = {
    "chebyshev": Basis(_chebyshev, _numbered("t"), "orthonormal"),
    "trigonometric": Basis(
        _trigonometric,
        lambda species: [("sin", "cos")[k % 2] + str((k + 1) // 2) for k in range(1, len(species))],
        "orthogonal",
    ),
    "indicator": Basis(_indicator, lambda species: list(species[:-1]), "none"),
}


@dataclass(frozen=True)
class SiteSpace:
    """The species of an active site, their codes and their point functions.

    Attributes:
        species: what the site may hold; the code of a species is its place here.
        basis: name of a family of point functions, one of :data:`BASES`.

    Raises:
        SiteError: fewer than two species, one twice, too many for a code, or an unknown basis.
    """

    species: tuple[str, ...]
    basis: str = "chebyshev"

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise SiteError(
                f"{self.basis!r} is not the name of a basis; choose one of {', '.join(BASES)}"
            )
        if not 2 <= len(self.species) <= LARGEST_CODE + 1:
            raise SiteError(
                f"a site space of {len(self.species)} species ({', '.join(self.species)}); an "
                f"active site has 2 to {LARGEST_CODE + 1}"
            )
        if len(set(self.species)) != len(self.species):
            raise SiteError(f"a site lists a species twice ({', '.join(self.species)}); remove one")

    def __len__(self) -> int:
        return len(self.species)

    @cached_property
    def values(self) -> np.ndarray:
        """``[function, code]`` values of the functions, the constant first."""
        return BASES[self.basis].values(len(self))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the point functions, function 1 first."""
        return tuple(BASES[self.basis].names(self.species))

    @property
    def orthogonality(self) -> str:
        """``orthonormal``, ``orthogonal`` or ``none``, when all species are equally likely."""
        return BASES[self.basis].orthogonality

    @property
    def is_spin(self) -> bool:
        """Whether the only point function is σ: −1 for the first species, +1 for the second."""
        return len(self) == 2 and np.array_equal(self.values[1], [-1.0, 1.0])

    def code(self, species: str) -> int:
        """The code of a species.

        Raises:
            SiteError: the site may not hold it.
        """
        if species not in self.species:
            raise SiteError(
                f"{species} is not among the species {', '.join(self.species)} of the site; "
                "correct the name, or add it to the site in the prim"
            )
        return self.species.index(species)

    def coefficients(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """``[function, ...]`` coefficients of functions given by ``values[code, ...]``."""
        wanted = np.asarray(values, float)
        if self.orthogonality == "none":
            return np.linalg.solve(self.values.T, wanted)
        norms = (self.values**2).sum(axis=1).reshape(-1, *(1,) * (wanted.ndim - 1))
        return self.values @ wanted / norms

    def conversion(self, other: SiteSpace) -> np.ndarray:
        """``[other function, function]``: each function in those of another space.

        The other space may have the same species in another order.

        Raises:
            SiteError: it has other species.
        """
        if set(other.species) != set(self.species):
            raise SiteError(
                f"functions of the species {', '.join(self.species)} cannot be written in those "
                f"of {', '.join(other.species)}; both spaces need the same species"
            )
        order = [self.code(species) for species in other.species]
        return other.coefficients(self.values[:, order].T)


def site_spaces(
    species: Iterable[tuple[str, ...]], basis: str = "chebyshev"
) -> tuple[SiteSpace, ...]:
    """The site spaces of the active sites of a prim.

    Args:
        species: of every site, as :attr:`navac.crystal.prim.Prim.species` has them.
    """
    return tuple(SiteSpace(tuple(s), basis) for s in species if len(s) > 1)


def checked(occupation: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The same ``occupation[..., site]`` as int8, every code of which has a species.

    Args:
        sizes: ``[site]`` number of species that each site may hold.

    Raises:
        SiteError: a code has no species; with the first such site.
    """
    codes = np.asarray(occupation)
    wrong = (codes < 0) | (codes >= sizes)
    if wrong.any():
        first = tuple(np.argwhere(wrong)[0])
        raise SiteError(
            f"site {first[-1]} holds the species of index {codes[first]}, but the prim lists "
            f"{np.asarray(sizes)[first[-1]]} species for it, from index 0; correct the ordering, "
            "or use the prim that it was made for"
        )
    return codes.astype(np.int8, copy=False)


def binary(occupation: np.ndarray) -> np.ndarray:
    """The same ``occupation[..., site]``, every code of which is 0 or 1.

    Raises:
        SiteError: a code is neither; with the first such site.
    """
    codes = np.asarray(occupation)
    if codes.size and (codes.min() < 0 or codes.max() > 1):
        first = tuple(np.argwhere((codes < 0) | (codes > 1))[0])
        raise SiteError(
            f"site {first[-1]} holds the species of index {codes[first]}, but a binary site has "
            "only the indices 0 and 1; restrict the site to two species in prim.sites"
        )
    return codes


def spins(occupation: np.ndarray) -> np.ndarray:
    """Chebyshev variable −1 / +1 of species index 0 / 1, for ``occupation[..., site]``.

    Raises:
        SiteError: a site holds a third species.
    """
    return (2 * binary(occupation) - 1).astype(np.int8)
