"""The results of a campaign that its numbers are taken from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from navac.energies.table import read_energies
from navac.results import schema
from navac.results.read import Kind, read_records

if TYPE_CHECKING:
    from navac.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The results of a campaign.

    Attributes:
        settings: its settings, as far as measures need them.
        formula_units: in the primitive cell.
        boundaries, electronic_boundaries: the two-phase regions by name, without and with
            electronic entropy.
        invariants, electronic_invariants: likewise the points at which they end.
        tops, electronic_tops: by window of x, the highest temperature of two phases, without and
            with electronic entropy.
        states: the stable states by range.
        entropies, voltages, occupancies: curves by temperature in K.
        energies: the energies table.
        scores: by range, the scores of its fit; ranges with an imported expansion have none.
        interactions: by range, its ECI table.
        tables: of other stages, by their place in the results, as ``extraction/voltages``.
    """

    settings: Settings
    formula_units: int
    boundaries: Mapping[str, schema.Boundary]
    electronic_boundaries: Mapping[str, schema.ElectronicBoundary]
    invariants: Mapping[str, schema.Invariant]
    electronic_invariants: Mapping[str, schema.ElectronicInvariant]
    tops: Mapping[str, schema.Summary]
    electronic_tops: Mapping[str, schema.ElectronicSummary]
    states: Mapping[str, schema.States]
    entropies: Mapping[float, schema.Entropy]
    voltages: Mapping[float, schema.VoltageCurve]
    occupancies: Mapping[float, schema.Occupancy]
    energies: pd.DataFrame
    scores: dict[str, dict]
    interactions: dict[str, pd.DataFrame]
    tables: dict[str, pd.DataFrame]

    @classmethod
    def read(
        cls,
        settings: Settings,
        formula_units: int,
        *,
        diagram: str | Path | None,
        voltage: str | Path | None,
        energies: str | Path,
        scores: Mapping[str, str | Path],
        interactions: Mapping[str, str | Path],
        tables: Mapping[str, str | Path],
    ) -> Evidence:
        """From files.

        Args:
            diagram, voltage: None where the campaign ends with its expansion.
            scores, interactions: by range.
            tables: by name.
        """

        def records(path: str | Path | None, kind: type[Kind]) -> dict[Any, Kind]:
            return read_records(path, kind) if path else {}

        return cls(
            settings=settings,
            formula_units=formula_units,
            boundaries=records(diagram, schema.Boundary),
            electronic_boundaries=records(diagram, schema.ElectronicBoundary),
            invariants=records(diagram, schema.Invariant),
            electronic_invariants=records(diagram, schema.ElectronicInvariant),
            tops=records(diagram, schema.Summary),
            electronic_tops=records(diagram, schema.ElectronicSummary),
            states=records(diagram, schema.States),
            entropies=records(diagram, schema.Entropy),
            voltages=records(voltage, schema.VoltageCurve),
            occupancies=records(voltage, schema.Occupancy),
            energies=read_energies(energies),
            scores={name: json.loads(Path(path).read_text()) for name, path in scores.items()},
            interactions={name: pd.read_csv(path) for name, path in interactions.items()},
            tables={name: pd.read_csv(path) for name, path in tables.items()},
        )
