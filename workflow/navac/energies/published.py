"""Energies of published expansions, or of expansions fitted elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from navac.composition import in_range
from navac.config.ranges import RangeSection
from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup
from navac.energies.table import COLUMNS
from navac.expansion.clusters import Orbit
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion, correlation_matrix
from navac.expansion.foreign.read import import_expansion
from navac.orderings.ordering import Ordering


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
        rows = np.flatnonzero(in_range(x, bounds))
        some = [orderings[i] for i in rows]
        energy = expansion.constant + correlation_matrix(expansion.orbits, some) @ (
            expansion.multiplicities * expansion.eci
        )
        noise = noise_eV_per_cell * np.array([_unit_noise(seed, name, o.id) for o in some])
        parts.append(pd.DataFrame({
            "id": [o.id for o in some], "range": name, "x": x[rows],
            "energy_eV_per_cell": energy + noise, "provenance": source,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _unit_noise(seed: int, name: str, ordering: str) -> float:
    """A standard normal number that depends on the ordering, not on which others there are."""
    digest = hashlib.sha256(f"{seed}/{name}/{ordering}".encode()).digest()
    return float(np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal())


def published_expansion(settings: RangeSection, orbits: Sequence[Orbit]) -> Expansion:
    """The published table of a range, with the constant that it leaves out."""
    published = read_eci_table(settings.published_eci, orbits)
    return replace(published, constant=published.constant + settings.constant_meV_per_cell / 1000)


def reference_expansion(
    settings: RangeSection, prim: Prim, group: SpaceGroup, orbits: Sequence[Orbit]
) -> tuple[Expansion, str]:
    """The expansion that the energies of a range come from, and what it is.

    The published table, or else the file of an expansion fitted elsewhere.
    """
    if settings.published_eci is not None:
        return published_expansion(
            settings, orbits
        ), f"published {Path(settings.published_eci).name}"
    expansion, code = import_expansion(settings.expansion_file, prim, group)
    return expansion, f"{code} {Path(settings.expansion_file).name}"
