"""Records of sampled paths: begun, continued, taken over from older ones, and joined."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.results.records import RecordError, RecordFile, Shape, open_if_readable
from navac.sampling.plan import Walks
from navac.sampling.statistics import autocorrelation_time, trend

__all__ = ["Donor", "RecordError", "Samples", "begin", "read_samples", "read_states"]

KEPT = (
    "energy", "number", "energy2", "cross", "number2", "acceptance", "sublattice", "discrepancy",
    "wave_amplitude", "wave_vector",
)  # fmt: skip


@dataclass(frozen=True)
class Samples:
    """Block averages of finished paths, per primitive cell.

    Attributes:
        energy, number, energy2, cross, number2, acceptance: ``[step, block, path]``; see
            :class:`navac.montecarlo.sampler.Averages`.
        sublattice: ``[step, block, sublattice, path]``.
        discrepancy: ``[step, path]`` accumulated minus recomputed energy, eV.
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
    discrepancy: np.ndarray
    wave_amplitude: np.ndarray
    wave_vector: np.ndarray
    cells: int


@dataclass(frozen=True)
class Identity:
    """What a record is of.

    Attributes:
        whole: fingerprint of everything that decides its content.
        carried: fingerprint of what decides how paths are carried from condition to condition,
            the paths themselves left out.
        provenance: JSON of what it is made from.
    """

    whole: str
    carried: str
    provenance: str = ""

    @property
    def marks(self) -> dict[str, str]:
        """As they stand in the file."""
        return {
            "fingerprint": self.whole, "carried_fingerprint": self.carried,
            "provenance": self.provenance,
        }  # fmt: skip


@dataclass(frozen=True)
class Donor:
    """Conditions of an older record that the new one takes over.

    Attributes:
        file: the older record.
        path: ``[path]`` position in the older record of each path of the new one; −1 for none.
        steps: ``[path]`` conditions of it that are the same, from the first on.
    """

    file: RecordFile
    path: np.ndarray
    steps: np.ndarray

    def has(self, step: int) -> np.ndarray:
        """``[path]`` whether a condition of a path is taken over."""
        return self.steps > step

    def values(self, step: int, rows: np.ndarray) -> dict[str, np.ndarray]:
        """What was measured of paths at a condition, paths on the last axis."""
        names = (*KEPT, "block_sweeps")
        own = self.path[rows]
        found = {n: self.file.read(n, step) for n in names}
        return {n: v[own] if n == "wave_vector" else v[..., own] for n, v in found.items()}

    def states(self, step: int, rows: np.ndarray, *, aside: bool = False) -> np.ndarray:
        """``[site, path]`` species indices that paths were carried on with, or ended aside."""
        return self.file.states(step, aside=aside)[self.path[rows]].T


def start_digests(walks: Walks) -> list[str]:
    """``[path]`` digest of the configuration that a path starts from."""
    return [hashlib.sha256(start.tobytes()).hexdigest()[:16] for start in walks.start]


def begin(
    path: str | Path,
    identity: Identity,
    paths: np.ndarray,
    stream: np.ndarray,
    walks: Walks,
    shape: Shape,
    *,
    block_sweeps: int | None,
    may_renumber: bool = True,
) -> tuple[RecordFile, np.ndarray, Donor | None]:
    """Open the record of a run, or start one with what an older record has of it.

    A record that is no longer wanted is set aside as ``<name>.older`` until the new one is
    finished, and its conditions are taken over where they are those of the new run.

    Args:
        identity: tells this run from others.
        paths: ``[path]`` their numbers.
        stream: ``[path]`` their streams of random numbers.
        walks: those paths.
        block_sweeps: sweeps per block that are asked for; None where every path decides that.
        may_renumber: whether a path may go on with another stream than its own, that of the older
            record; with several records side by side two paths might get the same.

    Returns:
        The open record, the streams, and what can be taken over.
    """
    path = Path(path)
    older = path.with_name(f"{path.name}.older")
    record = open_if_readable(path)
    if record is None or record.mark("fingerprint") != identity.whole:
        if record is not None:
            worth = record.finished > 0
            record.close()
            if worth and not _goes_on(older, identity, path):
                os.replace(path, older)
        stream = _streams(older, identity, walks, stream) if may_renumber else stream
        RecordFile.create(
            path, shape, identity.marks,
            {"paths": paths, "stream": stream,
             "start_digest": np.array(start_digests(walks), "S16")},
            (walks.temperature, walks.mu),
        )  # fmt: skip
    else:
        record.close()
    record = RecordFile(path, "r+")
    record.set_provenance(identity.provenance)
    return record, record.stream, _donor(older, identity, walks, record.stream, block_sweeps)


