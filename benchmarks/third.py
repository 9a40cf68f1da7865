"""What shorter sampling costs: errors from some blocks of a record against those of all.

``python benchmarks/third.py results/nxvp --blocks 3 5`` analyses the sampling records of a finished
campaign whole, and then as many blocks of every condition at a time, the first of them and those
that follow. It prints invariant and critical points with their errors and the parts of these, and
the errors of x below 700 K. From three blocks a standard error is itself uncertain by half; how the
points of several parts of a record scatter does not rest on it.

The attempted flips are those of the campaign if its blocks were as many; equilibration counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from navac.config import Config, load_config
from navac.crystal.symmetry import read_crystal
from navac.sampling.plan import read_plan
from navac.sampling.record import Samples, read_samples
from navac.thermodynamics.diagram import Diagram, phase_diagram
from navac.thermodynamics.invariants import Invariant
from navac.thermodynamics.order import Crystal

BELOW = 700.0
"""K, up to which errors of x are reported."""

TARGET_K, TARGET_X = 5.0, 0.003


def records(results: Path, name: str, kind: str = "") -> list[Path]:
    """The finished records of a range."""
    return sorted((results / "sampling").glob(f"{name}-{kind}[0-9]*.h5"))


def samples_of(paths: list[Path], blocks: slice) -> Samples | None:
    """Of some blocks; None without records."""
    return read_samples(paths).of_blocks(blocks) if paths else None


def diagram_of(results: Path, config: Config, name: str, blocks: slice) -> Diagram:
    """The diagram of a range from some blocks, as the campaign makes it of all."""
    prim, _ = read_crystal(next((results / "prim").glob("*.json")))
    of_range, asked = config.ranges[name], config.thermodynamics
    crystal = Crystal(
        labels=tuple(prim.active_labels), lattice=np.asarray(prim.lattice),
        supercell=tuple(config.supercell(name)),
    )  # fmt: skip
    return phase_diagram(
        read_plan(results / f"sampling/{name}-paths.h5"),
        samples_of(records(results, name), blocks),
        samples_of(records(results, name, "scan-"), blocks),
        crystal=crystal, bounds=of_range.x, smallest_x=asked.smallest_jump_x,
        formula_units=prim.formula_units, resamples=asked.resamples, seed=config.seed,
    )  # fmt: skip


def described(diagram: Diagram, point: Invariant) -> str:
    """An invariant point with its error, and the parts of that."""
    phases = ", ".join(diagram.assignment.names[k] for k in point.phases)
    sampling, routes, distance = point.parts
    met = "met" if point.stderr <= TARGET_K else "MISSED"
    return (
        f"{point.kind} {phases}: {point.temperature:.1f} ± {point.stderr:.1f} K "
        f"(sampling {sampling:.1f}, routes {routes:.1f}, distance {distance:.1f}; target {met})"
    )


def lines(diagram: Diagram) -> Iterator[str]:
    """What a diagram says of its points and of x."""
    for point in diagram.invariants:
        yield described(diagram, point)
    for (low, high), point in diagram.critical.items():
        yield f"critical {low}+{high}: {point.temperature:.1f} ± {point.temperature_stderr:.1f} K"
    T, fu = diagram.plan.temperatures, diagram.formula_units
    errors = np.array([c.stderr[:2] for c in diagram.found if T[c.step] < BELOW]).ravel() / fu
    if len(errors):
        yield (
            f"x below {BELOW:g} K: {len(errors)} boundary values, standard error median "
            f"{np.median(errors):.2g}, largest {errors.max():.2g}, {np.sum(errors > TARGET_X)} "
            f"above {TARGET_X:g}"
        )
    if diagram.events:
        yield f"{len(diagram.events)} unresolved changes"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--config", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--blocks", type=int, nargs="+", default=[3])
    parser.add_argument("--range", dest="ranges", nargs="+")
    given = parser.parse_args()
    if min(given.blocks) < 2:
        parser.error("--blocks: two at least, for a standard error")
    config = load_config(given.config)
    asked = config.sampling
    for name in given.ranges or config.ranges:
        for count in [asked.blocks, *given.blocks]:
            flips = (asked.equilibration_sweeps + count * asked.block_sweeps) / (
                asked.equilibration_sweeps + asked.blocks * asked.block_sweeps
            )
            for first in range(0, asked.blocks - count + 1, count):
                print(
                    f"{name}, blocks {first + 1} to {first + count}, {100 * flips:.0f} % of the "
                    "flips"
                )
                found = diagram_of(given.results, config, name, slice(first, first + count))
                for line in lines(found):
                    print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
