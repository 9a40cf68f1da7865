"""Volume of the crystal against composition: the concentration, and how much an ion swells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.constants import Avogadro

from navac.cell.quantity import CellError, Quantity
from navac.composition import COMPOSITION_TOLERANCE

COLUMN = "volume_A3_per_fu"
CUBIC_ANGSTROM = 1e-30
PER_MOL = CUBIC_ANGSTROM * Avogadro
"""m³/mol in Å³ per formula unit."""


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Volume against composition, linear between its points.

    Attributes:
        x: ``[point]`` rising.
        volume: ``[point]`` Å³ per formula unit.
        source: where they come from.
    """

    x: np.ndarray
    volume: np.ndarray
    source: str

    def __post_init__(self) -> None:
        if len(self.x) < 2:
            raise CellError(
                f"{self.source}: volumes of {len(self.x)} compositions, two are needed; give "
                "cell.volumes_A3_per_fu"
            )

    @property
    def slope(self) -> float:
        """That of the straight line through all, Å³ per atom."""
        return float(np.polyfit(self.x, self.volume, 1)[0])

    def at(self, x: np.ndarray | float) -> np.ndarray:
        """Volume at compositions, Å³ per formula unit; beyond its points with the mean slope."""
        within = np.clip(x, self.x[0], self.x[-1])
        return np.interp(within, self.x, self.volume) + self.slope * (x - within)

    def swollen(self, x: np.ndarray) -> np.ndarray:
        """Compositions whose volume at one Ω, the mean slope, would be that of ``x``."""
        return self.x[0] + (self.at(x) - self.volume[0]) / self.slope

    def max_concentration(self, x_full: float, x_reference: float) -> Quantity:
        """Concentration with every site filled, in the volume at a reference composition.

        Strains are small: there is one reference volume.
        """
        return Quantity(
            value=x_full / float(self.at(x_reference)) / PER_MOL, unit="mol_per_m3",
            source=f"x = {x_full:g} in the volume at x = {x_reference:g}; {self.source}",
        )  # fmt: skip

    def molar_volume(self) -> Quantity:
        """Mean partial molar volume Ω of the species, m³/mol; its scatter is the uncertainty.

        Raises:
            CellError: the crystal shrinks when it is filled, which the stress model leaves out.
        """
        points, slope = len(self.x), self.slope
        if not slope > 0:
            raise CellError(
                f"{self.source}: the volume does not rise with x ({slope:.3g} Å³ per atom); the "
                "stress model wants a positive partial molar volume. Check the volumes"
            )
        error = 0.0
        if points > 3:
            _, covariance = np.polyfit(self.x, self.volume, 1, cov=True)
            error = float(np.sqrt(covariance[0, 0]))
        return Quantity(
            value=slope * PER_MOL, unit="m3_per_mol", factor=1 + error / slope if error else None,
            source=f"slope over {points} volumes; {self.source}",
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """As plain data, with Ω between neighbouring points."""
        return {
            "x": self.x.tolist(), "volume_A3_per_fu": self.volume.tolist(),
            "x_between": ((self.x[1:] + self.x[:-1]) / 2).tolist(),
            "molar_volume_m3_per_mol":
                (PER_MOL * np.diff(self.volume) / np.diff(self.x)).tolist(),
            "source": self.source,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Volumes:
        """What :meth:`to_json` wrote."""
        x, volume = np.array(data["x"]), np.array(data["volume_A3_per_fu"])
        return cls(x=x, volume=volume, source=data["source"])


def given(volumes: Mapping[str | float, float], source: str | None) -> Volumes:
    """Volumes of a configuration, by x."""
    known = sorted((float(x), volume) for x, volume in volumes.items())
    x, volume = (np.array(column) for column in zip(*known, strict=True))
    return Volumes(x=x, volume=volume, source=source or "cell.volumes_A3_per_fu")


def of_orderings(energies: pd.DataFrame) -> Volumes:
    """Volumes of the relaxed orderings of lowest energy at each x, of a table of energies.

    Raises:
        CellError: the table has no volumes, as with published interactions.
    """
    if COLUMN not in energies:
        raise CellError(
            f"the energies have no column {COLUMN}, because no ordering was relaxed here; give "
            "cell.volumes_A3_per_fu and their source"
        )
    table = energies.assign(**{COLUMN: pd.to_numeric(energies[COLUMN], errors="coerce")})
    table = table.dropna(subset=[COLUMN, "energy_eV_per_cell"])
    table = table.assign(key=(table.x / COMPOSITION_TOLERANCE).round())
    lowest = table.loc[table.groupby("key").energy_eV_per_cell.idxmin()].sort_values("x")
    return Volumes(
        x=lowest.x.to_numpy(float), volume=lowest[COLUMN].to_numpy(float),
        source="relaxed orderings of lowest energy at each x",
    )  # fmt: skip
