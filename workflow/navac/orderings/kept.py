"""Drawn orderings that are done, so that a job that was stopped goes on where it was.

A folder with a file for each supercell and composition. It is no output of a rule, so that
Snakemake deletes nothing of it when a job fails. A file that was made from other settings, code or
inputs, or that is damaged, is as good as none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.files import write_json
from navac.orderings.ordering import Ordering


@dataclass(frozen=True)
class KeptOrderings:
    """Orderings by the label of their supercell and composition.

    Attributes:
        made_of: digest of all that the orderings depend on beside their label.
    """

    folder: Path
    made_of: str

    def write(self, label: str, lots: dict[Ordering, float]) -> None:
        """Keep orderings with their lots."""
        rows = [
            {
                "id": o.id, "hnf": o.hnf, "x": o.x, "occupation": o.occupation.tolist(),
                "degeneracy": o.degeneracy, "ewald_eV_per_cell": o.ewald_eV_per_cell, "lot": lot,
            }
            for o, lot in lots.items()
        ]  # fmt: skip
        write_json(self.folder / f"{label}.json", {"made_of": self.made_of, "orderings": rows})

    def read(self, label: str) -> dict[Ordering, float] | None:
        """Orderings with their lots; None where they are still to be drawn."""
        try:
            data = json.loads((self.folder / f"{label}.json").read_text(encoding="utf-8"))
            if data["made_of"] != self.made_of:
                return None
            return {_ordering(row): float(row["lot"]) for row in data["orderings"]}
        except (OSError, ValueError, LookupError, TypeError):
            return None


def _ordering(row: dict) -> Ordering:
    return Ordering(
        id=row["id"],
        hnf=tuple(map(int, row["hnf"])),
        x=row["x"],
        occupation=np.array(row["occupation"], np.int8),
        degeneracy=row["degeneracy"],
        ewald_eV_per_cell=row["ewald_eV_per_cell"],
    )
