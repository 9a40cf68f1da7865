"""Bit planes against bytes: the two kernels of the sampler on Table S6, in turns.

``python benchmarks/kernels.py`` times both at 1000 K on every core, with AVX-512 where the machine
has it and as on a machine that has AVX2 alone, then planes over supercells and replicas. Each
measurement is a process of its own. Times are medians of the turns: wall time times cores per
attempted flip, and processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from statistics import median

SIZES = [(8, 64), (8, 256), (8, 1024), (16, 64), (16, 256), (16, 1024), (32, 64), (32, 256)]
"""Primitive cells per axis, and replicas."""

LARGE = [(64, 4)]


def measure(length: int, replicas: int, kernel: str, ternary: bool, flips: float) -> dict:
    """Time one run in this process."""
    import numpy as np
    from peers.published import published_expansion

    from navac.crystal.supercell import Supercell
    from navac.montecarlo import sampler as samplers
    from navac.montecarlo.model import lattice_model
    from navac.montecarlo.random import path_keys

    if not ternary:
        samplers.has_ternary_logic = lambda: False
    model = lattice_model(published_expansion(), Supercell.diagonal(length, length, length))
    start = time.perf_counter()
    sampler = samplers.Sampler(model, replicas=replicas, blocks=10, kernel=kernel)
    occupation = np.random.default_rng(0).integers(0, 2, (model.n_sites, replicas), np.int8)
    conditions = (
        np.full(replicas, 1000.0), np.full(replicas, -0.456), path_keys(1, np.arange(replicas)),
    )  # fmt: skip
    occupation, _ = sampler.run(occupation, *conditions, 0, 1, 1)
    setup = time.perf_counter() - start
    sweeps = max(1, round(flips / (10 * model.n_sites * replicas)))
    wall, processor = time.perf_counter(), time.process_time()
    sampler.run(occupation, *conditions, 20, 0, sweeps)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    attempted = sweeps * 10 * model.n_sites * replicas
    return {
        "flips per s": attempted / wall,
        "ns per core": wall / attempted * 1e9 * len(sampler.devices),
        "processor ns": processor / attempted * 1e9, "set-up s": setup,
    }  # fmt: skip


def in_turns(cases: list[tuple], turns: int, flips: float) -> list[dict]:
    """Medians of several turns of all cases, each in a process of its own."""
    found: list[list[dict]] = [[] for _ in cases]
    for _ in range(turns):
        for k, (length, replicas, kernel, ternary) in enumerate(cases):
            flags = f"--xla_force_host_platform_device_count={len(os.sched_getaffinity(0))}"
            if not ternary:
                flags += " --xla_cpu_max_isa=AVX2"
            given = json.dumps([length, replicas, kernel, ternary, flips])
            done = subprocess.run(
                [sys.executable, __file__, "--one", given], check=True, capture_output=True,
                text=True, env=os.environ | {"XLA_FLAGS": flags},
            )  # fmt: skip
            found[k].append(json.loads(done.stdout.splitlines()[-1]))
    return [{name: median(f[name] for f in each) for name in each[0]} for each in found]


def show(cases: list[tuple], results: list[dict]) -> None:
    """Print a table."""
    names = list(results[0])
    print("| cells | replicas | kernel | vectors |", " | ".join(names), "|")
    print("|" + "---|" * (4 + len(names)))
    for (length, replicas, kernel, ternary), found in zip(cases, results, strict=True):
        numbers = " | ".join(f"{found[n]:.3g}" for n in names)
        vectors = "AVX-512" if ternary else "AVX2"
        print(f"| {length}³ | {replicas} | {kernel} | {vectors} | {numbers} |")
    print(flush=True)


def main(given: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--flips", type=float, default=3e9, help="attempted flips per run")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(given)
    if options.one:
        print(json.dumps(measure(*json.loads(options.one))))
        return
    both = [
        (16, 256, kernel, ternary) for ternary in (True, False) for kernel in ("planes", "bytes")
    ]
    show(both, in_turns(both, options.turns, options.flips / 2))
    sizes = [(length, replicas, "planes", True) for length, replicas in SIZES + LARGE]
    show(sizes, in_turns(sizes, max(1, options.turns // 2), options.flips))


if __name__ == "__main__":
    main()
