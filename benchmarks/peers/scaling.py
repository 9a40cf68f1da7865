"""How navac's speed and memory go with supercell, replicas and cores."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from peers.compare import Result
from peers.process import EngineProcess
from peers.published import published_problem
from peers.report import about_lines, markdown_table


def measure(options, folder: Path, say) -> list[Result]:
    """One process and one timed run for every combination of the options' three lists."""
    results = []
    grid = product(options.scaling_cores, options.scaling_lengths, options.scaling_replicas)
    for cores, length, replicas in grid:
        box = (length, length, length)
        path = folder / f"{length}.json"
        published_problem(box).save(path)
        process = EngineProcess("navac", path, options.python, replicas=replicas, cores=cores)
        result = Result(
            "navac", box, cores=cores, replicas=replicas, device=process.ready["device"],
            versions=process.ready["versions"], setup_s=process.ready["setup_s"],
        )  # fmt: skip
        for condition in options.condition:
            result.timed[condition] = [_run(process, condition, options.seconds)]
        result.peak_memory_MiB = process.call("memory")
        process.close()
        results.append(result)
        say(f"{length}³, {replicas} replicas, {cores} cores: {_ns_per_flip(result):.2f} ns/flip")
    return results


def _run(process: EngineProcess, condition, seconds: float) -> dict:
    """A run of about that many seconds, after a shorter one that tells its length."""
    at = {"temperature": condition[0], "mu": condition[1]}
    first = process.call("run", **at, flips=0)
    return process.call("run", **at, flips=int(first["flips"] / first["seconds"] * seconds))


def _ns_per_flip(result: Result) -> float:
    return 1e9 / np.mean([r for condition in result.timed for r in result.rates(condition)])


def bytes_per_site(results: Sequence[Result]) -> float:
    """Memory per site and replica: the slope of peak memory against the number of replicas.

    The slope leaves out what the process holds anyway; NaN when there is only one number.
    """
    replicas = [r.replicas for r in results]
    if len(set(replicas)) < 2:
        return float("nan")
    slope = np.polyfit(replicas, [r.peak_memory_MiB for r in results], 1)[0] * 2**20
    return slope / (8 * np.prod(results[0].supercell))


def table(results: Sequence[Result], about: dict) -> str:
    """ns per attempted flip by supercell and replicas, per number of cores."""
    parts = ["# Scaling of navac on Table S6, ns per attempted flip", about_lines(about)]
    versions = ", ".join(f"{k} {v}" for k, v in results[0].versions.items())
    parts.append(f"{results[0].device}; {versions}")
    replicas = sorted({r.replicas for r in results})
    columns = ["supercell", *(f"{n} replicas" for n in replicas), "bytes per site and replica",
               "compile, s"]  # fmt: skip
    for cores in sorted({r.cores for r in results}):
        rows = []
        for box in sorted({r.supercell for r in results}):
            some = [r for r in results if r.supercell == box and r.cores == cores]
            times = [r.setup_s["compile"] for r in some]
            rows.append([
                "×".join(map(str, box)), *(f"{_ns_per_flip(r):.2f}" for r in some),
                f"{bytes_per_site(some):.1f}", f"{min(times):.0f} – {max(times):.0f}",
            ])  # fmt: skip
        parts += [f"## {cores} cores", markdown_table(columns, rows)]
    return "\n\n".join(parts) + "\n"
