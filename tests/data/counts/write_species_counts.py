"""Count orderings of many species with icet, for the tests of navac's numbers.

Needs icet 4; run in the root of the repository:

    python tests/data/counts/write_species_counts.py

Writes ``icet_species.csv``: per crystal and number of primitive cells, how many structures
``icet.tools.enumerate_structures`` lists of exactly that size.
"""

from collections import Counter
from pathlib import Path

import numpy as np
from ase import Atoms
from icet.tools import enumerate_structures

FCC = np.ones((3, 3)) - np.eye(3)
CRYSTALS = {
    "fcc": (Atoms("Cu", cell=1.95 * FCC, pbc=True), [["Cu", "Au", "Pd"]], 8),
    "bcc": (Atoms("Cu", cell=1.5 * (FCC - np.eye(3)), pbc=True), [["Cu", "Au", "Pd"]], 8),
    "salt": (
        Atoms("LiO", cell=2.1 * FCC, scaled_positions=[(0, 0, 0), (0.5, 0.5, 0.5)], pbc=True),
        [["Li", "Mn", "Ti"], ["O", "F"]],
        4,
    ),
}


def main() -> None:
    rows = ["# tests/data/counts/write_species_counts.py, icet 4", "crystal,cells,orderings"]
    for name, (atoms, species, largest) in CRYSTALS.items():
        listed = enumerate_structures(atoms, range(1, largest + 1), species)
        found = Counter(len(structure) // len(atoms) for structure in listed)
        rows += [f"{name},{cells},{found[cells]}" for cells in sorted(found)]
    Path("tests/data/counts/icet_species.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
