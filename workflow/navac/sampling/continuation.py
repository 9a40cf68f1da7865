"""What a record of other settings has in common with a new run, so that it need not be sampled.

A path is the same where its start, its first condition and its stream of random numbers are. Of
such a path all conditions up to the first that differs are taken over.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.crystal.configurations import Configurations
from navac.montecarlo.model import LatticeModel
from navac.results.records import RecordFile, open_if_readable
from navac.results.sampled import MEASURED, Marks
from navac.sampling.plan import Walks

PathKey = tuple[str, float, float]
"""Digest of the starting configuration, temperature and chemical potential that it starts at."""


@dataclass(frozen=True)
class Identity:
    """What a record belongs to.

    Attributes:
        whole: fingerprint of everything that decides its content.
        carried: fingerprint of what decides how paths are carried from condition to condition,
            the paths themselves left out.
        lengths: which lengths its blocks may have.
        provenance: JSON of what it is made from.
    """

    whole: str
    carried: str
    lengths: str = ""
    provenance: str = ""

    @property
    def marks(self) -> Marks:
        """As they stand in the file."""
        return Marks(
            fingerprint=self.whole, carried_fingerprint=self.carried,
            lengths=self.lengths, provenance=self.provenance,
        )  # fmt: skip


@dataclass(frozen=True)
class Donor:
    """Conditions of an older record that a new one takes over.

    Attributes:
        file: the older record, open.
        path: ``[path]`` position in the older record of each path of the new one; −1 for none.
        steps: ``[path]`` how many conditions are taken over, from the first on.
    """

    file: RecordFile
    path: np.ndarray
    steps: np.ndarray

    def has(self, step: int) -> np.ndarray:
        """``[path]`` whether a condition of a path is taken over."""
        return self.steps > step

    def values(self, step: int, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Block averages of paths at a condition, and their lengths, paths on the last axis."""
        names = (*MEASURED, *self.file.remainders, "discrepancy", "block_sweeps")
        return {name: self.file.read(name, step)[..., self.path[rows]] for name in names}

    def configurations(self, step: int, rows: np.ndarray, *, aside: bool = False) -> Configurations:
        """What paths were carried on with, or ended with aside."""
        return self.file.configurations(step, aside=aside)[self.path[rows]]


def fingerprint(model: LatticeModel, walks: Walks | None, *settings: object) -> str:
    """Hash of what decides the result of a sampling run; without walks, of all but the paths."""
    expansion = model.expansion
    clusters = [orbit.clusters for orbit in expansion.orbits]
    digest = hashlib.sha256(
        repr((model.supercell.hnf, expansion.constant, clusters, settings)).encode()
    )
    arrays = [expansion.eci]
    if walks is not None:
        arrays += [*walks.start, walks.temperature, walks.mu]
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def start_digests(walks: Walks) -> list[str]:
    """``[path]`` digest of the configuration that a path starts from."""
    return [hashlib.sha256(start.tobytes()).hexdigest()[:16] for start in walks.start]


def inherited_streams(older: Path, identity: Identity, walks: Walks, own: np.ndarray) -> np.ndarray:
    """``[path]`` streams of random numbers, no two alike.

    That of the older record where it has the path; otherwise the path's own, or the next that no
    path has.
    """
    known: defaultdict[PathKey, list[int]] = defaultdict(list)
    file = _relative(older, identity, walks)
    if file is None:
        return own
    with file:
        for key, number in zip(_keys_of(file), file.stream.tolist(), strict=True):
            known[key].append(number)
    wanted = [known[key].pop(0) if known[key] else None for key in _keys(walks)]
    used = {number for number in wanted if number is not None}
    following = max([*own.tolist(), *used]) + 1
    found = []
    for number, mine in zip(wanted, own.tolist(), strict=True):
        if number is None and mine not in used:
            number = mine
        elif number is None:
            number, following = following, following + 1
        found.append(number)
    return np.array(found)


def find_donor(
    older: Path, identity: Identity, walks: Walks, stream: np.ndarray, block: int
) -> Donor | None:
    """What an older record has of a run; None for nothing.

    Args:
        stream: ``[path]`` streams of the run.
        block: its sweeps per block. Shorter blocks of which they are multiples can be joined;
            longer ones are taken over only if the same precision made them so.
    """
    file = _relative(older, identity, walks)
    if file is None:
        return None
    try:
        path = _positions(file, walks, stream)
        common = min(file.finished, len(walks.temperature))
        lengths = file.read("block_sweeps", slice(common))[:, path].astype(int)
        # NaN, after the end of a path, equals nothing.
        same = (
            (path >= 0)
            & (lengths > 0)
            & (file.temperature[:common, path] == walks.temperature[:common])
            & (file.mu[:common, path] == walks.mu[:common])
        )
        if file.marks.lengths != identity.lengths:
            same &= block % np.maximum(lengths, 1) == 0
        steps = np.cumprod(same, axis=0).sum(axis=0)
    except BaseException:
        file.close()
        raise
    if steps.any():
        return Donor(file, path, steps)
    file.close()
    return None


def has_more(older: Path, newer: Path, identity: Identity) -> bool:
    """Whether what was set aside before has more of a run than the record that followed it."""
    counts = []
    for path in (older, newer):
        record = open_if_readable(path)
        if record is None:
            counts.append(0)
            continue
        with record:
            related = record.marks.carried_fingerprint == identity.carried
            counts.append(record.finished * related)
    return counts[0] > counts[1]


def _relative(older: Path, identity: Identity, walks: Walks) -> RecordFile | None:
    """The older record, open, if its paths may be those of the run."""
    file = open_if_readable(older) if walks.temperature.size else None
    if file is None or file.marks.carried_fingerprint == identity.carried:
        return file
    file.close()
    return None


def _positions(file: RecordFile, walks: Walks, stream: np.ndarray) -> np.ndarray:
    """``[path]`` position in a record of the paths of a run; −1 for none."""
    known = {
        both: k for k, both in enumerate(zip(_keys_of(file), file.stream.tolist(), strict=True))
    }
    wanted = zip(_keys(walks), stream.tolist(), strict=True)
    return np.array([known.get(both, -1) for both in wanted])


def _keys(walks: Walks) -> list[PathKey]:
    first = walks.temperature[0].tolist(), walks.mu[0].tolist()
    return list(zip(start_digests(walks), *first, strict=True))


def _keys_of(file: RecordFile) -> list[PathKey]:
    first = file.temperature[0].tolist(), file.mu[0].tolist()
    return list(zip(file.start_digest, *first, strict=True))
