"""Special quasi-random arrangements by icet, in its own environment, for special_orderings.py.

Reads JSON from standard input: the cell of the metals, a supercell, counts, a cutoff and seconds;
writes JSON: a species per site of the supercell, seconds, steps and the number of icet's orbits.
"""

from __future__ import annotations

import json
import sys
from time import process_time

import numpy as np
from ase import Atoms
from icet import ClusterSpace
from icet.tools.structure_generation import generate_sqs_from_supercells

TRIAL = 2000


def main() -> None:
    """Anneal for about the time that is asked for."""
    asked = json.loads(sys.stdin.read())
    names, hnf = asked["species"], np.array(asked["hnf"])
    prim = Atoms([names[0]] * len(asked["frac"]), cell=asked["lattice"], pbc=True,
                 scaled_positions=asked["frac"])  # fmt: skip
    space = ClusterSpace(
        prim, [asked["cutoff"]], names, symprec=asked["tolerance"], position_tolerance=1e-3
    )
    supercell = Atoms([names[0]] * len(asked["sites"]), cell=hnf @ np.array(asked["lattice"]),
                      pbc=True, scaled_positions=asked["sites"])  # fmt: skip
    total = sum(asked["counts"])
    shares = {s: n / total for s, n in zip(names, asked["counts"], strict=True)}

    def anneal(steps: int):
        return generate_sqs_from_supercells(
            space, [supercell], shares, n_steps=steps, random_seed=1, optimality_weight=0.0
        )

    start = process_time()
    anneal(TRIAL)
    steps = max(TRIAL, int(TRIAL * asked["seconds"] / (process_time() - start)))
    start = process_time()
    found = anneal(steps)
    seconds = process_time() - start
    apart = found.get_scaled_positions()[None] - np.array(asked["sites"])[:, None]
    place = np.abs(apart - np.rint(apart)).sum(axis=2).argmin(axis=1)
    symbols = found.get_chemical_symbols()
    json.dump({"species": [symbols[k] for k in place], "seconds": seconds, "steps": steps,
               "functions": len(space) - 1}, sys.stdout)  # fmt: skip


if __name__ == "__main__":
    main()
