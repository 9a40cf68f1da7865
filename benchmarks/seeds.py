"""Several seeds of a campaign: whether its points scatter by what their errors say.

``python benchmarks/seeds.py --seeds 1 2 3 4 5`` runs the campaign of a configuration with other
random numbers (``results/<campaign>-<seed>``; finished sampling is not repeated), analyses what was
sampled, and prints

- every invariant, congruent and critical point of every seed, and χ² of its temperatures,
- per seed what is wrong with the graph of the diagram (open ends, islands, …), unresolved changes,
  and where a boundary turns: both steps to its neighbours in T go the other way, by more than two
  standard errors each,
- the largest standard errors of x below 700 K.

``--part 3`` takes a third of the sweeps of every condition. ``--analyse`` takes what is sampled and
runs nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml
from third import BELOW, TARGET_X, diagram_of

from navac.config import load_config
from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.faults import faults
from navac.thermodynamics.graph import graph_of
from navac.thermodynamics.regions import boundaries
from navac.thermodynamics.topology import SAMPLED, UNRESOLVED
from navac.thermodynamics.unresolved import unresolved_zones

ROOT = Path(__file__).parents[1]
SIGNIFICANT = 2.0


def configuration(config: Path, seed: int, part: int) -> Path:
    """Write the campaign with another seed, and with a part of its sweeps."""
    data = yaml.safe_load(config.read_text(encoding="utf-8"))
    shorter = f"-{part}" if part > 1 else ""
    data |= {"campaign": f"{data['campaign']}-seed{seed}{shorter}", "seed": seed}
    for name in ("equilibration_sweeps", "block_sweeps", "carried_sweeps"):
        data["sampling"][name] = -(-data["sampling"][name] // part)
    path = ROOT / f"results/benchmarks/{data['campaign']}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


def sample(path: Path, ranges: Sequence[str]) -> None:
    """Run a campaign up to its sampling, where it is not there yet."""
    config = load_config(path)
    wanted = [
        f"results/{config.campaign}/sampling/{name}-{shard}.h5"
        for name in ranges for shard in range(config.sampling.shards)
    ]  # fmt: skip
    command = [sys.executable, "-m", "navac.campaign.run", "--configfile", str(path), *wanted]
    subprocess.run(command, cwd=ROOT, check=True)


def points(diagram: Diagram) -> Iterator[tuple[str, float, float]]:
    """Name, temperature and its standard error of every point."""
    for point in diagram.invariants:
        phases = ", ".join(diagram.assignment.names[k] for k in point.phases)
        yield f"{point.kind} {phases}", point.temperature, point.stderr
    named = set(diagram.critical)
    for name, region in boundaries(diagram).items():
        end = region.ends
        if end.kind not in (SAMPLED, UNRESOLVED, "invariant", "congruent"):
            known = tuple(name.split(" ")[0].split("+")) in named
            how = "critical" if known else "closes between two temperatures:"
            yield f"{how} {name.split(' ')[0]}", end.temperature, end.stderr


def turns(diagram: Diagram) -> Iterator[str]:
    """Where a boundary goes one way and back, both significantly."""
    for name, region in boundaries(diagram).items():
        for side, x, error in zip(("low", "high"), region.values.T, region.stderr.T, strict=False):
            step = np.diff(x) / np.maximum(np.hypot(error[1:], error[:-1]), 1e-12)
            back = (step[1:] * step[:-1] < 0) & (
                np.minimum(np.abs(step[1:]), np.abs(step[:-1])) > SIGNIFICANT
            )
            for k in np.flatnonzero(back):
                at = region.temperature[k + 1]
                yield f"{name}, {side} side, at {at:g} K (x = {x[k + 1]:.4f})"


def said_of(diagram: Diagram) -> Iterator[str]:
    """What is wrong with one diagram, and its errors of x."""
    for fault in faults(graph_of(diagram)):
        yield f"graph: {fault}"
    for zone in unresolved_zones(diagram):
        low, high = zone.temperature
        yield f"unresolved, {low:g} to {high:g} K, {'+'.join(zone.phases)}: {zone.reason}"
    for turn in turns(diagram):
        yield f"turns: {turn}"
    T, fu = diagram.plan.temperatures, diagram.formula_units
    errors = np.array([c.stderr[:2] for c in diagram.found if T[c.step] < BELOW]).ravel() / fu
    yield (
        f"x below {BELOW:g} K: {len(errors)} values, median error {np.median(errors):.2g}, largest "
        f"{errors.max():.2g}, {np.sum(errors > TARGET_X)} above {TARGET_X:g}"
    )


def compared(found: dict[str, list[tuple[int, float, float]]], seeds: int) -> None:
    """Print a table of points over the seeds."""
    print("| point | " + "seed: T ± error, K | mean ± scatter, K | χ² / freedom | seeds |")
    print("|---|---|---|---|---|")
    for name, rows in sorted(found.items(), key=lambda item: -len(item[1])):
        T, error = (np.array(column) for column in zip(*((t, e) for _, t, e in rows), strict=True))
        weight = 1 / error**2
        mean = (weight * T).sum() / weight.sum()
        chi2 = (((T - mean) / error) ** 2).sum()
        listed = ", ".join(f"{seed}: {t:.1f} ± {e:.1f}" for seed, t, e in rows)
        spread = f"{T.mean():.1f} ± {T.std(ddof=1):.1f}" if len(T) > 1 else "–"
        print(f"| {name} | {listed} | {spread} | {chi2:.1f} / {len(T) - 1} | {len(T)}/{seeds} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=ROOT / "config/config.yaml")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--range", dest="ranges", nargs="+")
    parser.add_argument("--part", type=int, default=1, help="of the sweeps, one of so many")
    parser.add_argument("--analyse", action="store_true", help="run nothing")
    given = parser.parse_args()
    configs = {seed: configuration(given.config, seed, given.part) for seed in given.seeds}
    ranges = given.ranges or [*load_config(given.config).ranges]
    for path in () if given.analyse else configs.values():
        sample(path, ranges)
    for name in ranges:
        found = defaultdict(list)
        for seed, path in configs.items():
            config = load_config(path)
            every = slice(0, config.sampling.blocks)
            diagram = diagram_of(ROOT / "results" / config.campaign, config, name, every)
            print(f"{name}, seed {seed}", flush=True)
            for line in said_of(diagram):
                print(f"  {line}", flush=True)
            for point, T, error in points(diagram):
                found[point].append((seed, T, error))
        compared(found, len(configs))


if __name__ == "__main__":
    main()
