"""Which closed particles end in two phases, beside the phase diagram, and how facets are charged.

``python benchmarks/particle_phases.py results/nxvp`` takes the free energy of the particles of a
finished campaign with ``cell.run``, at every temperature that has voltages, or at those of
``--temperatures``:

- slabs of 400 nm, empty on one side and full on the other at first,
- hexagonal prisms of 80 nm across corners, the same, and even but for noise.

With ``--figure FILE`` it charges such a prism at 1C and draws it. It needs the packages of the
extra ``cell``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from navac.cell.body import Body
from navac.cell.cahn_hilliard import Separation
from navac.cell.coexistence import coexistence
from navac.cell.file import read_parameters
from navac.cell.parameters import Parameters
from navac.cell.particle import separation
from navac.cell.shapes import hexagon
from navac.results import schema
from navac.results.read import read_records

SLAB, ELEMENTS = 400e-9, 400
CORNER, REFINEMENTS = 40e-9, 4
SLAB_MEANS = np.arange(1.05, 3.0, 0.1)
PRISM_MEANS = np.array([1.25, 1.5, 1.75, 2.25, 2.5, 2.75])
NOISE = 0.02
APART = 0.1
"""Difference of x from which a particle is in two phases."""
SHOWN = (0.1, 0.3, 0.5, 0.7, 0.9)
STEPS = 200
Boundaries = Mapping[str, schema.Boundary]


def temperatures(set_: Parameters, boundaries: Boundaries) -> Iterator[Parameters]:
    """The set at every temperature that has voltages."""
    for curve in (set_.open_circuit, *set_.further.values()):
        known = tuple(
            coexistence(boundaries, curve.temperature, region) for region in curve.regions()
        )
        yield replace(set_, open_circuit=curve, coexisting=known, entropic_change=None)


def phases(boundaries: Boundaries, T: float, x: float) -> tuple[float, float] | None:
    """x of the two phases that the diagram has at a temperature and composition."""
    for found in boundaries.values():
        if found.temperature_K.min() <= T <= found.temperature_K.max():
            low, high = (np.interp(T, found.temperature_K, e) for e in (found.x_low, found.x_high))
            if low < x < high:
                return float(low), float(high)
    return None


def halves(set_: Parameters, z: np.ndarray, mean: float) -> np.ndarray:
    """``[node]`` empty on one side and full on the other, so much of either as a mean wants."""
    low, high = set_.window
    return np.where(z <= np.quantile(z, (high - mean) / (high - low)), low, high)


def settled(set_: Parameters, solver: Separation, start: np.ndarray, mean: float) -> np.ndarray:
    """``[node]`` x of a closed particle after a long time."""
    body = solver.body
    start = start + mean - solver.amount(start) / body.volume
    level = np.ptp(body.mesh.p[0]) ** 2 / set_["diffusivity"]
    times = np.concatenate([[0], np.geomspace(1e-6, 1e4, 80) * level])
    *_, (_, x) = solver.run(start, 0.0, times)
    return x


def tell(what: str, set_: Parameters, boundaries: Boundaries, trials: Iterator) -> None:
    """Print which particles separate, beside the diagram.

    Args:
        trials: mean x, and ``[node]`` x in the end.
    """
    T, same, total, distance = set_.temperature, 0, 0, 0.0
    for mean, x in trials:
        known = phases(boundaries, T, mean)
        apart = np.ptp(x) > APART
        total, same = total + 1, same + (apart == (known is not None))
        if apart and known is not None:
            distance = max(distance, abs(x.min() - known[0]), abs(x.max() - known[1]))
        elif apart or known is not None:
            print(f"  {what}, {T:g} K, x = {mean:.2f}: {x.min():.3f} to {x.max():.3f}; {known}")
    print(f"{what}, {T:g} K: {same} of {total} as the diagram says; phases within {distance:.3f}",
          flush=True)  # fmt: skip


def slabs(set_: Parameters) -> Iterator[tuple[float, np.ndarray]]:
    """Closed slabs."""
    import skfem  # of the extra, which those that only import this file need not have

    solver = separation(set_, Body(mesh=skfem.MeshLine(np.linspace(0, SLAB, ELEMENTS + 1))))
    for mean in SLAB_MEANS:
        start = halves(set_, solver.body.mesh.p[0], mean)
        yield mean, settled(set_, solver, start, mean)


def prisms(set_: Parameters, *, even: bool) -> Iterator[tuple[float, np.ndarray]]:
    """Closed prisms, from two halves or even but for noise (then those amid a region)."""
    solver = separation(set_, hexagon(CORNER, REFINEMENTS))
    z, rng = solver.body.mesh.p[0], np.random.default_rng(1)
    for mean in PRISM_MEANS[1::3] if even else PRISM_MEANS:
        noise = mean + NOISE * rng.standard_normal(len(z))
        yield mean, settled(set_, solver, noise if even else halves(set_, z, mean), mean)


def charged(set_: Parameters) -> tuple[Separation, list[np.ndarray]]:
    """A prism that is charged at 1C, and ``[node]`` x at the shares that are shown."""
    low, high = set_.window
    solver = separation(set_, hexagon(CORNER, REFINEMENTS))
    body = solver.body
    start = high - 1e-3 * np.random.default_rng(1).random(body.mesh.p.shape[1])
    flux = -(high - low) * body.volume / body.area / 3600
    times = np.linspace(0, SHOWN[-1] * 3600, STEPS + 1)
    states = [x for _, x in solver.run(start, flux, times)]
    return solver, [states[round(share / SHOWN[-1] * STEPS)] for share in SHOWN]


def draw(solver: Separation, states: list[np.ndarray], path: Path) -> None:
    """Draw the states of a charge in a row."""
    from navac.figures.style import COLUMN_MM, new_figure, save

    figure = new_figure(2 * COLUMN_MM, 0.5 * COLUMN_MM)
    panels = figure.subplots(1, len(SHOWN))
    ends = min(map(np.min, states)), max(map(np.max, states))
    for axes, share, x in zip(panels, SHOWN, states, strict=True):
        image = axes.tripcolor(
            *(1e9 * solver.body.mesh.p), solver.body.mesh.t.T, x, shading="gouraud", vmin=ends[0],
            vmax=ends[1], rasterized=True,
        )  # fmt: skip
        axes.set(aspect="equal", xticks=[], yticks=[], title=f"{100 * share:.0f} %")
        axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=panels.tolist(), label="$x$")
    save(figure, path.with_suffix(""))


def main() -> None:
    """Read the campaign and print or draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a campaign, as results/nxvp")
    parser.add_argument("--figure", type=Path, help="charge a prism instead, and draw it here")
    parser.add_argument("--temperatures", type=float, nargs="*", help="K; all where not given")
    given = parser.parse_args()
    set_ = read_parameters(given.results / "cell/parameters.json")
    if given.figure is not None:
        solver, states = charged(set_)
        for share, x in zip(SHOWN, states, strict=True):
            print(f"{100 * share:.0f} %: x from {x.min():.3f} to {x.max():.3f}")
        draw(solver, states, given.figure)
        return
    diagram = given.results / "thermodynamics/phase_diagram.h5"
    boundaries = read_records(diagram, schema.Boundary)
    chosen = [
        one
        for one in temperatures(set_, boundaries)
        if given.temperatures is None or one.temperature in given.temperatures
    ]
    for one in chosen:
        tell("slabs", one, boundaries, slabs(one))
    for one in chosen:
        tell("prisms from halves", one, boundaries, prisms(one, even=False))
        tell("prisms from noise", one, boundaries, prisms(one, even=True))


if __name__ == "__main__":
    main()
