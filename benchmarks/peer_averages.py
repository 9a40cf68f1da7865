"""Ensemble averages of CASM that tests/montecarlo/test_peer_averages.py compares navac with.

``python benchmarks/peer_averages.py`` writes tests/data/peer_averages.csv: on Table S6, in a
box of 6 × 6 × 6 primitive cells, mean energy and number of Na with their standard errors at
six conditions, from independent runs that start from the phase expected there.
"""

from __future__ import annotations

import argparse
import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from peers.process import EngineProcess, peer_python
from peers.published import published_problem

TABLE = Path(__file__).parents[1] / "tests" / "data" / "peer_averages.csv"
BOX = (6, 6, 6)
STARTS = {"zeta": (0, 1), "psi": (0, 1, 2, 6), "omega": (0, 1, 2, 3, 6, 7)}
"""Sites of the primitive cell that the ground states of Table S6 at x = 1, 2, 3 fill."""
CONDITIONS = (
    # start, T in K, μ_Na in eV; ψ is stable between −0.474 and −0.438 eV at 0 K
    ("psi", 680.0, -0.456),
    ("zeta", 750.0, -0.52),
    ("omega", 750.0, -0.39),
    ("psi", 1000.0, -0.456),
    ("psi", 1200.0, -0.48),
    ("omega", 1600.0, -0.40),
)
BLOCKS = 5
"""Blocks per run."""
SHORTEST_BLOCK = 20
"""Blocks must last this many autocorrelation times, or their scatter understates the error."""
COLUMNS = (
    "start", "temperature_K", "mu_eV_per_Na", "x_Na_per_cell", "x_stderr", "energy_eV_per_cell",
    "energy_stderr_eV", "acceptance", "passes", "x_autocorrelation_passes",
    "energy_autocorrelation_passes",
)  # fmt: skip


class TooShort(RuntimeError):
    """The runs are too short for the error bars to be believed."""


def start_occupation(name: str) -> np.ndarray:
    """``[sublattice, a, b, c]``, every cell filled as in the ground state."""
    occupation = np.zeros((8, *BOX), int)
    occupation[list(STARTS[name])] = 1
    return occupation


def blocked(series: np.ndarray, period: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means over all runs, their standard errors, and integrated autocorrelation times.

    Args:
        series: ``[run, sample, quantity]``.
        period: passes between samples.

    Returns:
        ``[quantity]`` each, times in passes.
    """
    runs, samples, _ = series.shape
    length = samples // BLOCKS
    blocks = series[:, : length * BLOCKS].reshape(runs * BLOCKS, length, -1).mean(axis=1)
    variance = blocks.var(axis=0, ddof=1)
    time = 0.5 * period * length * variance / series.var(axis=(0, 1))
    # Runs that disagree more than their blocks do would show in the scatter of their means.
    between = series.mean(axis=1).std(axis=0, ddof=1) / np.sqrt(runs)
    return blocks.mean(axis=0), np.maximum(np.sqrt(variance / len(blocks)), between), time


def measure(casm: EngineProcess, condition, runs: int, passes: int, period: int) -> dict:
    """Averages at one condition: a row of the table."""
    name, temperature, mu = condition
    series, accepted = [], []
    for _ in range(runs):
        casm.call("set_occupation", occupation=start_occupation(name).tolist())
        casm.call("sample", temperature=temperature, mu=mu, passes=passes // 5)
        sampled = casm.call("sample", temperature=temperature, mu=mu, passes=passes)
        series.append(sampled["series"])
        accepted.append(sampled["acceptance"])
    mean, error, time = blocked(np.array(series), period)
    values = (
        *condition, mean[1], error[1], mean[0], error[0], np.mean(accepted), runs * passes,
        time[1], time[0],
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def check_blocks(rows: list[dict], passes: int) -> None:
    """Refuse error bars from blocks that are not independent.

    Raises:
        TooShort: naming every condition whose blocks are too short.
    """
    short = [
        f"{row['start']} at {row['temperature_K']:.0f} K: {slowest:.0f} passes"
        for row in rows
        for slowest in [max(v for k, v in row.items() if k.endswith("autocorrelation_passes"))]
        if SHORTEST_BLOCK * slowest > passes / BLOCKS
    ]
    if short:
        raise TooShort(
            f"blocks of {passes // BLOCKS} passes are shorter than {SHORTEST_BLOCK} "
            f"autocorrelation times ({'; '.join(short)}); give more --passes"
        )


def write(rows: list[dict], casm: EngineProcess, runs: int, passes: int, period: int) -> None:
    """The table, with what produced it in comments above."""
    versions = ", ".join(f"{k} {v}" for k, v in casm.ready["versions"].items())
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", newline="") as file:
        file.write(
            f"# {versions}; benchmarks/peer_averages.py --runs {runs} --passes {passes}, "
            f"{datetime.now(UTC):%Y-%m-%d}\n"
            f"# Table S6 (config/published/nxvp/eci_x1to3.csv), {' x '.join(map(str, BOX))} "
            f"primitive cells, single-site Metropolis, sampled every {period} passes after "
            f"{passes // 5} of equilibration\n"
            f"# standard errors: the larger of {BLOCKS} blocks per run and of the scatter "
            "between runs\n"
        )
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({k: v if isinstance(v, str) else f"{v:.7g}" for k, v in row.items()})


def main() -> None:
    """Measure every condition and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4, help="independent runs per condition")
    parser.add_argument("--passes", type=int, default=6_000, help="sampled passes per run")
    parser.add_argument("--peer-python", default=peer_python(), help="interpreter that has CASM")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        problem = Path(folder) / "problem.json"
        published_problem(BOX).save(problem)
        casm = EngineProcess("casm", problem, options.peer_python)
        period = casm.call("sample_period")
        rows = []
        for condition in CONDITIONS:
            rows.append(measure(casm, condition, options.runs, options.passes, period))
            print(json.dumps(rows[-1]), flush=True)
        check_blocks(rows, options.passes)
        write(rows, casm, options.runs, options.passes, period)
        casm.close()


if __name__ == "__main__":
    main()
