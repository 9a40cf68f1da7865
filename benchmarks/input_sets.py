"""849 input sets, the paper's number: time to write them, and whether pymatgen reads them back.

    python benchmarks/input_sets.py [--orderings N]

Orderings are random ones in all supercells of up to four primitive cells, so that the time is
that of writing and not of enumerating. Results are recorded in README.md beside this file.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from pymatgen.io.vasp.inputs import Incar, Kpoints, Poscar

from navac.crystal.decoration import read_prim
from navac.crystal.supercell import hermite_normal_forms
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell
from navac.vasp.inputs import input_set, load_settings, write_input_set

PRIM = Path(__file__).parents[1] / "config" / "published" / "nxvp" / "prim.json"


def random_orderings(number: int) -> list[Ordering]:
    """Random orderings, 60 % of the sites filled, their supercells in turn."""
    random = np.random.default_rng(849)
    shapes = [sum(h, ()) for size in (4, 3, 2, 1) for h in hermite_normal_forms(size)]
    found = []
    for i in range(number):
        hnf = shapes[i % len(shapes)]
        occupation = (random.random(8 * hnf[0] * hnf[4] * hnf[8]) > 0.6).astype(np.int8)
        x = np.count_nonzero(occupation == 0) / (2 * hnf[0] * hnf[4] * hnf[8])
        found.append(Ordering(f"o{i:04d}", hnf, x, occupation, 1, 0.0))
    return found


def differs(directory: Path, wanted) -> bool:
    """Whether pymatgen reads another input than was written."""
    poscar = Poscar.from_file(directory / "POSCAR", check_for_potcar=False).structure
    kpoints = Kpoints.from_file(directory / "KPOINTS")
    theirs = wanted.poscar.structure
    return (
        Incar.from_file(directory / "INCAR") != wanted.incar
        or kpoints.kpts != wanted.kpoints.kpts
        or kpoints.style != wanted.kpoints.style
        or poscar.species != theirs.species
        or not np.allclose(poscar.frac_coords, theirs.frac_coords, rtol=0, atol=1e-15)
        or not np.allclose(poscar.lattice.matrix, theirs.lattice.matrix, rtol=0, atol=1e-14)
    )


def main() -> None:
    """Write, read back, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orderings", type=int, default=849)
    number = parser.parse_args().orderings
    prim = read_prim(PRIM, [], 2)
    settings, orderings = load_settings("scan_u"), random_orderings(number)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = Path(folder)
        begin, cpu = time.perf_counter(), time.process_time()
        for o in orderings:
            write_input_set(root / o.id, calculation_cell(prim, o), settings, o.cells)
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
        wrong = sum(
            differs(root / o.id, input_set(calculation_cell(prim, o), settings, o.cells, o.id))
            for o in orderings
        )
    print(f"{number} input sets in {wall:.1f} s on one core ({cpu:.1f} s of its time); "
          f"{wrong} of them read back otherwise by pymatgen")  # fmt: skip


if __name__ == "__main__":
    main()
