"""Writing results so that what exists under its final name is whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from navac import __version__


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; rename it onto ``path`` when the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    yield part
    with open(part, "rb") as written:
        os.fsync(written.fileno())
    os.replace(part, path)


def publish(store: str | Path, target: str | Path) -> None:
    """Give a finished file of a store a second name; the store keeps its own.

    A rule's output that way survives Snakemake deleting it: the next run of the rule finds its
    work done. A link where the file system has them, a copy otherwise.
    """
    part = Path(target).with_name(Path(target).name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.link(store, part)
    except OSError:
        shutil.copyfile(store, part)
    os.replace(part, target)
    # Linked files share their time; an output must be younger than what it was made from.
    os.utime(target)


def write_json(path: str | Path, data: object) -> None:
    """Write JSON atomically."""
    with replacing(path) as part:
        part.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def new_hdf5(path: str | Path, made: str = "{}") -> Iterator[h5py.File]:
    """A new HDF5 file that carries what it is made from.

    Args:
        made: its provenance as JSON, see :mod:`navac.campaign.provenance`.
    """
    with replacing(path) as part, h5py.File(part, "w") as file:
        stamp(file, made)
        yield file


def stamp(file: h5py.File, made: str) -> None:
    """Write the root attributes that every result carries."""
    facts = json.loads(made)
    file.attrs["provenance"] = made
    file.attrs["navac_version"] = __version__
    for name in ("seed", "device", "created_utc"):
        if facts.get(name) is not None:
            file.attrs[name] = facts[name]


def write_group(file: h5py.File, name: str, datasets: dict, attributes: dict | None = None):
    """Write a group of named arrays and scalar attributes."""
    group = file.create_group(name)
    for key, values in datasets.items():
        group[key] = np.asarray(values)
    for key, value in (attributes or {}).items():
        group.attrs[key] = value
