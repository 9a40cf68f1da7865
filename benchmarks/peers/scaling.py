"""How navac's speed and memory go with supercell, replicas and cores."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import numpy as np

from peers.compare import Result
from peers.process import EngineProcess
from peers.published import published_problem
from peers.report import about_lines, markdown_table


def measure(options, folder: Path, say) -> list[Result]:
    """Every combination of the options' three lists, in turns of one timed run each.

    A process per combination; those of one number of cores take turns, so that what else the
    machine does meets all of them.
    """
    results = []
    for cores in options.scaling_cores:
        with ExitStack() as stack:
            open_ones = []
            for length, replicas in product(options.scaling_lengths, options.scaling_replicas):
                path = folder / f"{length}.json"
                box = (length, length, length)
                published_problem(box).save(path)
                process = EngineProcess(
                    "navac", path, options.python, replicas=replicas, cores=cores
                )
                stack.callback(process.close)
                result = Result(
                    "navac", box, cores=cores, replicas=replicas, device=process.ready["device"],
                    versions=process.ready["versions"], setup_s=process.ready["setup_s"],
                    timed={condition: [] for condition in options.condition},
                )  # fmt: skip
                open_ones.append((process, result))
            for turn in range(options.repeats):
                for process, result in open_ones:
                    for condition, runs in result.timed.items():
                        runs.append(_run(process, condition, options.seconds))
                say(f"{cores} cores, turn {turn + 1} of {options.repeats}")
            for process, result in open_ones:
                result.peak_memory_MiB = process.call("memory")
            results += [result for _, result in open_ones]
    return results


def _run(process: EngineProcess, condition, seconds: float) -> dict:
    """A run of about that many seconds, after a shorter one that tells its length."""
    at = {"temperature": condition[0], "mu": condition[1]}
    first = process.call("run", **at, flips=0)
    return process.call("run", **at, flips=int(first["flips"] / first["seconds"] * seconds))


def _ns_per_flip(result: Result) -> float:
    """Median over the turns."""
    return 1e9 / np.median([r for condition in result.timed for r in result.rates(condition)])


def _spreads(results: Sequence[Result]) -> list[str]:
    """Per turn, the longest time per flip over the shortest."""
    turns = zip(*(r.rates(c) for r in results for c in r.timed), strict=True)
    return [f"{max(rates) / min(rates):.2f}" for rates in turns]


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
        some = [r for r in results if r.cores == cores]
        parts.append("largest over smallest of a turn: " + ", ".join(_spreads(some)))
    return "\n\n".join(parts) + "\n"
