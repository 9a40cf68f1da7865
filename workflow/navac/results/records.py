"""The HDF5 file of sampled paths: names of its datasets, and a file that is whole at any moment.

All datasets are allocated, with zeros, when the file is made, so that a full disk shows before
any work is done. Conditions are written one after the other and the number of finished ones last:
a process that is killed at any moment leaves a file that is valid up to that number.

::

    paths, stream          [path]                     numbers of the paths, and of their streams of
                                                      random numbers
    start_digest           [path]                     of the configuration that a path starts from
    temperature_K, mu_eV   [step, path]               conditions; NaN after the end of a path
    energy_eV, number, energy_squared_eV2, energy_number_eV, number_squared, acceptance
                           [step, block, path]        block averages, per primitive cell
    sublattice_occupation  [step, block, sublattice, path]
    block_sweeps           [step, path]               sweeps per block; 0 where nothing is sampled
    discrepancy_eV         [step, path]               accumulated minus recomputed energy
    autocorrelation_energy_sweeps, autocorrelation_number_sweeps, trend_energy, trend_number,
    concentration_wave_amplitude
                           [step, path]
    concentration_wave_vector [step, path, 3]
    state                  [step, path, byte]         configurations that a path is carried on with,
                                                      packed
    state_aside            [step, path, byte]         those at the end of what is sampled aside,
                                                      where something is
    <block average>_remainder                         there too: what the sum of the averages of
                                                      shorter blocks is beyond this average times
                                                      their number, so that it can be continued
                                                      without rounding
    finished               [1]                        number of finished conditions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from navac import NavacError
from navac.files import replacing
from navac.results.schema import PROVENANCE, VERSION, VERSION_ATTRIBUTE

MEASURED = {
    "energy": "energy_eV", "number": "number", "energy2": "energy_squared_eV2",
    "cross": "energy_number_eV", "number2": "number_squared", "acceptance": "acceptance",
    "sublattice": "sublattice_occupation",
}  # fmt: skip
PER_PATH = {
    "block_sweeps": "block_sweeps", "discrepancy": "discrepancy_eV",
    "autocorrelation_energy": "autocorrelation_energy_sweeps",
    "autocorrelation_number": "autocorrelation_number_sweeps",
    "trend_energy": "trend_energy", "trend_number": "trend_number",
    "wave_amplitude": "concentration_wave_amplitude",
}  # fmt: skip
WAVE_VECTOR = {"wave_vector": "concentration_wave_vector"}
REMAINDERS = {f"{name}_remainder": f"{dataset}_remainder" for name, dataset in MEASURED.items()}
NAMES = MEASURED | PER_PATH | WAVE_VECTOR | REMAINDERS


class RecordError(NavacError):
    """A sampling record that does not belong to this run, or is not complete."""


class VersionError(RecordError):
    """A file that is not a record, or one of another version of navac."""


@dataclass(frozen=True)
class Shape:
    """The size of a record.

    Attributes:
        steps, paths, blocks, sublattices, sites: how many there are.
        cells: primitive cells in the supercell.
        aside: whether conditions are sampled longer than paths are carried on.
    """

    steps: int
    paths: int
    blocks: int
    sublattices: int
    sites: int
    cells: int
    aside: bool = False

    @property
    def bytes(self) -> int:
        """Size of the file."""
        per_block = (len(MEASURED) - 1 + self.sublattices) * (1 + self.aside)
        states = (1 + self.aside) * -(-self.sites // 8)
        per_step = 8 * (self.blocks * per_block + len(PER_PATH) + 2) + 6 + states
        return self.steps * self.paths * per_step


class RecordFile:
    """An open record."""

    def __init__(self, path: str | Path, mode: str = "r"):
        """
        Raises:
            RecordError: another process writes the file.
            VersionError: the file is not a record of this version.
            OSError: it is not an HDF5 file.
        """
        self.path = Path(path)
        try:
            self._file = h5py.File(path, mode)
        except BlockingIOError as error:
            raise RecordError(
                f"{path} is being written by another process; wait for it, or end it"
            ) from error
        version = int(self._file.attrs.get(VERSION_ATTRIBUTE, 1))
        if version != VERSION or "finished" not in self._file:
            self._file.close()
            raise VersionError(
                f"{path}: not a record of schema version {VERSION} (it says {version}); "
                "run the campaign again, the paths are then sampled anew"
            )

    @classmethod
    def create(
        cls,
        path: Path,
        shape: Shape,
        marks: Mapping[str, str],
        paths: Mapping[str, np.ndarray],
        conditions: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Make an empty record, atomically.

        Args:
            marks: fingerprints and provenance, text by name.
            paths: ``[path]`` number, stream and digest of the start of each path.
            conditions: ``[step, path]`` temperatures and chemical potentials.
        """
        steps, n = shape.steps, shape.paths
        with replacing(path) as part, h5py.File(part, "w") as file:
            file.attrs[VERSION_ATTRIBUTE] = VERSION
            for name, text in marks.items():
                file.attrs[name] = text
            file.attrs["cells"], file.attrs["sites"] = shape.cells, shape.sites
            for name, values in paths.items():
                file[name] = values
            file["temperature_K"], file["mu_eV"] = conditions
            for name, dataset in (MEASURED | (REMAINDERS if shape.aside else {})).items():
                inner = (shape.sublattices,) if name.startswith("sublattice") else ()
                file[dataset] = np.zeros((steps, shape.blocks, *inner, n))
            for dataset in PER_PATH.values():
                file[dataset] = np.zeros((steps, n))
            file[WAVE_VECTOR["wave_vector"]] = np.zeros((steps, n, 3), np.int16)
            for dataset in ("state", "state_aside")[: 1 + shape.aside]:
                file[dataset] = np.zeros((steps, n, -(-shape.sites // 8)), np.uint8)
            file["finished"] = np.zeros(1, np.int64)

    def __enter__(self) -> RecordFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def mark(self, name: str) -> str:
        """A fingerprint, or the provenance; empty if there is none."""
        return str(self._file.attrs.get(name, ""))

    def set_provenance(self, text: str) -> None:
        """Say from what the record is made."""
        self._file.attrs[PROVENANCE] = text

    @property
    def finished(self) -> int:
        """Number of finished conditions."""
        return int(self._file["finished"][0])

    @property
    def steps(self) -> int:
        """Number of conditions of the longest path."""
        return len(self._file["temperature_K"])

    @property
    def cells(self) -> int:
        """Primitive cells in the supercell."""
        return int(self._file.attrs["cells"])

    @property
    def paths(self) -> np.ndarray:
        """``[path]`` their numbers."""
        return self._file["paths"][:]

    @property
    def stream(self) -> np.ndarray:
        """``[path]`` numbers of their streams of random numbers."""
        return self._file["stream"][:]

    @property
    def start_digest(self) -> list[str]:
        """``[path]`` digest of the configuration that it starts from."""
        return [text.decode() for text in self._file["start_digest"][:]]

    @property
    def temperature(self) -> np.ndarray:
        """``[step, path]`` K."""
        return self._file["temperature_K"][:]

    @property
    def mu(self) -> np.ndarray:
        """``[step, path]`` eV per atom."""
        return self._file["mu_eV"][:]

    @property
    def remainders(self) -> list[str]:
        """Names of the remainders that the record has."""
        return [name for name, dataset in REMAINDERS.items() if dataset in self._file]

    def read(self, name: str, step: int | slice = slice(None)) -> np.ndarray:
        """What was measured, ``[step, …, path]``; the vectors of waves ``[step, path, 3]``."""
        return self._file[NAMES[name]][step]

    def states(self, step: int | slice = slice(None), *, aside: bool = False) -> np.ndarray:
        """``[step, path, site]`` int8: index of the species that each site holds.

        Args:
            aside: at the end of all that was sampled, not of what carried the path on.
        """
        name = "state_aside" if aside and "state_aside" in self._file else "state"
        sites = int(self._file.attrs["sites"])
        return np.unpackbits(self._file[name][step], axis=-1, count=sites).view(np.int8)

    def append(
        self,
        values: Mapping[str, np.ndarray],
        there: np.ndarray,
        state: np.ndarray,
        aside: np.ndarray,
    ) -> None:
        """Write one condition, and only then count it as finished.

        Args:
            values: of the paths that were ``there``, on the last axis, but for wave vectors.
            there: positions of those paths.
            state: ``[path, site]`` species indices of all paths.
            aside: the same at the end of what was sampled aside.
        """
        step = self.finished
        for name, found in values.items():
            dataset = self._file[NAMES[name]]
            row = dataset[step]
            row[there if name == "wave_vector" else (..., there)] = found
            dataset[step] = row
        self._file["state"][step] = packed(state)
        if "state_aside" in self._file:
            self._file["state_aside"][step] = packed(aside)
        self._file.flush()
        self._file["finished"][0] = step + 1
        self._file.flush()


def packed(state: np.ndarray) -> np.ndarray:
    """``[path, byte]`` of ``[path, site]`` species indices.

    Raises:
        RecordError: a site holds a third species, which a bit cannot.
    """
    if state.size and state.max() > 1:
        raise RecordError(
            f"species index {int(state.max())}: records of this version hold sites of two species"
        )
    return np.packbits(state.astype(bool), axis=-1)


def open_if_readable(path: Path) -> RecordFile | None:
    """A record, or None where there is none or the file is not a record of this version.

    Raises:
        RecordError: another process writes the file.
    """
    try:
        return RecordFile(path)
    except (OSError, VersionError):
        return None
