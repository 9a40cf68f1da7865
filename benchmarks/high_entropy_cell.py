"""What a cell of HE-V is computed from, out of a finished campaign and the barriers of its sodium.

``python benchmarks/high_entropy_cell.py results/high_entropy`` writes, into
``config/published/hev/``:

- ``open_circuit.csv``, the amounts of sodium against voltage of the run HE-V at all temperatures,
- ``diffusivity.csv`` and ``diffusivity_nvp.csv``, diffusivities of jumps at 300 K by the barriers
  of HE-V and of NaxV2(PO4)3, as the campaign's rule ``diffusivity`` computes them.

It prints the volumes by x of the relaxed orderings of either material.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from navac.cell.volumes import of_orderings
from navac.crystal.symmetry import read_crystal
from navac.hops.barrier_table import read_barriers
from navac.hops.diffusion import diffusivities, network
from navac.hops.network import hop_kinds

DATA = Path("config/published/hev")
RUN, SPECIES = "HE-V", "Na"
KELVIN, ATTEMPTS_THZ, REACH_A, SEED = 300.0, 10.0, 7.0, 1
BARRIERS = {"diffusivity": "barriers.csv", "diffusivity_nvp": "barriers_nvp.csv"}
ORDERINGS = {"HE-V": "hev-", "NaxV2(PO4)3": "vanadium-"}
"""How the ids of their orderings begin."""


def open_circuit(campaign: Path) -> pd.DataFrame:
    """Amounts of sodium of the run, as the campaign has them."""
    table = pd.read_csv(campaign / "ensembles" / f"{RUN}.csv", keep_default_na=False)
    return table[(table.quantity == "amount") & (table.of == SPECIES)]


def diffusivity(prim_file: Path, barriers_file: Path) -> pd.DataFrame:
    """Diffusivity of jumps against x at one temperature."""
    prim, group = read_crystal(prim_file)
    barriers = read_barriers(barriers_file)
    kinds = {
        kind: barriers[kind.name]
        for kind in hop_kinds(prim, group, SPECIES, REACH_A)
        if kind.name in barriers
    }
    one = network(prim, kinds, np.random.default_rng(SEED))
    table = pd.DataFrame(list(diffusivities(one, KELVIN, 1e12 * ATTEMPTS_THZ)))
    return table.drop(columns="temperature_K")


def main() -> None:
    """Write the tables, and print the volumes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of the campaign: results/high_entropy")
    campaign = parser.parse_args().results
    found = open_circuit(campaign)
    found.to_csv(DATA / "open_circuit.csv", index=False)
    print(f"open circuit: {len(found)} amounts of {SPECIES}")
    for name, file in BARRIERS.items():
        table = diffusivity(campaign / "prim/prim.json", DATA / file)
        table.to_csv(DATA / f"{name}.csv", index=False, float_format="%.6g")
        middle = np.interp(3.0, table.x, table.diffusivity_m2_per_s)
        print(f"{name}: {middle:.3g} m2/s at x = 3")
    energies = pd.read_csv(DATA / "energies.csv")
    for name, begin in ORDERINGS.items():
        known = of_orderings(energies[energies.id.str.startswith(begin)])
        volumes = ", ".join(f"{x:g}: {v:.2f}" for x, v in zip(known.x, known.volume, strict=True))
        print(f"{name}: {{{volumes}}}")


if __name__ == "__main__":
    main()
