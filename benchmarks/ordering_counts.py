"""Compare navac's counts of orderings with all that icet was asked for.

    python benchmarks/ordering_counts.py

The tests compare the small ones of ``tests/data/counts/icet.csv``; this takes minutes. Ends with
an error where a count differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.orderings.enumeration import count_orderings

ROOT = Path(__file__).parents[1]
LATTICES = {
    "sc": np.eye(3),
    "fcc": (np.ones((3, 3)) - np.eye(3)) / 2,
    "bcc": np.ones((3, 3)) / 2 - np.eye(3),
    "hcp": np.array([[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, 1.6]]),
}


def crystal(name: str) -> tuple[Prim, float]:
    """The prim and its tolerance, Å."""
    if name.startswith("nxvp"):
        prim = read_prim(ROOT / "config/published/nxvp/prim.json", [], 2)
        return prim, 1e-2 if name == "nxvp R-3c" else 1e-5
    frac = [[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]] if name == "hcp" else [[0.0, 0, 0]]
    n = len(frac)
    return Prim(3 * LATTICES[name], np.array(frac), (("Na", "Va"),) * n, ("s",) * n, n), 1e-5


def main() -> None:
    """Count every size of every crystal and report."""
    table = pd.read_csv(ROOT / "tests/data/counts/icet.csv", comment="#")
    different = 0
    for (name, cells), rows in table.groupby(["crystal", "cells"], sort=False):
        prim, tolerance = crystal(name)
        group = find_space_group(prim, tolerance)
        counts = [int(k) for k in rows.counted_sites]
        found = count_orderings(prim, group, cells=int(cells), counts=counts, species="Na")
        wrong = [k for k, n in zip(counts, rows.orderings, strict=True) if found[k] != n]
        different += len(wrong)
        print(f"{name}, {cells} cells: {len(counts)} compositions, {rows.orderings.sum()} "
              f"orderings, different at {wrong or 'none'}", flush=True)  # fmt: skip
    if different:
        sys.exit(f"{different} counts differ")


if __name__ == "__main__":
    main()
