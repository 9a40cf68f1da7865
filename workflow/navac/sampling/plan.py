"""Which paths a campaign samples: start, chemical potential and temperatures of each.

The ``grid`` protocol heats every ground state at every μ of a grid on which it is stable at
0 K or nearly so, and cools the disordered state from infinite temperature at every μ. The grid
is derived from the hull: fine around the transitions between ground states, coarse beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac import NavacError
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.expansion.expansion import Expansion
from navac.hull import Hull
from navac.orderings.ordering import Ordering
from navac.results import schema
from navac.results.read import read_record
from navac.results.write import new_file, write_record

COARSE = 4
"""Grid steps of the outer, coarse part of a μ grid."""

HOT_STEPS = 12
"""Steps, equal in 1/T, from infinite temperature to the highest of the grid. The states before
the first are known and not sampled."""


class PathError(NavacError):
    """Paths that cannot be laid out as asked."""


@dataclass(frozen=True)
class Walks:
    """Paths: what each starts from, and the conditions that it walks through.

    Attributes:
        start: ``[path, site]`` int8 species indices.
        temperature: ``[step, path]`` K; NaN after the end of a path.
        mu: ``[step, path]`` eV per atom.
    """

    start: np.ndarray
    temperature: np.ndarray
    mu: np.ndarray

    def __getitem__(self, paths: np.ndarray) -> Walks:
        """Some of the paths."""
        return Walks(self.start[paths], self.temperature[:, paths], self.mu[:, paths])


@dataclass(frozen=True)
class Plan:
    """The branches of one composition range, and the paths that sample them.

    A branch is a state followed through the (T, μ) grid: a phase that is heated or, after the
    phases, the disordered state that is cooled.

    Attributes:
        phases: name of each starting phase, by rising composition.
        energy: ``[phase]`` ground-state energy, eV per primitive cell.
        number: ``[phase]`` atoms per primitive cell.
        occupation: ``[phase, site]`` int8 index of the species that a site of the supercell
            holds.
        mu_grid: ``[μ]`` chemical potentials, eV per atom.
        branch: ``[path]`` branch of each path; the number of phases for the disordered state.
        mu_index: ``[path]`` position in the μ grid.
        temperatures: ``[T]`` K, rising.
        cooled: how many of them, from the top, the disordered state is cooled through.
        hot: ``[2, μ]`` E − μN and its variance at infinite temperature, per primitive cell, eV and
            eV².
        nominal: ``[phase]`` μ that stands for the phase: the middle of its 0 K interval.
    """

    phases: tuple[str, ...]
    energy: np.ndarray
    number: np.ndarray
    occupation: np.ndarray
    mu_grid: np.ndarray
    branch: np.ndarray
    mu_index: np.ndarray
    temperatures: np.ndarray
    cooled: int
    hot: np.ndarray
    nominal: np.ndarray

    @property
    def mu(self) -> np.ndarray:
        """``[path]`` chemical potential, eV per atom."""
        return self.mu_grid[self.mu_index]

    @property
    def n_branches(self) -> int:
        """Phases, and the disordered state if it is sampled."""
        return len(self.phases) + bool(self.cooled)

    @property
    def heats(self) -> np.ndarray:
        """``[path]`` whether a path heats a phase."""
        return self.branch < len(self.phases)

    def grid_step(self) -> np.ndarray:
        """``[step, path]`` position in ``temperatures``; −1 where a path is not on the grid."""
        heating = np.arange(len(self.temperatures))
        cooling = np.concatenate([np.full(HOT_STEPS - 1, -1), heating[::-1][: self.cooled]])
        return self._by_kind(heating, cooling, -1)

    def walks(self) -> Walks:
        """The conditions of every path."""
        hot = self.temperatures[-1] * HOT_STEPS / np.arange(1, HOT_STEPS)
        down = self.temperatures[::-1][: self.cooled]
        T = self._by_kind(self.temperatures, np.concatenate([hot, down]), np.nan)
        start = self.occupation[np.where(self.heats, self.branch, 0)]
        return Walks(start, T, np.broadcast_to(self.mu, T.shape))

    def _by_kind(self, heating: np.ndarray, cooling: np.ndarray, fill: float) -> np.ndarray:
        """``[step, path]`` of columns for paths that heat and for those that cool."""
        heats = self.heats
        steps = max(len(heating) * int(heats.any()), len(cooling) * int((~heats).any()))
        columns = [
            np.concatenate([c, np.full(max(steps - len(c), 0), fill)])[:steps]
            for c in (cooling, heating)
        ]
        return np.stack(columns, axis=1)[:, heats.astype(int)]


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


def temperature_steps(segments: Sequence[Sequence[float]], extra: Sequence[float]) -> np.ndarray:
    """``[step]`` temperatures of rising segments, K, with ``extra`` ones inside."""
    grid = np.concatenate(segments)
    inside = [t for t in extra if grid.min() <= t <= grid.max()]
    return np.unique(np.round(np.concatenate([grid, inside]), 6))


def phase_names(x: np.ndarray, known: Mapping[str, float]) -> tuple[str, ...]:
    """Names of ground states: the configured one of that composition, or ``x2.50``."""
    names = {round(float(c), 4): name for name, c in known.items()}
    return tuple(names.get(round(float(c), 4), f"x{c:.2f}") for c in x)


def tiled(ordering: Ordering, supercell: Supercell) -> np.ndarray:
    """Repeat an ordering through a supercell.

    Returns:
        ``[site]`` int8 index of the species that the site holds.

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
    return occupation[:, small.wrap(supercell.cells)].astype(np.int8).ravel()


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
    cool_to: float | None,
) -> Plan:
    """Heat every ground state at every μ within ``margin`` of its 0 K stability interval.

    Args:
        cool_to: temperature to which the disordered state is cooled at every μ, K, or None.
        hull: ground states of ``expansion`` among the orderings.
        states: the ordering of each ground state.
        known: configured phase names by composition.
    """
    occupation = np.stack([tiled(s, supercell) for s in states])
    energy = expansion.energies(supercell, spins(occupation))
    number = (occupation == 0).sum(axis=1) / supercell.size
    branch, index, nominal = [], [], []
    for k in range(len(states)):
        low, high = hull.stable(k)
        inside = np.flatnonzero((grid >= low - margin) & (grid <= high + margin))
        branch += [k] * len(inside)
        index += inside.tolist()
        nominal.append(np.mean([max(low, grid[0]), min(high, grid[-1])]))
    cooled = 0 if cool_to is None else int((temperatures >= cool_to).sum())
    if cooled:
        branch += [len(states)] * len(grid)
        index += range(len(grid))
    # The outermost phases are stable to infinity: their far ends stand for them.
    nominal[0], nominal[-1] = grid[0], grid[-1]
    return Plan(
        phases=phase_names(hull.x, known),
        energy=energy,
        number=number,
        occupation=occupation,
        mu_grid=grid,
        branch=np.array(branch),
        mu_index=np.array(index),
        temperatures=temperatures,
        cooled=cooled,
        hot=np.array(expansion.at_random(grid)),
        nominal=np.array(nominal),
    )


