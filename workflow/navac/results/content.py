"""What files hold, whatever wrote them and when: digests, and the provenance inside HDF5 files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from navac.results.schema import PROVENANCE

HDF5 = {".h5", ".hdf5"}
_CHUNK = 1 << 22


def content_digest(path: str | Path) -> str:
    """A digest of what a file holds.

    Of an HDF5 file these are the groups, datasets and their attributes; those of the root, which
    say when and from what it was made, do not count.
    """
    digest = hashlib.blake2b(digest_size=16)
    if Path(path).suffix in HDF5:
        with h5py.File(path, "r") as file:
            _add_group(digest, file)
    else:
        with open(path, "rb") as file:
            while part := file.read(_CHUNK):
                digest.update(part)
    return digest.hexdigest()


def _add_group(digest: Any, group: h5py.Group) -> None:
    for name in sorted(group):
        item = group[name]
        digest.update(f"{item.name}\n".encode())
        for key in sorted(item.attrs):
            digest.update(f"{key}={np.asarray(item.attrs[key]).tolist()!r}\n".encode())
        if isinstance(item, h5py.Dataset):
            digest.update(f"{item.dtype}{item.shape}\n".encode())
            for rows in _rows(item):
                digest.update(np.ascontiguousarray(rows).tobytes())
        else:
            _add_group(digest, item)


def _rows(dataset: h5py.Dataset):
    """A dataset in parts of a few megabytes."""
    if dataset.ndim == 0 or dataset.size == 0:
        yield dataset[()]
        return
    step = max(1, _CHUNK * len(dataset) // max(dataset.nbytes, 1))
    for first in range(0, len(dataset), step):
        yield dataset[first : first + step]


def embedded_provenance(path: str | Path) -> dict[str, Any] | None:
    """The provenance that an HDF5 file carries inside; None for other files."""
    if Path(path).suffix not in HDF5:
        return None
    with h5py.File(path, "r") as file:
        text = file.attrs.get(PROVENANCE)
    return None if text is None else json.loads(text)
