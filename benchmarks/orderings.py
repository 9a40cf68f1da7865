"""Orderings, correlations and fits at the paper's scale: navac, icet and smol, in one go.

    python benchmarks/orderings.py [--smol-structures 849]

Enumerated are all distinct supercells of up to 4 primitive cells, x from 1 to 4 in steps of 0.25:
the 500 of lowest Ewald energy per composition, and of these 849, as many as the paper relaxed.
Correlations are those of all 68 terms (pairs within 10 Å, triplets 6 Å, quadruplets 5 Å) in these
849; they must agree with navac's. Both ranges are fitted, with the paper's penalty, to the
published energies with Gaussian noise of the paper's RMS. icet enumerates what it can: every
ordering of up to ``--icet-cells`` at the same compositions, and navac the same for comparison.
smol enumerates nothing, and neither fits by itself. Every stage runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from peers import report
from peers.process import EngineError, EngineProcess, peer_python
from peers.published import FORMULA_UNITS, PUBLISHED, TOLERANCE, published_problem

from navac.crystal.decoration import read_prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.orderings.ordering import Ordering, read_orderings
from navac.orderings.symmetry import canonical_key

COMPOSITIONS = [1 + step / 4 for step in range(13)]
HIGHEST_X = 4
COLUMNS = ("engine", "stage", "orderings", "wall, s", "CPU, s", "orbits, s", "peak memory, MiB",
           "largest difference from navac")  # fmt: skip
# Sublattices that hold Na at each x in one primitive cell: the published ground states.
GROUND_STATES = {1: (0, 1), 2: (0, 1, 2, 6), 3: (0, 1, 2, 3, 6, 7), 4: tuple(range(8))}


@dataclass(frozen=True)
class Row:
    """One stage of one engine; ``found`` is what its method returned, ``None`` when it failed."""

    engine: str
    stage: str
    found: dict | None
    peak_memory_MiB: float | None = None
    difference: float | None = None
    failure: str = ""

    def cells(self) -> list[str]:
        """The row of the table."""
        found = self.found
        return [
            self.engine, self.stage, str(found["orderings"]), f"{found['seconds']:.1f}",
            f"{found['cpu_s']:.1f}", f"{found['orbits_s']:.1f}" if "orbits_s" in found else "",
            f"{self.peak_memory_MiB:.0f}",
            "" if self.difference is None else f"{self.difference:.0e}",
        ]  # fmt: skip


class Stages:
    """Runs stages one after the other and keeps what came of them."""

    def __init__(self, folder: Path, pythons: dict[str, str]):
        self.folder, self.pythons = folder, pythons
        self.problem = folder / "problem.json"
        published_problem((1, 1, 1)).save(self.problem)
        self.rows: list[Row] = []
        self.versions: dict[str, str] = {}

    def run(self, engine: str, stage: str, method: str, saved: str = "", **arguments) -> bool:
        """One stage in a process of its own; whether it succeeded.

        Args:
            saved: file of averages that the stage writes, to be compared with navac's.
        """
        print(f"{engine}: {stage}", file=sys.stderr, flush=True)
        try:
            process = EngineProcess(f"{engine}_orderings", self.problem, self.pythons[engine])
            self.versions |= process.ready["versions"]
            found = process.call(method, **arguments)
            process.close()
        except EngineError as error:
            self.rows.append(Row(engine, stage, None, failure=str(error)))
            return False
        difference = None
        if saved and engine != "navac":
            ours, theirs = np.load(self.folder / "navac.npy"), np.load(saved)
            difference = float(np.abs(ours[: len(theirs)] - theirs).max())
        self.rows.append(Row(engine, stage, found, process.peak_memory_MiB, difference))
        print(f"{engine}: {found}", file=sys.stderr, flush=True)
        return True


def measure(options, folder: Path) -> Stages:
    """Run all stages."""
    stages = Stages(folder, {"navac": options.python} | dict.fromkeys(
        ("icet", "smol"), options.peer_python))  # fmt: skip
    listed, averages = str(folder / "orderings.csv"), str(folder / "navac.npy")
    scale = f"orderings, ≤ {options.cells} cells, 500 per x, {options.total} in all"
    ran = stages.run(
        "navac", scale, "enumerate", path=listed, cells=options.cells, total=options.total,
        compositions=COMPOSITIONS, seed=20221,
    ) and stages.run(
        "navac", "correlations", "correlations", path=listed, output=averages
    )  # fmt: skip
    if not ran:
        return stages
    stages.run("navac", "fits of both ranges", "fit", path=listed, averages=averages)
    everything = f"all orderings, ≤ {options.icet_cells} cells"
    stages.run(
        "navac", everything, "enumerate", path=str(folder / "all.csv"), cells=options.icet_cells,
        compositions=COMPOSITIONS, max_per_composition=None,
    )  # fmt: skip
    shares = [x / HIGHEST_X for x in COMPOSITIONS]
    stages.run("icet", everything, "enumerate", cells=options.icet_cells, shares=shares)
    orderings = read_orderings(listed)
    for engine in ("icet", "smol"):
        some = orderings if engine == "icet" else orderings[: options.smol_structures]
        (folder / "structures.json").write_text(json.dumps(structures(some)))
        stages.run(
            engine, "correlations", "correlations", saved=str(folder / f"{engine}.npy"),
            structures=str(folder / "structures.json"), output=str(folder / f"{engine}.npy"),
        )  # fmt: skip
    return stages


def structures(orderings: list[Ordering]) -> list[dict]:
    """Active sites of every ordering in plain numbers: positions in Å, 0 for Na, the supercell."""
    problem = published_problem((1, 1, 1))
    lattice, frac = np.array(problem.lattice), np.array(problem.active)
    return [
        {
            "supercell": o.supercell.hnf,
            "cell": (np.array(o.supercell.hnf) @ lattice).tolist(),
            "positions": (
                (frac[:, None] + o.supercell.cells).reshape(-1, 3) @ lattice
            ).tolist(),
            "occupation": o.occupation.tolist(),
        }
        for o in orderings
    ]  # fmt: skip


def missing_ground_states(orderings: list[Ordering]) -> list[int]:
    """x of the published ground states that are not among the orderings."""
    prim = read_prim(PUBLISHED / "prim.json", [], FORMULA_UNITS)
    group = find_space_group(prim, TOLERANCE)
    keys = {
        canonical_key(prim, group, o.supercell, o.occupation) for o in orderings if o.cells == 1
    }
    one = Supercell.diagonal(1, 1, 1)
    return [
        x
        for x, filled in GROUND_STATES.items()
        if canonical_key(prim, group, one, 1 - np.isin(np.arange(8), filled)) not in keys
    ]


def as_text(stages: Stages, missing: list[int], about: dict) -> str:
    """The report in Markdown."""
    done = [row for row in stages.rows if row.found]
    parts = [
        "# Orderings, correlations and fits", report.about_lines(about),
        report.markdown_table(COLUMNS, [row.cells() for row in done]),
        f"Published ground states that are not among the orderings, x: {missing or 'none'}",
    ]  # fmt: skip
    parts += [
        f"- {name}: " + ", ".join(f"{k} {v:.4g}" for k, v in scores.items())
        for row in done
        for name, scores in row.found.get("scores", {}).items()
    ]
    parts += [f"- {row.engine}, {row.stage}: {row.failure}" for row in stages.rows if row.failure]
    parts += ["- " + ", ".join(f"{k} {v}" for k, v in stages.versions.items())]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Run what the command line asks for, write and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--cells", type=int, default=4, help="largest supercell of the paper's scale")
    add("--total", type=int, default=849, help="orderings kept in all")
    add("--icet-cells", type=int, default=2, help="largest supercell that icet enumerates")
    add("--smol-structures", type=int, default=849, help="how many of them smol is given")
    add("--python", default=sys.executable, help="interpreter that has navac")
    add("--peer-python", default=peer_python(), help="interpreter that has the peers")
    add("--output", type=Path, default=Path("results/benchmarks/orderings"),
        help="the table is written there, with .md added")  # fmt: skip
    options = parser.parse_args()
    about = report.provenance()
    with TemporaryDirectory() as folder:
        stages = measure(options, Path(folder))
        listed = Path(folder) / "orderings.csv"
        missing = missing_ground_states(read_orderings(listed)) if listed.exists() else []
    text = as_text(stages, missing, about)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.with_suffix(".md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
