"""Half cells at C/1000 of a finished campaign with ``cell.run``, beside its own voltages.

``python benchmarks/cells.py results/nxvp`` prints how far the voltages of PyBaMM are from
``voltage.h5``: on plateaus, and at every point in one phase (SPM), where the composition is that of
the surface of the particle, which the voltage belongs to, and where it is the mean. It needs the
packages of the extra ``cell``.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.cell.battery import Cell, Direction, Model
from navac.cell.file import read_parameters
from navac.cell.parameters import Parameters
from navac.results import schema
from navac.results.read import read_record

RATE = 1e-3
CLOSE = 1e-8
"""Two x are the same within this: surfaces are where they are wanted to some 1e-9."""


@dataclass(frozen=True)
class Points:
    """Points of a voltage curve of the campaign within a window.

    Attributes:
        x, voltage: ``[point]``.
        single: ``[point]`` whether in one phase.
    """

    x: np.ndarray
    voltage: np.ndarray
    single: np.ndarray

    def off(self, x: np.ndarray, voltage: np.ndarray) -> np.ndarray:
        """``[time]`` how far voltages are from the curve at x, V.

        On a vertical step of the curve every voltage of the step is on it.
        """
        high, low = (np.interp(x + near, self.x, self.voltage) for near in (-CLOSE, CLOSE))
        return np.maximum(0, np.maximum(low - voltage, voltage - high))


def points(set_: Parameters, curve: schema.VoltageCurve) -> Points:
    """Those of a curve within the window of a set, by rising x."""
    low, high = set_.window
    inside = (curve.x >= low) & (curve.x <= high)
    x, voltage = curve.x[inside], curve.voltage_V[inside]
    order = np.lexsort((-voltage, x))
    return Points(x[order], voltage[order], curve.stable[inside].astype(bool)[order])


def lead(set_: Parameters, x: np.ndarray) -> np.ndarray:
    """``[point]`` how far in x the surface of a sphere is ahead of its mean, (dx/dt) R²/15D."""
    low, high = set_.window
    D = np.interp(x, *set_.chemical_diffusivities())
    return (high - low) * RATE / 3600 * set_["radius"] ** 2 / (15 * D)


@dataclass(frozen=True)
class Slow:
    """A slow charge or discharge.

    Attributes:
        mean, surface: ``[time]`` composition of the particle and of its surface.
        voltage: ``[time]`` V.
        said: how much passed and why it ended.
    """

    mean: np.ndarray
    surface: np.ndarray
    voltage: np.ndarray
    said: str

    def at(self, x: np.ndarray) -> np.ndarray:
        """The times at which the surface is nearest to compositions."""
        return np.abs(self.surface[:, None] - x).argmin(axis=0)


def slow(set_: Parameters, model: Model, direction: Direction, x: np.ndarray) -> Slow:
    """A half cell at :data:`RATE` whose surface passes compositions, and its mean too."""
    (low, high), ahead = set_.window, lead(set_, x)
    behind = x - ahead if direction == "discharge" else x + ahead
    mean = np.unique(np.clip(np.concatenate([x, behind, set_.window]), low, high))
    passed = mean - low if direction == "discharge" else (high - mean)[::-1]
    cell = Cell(set_=set_, kind="half", model=model, electrode={})
    found = cell.run(RATE, direction, set_.capacity * passed / (high - low))
    gone = (high - low) * found.capacity / set_.capacity
    return Slow(
        mean=low + gone if direction == "discharge" else high - gone,
        surface=found.surface, voltage=found.voltage,
        said=f"{found.capacity[-1]:.2f} mAh/g, {found.ended}",
    )  # fmt: skip


def compare(set_: Parameters, known: Points, model: Model, direction: Direction) -> None:
    """Print one charge or discharge beside the curve."""
    found = slow(set_, model, direction, known.x)
    off = 1e3 * known.off(found.surface, found.voltage)
    plateau, single = (off[found.at(np.unique(known.x[w]))] for w in (~known.single, known.single))
    print(f"{model} {direction}: {found.said}; mV off on plateaus: {plateau.max():.2f}")
    if model == "DFN":
        return  # its phases are wider
    middle = len(found.mean) // 2
    ahead = np.abs(found.surface - found.mean)[middle]
    known_lead = lead(set_, found.mean[[middle]]).item()
    print(
        f"  in one phase, {len(single)} compositions of {known.single.sum()} points: at that of "
        f"the surface median {np.median(single):.2f}, at most {single.max():.2f}"
    )
    mean = np.unique(known.x[known.single])
    order = np.argsort(found.mean)
    by_mean = np.interp(mean, found.mean[order], found.voltage[order])
    print(f"  at the mean, of which the surface is {ahead:.3g} ahead ({known_lead:.3g} by "
          f"(dx/dt) R²/15D): at most {1e3 * known.off(mean, by_mean).max():.1f}")  # fmt: skip


def main() -> None:
    """Read the campaign and print all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a campaign, as results/nxvp")
    folder = parser.parse_args().results
    set_ = read_parameters(folder / "cell/parameters.json")
    file = folder / "thermodynamics/voltage.h5"
    known = points(set_, read_record(file, schema.VoltageCurve, set_.temperature))
    print(f"{set_.name}: {set_.capacity:.2f} mAh/g from x = {set_.window[0]:g} to "
          f"{set_.window[1]:g}")  # fmt: skip
    for model in ("SPM", "DFN"):
        for direction in ("discharge", "charge"):
            compare(set_, known, model, direction)


if __name__ == "__main__":
    main()
