"""Cluster expansions of other codes in one common form: polynomials on their own cell.

Every function of a site is a list of values, one per species, and so a sum of navac's Chebyshev
functions of the site, which on a binary site are 1 and σ = ±1. A product of such functions over a
cluster is therefore a sum of products of navac's over the cluster and over its parts: indicators,
occupations, sinusoids and composition-centred functions all become these, with terms of lower
order.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from navac import NavacError
from navac.crystal.sites import VACANCY, SiteSpace
from navac.expansion.clusters import Cluster, translated_home
from navac.expansion.electrostatics import Electrostatics

_VACANCY = re.compile(r"(?i:x|va|vac.*)")
_CHARGED = re.compile(r"([A-Z][a-z]?)\d*\.?\d*[+-].*")


class InterchangeError(NavacError):
    """The file of an expansion cannot be read, or does not belong to this crystal."""


@dataclass(frozen=True)
class ForeignExpansion:
    """An expansion on the cell, the sites and the species order of the code that wrote it.

    Attributes:
        source: file and code, for messages.
        lattice: ``[3, 3]`` lattice vectors as rows, Å.
        frac: ``[site, 3]`` fractional coordinates.
        species: per site, the species it may hold, by navac's names.
        constant: eV per cell.
        terms: per cluster of (site, cell a, b, c, function), in the form of
            :func:`navac.expansion.clusters.translated_home`, the coefficient in eV of the product
            of the Chebyshev functions of the sites, over their species in this order.
        electrostatics: charges on this cell, fixed sites included; None for none.
    """

    source: str
    lattice: np.ndarray
    frac: np.ndarray
    species: tuple[tuple[str, ...], ...]
    constant: float
    terms: Mapping[Cluster, float]
    electrostatics: Electrostatics | None = None


@dataclass(frozen=True)
class ForeignFunctions:
    """The functions that another code expands in, each as a polynomial.

    Attributes:
        source, lattice, frac, species: as those of :class:`ForeignExpansion`.
        functions: per coefficient of the code, a constant and terms, eV per cell, that a
            coefficient of 1 adds.
    """

    source: str
    lattice: np.ndarray
    frac: np.ndarray
    species: tuple[tuple[str, ...], ...]
    functions: tuple[tuple[float, Mapping[Cluster, float]], ...]

    def only(self, k: int) -> ForeignExpansion:
        """One function with the coefficient 1."""
        constant, terms = self.functions[k]
        return ForeignExpansion(self.source, self.lattice, self.frac, self.species, constant, terms)

    def expansion(
        self, coefficients: Sequence[float], electrostatics: Electrostatics | None = None
    ) -> ForeignExpansion:
        """The expansion with some coefficients, one per function."""
        constant = 0.0
        terms: dict[Cluster, float] = defaultdict(float)
        for coefficient, (own, some) in zip(coefficients, self.functions, strict=True):
            constant += coefficient * own
            for cluster, value in some.items():
                terms[cluster] += coefficient * value
        kept = {cluster: value for cluster, value in terms.items() if value}
        return ForeignExpansion(
            self.source, self.lattice, self.frac, self.species, constant, kept, electrostatics
        )


def site_function(values: Sequence[float]) -> tuple[float, ...]:
    """The function of a site that takes these values, one per species, in navac's functions.

    Returns:
        Coefficients of the constant and of the Chebyshev functions.

    >>> site_function([0, 1])
    (0.5, 0.5)
    """
    names = tuple(map(str, range(len(values))))
    return tuple(map(float, SiteSpace(names).coefficients(values)))


def function_products(
    weighted: Iterable[tuple[float, Sequence, Sequence[Sequence[float]]]],
) -> tuple[float, dict[Cluster, float]]:
    """Sum products of site functions up as a constant and coefficients of decorated clusters.

    Args:
        weighted: per cluster of the cell: its coefficient in eV, its sites, and the function on
            each of them as :func:`site_function` gives it.
    """
    constant = 0.0
    terms: dict[Cluster, float] = defaultdict(float)
    for weight, sites, functions in weighted:
        for chosen in product(*(range(len(f)) for f in functions)):
            part = weight
            for f, k in zip(functions, chosen, strict=True):
                part *= f[k]
            decorated = [(*s, k) for s, k in zip(sites, chosen, strict=True) if k]
            if not decorated:
                constant += part
            elif part:
                terms[translated_home(decorated)] += part
    return constant, dict(terms)


def plain_species(names: Sequence[str]) -> tuple[str, ...]:
    """Species by navac's names: ``Va`` for a vacancy, charges only where two differ by them.

    >>> plain_species(["Li+", "vacA0+"])
    ('Li', 'Va')
    """
    plain = tuple(VACANCY if _VACANCY.fullmatch(n) else _CHARGED.sub(r"\1", n) for n in names)
    return plain if len(set(plain)) == len(names) else tuple(names)


def nearest_sites(
    lattice: np.ndarray, frac: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The site and cell nearest to each of ``points[point, 3]``, and how far it is.

    Returns:
        ``[point]`` sites, ``[point, 3]`` cells, ``[point]`` distances in Å.
    """
    offset = points[:, None, :] - frac[None, :, :]
    cells = np.rint(offset).astype(int)
    distance = np.linalg.norm((offset - cells) @ lattice, axis=-1)
    site = distance.argmin(axis=1)
    rows = np.arange(len(points))
    return site, cells[rows, site], distance[rows, site]


def read_json(path: str | Path) -> dict:
    """A JSON object from a file.

    Raises:
        InterchangeError: the file cannot be read, is truncated or does not hold a JSON object.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InterchangeError(f"{path}: cannot be read ({error.strerror}); give a path from "
                               f"{Path.cwd()}") from error  # fmt: skip
    except ValueError as error:
        raise InterchangeError(
            f"{path}: is not whole JSON ({error}); write or copy the file again"
        ) from error
    if not isinstance(data, dict):
        raise InterchangeError(f"{path}: does not hold a JSON object; give an expansion's file")
    return data


class Fields:
    """A JSON object whose errors name the file and the field."""

    def __init__(self, source: str, data: Mapping[str, Any], place: str = ""):
        self.source, self.data, self.place = source, data, place

    def __getitem__(self, key: str) -> Any:
        """The value of a key; raises InterchangeError where it is missing."""
        if not isinstance(self.data, Mapping) or key not in self.data:
            raise InterchangeError(
                f"{self.source}: {self.place}{key} is missing; write the file again with the "
                "code that made it"
            )
        return self.data[key]

    def within(self, key: str) -> Fields:
        """The object under a key."""
        return Fields(self.source, self[key], f"{self.place}{key}.")

    def each(self, key: str) -> list[Fields]:
        """The objects of the list under a key."""
        if not isinstance(items := self[key], list):
            raise self.wrong(key, "is not a list; write the file again with the code that made it")
        return [
            Fields(self.source, item, f"{self.place}{key}[{i}].") for i, item in enumerate(items)
        ]

    def wrong(self, key: str, what: str) -> InterchangeError:
        """The error that a value cannot be used; raised by the caller."""
        return InterchangeError(f"{self.source}: {self.place}{key}: {what}")
