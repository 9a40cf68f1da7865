"""Which paths a campaign samples: start, chemical potential and temperatures of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.crystal.configurations import Configurations
from navac.results import schema
from navac.results.read import read_record
from navac.results.write import new_file, write_record

HOT_STEPS = 12
"""Steps, equal in 1/T, from infinite temperature to the highest of the grid. The states before
the first are known and not sampled."""


@dataclass(frozen=True)
class Walks:
    """Paths: what each starts from, and the conditions that it walks through.

    Attributes:
        start: configuration of each path.
        temperature: ``[step, path]`` K; NaN after the end of a path.
        mu: ``[step, path]`` eV per atom.
    """

    start: Configurations
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
        start = Configurations.of(self.occupation)[np.where(self.heats, self.branch, 0)]
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
