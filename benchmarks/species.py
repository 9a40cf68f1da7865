"""Sites of six species: time of an attempted move, and canonical swaps beside smol's.

    python benchmarks/species.py [--length 8] [--replicas 256] [--peer-python PYTHON]

The model is NaxV2(PO4)3 with V, Cr, Mn, Fe, Al and Mg on the metal sites, Na and vacancies on the
others, pairs up to 7 Å and triplets up to 5 Å, with random interactions. A move is one pair of
species tried on a site that holds either, or a swap of two sites that hold different ones. Times
are medians of the turns: wall time times cores, per attempt. smol swaps metals of the same crystal,
with the same cutoffs and random coefficients of its own, on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from pathlib import Path
from statistics import median

import jax
import numpy as np
from peers.process import peer_python

from navac.crystal.prim import Prim
from navac.crystal.sites import site_spaces
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.expansion import Expansion
from navac.expansion.functions import enumerate_functions
from navac.montecarlo.gas import sampler as samplers
from navac.montecarlo.gas.model import gas_model
from navac.montecarlo.gas.moves import Ensemble, Flips, Swaps
from navac.montecarlo.random import path_keys

DATA = Path(__file__).parents[1] / "tests" / "data" / "interchange"
CUTOFFS = {2: 7.0, 3: 5.0}
SCALE = 0.01
"""Standard deviation of the interactions, eV."""
TEMPERATURE = 10000.0
"""Some 80 % of the attempts are accepted."""
SODIUM, METALS = tuple(range(8)), tuple(range(8, 12))
MOVES = {
    "flips of Na and vacancies": (Flips(SODIUM, ((0, 1),)),),
    "flips of V and five dopants": (Flips(METALS, tuple((0, k) for k in range(1, 6))),),
    "flips of all 15 pairs of metals": (
        Flips(METALS, tuple((a, b) for a in range(6) for b in range(a + 1, 6))),
    ),
    "swaps of metals": (Swaps(METALS),),
}
MOVES["all but the 15 pairs"] = tuple(
    move for name, moves in MOVES.items() if "15" not in name for move in moves
)
SHARES = {2: [0.8, 0.2], 6: [0.75, 0.05, 0.05, 0.05, 0.05, 0.05]}


def crystal() -> Prim:
    """The prim."""
    return Prim.from_dict(json.loads((DATA / "species_prims.json").read_text())["nasicon"])


def expansion_of(prim: Prim) -> Expansion:
    """Random interactions."""
    orbits = enumerate_functions(prim, find_space_group(prim, 1e-2), CUTOFFS)
    eci = np.random.default_rng(1).standard_normal(len(orbits)) * SCALE
    return Expansion(orbits, eci, 0.0, site_spaces(prim.species, "chebyshev"))


def measure(expansion: Expansion, moves, length: int, replicas: int, turns: int) -> dict:
    """Set up, compile and time one ensemble."""
    start = time.perf_counter()
    ensemble = Ensemble(tuple(moves), (SODIUM, METALS))
    model = gas_model(expansion, Supercell.diagonal(length, length, length), ensemble)
    sampler = samplers.GasSampler(model, ensemble, replicas=replicas, blocks=1)
    rng = np.random.default_rng(0)
    state = np.concatenate([rng.choice(n, (model.supercell.size, replicas), p=SHARES[n])
                            for n in model.sizes]).astype(np.int8)  # fmt: skip
    conditions = (np.full(replicas, TEMPERATURE), np.zeros((replicas, 2, 6)),
                  path_keys(1, np.arange(replicas)))  # fmt: skip
    state, _ = sampler.run(state, *conditions, 0, 1, 1)
    setup = time.perf_counter() - start
    sweeps, times = 20, []
    for _ in range(turns):
        empty = time.perf_counter()
        sampler.run(state, *conditions, 2, 0, 1)
        begin = time.perf_counter()
        _, averages = sampler.run(state, *conditions, 2, 0, 1 + sweeps)
        times.append((time.perf_counter() - begin) - (begin - empty))
    tried = averages.tried.sum() * sweeps
    return {
        "attempts/s": tried / median(times),
        "ns × cores": median(times) * len(sampler.devices) / tried * 1e9,
        "acceptance": float(np.nansum(averages.acceptance * averages.tried) / averages.tried.sum()),
        "state, byte per site and replica": sampler.kernel.state_bytes / (
            model.n_sites * sampler.tile),
        "set-up s": setup,
    }  # fmt: skip


def smol(length: int, steps: int, python: str) -> dict:
    """What smol does per second."""
    asked = {
        "file": str(DATA / "smol_nasicon_species.json"), "cutoffs": CUTOFFS, "scale": SCALE,
        "supercell": [length] * 3, "steps": steps, "T": TEMPERATURE,
    }  # fmt: skip
    program = Path(__file__).parent / "peers" / "smol_swaps.py"
    done = subprocess.run([python, str(program)], text=True, input=json.dumps(asked),
                          capture_output=True, check=False,
                          env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=8)
    parser.add_argument("--replicas", type=int, default=256)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--no-avx512", action="store_true")
    parser.add_argument("--smol-length", type=int, default=4)
    parser.add_argument("--peer-python", default=peer_python())
    options = parser.parse_args()
    jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    if options.no_avx512:
        samplers.has_ternary_logic = lambda: False
    expansion = expansion_of(crystal())
    print("| moves | attempts/s | ns × cores | accepted | bytes per site, replica | set-up, s |")
    print("|---|---|---|---|---|---|")
    for name, moves in MOVES.items():
        found = measure(expansion, moves, options.length, options.replicas, options.turns)
        a, ns, accepted, state, setup = found.values()
        print(f"| {name} | {a:.3g} | {ns:.2f} | {accepted:.2f} | {state:.2f} | {setup:.1f} |",
              flush=True)  # fmt: skip
    print(smol(options.smol_length, 20000, options.peer_python))


if __name__ == "__main__":
    main()
