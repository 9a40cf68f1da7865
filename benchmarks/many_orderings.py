"""10,000 orderings: what Snakemake takes to plan them, and to find that nothing is left to do.

    python benchmarks/many_orderings.py [--orderings N] [--batches N]

The miniature campaign with so many random orderings in supercells of up to four primitive cells,
in a folder of its own: a dry run before anything exists, for published energies and for VASP; the
campaign itself; a dry run and a run with nothing to do. Results are recorded in README.md beside
this file.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from input_sets import random_orderings

from navac.orderings.ordering import write_orderings

ROOT = Path(__file__).parents[1]
MINIATURE = yaml.safe_load((ROOT / "config" / "miniature.yaml").read_text())


def timed(folder: Path, *arguments: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of a Python module's run."""
    start = time.monotonic()
    with open(folder / "output.txt", "a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=folder, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit((folder / "output.txt").read_text())
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Print a line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orderings", type=int, default=10_000)
    parser.add_argument("--batches", type=int, default=200)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("workflow", "scripts", "envs", "config"):
            shutil.copytree(ROOT / part, folder / part)
        shutil.copy(ROOT / "Snakefile", folder)
        write_orderings(folder / "more.csv", random_orderings(args.orderings))
        config = MINIATURE | {
            "orderings": MINIATURE["orderings"] | {"more": "more.csv"},
            "dft": MINIATURE["dft"] | {"batches": args.batches},
        }
        energies = config["energies"]
        vasp = {"backend": "vasp", "vasp": {"command": "vasp_std", "batches": args.batches}}
        config["energies"] = energies | vasp
        (folder / "vasp.yaml").write_text(yaml.safe_dump(config))
        config["energies"] = energies
        (folder / "published.yaml").write_text(yaml.safe_dump(config))

        def report(what: str, *arguments: str) -> None:
            seconds, memory = timed(folder, *arguments)
            print(f"{what:42s} {seconds:7.1f} s {memory:6.0f} MB", flush=True)

        plan = "snakemake", "--dry-run", "--quiet", "all", "--configfile"
        report("dry run, nothing there, published energies", *plan, "published.yaml")
        report("dry run, nothing there, VASP", *plan, "vasp.yaml")
        run = "navac.campaign.run", "--configfile", "published.yaml"
        report("the campaign", *run)
        report("dry run, all there", *plan, "published.yaml")
        report("the campaign again", *run)


if __name__ == "__main__":
    main()
