"""Energies of published expansions, or of expansions fitted elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from navac.composition import in_range
from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace
from navac.crystal.symmetry import SpaceGroup
from navac.energies.table import COLUMNS, EnergyError
from navac.expansion.clusters import Orbit
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.read import import_expansion
from navac.orderings.ordering import Ordering


class ExpansionSource(Protocol):
    """Where the expansion of a composition range comes from.

    Attributes:
        published_eci: table with the paper's columns, or None.
        constant_meV_per_cell: the constant that the table does not print.
        expansion_file: file of an expansion fitted elsewhere, or None.
    """

    @property
    def published_eci(self) -> str | Path | None: ...
    @property
    def constant_meV_per_cell(self) -> float: ...
    @property
    def expansion_file(self) -> str | Path | None: ...


def published_energies(
    orderings: Sequence[Ordering],
    expansions: Mapping[str, tuple[Expansion, str, tuple[float, float]]],
    *,
    noise_eV_per_cell: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Energies of published expansions, each inside its own composition range.

    Args:
        expansions: per range name, its expansion, where that comes from, and its composition
            bounds.
        noise_eV_per_cell: standard deviation of Gaussian noise added to the energies.
    """
    x = np.array([o.x for o in orderings])
    parts = []
    for name, (expansion, source, bounds) in expansions.items():
        inside = in_range(x, bounds)
        some = list(compress(orderings, inside))
        energy = expansion.energies_of(some)
        noise = noise_eV_per_cell * np.array([_unit_noise(seed, name, o.id) for o in some])
        parts.append(pd.DataFrame({
            "id": [o.id for o in some], "range": name, "x": x[inside],
            "energy_eV_per_cell": energy + noise, "provenance": source,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _unit_noise(seed: int, name: str, ordering: str) -> float:
    """A standard normal number that depends on the ordering, not on which others there are."""
    digest = hashlib.sha256(f"{seed}/{name}/{ordering}".encode()).digest()
    return float(np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal())


def published_expansion(
    source: ExpansionSource, orbits: Sequence[Orbit], spaces: tuple[SiteSpace, ...] = ()
) -> Expansion:
    """The published table of a range, with the constant that it does not print.

    Raises:
        EnergyError: the range names no table.
        ExpansionError: the table cannot be read, or does not fit the orbits.
    """
    if source.published_eci is None:
        raise EnergyError("the range names no published table; set its published_eci")
    published = read_eci_table(source.published_eci, orbits, spaces)
    return replace(published, constant=published.constant + source.constant_meV_per_cell / 1000)


def reference_expansion(
    source: ExpansionSource,
    prim: Prim,
    group: SpaceGroup,
    orbits: Sequence[Orbit],
    spaces: tuple[SiteSpace, ...] = (),
) -> tuple[Expansion, str]:
    """The expansion that the energies of a range come from, and what it is.

    The published table, or else the file of an expansion fitted elsewhere.

    Raises:
        EnergyError: the range names neither.
    """
    if source.published_eci is not None:
        named = published_expansion(source, orbits, spaces)
        return named, f"published {Path(source.published_eci).name}"
    if source.expansion_file is None:
        raise EnergyError("the range names no expansion; set its published_eci or expansion_file")
    expansion, code = import_expansion(source.expansion_file, prim, group)
    return expansion, f"{code} {Path(source.expansion_file).name}"
