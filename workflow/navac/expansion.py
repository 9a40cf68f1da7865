"""A cluster expansion: orbits with their effective cluster interactions, and its tables.

Site variables are the Chebyshev polynomials of a binary site: σ = −1 for the first species of
the site, +1 for the second (paper, SI S2-1). The energy per primitive cell is
``constant + Σ_orbits multiplicity × ECI per cluster × average of Πσ``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from navac.clusters import Cluster, Orbit, renumbered, translated_home
from navac.orderings import Ordering
from navac.supercell import Supercell

COLUMNS = (
    "index", "order", "sites", "cells", "min_length_A", "max_length_A",
    "multiplicity", "eci_meV", "eci_per_multiplicity_meV",
)  # fmt: skip


class ExpansionError(ValueError):
    """An ECI table does not fit the crystal it is read for."""


@dataclass(frozen=True)
class Expansion:
    """A fitted or published cluster expansion.

    Attributes:
        orbits: the clusters, empty cluster left out.
        eci: ``[orbit]`` interaction per cluster, eV.
        constant: coefficient of the empty cluster, eV per primitive cell.
    """

    orbits: tuple[Orbit, ...]
    eci: np.ndarray
    constant: float = 0.0

    @property
    def multiplicities(self) -> np.ndarray:
        """``[orbit]`` clusters per primitive cell."""
        return np.array([o.multiplicity for o in self.orbits])

    def energies(self, supercell: Supercell, sigma: np.ndarray) -> np.ndarray:
        """Energies of ``sigma[ordering, site]``, eV per primitive cell."""
        used = np.flatnonzero(self.eci)
        averages = correlations([self.orbits[i] for i in used], supercell, sigma)
        return self.constant + averages @ (self.multiplicities * self.eci)[used]

    def at_random(self, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """E − μN and its variance where every site is filled at random, one half of them.

        That is infinite temperature at fixed μ: all configurations are alike, and products of σ
        over different clusters are independent.

        Args:
            mu: eV per atom of the first species.

        Returns:
            mean, eV per primitive cell, and variance of a supercell per primitive cell, eV².
        """
        mu = np.asarray(mu, float)
        points = np.array([o.order == 1 for o in self.orbits])
        many = self.multiplicities
        sites = many[points].sum()
        # N = Σ (1 − σ) / 2, so that μ/2 adds to the interaction of every point.
        shifted = self.eci[points] + mu[..., None] / 2
        variance = (many * self.eci**2)[~points].sum() + (many[points] * shifted**2).sum(axis=-1)
        return self.constant - mu * sites / 2, variance


def spins(occupation: np.ndarray) -> np.ndarray:
    """Chebyshev variable −1 / +1 of species index 0 / 1."""
    return (2 * np.asarray(occupation) - 1).astype(np.int8)


def correlations(orbits: Sequence[Orbit], supercell: Supercell, sigma: np.ndarray) -> np.ndarray:
    """Orbit averages of Πσ.

    Args:
        sigma: ``[ordering, site]`` of ±1.

    Returns:
        ``[ordering, orbit]`` averages in [−1, 1].
    """
    # Sites first: a cluster's factors are then whole rows, contiguous over the orderings.
    sigma = np.ascontiguousarray(np.asarray(sigma, dtype=np.int8).T)
    averages = np.empty((sigma.shape[1], len(orbits)))
    for column, orbit in enumerate(orbits):
        clusters = np.array(orbit.clusters)[:, :, None, :]
        cells = supercell.cells + clusters[..., 1:]
        sites = supercell.site(clusters[..., 0], cells)
        total = np.zeros(sigma.shape[1], dtype=np.int64)
        for cluster in sites:
            product = sigma[cluster[0]]
            for row in cluster[1:]:
                product = product * sigma[row]
            total += product.sum(axis=0, dtype=np.int64)
        averages[:, column] = total / (orbit.multiplicity * supercell.size)
    return averages


def _printed_cluster(sites: str, cells: str) -> Cluster:
    """Parse ``4 0`` and ``(0 0 0) (0 0 1)`` into a cluster."""
    offsets = [tuple(map(int, c.split())) for c in cells.strip("() ").split(") (")]
    return translated_home(
        [(s, *cell) for s, cell in zip(map(int, sites.split()), offsets, strict=True)]
    )


def read_eci_table(path: str | Path, orbits: Sequence[Orbit]) -> Expansion:
    """Read an ECI table with the paper's columns; orbits it does not list have ECI 0.

    The orbits of the result carry the indices of the table. A row ``1`` of order 0, where
    there is one, is the constant.

    Raises:
        ExpansionError: a row does not belong to these orbits, or contradicts them.
    """
    table = pd.read_csv(path, dtype={"sites": str, "cells": str}, keep_default_na=False)
    if missing := set(COLUMNS) - set(table.columns):
        raise ExpansionError(f"{path}: columns {sorted(missing)} are missing")
    constant = float(table.loc[table.order == 0, "eci_meV"].sum()) / 1000
    rows = table[table.order > 0]
    known = {_printed_cluster(r.sites, r.cells): int(r["index"]) for _, r in rows.iterrows()}
    try:
        orbits = renumbered(orbits, known)
    except ValueError as error:
        raise ExpansionError(f"{path}: {error}") from error
    position = {o.index: i for i, o in enumerate(orbits)}
    eci = np.zeros(len(orbits))
    for _, row in rows.iterrows():
        orbit = orbits[position[int(row["index"])]]
        total, each = float(row.eci_meV), float(row.eci_per_multiplicity_meV)
        # Printed numbers carry three decimals.
        if orbit.multiplicity != int(row.multiplicity) or abs(
            total - each * orbit.multiplicity
        ) > 6e-4 * (1 + orbit.multiplicity):
            raise ExpansionError(
                f"{path}: index {orbit.index}: ECI {total} meV, ECI/multiplicity {each} meV and "
                f"multiplicity {row.multiplicity} contradict each other or the orbit, which has "
                f"{orbit.multiplicity} clusters per primitive cell"
            )
        eci[position[orbit.index]] = total / orbit.multiplicity / 1000
    return Expansion(tuple(orbits), eci, constant)


def correlation_matrix(orbits: Sequence[Orbit], orderings: Sequence[Ordering]) -> np.ndarray:
    """``[ordering, orbit]`` averages, evaluated supercell by supercell."""
    matrix = np.empty((len(orderings), len(orbits)))
    rows_of: dict[tuple[int, ...], list[int]] = {}
    for row, ordering in enumerate(orderings):
        rows_of.setdefault(ordering.hnf, []).append(row)
    for rows in rows_of.values():
        sigma = spins(np.stack([orderings[i].occupation for i in rows]))
        matrix[rows] = correlations(orbits, orderings[rows[0]].supercell, sigma)
    return matrix


def eci_table(expansion: Expansion) -> pd.DataFrame:
    """The expansion as a table with the paper's columns; row 1 is the constant."""
    meV = 1000
    rows = [(1, 0, "", "", "", "", 1, expansion.constant * meV, expansion.constant * meV)]
    for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True):
        sites = " ".join(str(s) for s, *_ in orbit.prototype)
        cells = " ".join("({} {} {})".format(*cell) for _, *cell in orbit.prototype)
        point = orbit.order == 1
        rows.append((
            orbit.index, orbit.order, sites, cells,
            *([""] * 2 if point else (round(d, 3) for d in (orbit.min_length, orbit.max_length))),
            orbit.multiplicity, eci * orbit.multiplicity * meV, eci * meV,
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
