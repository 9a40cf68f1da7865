"""Volume of the crystal against composition: the concentration, and how much an ion swells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.constants import Avogadro

from navac.cell.quantity import CellError, Quantity
from navac.composition import COMPOSITION_TOLERANCE

COLUMN = "volume_A3_per_fu"
CUBIC_ANGSTROM = 1e-30


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Volume against composition.

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

    def at(self, x: float) -> float:
        """Volume at a composition by the straight line through all, Å³ per formula unit."""
        slope, start = np.polyfit(self.x, self.volume, 1)
        return float(start + slope * x)

    def max_concentration(self, x_full: float, x_reference: float) -> Quantity:
        """Concentration with every site filled, in the volume at a reference composition.

        Strains are small: there is one reference volume.
        """
        unit = self.at(x_reference) * CUBIC_ANGSTROM * Avogadro
        return Quantity(
            value=x_full / unit, unit="mol_per_m3",
            source=f"x = {x_full:g} in the volume at x = {x_reference:g}; {self.source}",
        )  # fmt: skip

    def molar_volume(self) -> Quantity:
        """Partial molar volume Ω of the species, the slope of a straight line, m³/mol.

        Raises:
            CellError: the crystal shrinks when it is filled, which the stress model leaves out.
        """
        points = len(self.x)
        if points > 3:
            (slope, _), covariance = np.polyfit(self.x, self.volume, 1, cov=True)
            error = float(np.sqrt(covariance[0, 0]))
        else:
            slope, error = np.polyfit(self.x, self.volume, 1)[0], 0.0
        if not slope > 0:
            raise CellError(
                f"{self.source}: the volume does not rise with x ({slope:.3g} Å³ per atom); the "
                "stress model wants a positive partial molar volume. Check the volumes"
            )
        return Quantity(
            value=float(slope) * CUBIC_ANGSTROM * Avogadro, unit="m3_per_mol",
            factor=1 + error / float(slope) if error else None,
            source=f"slope over {points} volumes; {self.source}",
        )  # fmt: skip


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
