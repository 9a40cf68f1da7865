"""What a finished campaign with ``cell.run`` gives to cells and particles, against its own diagram.

``python benchmarks/cells.py results/nxvp`` prints

- voltages: those of half cells at C/1000 beside ``voltage.h5``, at every point on the plateaus
  and, with SPM, in one phase,
- separation: which closed slabs of 400 nm, empty on one side and full on the other at first, end in
  two phases, by the free energy of the particles, and which do by the phase diagram, at every
  temperature that has voltages.

It needs the packages of the extra ``cell``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from navac.cell.battery import Cell
from navac.cell.body import Body
from navac.cell.cahn_hilliard import Separation
from navac.cell.campaign import highest_temperature
from navac.cell.free_energy import stiffness_of_width
from navac.cell.parameters import Parameters, read_parameters
from navac.results import schema
from navac.results.read import read_records

RATE = 1e-3
STEEP = 500.0
"""∂V/∂x from which the 1e-6 in x by which a surface is ahead at C/1000 makes 0.5 mV, V. Kinetics
makes as much."""
SLAB, ELEMENTS = 400e-9, 400
MEANS = np.arange(1.05, 3.0, 0.1)
APART = 0.1
"""Difference of x from which a slab is in two phases."""


def voltages(set_: Parameters, curve: schema.VoltageCurve) -> None:
    """Print how far the voltages of a slow half cell are from those of the campaign."""
    low, high = set_.window
    inside = (curve.x >= low) & (curve.x <= high)
    x, V, single = curve.x[inside], curve.voltage_V[inside], curve.stable[inside].astype(bool)
    steps = np.array([np.ptp(V[np.abs(x - a) < 1e-9]) > 0 for a in x])
    gentle = np.array([slope(set_, a) < STEEP for a in x])
    print(f"{set_.name}: {set_.capacity:.2f} mAh/g, {single.sum()} points in one phase, of which "
          f"{(single & steps).sum()} share their x with another voltage")  # fmt: skip
    for model in ("SPM", "DFN"):
        cell = Cell(set_=set_, kind="half", model=model, electrode={})
        for direction in ("discharge", "charge"):
            here = np.unique(np.concatenate([x, set_.window]))
            passed = (here - low if direction == "discharge" else (high - here)[::-1]) / (
                high - low
            )
            found = cell.run(RATE, direction, set_.capacity * passed)
            at = low + (high - low) * found.capacity / set_.capacity
            at = at if direction == "discharge" else low + high - at
            order = np.argsort(at)
            off = 1e3 * np.abs(np.interp(x, at[order], found.voltage[order]) - V)
            one = single & ~steps
            tally = (
                f"median {np.median(off[one]):.2f}, at most {off[one & gentle].max():.2f} at "
                f"{(one & gentle).sum()} points below {STEEP:g} V, {off[one].max():.1f} at "
                f"{(one & ~gentle).sum()} steeper ones"
            )
            print(
                f"  {model} {direction}: {found.capacity[-1]:.2f} mAh/g, {found.ended}; mV off on "
                f"plateaus {off[~single].max():.2f}"
                + (f"; in one phase: {tally}" if model == "SPM" else "")
            )


def slope(set_: Parameters, x: float) -> float:
    """−∂V/∂x around a composition, the steeper side, V."""
    curve = set_.open_circuit
    k = int(np.abs(curve.x - x).argmin())
    steps = -np.diff(curve.voltage)[max(k - 1, 0) : k + 1] / np.diff(curve.x)[max(k - 1, 0) : k + 1]
    return float(steps.max())


def temperatures(
    set_: Parameters, boundaries: Mapping[str, schema.Boundary]
) -> Iterator[Parameters]:
    """The set at every temperature that has voltages."""
    for curve in (set_.open_circuit, *set_.further.values()):
        tops = tuple(
            highest_temperature(boundaries, curve.temperature, region) for region in curve.regions()
        )
        yield replace(set_, open_circuit=curve, highest_two_phase=tops, entropic_change=None)


def coexisting(
    boundaries: Mapping[str, schema.Boundary], T: float, x: float
) -> tuple[float, float] | None:
    """x of the two phases that the diagram has at a temperature and composition."""
    for found in boundaries.values():
        if found.temperature_K.min() <= T <= found.temperature_K.max():
            low, high = (np.interp(T, found.temperature_K, e) for e in (found.x_low, found.x_high))
            if low < x < high:
                return float(low), float(high)
    return None


def settled(set_: Parameters, mean: float) -> np.ndarray:
    """``[node]`` x of a closed slab that was empty on one side and full on the other."""
    import skfem  # of the extra, which those that only import this file need not have

    energy = set_.free_energy()
    z = np.linspace(0, SLAB, ELEMENTS + 1)
    softest = min(energy.gaps, key=lambda gap: gap.barrier, default=None)
    width = set_["interface"]
    solver = Separation(
        Body(mesh=skfem.MeshLine(z)), energy,
        stiffness=stiffness_of_width(softest, width) if softest else 1e-18,
        diffusivity=set_["diffusivity"], temperature=set_.temperature,
    )  # fmt: skip
    low, high = set_.window
    start = np.where(z < SLAB * (high - mean) / (high - low), low, high)
    start = start + mean - solver.amount(start) / SLAB
    level = SLAB**2 / set_["diffusivity"]
    times = np.concatenate([[0], np.geomspace(1e-6, 1e4, 80) * level])
    *_, (_, x) = solver.run(start, 0.0, times)
    return x


def separation(set_: Parameters, boundaries: Mapping[str, schema.Boundary]) -> None:
    """Print which slabs separate, beside the diagram."""
    T, same, total, distance = set_.temperature, 0, 0, 0.0
    for mean in MEANS:
        x, known = settled(set_, mean), coexisting(boundaries, T, mean)
        apart = np.ptp(x) > APART
        total, same = total + 1, same + (apart == (known is not None))
        said = "uniform" if known is None else f"{known[0]:.3f} + {known[1]:.3f}"
        print(f"  {T:g} K, x = {mean:.2f}: {x.min():.3f} to {x.max():.3f}; diagram: {said}")
        if apart and known is not None:
            distance = max(distance, abs(x.min() - known[0]), abs(x.max() - known[1]))
    print(f"{T:g} K: {same} of {total} as the diagram says; phases within {distance:.3f} in x")


def main() -> None:
    """Read the campaign and print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a campaign, as results/nxvp")
    folder = parser.parse_args().results
    set_ = read_parameters(folder / "cell/parameters.json")
    thermodynamics = folder / "thermodynamics"
    curves = read_records(thermodynamics / "voltage.h5", schema.VoltageCurve)
    boundaries = read_records(thermodynamics / "phase_diagram.h5", schema.Boundary)
    voltages(set_, curves[set_.temperature])
    for one in temperatures(set_, boundaries):
        separation(one, boundaries)


if __name__ == "__main__":
    main()
