"""The HDF5 file of sampled paths, which is whole at any moment; what it holds is in the schema.

All datasets are allocated, with zeros, when the file is made, so that a full disk shows before
any work is done. Conditions are written one after the other and the number of finished ones last:
a process that is killed at any moment leaves a file that is valid up to that number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from navac import NavacError
from navac.crystal.configurations import Configurations
from navac.files import replacing
from navac.results.sampled import AT, NAMES, REMAINDERS, WAVE_VECTOR, Marks, Shape, allocate
from navac.results.schema import PROVENANCE, VERSION, VERSION_ATTRIBUTE


class RecordError(NavacError):
    """A sampling record that does not belong to this run, or is not complete."""


class VersionError(RecordError):
    """A file that is not a record, or one of another version of navac."""


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
        if version != VERSION or AT.finished not in self._file:
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
        marks: Marks,
        *,
        paths: np.ndarray,
        stream: np.ndarray,
        start_digest: Sequence[str],
        temperature: np.ndarray,
        mu: np.ndarray,
    ) -> None:
        """Make an empty record, atomically.

        Args:
            paths, stream, start_digest: ``[path]``, see :attr:`paths`, :attr:`stream` and
                :attr:`start_digest`.
            temperature, mu: ``[step, path]`` K, and eV per atom.
        """
        with replacing(path) as part, h5py.File(part, "w") as file:
            file.attrs[VERSION_ATTRIBUTE], file.attrs[PROVENANCE] = VERSION, marks.provenance
            file.attrs[AT.fingerprint] = marks.fingerprint
            file.attrs[AT.carried_fingerprint] = marks.carried_fingerprint
            file.attrs[AT.lengths] = marks.lengths
            file.attrs[AT.cells], file.attrs[AT.sites] = shape.cells, shape.sites
            file[AT.paths], file[AT.stream] = paths, stream
            file[AT.start_digest] = np.array(start_digest, "S16")
            file[AT.temperature_K], file[AT.mu_eV] = temperature, mu
            allocate(file, shape)

    def __enter__(self) -> RecordFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def marks(self) -> Marks:
        """From what it is made."""
        return Marks(
            fingerprint=self._text(AT.fingerprint),
            carried_fingerprint=self._text(AT.carried_fingerprint),
            lengths=self._text(AT.lengths),
            provenance=self._text(PROVENANCE),
        )

    def _text(self, name: str) -> str:
        """A text among the attributes; empty if there is none."""
        return str(self._file.attrs.get(name, ""))

    def set_provenance(self, text: str) -> None:
        """Say from what the record is made."""
        self._file.attrs[PROVENANCE] = text

    @property
    def finished(self) -> int:
        """Number of finished conditions."""
        return int(self._file[AT.finished][0])

    @property
    def steps(self) -> int:
        """Number of conditions of the longest path."""
        return len(self._file[AT.temperature_K])

    @property
    def cells(self) -> int:
        """Primitive cells in the supercell."""
        return int(self._file.attrs[AT.cells])

    @property
    def paths(self) -> np.ndarray:
        """``[path]`` their numbers."""
        return self._file[AT.paths][:]

    @property
    def stream(self) -> np.ndarray:
        """``[path]`` numbers of their streams of random numbers."""
        return self._file[AT.stream][:]

    @property
    def start_digest(self) -> list[str]:
        """``[path]`` digest of the configuration that it starts from."""
        return [text.decode() for text in self._file[AT.start_digest][:]]

    @property
    def temperature(self) -> np.ndarray:
        """``[step, path]`` K."""
        return self._file[AT.temperature_K][:]

    @property
    def mu(self) -> np.ndarray:
        """``[step, path]`` eV per atom."""
        return self._file[AT.mu_eV][:]

    @property
    def remainders(self) -> list[str]:
        """Names of the remainders that the record has."""
        return [name for name, dataset in REMAINDERS.items() if dataset in self._file]

    def read(self, name: str, step: int | slice = slice(None)) -> np.ndarray:
        """What was measured, ``[step, …, path]``; the vectors of waves ``[step, path, 3]``."""
        return self._file[NAMES[name]][step]

    def configurations(
        self, step: int | slice = slice(None), *, aside: bool = False
    ) -> Configurations:
        """Configurations of all paths at the end of a condition, or of one condition after another.

        Args:
            aside: at the end of all that was sampled, not of what carried the path on.
        """
        name = AT.state_aside if aside and AT.state_aside in self._file else AT.state
        bits = self._file[name][step]
        return Configurations(bits.reshape(-1, 1, bits.shape[-1]), int(self._file.attrs[AT.sites]))

    def append(
        self,
        values: Mapping[str, np.ndarray],
        there: np.ndarray,
        state: Configurations,
        aside: Configurations,
    ) -> None:
        """Write one condition, and only then count it as finished.

        Args:
            values: of the paths that were ``there``, on the last axis, but for wave vectors.
            there: positions of those paths.
            state: of all paths, of two species per site.
            aside: the same at the end of what was sampled aside.

        Raises:
            RecordError: sites of more than two species, which a bit cannot hold.
        """
        if {state.bits.shape[1], aside.bits.shape[1]} != {1}:
            raise RecordError("records of this version hold sites of two species, no more")
        step = self.finished
        for name, found in values.items():
            dataset = self._file[NAMES[name]]
            row = dataset[step]
            row[there if name in WAVE_VECTOR else (..., there)] = found
            dataset[step] = row
        self._file[AT.state][step] = state.bits[:, 0]
        if AT.state_aside in self._file:
            self._file[AT.state_aside][step] = aside.bits[:, 0]
        self._file.flush()
        self._file[AT.finished][0] = step + 1
        self._file.flush()


def open_if_readable(path: Path) -> RecordFile | None:
    """A record, or None where there is none or the file is not a record of this version.

    Raises:
        RecordError: another process writes the file.
    """
    try:
        return RecordFile(path)
    except (OSError, VersionError):
        return None
