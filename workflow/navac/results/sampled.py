"""What a file of sampled paths holds: names of its datasets by quantity, marks, sizes."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import h5py
import numpy as np

from navac.results.fields import entries
from navac.results.schema import SampledPaths

ENTRIES = entries(SampledPaths)
AT = SimpleNamespace(**{field: entry.name for field, entry in ENTRIES.items()})
"""Names in the file by the fields of the schema."""


def _holding(*axes: str) -> dict[str, str]:
    """Names of the datasets of what the sampler gives, where these begin with some axes."""
    return {
        e.holds: e.name for e in ENTRIES.values() if e.holds and e.axes[: len(axes)] == axes
    }  # fmt: skip


MEASURED = _holding("step", "block")
"""Block averages."""

REMAINDER = next(e for e in ENTRIES.values() if e.mapping)
REMAINDERS = {f"{name}_remainder": REMAINDER.named(kept) for name, kept in MEASURED.items()}
WAVE_VECTOR = _holding("step", "path", "axis")
PER_PATH = {
    name: kept for name, kept in _holding("step", "path").items() if name not in WAVE_VECTOR
}
NAMES = MEASURED | PER_PATH | WAVE_VECTOR | REMAINDERS


@dataclass(frozen=True, kw_only=True)
class Marks:
    """From what a record is made.

    Attributes:
        fingerprint, carried_fingerprint, lengths: see
            :class:`~navac.results.schema.sampling.SampledPaths`.
        provenance: JSON, see :mod:`navac.campaign.provenance`.
    """

    fingerprint: str = ""
    carried_fingerprint: str = ""
    lengths: str = ""
    provenance: str = ""


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


def allocate(file: h5py.File, shape: Shape) -> None:
    """Datasets of zeros for all that will be sampled."""
    steps, n = shape.steps, shape.paths
    inner = {AT.sublattice_occupation: (shape.sublattices,)}
    for kept in MEASURED.values():
        size = (steps, shape.blocks, *inner.get(kept, ()), n)
        for name in (kept, REMAINDER.named(kept))[: 1 + shape.aside]:
            file[name] = np.zeros(size)
    for name in PER_PATH.values():
        file[name] = np.zeros((steps, n))
    for name in WAVE_VECTOR.values():
        file[name] = np.zeros((steps, n, 3), np.int16)
    for name in (AT.state, AT.state_aside)[: 1 + shape.aside]:
        file[name] = np.zeros((steps, n, -(-shape.sites // 8)), np.uint8)
    file[AT.finished] = np.zeros(1, np.int64)
