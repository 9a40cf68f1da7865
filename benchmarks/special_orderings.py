"""Special quasi-random arrangements of the metals of HE-V, beside those of sqsgenerator and icet.

    python benchmarks/special_orderings.py [--seconds 60] [--icet PYTHON]

Needs sqsgenerator, and for icet the interpreter of an environment that has it. V, Cr, Mn, Fe, Al
and Mg are arranged on the metal sites of 5, 10 and 20 primitive cells of NaxV2(PO4)3, 15 V to one
of each other, so that pairs up to 7 Å look like those of a random mixture. All codes are judged by
two objectives: navac's and icet's sum of distances of the averages of all pair functions, and the
sum of the absolute Warren–Cowley parameters over shells and pairs of species, which sqsgenerator
minimises. Seconds are those of the processor. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
import sqsgenerator

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell, hermite_normal_forms
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.correlations import function_averages
from navac.expansion.functions import candidate_functions
from navac.expansion.short_range_order import warren_cowley
from navac.expansion.special import random_correlations, special_orderings
from navac.orderings.groups import site_groups

PRIMS = Path(__file__).parents[1] / "tests/data/interchange/species_prims.json"
CUTOFF = 7.0
SIZES = (5, 10, 20)


def metals() -> Prim:
    """The metal sites of the NASICON alone."""
    prim = Prim.from_dict(json.loads(PRIMS.read_text())["nasicon"])
    own = [i for i, species in enumerate(prim.species) if len(species) == 6]
    return replace(
        prim,
        frac=prim.frac[own],
        species=tuple(prim.species[i] for i in own),
        labels=tuple(prim.labels[i] for i in own),
    )


def compact(prim: Prim, size: int) -> Supercell:
    """The supercell whose shortest lattice vector is longest."""

    def shortest(one: Supercell) -> float:
        steps = np.array([(i, j, k) for i in range(-2, 3) for j in range(-2, 3)
                          for k in range(-2, 3) if (i, j, k) != (0, 0, 0)])  # fmt: skip
        return float(np.linalg.norm(steps @ np.array(one.hnf) @ prim.lattice, axis=1).min())

    return max(map(Supercell, hermite_normal_forms(size)), key=shortest)


def theirs(
    prim: Prim, supercell: Supercell, counts: tuple[int, ...], shells: np.ndarray, seconds: float
) -> tuple[np.ndarray, int]:
    """``[site]`` codes that sqsgenerator finds in about a time, and its number of trials."""
    hnf = np.array(supercell.hnf)
    frac = (prim.frac[:, None] + supercell.cells).reshape(-1, 3) @ np.linalg.inv(hnf)
    names = prim.species[0]
    base = {
        "structure": {
            "lattice": (hnf @ prim.lattice).tolist(),
            "coords": (frac % 1).tolist(),
            "species": ["V"] * len(frac),
        },
        "composition": dict(zip(names, counts, strict=True)),
        "shell_radii": shells.tolist(),
        "shell_weights": dict.fromkeys(range(1, len(shells)), 1.0),
        "iteration_mode": "random",
    }
    trial = 20_000
    start = process_time()
    sqsgenerator.optimize(sqsgenerator.parse_config(base | {"iterations": trial}))
    trials = max(trial, int(trial * seconds / (process_time() - start)))
    found = sqsgenerator.optimize(sqsgenerator.parse_config(base | {"iterations": trials}))
    structure = found.best().structure()
    # Their sites are in an order of their own.
    apart = np.asarray(structure.frac_coords)[None] - (frac % 1)[:, None]
    place = np.abs(apart - np.round(apart)).sum(axis=2).argmin(axis=1)
    symbols = [str(s) for s in structure.symbols]
    codes = np.array([names.index(symbols[k]) for k in place], np.int8)
    assert tuple(np.bincount(codes, minlength=len(names)).tolist()) == tuple(map(int, counts))
    return codes, trials


def by_icet(
    python: str, prim: Prim, supercell: Supercell, counts: tuple[int, ...], seconds: float
) -> tuple[np.ndarray, dict]:
    """``[site]`` codes that icet finds in about a time, and what it says of it."""
    hnf = np.array(supercell.hnf)
    sites = (prim.frac[:, None] + supercell.cells).reshape(-1, 3) @ np.linalg.inv(hnf)
    asked = {
        "species": list(prim.species[0]), "lattice": prim.lattice.tolist(), "hnf": hnf.tolist(),
        "frac": prim.frac.tolist(), "sites": (sites % 1).tolist(), "cutoff": CUTOFF + 1e-3,
        "counts": list(map(int, counts)), "seconds": seconds, "tolerance": 1e-2,
    }  # fmt: skip
    script = Path(__file__).parent / "peers/icet_special.py"
    done = subprocess.run(
        [python, script], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout[done.stdout.index("{") :])
    codes = np.array([prim.species[0].index(s) for s in found["species"]], np.int8)
    assert tuple(np.bincount(codes, minlength=6).tolist()) == tuple(map(int, counts))
    return codes, found


def main() -> None:
    """Arrange, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--icet", help="interpreter of an environment with icet")
    arguments = parser.parse_args()
    seconds = arguments.seconds
    prim = metals()
    group = find_space_group(prim, 1e-2)
    orbits, spaces = candidate_functions(prim, group, {2: CUTOFF}, "trigonometric")
    bare = [o for o in enumerate_orbits(prim, group, {2: CUTOFF}) if o.order == 2]
    lengths = np.unique(np.round([o.max_length for o in bare], 3))
    shells = np.concatenate([[0.0], (lengths[1:] + lengths[:-1]) / 2, [CUTOFF]])
    groups = site_groups(prim)
    print("| cells | code | processor s | functions | Warren–Cowley |\n|---|---|---|---|---|")
    for size in SIZES:
        supercell = compact(prim, size)
        counts = tuple(np.array([15, 1, 1, 1, 1, 1]) * size // 5)
        pairs = [o for o in orbits if o.order == 2]
        target = random_correlations(pairs, spaces, groups, (counts,))

        def judged(codes, supercell=supercell, pairs=pairs, target=target):
            averages = function_averages(pairs, spaces, supercell, codes[None])
            alpha = [
                warren_cowley(o, spaces, supercell, codes[None], prim.active_labels).alpha[0]
                for o in bare
            ]
            return np.abs(averages - target).sum(), sum(np.abs(np.triu(a)).sum() for a in alpha)

        start = process_time()
        own, _ = special_orderings(
            orbits, spaces, supercell, groups, (counts,),
            number=1, rng=np.random.default_rng(0), replicas=16, steps=2000,
        )  # fmt: skip
        rows = [("navac", process_time() - start, own[0])]
        start = process_time()
        codes, trials = theirs(prim, supercell, counts, shells, seconds)
        rows.append((f"sqsgenerator ({trials:,} trials)", process_time() - start, codes))
        if arguments.icet:
            codes, said = by_icet(arguments.icet, prim, supercell, counts, seconds)
            assert said["functions"] == len(orbits), said["functions"]
            rows.append((f"icet ({said['steps']:,} steps)", said["seconds"], codes))
        for name, took, some in rows:
            a, b = judged(some)
            print(f"| {size} | {name} | {took:.0f} | {a:.3f} | {b:.2f} |", flush=True)


if __name__ == "__main__":
    main()
