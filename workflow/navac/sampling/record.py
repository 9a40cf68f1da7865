"""The HDF5 record of a sampling run: appended per condition, resumable after a kill.

All datasets are allocated when the file is made, the occupations are kept twice in turn, and
the number of finished conditions is written last. A process that is killed at any moment
therefore leaves a file that is valid up to that number.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from navac import NavacError
from navac.sampling.plan import Walks
from navac.sampling.statistics import autocorrelation_time, drift

PER_PATH = (
    "drift", "block_sweeps", "autocorrelation_energy", "autocorrelation_number",
    "drift_energy", "drift_number", "wave_amplitude",
)  # fmt: skip
MEASURED = ("energy", "number", "energy2", "cross", "number2", "acceptance")

KEPT = ("sublattice", "drift", "wave_amplitude", "wave_vector")


class RecordError(NavacError):
    """A sampling record that does not belong to this run or is not complete."""


@dataclass(frozen=True)
class Samples:
    """Block averages of finished paths, per primitive cell.

    Attributes:
        energy, number, energy2, cross, number2, acceptance: ``[step, block, path]``; see
            :class:`navac.montecarlo.sampler.Averages`.
        sublattice: ``[step, block, sublattice, path]``.
        drift: ``[step, path]`` accumulated minus recomputed energy, eV.
        wave_amplitude, wave_vector: ``[step, path]`` and ``[step, path, 3]``; see
            :func:`navac.montecarlo.observers.strongest_waves`.
        cells: primitive cells in the supercell.

    Steps after the end of a path hold zeros.
    """

    energy: np.ndarray
    number: np.ndarray
    energy2: np.ndarray
    cross: np.ndarray
    number2: np.ndarray
    acceptance: np.ndarray
    sublattice: np.ndarray
    drift: np.ndarray
    wave_amplitude: np.ndarray
    wave_vector: np.ndarray
    cells: int


class Record:
    """An open sampling record."""

    def __init__(self, path: str | Path, fingerprint: str, paths: np.ndarray, walks: Walks,
                 blocks: int, sublattices: int, cells: int, *, keep: bool = False):  # fmt: skip
        """Open the record of this run, or start one.

        Args:
            fingerprint: identifies everything that decides the result; a record of another
                run at the same place is started over.
            paths: ``[path]`` numbers of the paths in this record.
            walks: those paths.
            cells: primitive cells in the supercell.
            keep: keep the configurations at the end of every condition, not only the last.
        """
        self.path = Path(path)
        if not self._belongs(fingerprint):
            self._create(fingerprint, paths, walks, blocks, sublattices, cells, keep)
        self._file = h5py.File(self.path, "r+")

    def _belongs(self, fingerprint: str) -> bool:
        try:
            with h5py.File(self.path, "r") as file:
                return file.attrs["fingerprint"] == fingerprint
        except BlockingIOError as error:
            raise RecordError(
                f"{self.path} is being written by another process; wait for it, or end it"
            ) from error
        except (OSError, KeyError):
            return False

    def _create(self, fingerprint, paths, walks, blocks, sublattices, cells, keep):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        steps, n = walks.temperature.shape
        with h5py.File(part, "w") as file:
            file.attrs["fingerprint"] = fingerprint
            file.attrs["cells"] = cells
            file["paths"] = paths
            file["temperature_K"] = walks.temperature
            file["mu_eV"] = walks.mu
            shapes = dict.fromkeys(MEASURED, (steps, blocks, n))
            shapes["sublattice"] = (steps, blocks, sublattices, n)
            shapes |= dict.fromkeys(PER_PATH, (steps, n))
            for name, shape in shapes.items():
                # Zeros are written, so that a full disk shows now and not in mid-run.
                file.create_dataset(name, data=np.zeros(shape))
            file.create_dataset("wave_vector", data=np.zeros((steps, n, 3), np.int16))
            packed = np.packbits(walks.start.astype(bool), axis=1)
            file["occupation"] = np.stack([packed, packed])
            if keep:
                kept = np.zeros((steps, *packed.shape), np.uint8)
                file.create_dataset("states", data=kept)
            file.create_dataset("sweeps", data=np.zeros((2, n), np.int64))
            file.create_dataset("finished", data=np.zeros(1, np.int64))
            file.attrs["sites"] = walks.start.shape[1]
        os.replace(part, self.path)

    @property
    def finished(self) -> int:
        """Number of finished conditions."""
        return int(self._file["finished"][0])

    def sweeps(self) -> np.ndarray:
        """``[path]`` sweeps that each path has made."""
        return self._file["sweeps"][self.finished % 2]

    def occupation(self) -> np.ndarray:
        """``[path, site]`` int8 after the last finished condition."""
        packed = self._file["occupation"][self.finished % 2]
        return np.unpackbits(packed, axis=1, count=int(self._file.attrs["sites"])).astype(np.int8)

    def append(self, averages: dict[str, np.ndarray], there: np.ndarray,
               occupation: np.ndarray, sweeps: np.ndarray) -> None:  # fmt: skip
        """Write one condition, and only then count it as finished.

        Autocorrelation times, sweeps, and drifts, in standard errors, are written beside the
        averages; see :mod:`navac.sampling.statistics`.

        Args:
            averages: of the paths that were ``there``, on the last axis but for wave vectors:
                the fields of :class:`~navac.montecarlo.sampler.Averages`, ``block_sweeps``, and
                what :func:`~navac.montecarlo.observers.strongest_waves` returns.
            there: positions of those paths.
            occupation: ``[path, site]`` int8 of all paths.
            sweeps: ``[path]`` sweeps made so far, by all paths.
        """
        step = self.finished
        values = dict(averages)
        for name in ("energy", "number"):
            values[f"autocorrelation_{name}"] = autocorrelation_time(
                averages[name], averages[f"{name}2"], averages["block_sweeps"]
            )
            values[f"drift_{name}"] = drift(averages[name])
        for name, found in values.items():
            row = self._file[name][step]
            row[(there if name == "wave_vector" else (..., there))] = found
            self._file[name][step] = row
        turn = (step + 1) % 2
        packed = np.packbits(occupation.astype(bool), axis=1)
        self._file["occupation"][turn] = packed
        if "states" in self._file:
            self._file["states"][step] = packed
        self._file["sweeps"][turn] = sweeps
        self._file.flush()
        self._file["finished"][0] = step + 1
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_states(path: str | Path) -> np.ndarray:
    """``[step, path, site]`` int8 configurations at the end of every condition of a record."""
    with h5py.File(path, "r") as file:
        return np.unpackbits(file["states"][:], axis=2, count=int(file.attrs["sites"])).view(
            np.int8
        )


def read_samples(paths: list[str | Path]) -> Samples:
    """Join finished records of one range; paths in the order of their numbers.

    Raises:
        RecordError: a record stops short of its last condition.
    """
    parts, numbers = [], []
    for path in paths:
        with h5py.File(path, "r") as file:
            if file["finished"][0] != len(file["temperature_K"]):
                raise RecordError(
                    f"{path}: {file['finished'][0]} of {len(file['temperature_K'])} conditions; "
                    "run the campaign again, it continues there"
                )
            parts.append({n: file[n][:] for n in (*MEASURED, *KEPT)})
            numbers.append(file["paths"][:])
            cells = int(file.attrs["cells"])
    order = np.argsort(np.concatenate(numbers))
    axis = {"wave_vector": 1}
    joined = {
        n: np.take(np.concatenate([p[n] for p in parts], axis.get(n, -1)), order, axis.get(n, -1))
        for n in parts[0]
    }
    return Samples(**joined, cells=cells)
