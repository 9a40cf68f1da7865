"""navac's Monte Carlo engine against CASM, icet and smol on one Hamiltonian, in one go.

Every engine runs in a process of its own and must first reproduce navac's energy of one random
configuration. navac and CASM are timed in turns, the slower icet and smol once. An engine that
is not installed is reported as missing. ``--scaling`` measures navac alone over supercells,
replicas and cores. See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from peers import report, scaling
from peers.compare import ENGINES, compare
from peers.process import peer_python

CONDITION = (1000.0, -0.456)
"""Solid solution at x ≈ 2.2 (K, eV per Na), where a quarter of the flips is accepted."""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    three = {"type": int, "nargs": 3, "metavar": "N"}
    every_core = len(os.sched_getaffinity(0))
    add = parser.add_argument
    add("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    add("--supercell", **three, default=[16, 16, 16], help="primitive cells per axis")
    add("--smol-supercell", **three, default=[6, 6, 6], help="smol's: its set-up is sites²")
    add("--replicas", type=int, default=256, help="navac's boxes in lockstep")
    add("--cores", type=int, default=every_core, help="navac's; the others use one")
    add("--condition", type=_condition, action="append", help="T,mu in K and eV; repeatable")
    add("--repeats", type=int, default=5, help="turns of navac and CASM")
    add("--seconds", type=float, default=15, help="of every timed run")
    add("--python", default=sys.executable, help="interpreter that has navac")
    add("--peer-python", default=peer_python(), help="interpreter that has the peers")
    add("--output", type=Path, default=Path("results/benchmarks/engines"),
        help="tables are written there, with .md and .json added")  # fmt: skip
    add("--scaling", action="store_true", help="navac alone, over the three lists below")
    add("--scaling-lengths", type=int, nargs="+", default=[8, 12, 16, 24])
    add("--scaling-replicas", type=int, nargs="+", default=[64, 128, 256, 512])
    add("--scaling-cores", type=int, nargs="+", default=sorted({1, every_core}))
    options = parser.parse_args(given)
    options.condition = options.condition or [CONDITION]
    return options


def _condition(text: str) -> tuple[float, float]:
    temperature, mu = map(float, text.split(","))
    return temperature, mu


def main(given: list[str] | None = None) -> None:
    """Run what the command line asks for, write and print the tables."""
    options = arguments(given)
    about = report.provenance()
    with TemporaryDirectory() as folder:
        run = scaling.measure if options.scaling else compare
        results = run(options, Path(folder), lambda line: print(line, file=sys.stderr, flush=True))
    text = (
        scaling.table(results, about)
        if options.scaling
        else report.comparison(results, options.condition, about)
    )
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.with_suffix(".md").write_text(text)
    options.output.with_suffix(".json").write_text(report.as_json(results, about))
    print(text)


if __name__ == "__main__":
    main()
