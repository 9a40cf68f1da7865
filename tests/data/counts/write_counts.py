"""Count orderings with icet for tests/orderings/test_counts.py.

Needs an environment with icet 4; run in the root of the repository:

    python tests/data/counts/write_counts.py [--jobs 2]

``icet.tools.enumerate_structures`` lists, for one supercell size and composition at a time, every
structure that no symmetry of the parent crystal carries onto another one listed. Structures that
repeat within their supercell are left to the smaller one; the two species are told apart, so that
A2B and AB2 count twice. That is navac's own convention.

Only the active sites are handed over. Sublattices are told apart by the element of the parent
structure, from which icet takes the symmetry; the fixed atoms could only lower it, and the number
of operations is written down to show that they do not. Takes an hour of processor time.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from math import comb
from pathlib import Path

import numpy as np
import spglib
from ase import Atoms
from icet.tools import enumerate_structures, structure_enumeration

HERE = Path(__file__).parent
PUBLISHED = HERE.parents[2] / "config/published/nxvp/prim.json"
CUBIC = {
    "sc": np.eye(3),
    "fcc": (np.ones((3, 3)) - np.eye(3)) / 2,
    "bcc": np.ones((3, 3)) / 2 - np.eye(3),
}
HCP = [[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, 1.6]]
TOLERANCES = {"nxvp R-3c": 1e-2}
"""Distance in Å within which sites are equivalent; 1e-5 where nothing is said."""
SIZES = {"sc": 10, "fcc": 10, "bcc": 10, "hcp": 5, "nxvp R3c": 4, "nxvp R-3c": 4}
MOST_FILLINGS = 800_000
"""Ways of filling a supercell at a composition beyond which most are not counted …"""
FURTHER = ((3, 9), (3, 12))
"""… but these cells and counted sites of the published crystal are: x = 1.5, 2 and 2.5."""


def parent(crystal: str) -> Atoms:
    """Active sites of a crystal, an element per sublattice."""
    if crystal in CUBIC:
        return Atoms("Na", cell=3 * CUBIC[crystal], scaled_positions=[[0, 0, 0]], pbc=True)
    if crystal == "hcp":
        sites = [[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]]
        return Atoms("Na2", cell=3 * np.array(HCP), scaled_positions=sites, pbc=True)
    data = json.loads(PUBLISHED.read_text())
    active = [s for s in data["sites"] if len(s["species"]) > 1]
    labels = sorted({s["label"] for s in active})
    elements = [["Na", "K"][labels.index(s["label"])] for s in active]
    return Atoms(
        elements, cell=data["lattice_A"], scaled_positions=[s["frac"] for s in active], pbc=True
    )


def operations(crystal: str) -> int:
    """Order of the parent's point group."""
    atoms = parent(crystal)
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    return len(spglib.get_symmetry(cell, symprec=TOLERANCES.get(crystal, 1e-5))["rotations"])


def count(task: tuple[str, int, int]) -> int:
    """Orderings of a crystal in supercells of so many cells with so many sites of one species."""
    crystal, cells, ones = task
    # Turning what was found into atoms takes most of the time, and only their number is wanted.
    structure_enumeration._labeling_to_ase_atoms = lambda *labeling: None
    atoms, tolerance = parent(crystal), TOLERANCES.get(crystal, 1e-5)
    share = ones / (len(atoms) * cells)
    found = enumerate_structures(
        atoms, [cells], [["Na", "X"]] * len(atoms), {"Na": (share, share)}, niggli_reduce=False,
        symprec=tolerance, position_tolerance=max(1e-3, tolerance),
    )  # fmt: skip
    return sum(1 for _ in found)


def tasks() -> list[tuple[str, int, int]]:
    """Crystal, cells and sites of the counted species of every count that is feasible."""
    every: list[tuple[str, int, int]] = []
    for crystal, largest in SIZES.items():
        sites = len(parent(crystal))
        # With the species exchanged every ordering is another one: half of the compositions do.
        every += [
            (crystal, cells, ones)
            for cells in range(1, largest + 1)
            for ones in range(cells * sites // 2 + 1)
            if comb(cells * sites, ones) <= MOST_FILLINGS or (cells, ones) in FURTHER
        ]
    return every


def write(counts: dict[tuple[str, int, int], int]) -> None:
    """Write ``icet.csv``."""
    codes = ", ".join(f"{code} {version(code)}" for code in ("icet", "spglib", "ase"))
    text = [
        "# Symmetry-distinct orderings of two species that do not repeat within their supercell,",
        f"# counted by icet.tools.enumerate_structures: {codes}; {datetime.now(UTC):%Y-%m-%d}",
        "# written by tests/data/counts/write_counts.py, which says what is counted",
        "crystal,operations,cells,counted_sites,orderings",
        *(f"{crystal},{operations(crystal)},{cells},{ones},{counts[crystal, cells, ones]}"
          for crystal, cells, ones in tasks()),
    ]  # fmt: skip
    (HERE / "icet.csv").write_text("\n".join(text) + "\n")


def main() -> None:
    """Count everything, the cheapest first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    every = sorted(tasks(), key=lambda t: comb(len(parent(t[0])) * t[1], t[2]))
    counts = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for task, found in zip(every, pool.map(count, every), strict=True):
            counts[task] = found
            print(*task, found, flush=True)
    write(counts)


if __name__ == "__main__":
    main()
