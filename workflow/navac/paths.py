"""Which paths a campaign samples: start phase, chemical potential and temperatures of each.

The ``grid`` protocol heats every ground state at every μ of a grid on which it is stable at
0 K or nearly so. The grid is derived from the hull: fine around the transitions between
ground states, coarse beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np

from navac.expansion import Expansion
from navac.files import new_hdf5
from navac.hull import Hull
from navac.orderings import Ordering
from navac.supercell import Supercell

COARSE = 4
"""Grid steps of the outer, coarse part of a μ grid."""


class PathError(ValueError):
    """Paths that cannot be laid out as asked."""


@dataclass(frozen=True)
class Plan:
    """The paths of one composition range, all of which walk the same temperatures.

    Attributes:
        phases: name of each starting phase, by rising composition.
        energy: ``[phase]`` ground-state energy, eV per primitive cell.
        number: ``[phase]`` atoms per primitive cell.
        occupation: ``[phase, site]`` int8, 1 where a site of the supercell holds its first
            species.
        mu_grid: ``[μ]`` chemical potentials, eV per atom.
        phase: ``[path]`` starting phase of each path.
        mu_index: ``[path]`` position in the μ grid.
        temperatures: ``[step]`` K, rising.
        nominal: ``[phase]`` μ that stands for the phase: the middle of its 0 K interval.
    """

    phases: tuple[str, ...]
    energy: np.ndarray
    number: np.ndarray
    occupation: np.ndarray
    mu_grid: np.ndarray
    phase: np.ndarray
    mu_index: np.ndarray
    temperatures: np.ndarray
    nominal: np.ndarray

    @property
    def mu(self) -> np.ndarray:
        """``[path]`` chemical potential, eV per atom."""
        return self.mu_grid[self.mu_index]


def mu_grid(hull: Hull, step: float, margin: float, reach: float) -> np.ndarray:
    """Chemical potentials around the 0 K transitions, all multiples of ``step``.

    Args:
        margin: how far the fine part reaches beyond the outermost transitions, eV.
        reach: how far the coarse part reaches beyond them, eV.
    """
    first, last = hull.transitions[0], hull.transitions[-1]
    fine = np.arange(np.floor((first - margin) / step), np.ceil((last + margin) / step) + 1)
    low = np.arange(fine[0], np.floor((first - reach) / step), -COARSE)[:0:-1]
    high = np.arange(fine[-1], np.ceil((last + reach) / step), COARSE)[1:]
    return step * np.concatenate([low, fine, high])


def temperature_steps(segments: Sequence[tuple[float, float, float]], extra: Sequence[float]):
    """``[step]`` temperatures of (start, stop, step) segments, with ``extra`` ones inside."""
    values = [np.arange(start, stop + step / 2, step) for start, stop, step in segments]
    grid = np.concatenate(values)
    inside = [t for t in extra if grid.min() <= t <= grid.max()]
    return np.unique(np.round(np.concatenate([grid, inside]), 6))


def phase_names(x: np.ndarray, known: Mapping[str, float]) -> tuple[str, ...]:
    """Names of ground states: the configured one of that composition, or ``x2.50``."""
    names = {round(float(c), 4): name for name, c in known.items()}
    return tuple(names.get(round(float(c), 4), f"x{c:.2f}") for c in x)


def tiled(ordering: Ordering, supercell: Supercell) -> np.ndarray:
    """Repeat an ordering through a supercell.

    Returns:
        ``[site]`` int8, 1 where the site holds its first species.

    Raises:
        PathError: the supercell is not a multiple of the ordering's.
    """
    small = ordering.supercell
    corners = np.diag(supercell.diag)
    if small.wrap(corners).any():
        raise PathError(
            f"ordering {ordering.id} does not fit into {supercell.diag} cells; choose "
            "sampling.supercell lengths that are multiples of its period"
        )
    occupation = np.asarray(ordering.occupation).reshape(-1, small.size)
    return (occupation[:, small.wrap(supercell.cells)] == 0).astype(np.int8).ravel()


def plan_grid(
    expansion: Expansion,
    hull: Hull,
    states: Sequence[Ordering],
    supercell: Supercell,
    *,
    known: Mapping[str, float],
    grid: np.ndarray,
    margin: float,
    temperatures: np.ndarray,
) -> Plan:
    """Heat every ground state at every μ within ``margin`` of its 0 K stability interval.

    Args:
        hull: ground states of ``expansion`` among the orderings.
        states: the ordering of each ground state.
        known: configured phase names by composition.
    """
    occupation = np.stack([tiled(s, supercell) for s in states])
    energy = expansion.energies(supercell, 1 - 2 * occupation)
    number = occupation.sum(axis=1) / supercell.size
    phase, index, nominal = [], [], []
    for k in range(len(states)):
        low, high = hull.stable(k)
        inside = np.flatnonzero((grid >= low - margin) & (grid <= high + margin))
        phase += [k] * len(inside)
        index += inside.tolist()
        nominal.append(np.mean([max(low, grid[0]), min(high, grid[-1])]))
    # The outermost phases are stable to infinity: their far ends stand for them.
    nominal[0], nominal[-1] = grid[0], grid[-1]
    return Plan(
        phase_names(hull.x, known), energy, number, occupation, grid,
        np.array(phase), np.array(index), temperatures, np.array(nominal),
    )  # fmt: skip


def write_plan(path: str | Path, plan: Plan, config_json: str = "{}", seed: int = 0) -> None:
    """Write a plan as HDF5, atomically, with the configuration it comes from."""
    with new_hdf5(path, config_json, seed) as file:
        file.attrs["phases"] = list(plan.phases)
        for field in fields(plan)[1:]:
            file[field.name] = getattr(plan, field.name)


def read_plan(path: str | Path) -> Plan:
    """Inverse of :func:`write_plan`."""
    with h5py.File(path, "r") as file:
        arrays = {field.name: file[field.name][:] for field in fields(Plan)[1:]}
        return Plan(tuple(file.attrs["phases"]), **arrays)
