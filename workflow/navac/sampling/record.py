"""Records of sampled paths: begun or resumed, and read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from navac.crystal.configurations import Configurations
from navac.files import check_room
from navac.results.records import RecordError, RecordFile, open_if_readable
from navac.results.sampled import Shape
from navac.sampling.continuation import Identity, has_more, inherited_streams, start_digests
from navac.sampling.plan import Walks
from navac.sampling.statistics import autocorrelation_time, trend

__all__ = ["RecordError", "Samples", "begin", "read_configurations", "read_samples", "states_at"]

KEPT = (
    "energy", "number", "energy2", "cross", "number2", "acceptance", "sublattice", "discrepancy",
    "wave_amplitude", "wave_vector",
)  # fmt: skip
BLOCK_AVERAGES = KEPT[:7]


@dataclass(frozen=True)
class Samples:
    """Block averages of finished paths, per primitive cell.

    Attributes:
        energy, number, energy2, cross, number2, acceptance: ``[step, block, path]``; see
            :class:`navac.montecarlo.averages.Averages`.
        sublattice: ``[step, block, sublattice, path]``.
        discrepancy: ``[step, path]`` accumulated minus recomputed energy, eV.
        wave_amplitude, wave_vector: ``[step, path]`` and ``[step, path, 3]``; see
            :func:`navac.montecarlo.observers.concentration_waves`.
        cells: primitive cells in the supercell.
        sweeps: for which every condition was measured, at least.

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
    sweeps: int

    def of_blocks(self, blocks: slice) -> Samples:
        """What some of the blocks say; waves and the discrepancy are those of the end."""
        some = {name: getattr(self, name)[:, blocks] for name in BLOCK_AVERAGES}
        share = some["number"].shape[1] / self.number.shape[1]
        return replace(self, **some, sweeps=round(share * self.sweeps))


def begin(
    path: str | Path,
    identity: Identity,
    paths: np.ndarray,
    stream: np.ndarray,
    walks: Walks,
    shape: Shape,
    *,
    may_renumber: bool = True,
) -> RecordFile:
    """Open the record of a run, or start one.

    A record of other settings is set aside as ``<name>.older`` until the new one is finished; see
    :mod:`navac.sampling.continuation` for what is taken over from it.

    Args:
        paths: ``[path]`` their numbers.
        stream: ``[path]`` their streams of random numbers.
        walks: those paths.
        may_renumber: whether a path goes on with the stream that it has in the older record;
            with several records side by side two paths might get the same.
    """
    path, older = Path(path), set_aside(path)
    if not _is_of(path, identity):
        if _is_worth_keeping(path) and not has_more(older, path, identity):
            os.replace(path, older)
        if may_renumber:
            stream = inherited_streams(older, identity, walks, stream)
        check_room(path, shape.bytes)
        RecordFile.create(
            path, shape, identity.marks, paths=paths, stream=stream,
            start_digest=start_digests(walks), temperature=walks.temperature, mu=walks.mu,
        )  # fmt: skip
    return RecordFile(path, "r+")


def set_aside(path: str | Path) -> Path:
    """Where the record of other settings waits that was at ``path``."""
    return Path(f"{path}.older")


def _is_of(path: Path, identity: Identity) -> bool:
    record = open_if_readable(path)
    if record is None:
        return False
    with record:
        return record.marks.fingerprint == identity.whole


def _is_worth_keeping(path: Path) -> bool:
    record = open_if_readable(path)
    if record is None:
        return False
    with record:
        return record.finished > 0


def settle(path: str | Path) -> None:
    """Remove what was set aside; the record is finished."""
    set_aside(path).unlink(missing_ok=True)


def with_statistics(averages: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The averages of a condition with autocorrelation times and trends, as a record holds them."""
    values = dict(averages)
    for name in ("energy", "number"):
        values[f"autocorrelation_{name}"] = autocorrelation_time(
            averages[name], averages[f"{name}2"], averages["block_sweeps"]
        )
        values[f"trend_{name}"] = trend(averages[name])
    return values


def read_configurations(path: str | Path) -> Configurations:
    """Those of all paths at the end of one condition of a record after the other."""
    with RecordFile(path) as file:
        return file.configurations()


def read_samples(paths: Sequence[str | Path]) -> Samples:
    """Join finished records of one range; paths in the order of their numbers.

    Raises:
        RecordError: a record stops short of its last condition.
    """
    parts, numbers, cells, sweeps = [], [], 0, []
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
            lengths = file.read("block_sweeps")
            sweeps.append(float(lengths[lengths > 0].min(initial=np.inf)))
    order = np.argsort(np.concatenate(numbers))
    axis = {"wave_vector": 1}
    joined = {
        n: np.take(np.concatenate([p[n] for p in parts], axis.get(n, -1)), order, axis.get(n, -1))
        for n in parts[0]
    }
    measured = round(min(sweeps) * joined["number"].shape[1]) if np.isfinite(min(sweeps)) else 0
    return Samples(**joined, cells=cells, sweeps=measured)


def states_at(records: Sequence[str | Path], step: np.ndarray, path: np.ndarray) -> np.ndarray:
    """``[state, site]`` int8 species indices at the end of some conditions.

    Args:
        records: of one range, each with a share of the paths.
        step, path: ``[state]`` of each condition, the paths by their numbers.

    Raises:
        RecordError: a path is in none of the records.
    """
    found: dict[int, np.ndarray] = {}
    for record in records:
        with RecordFile(record) as file:
            place = {int(number): k for k, number in enumerate(file.paths)}
            own = np.array([n for n, p in enumerate(path) if int(p) in place], int)
            for s in np.unique(step[own]):
                rows = own[step[own] == s]
                states = file.configurations(int(s))
                own_paths = np.array([place[int(path[n])] for n in rows])
                found |= dict(zip(rows.tolist(), states[own_paths], strict=True))
    if missing := sorted({int(path[n]) for n in range(len(path)) if n not in found}):
        raise RecordError(
            f"{', '.join(map(str, records))}: no path {missing[0]}; give the records of all shards"
        )
    return np.array([found[n] for n in range(len(path))], np.int8)