def write_plan(path: str | Path, plan: Plan, made: str = "{}", *, species: str = "") -> None:
    """Write a plan as HDF5, atomically, with its provenance.

    Args:
        species: what the chemical potentials are of.
    """
    omega, variance = plan.hot
    record = schema.PathPlan(
        phases=plan.phases,
        energy_eV_per_cell=plan.energy,
        number_per_cell=plan.number,
        occupation=plan.occupation,
        mu_eV=plan.mu_grid,
        species=species,
        branch=plan.branch,
        mu_index=plan.mu_index,
        temperature_K=plan.temperatures,
        cooled=plan.cooled,
        hot_omega_eV_per_cell=omega,
        hot_omega_variance_eV2_per_cell=variance,
        nominal_mu_eV=plan.nominal,
    )
    with new_file(path, made) as file:
        write_record(file, record)


def read_plan(path: str | Path) -> Plan:
    """Inverse of :func:`write_plan`."""
    record = read_record(path, schema.PathPlan)
    return Plan(
        phases=record.phases,
        energy=record.energy_eV_per_cell,
        number=record.number_per_cell,
        occupation=record.occupation,
        mu_grid=record.mu_eV,
        branch=record.branch,
        mu_index=record.mu_index,
        temperatures=record.temperature_K,
        cooled=int(record.cooled),
        hot=np.stack([record.hot_omega_eV_per_cell, record.hot_omega_variance_eV2_per_cell]),
        nominal=record.nominal_mu_eV,
    )