def _goes_on(older: Path, identity: Identity, unfinished: Path) -> bool:
    """Whether what was set aside before has more of the run than the record that followed it."""
    counts = []
    for file in (older, unfinished):
        record = open_if_readable(file)
        if record is None:
            return False
        counts.append(record.finished * (record.mark("carried_fingerprint") == identity.carried))
        record.close()
    return counts[0] > counts[1]


def settle(path: str | Path) -> None:
    """Remove what was set aside; the record is finished."""
    Path(f"{path}.older").unlink(missing_ok=True)


def _streams(older: Path, identity: Identity, walks: Walks, stream: np.ndarray) -> np.ndarray:
    """``[path]`` the streams of the older record where it has the path, others of their own."""
    file = open_if_readable(older)
    if file is None:
        return stream
    with file:
        if file.mark("carried_fingerprint") != identity.carried:
            return stream
        known = dict(zip(_paths_of(file), file.stream.tolist(), strict=True))
    wanted = [known.get(one) for one in _identities(walks)]
    used = {number for number in wanted if number is not None}
    free = iter(range(int(max([*stream.tolist(), *used])) + 1, 2**32))
    found = []
    for number, own in zip(wanted, stream.tolist(), strict=True):
        if number is None:
            number = own if own not in used else next(free)
            used.add(number)
        found.append(number)
    return np.array(found)


def _identities(walks: Walks) -> list[tuple[str, float, float]]:
    """``[path]`` where a path starts: configuration, temperature and chemical potential."""
    return list(zip(start_digests(walks), walks.temperature[0], walks.mu[0], strict=True))


def _paths_of(file: RecordFile) -> list[tuple[str, float, float]]:
    return list(zip(file.start_digest, file.temperature[0], file.mu[0], strict=True))


def _donor(
    older: Path,
    identity: Identity,
    walks: Walks,
    stream: np.ndarray,
    block_sweeps: int | None,
) -> Donor | None:
    """What an older record has of the paths of a run."""
    file = open_if_readable(older)
    if file is None:
        return None
    if file.mark("carried_fingerprint") != identity.carried:
        file.close()
        return None
    known = {(*one, number): k for k, (one, number) in enumerate(
        zip(_paths_of(file), file.stream.tolist(), strict=True))}  # fmt: skip
    wanted = zip(_identities(walks), stream.tolist(), strict=True)
    path = np.array([known.get((*one, number), -1) for one, number in wanted])
    common = min(file.finished, len(walks.temperature))
    lengths = file.read("block_sweeps", slice(common))[:, path]
    same = (
        (file.temperature[:common, path] == walks.temperature[:common])
        & (file.mu[:common, path] == walks.mu[:common])
        & (path >= 0)
        & (lengths > 0)
    )
    if block_sweeps is not None:  # shorter blocks are joined to longer ones, not the reverse
        same &= np.mod(block_sweeps, np.maximum(lengths, 1)) == 0
    steps = np.where(same.all(axis=0), common, np.argmin(same, axis=0)) if common else 0 * path
    if not steps.any():
        file.close()
        return None
    return Donor(file, path, steps)


def with_statistics(averages: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The averages of a condition with autocorrelation times and trends, as a record holds them."""
    values = dict(averages)
    for name in ("energy", "number"):
        values[f"autocorrelation_{name}"] = autocorrelation_time(
            averages[name], averages[f"{name}2"], averages["block_sweeps"]
        )
        values[f"trend_{name}"] = trend(averages[name])
    return values


def read_states(path: str | Path) -> np.ndarray:
    """``[step, path, site]`` int8 species indices at the end of every condition of a record."""
    with RecordFile(path) as file:
        return file.states()


def read_samples(paths: Sequence[str | Path]) -> Samples:
    """Join finished records of one range; paths in the order of their numbers.

    Raises:
        RecordError: a record stops short of its last condition.
    """
    parts, numbers, cells = [], [], 0
    for path in paths:
        with RecordFile(path) as file:
            if file.finished != file.steps:
                raise RecordError(
                    f"{path}: {file.finished} of {file.steps} conditions; run the campaign again, "
                    "it continues there"
                )
            parts.append({name: file.read(name) for name in KEPT})
            numbers.append(file.paths)
            cells = file.cells
    order = np.argsort(np.concatenate(numbers))
    axis = {"wave_vector": 1}
    joined = {
        n: np.take(np.concatenate([p[n] for p in parts], axis.get(n, -1)), order, axis.get(n, -1))
        for n in parts[0]
    }
    return Samples(**joined, cells=cells)
