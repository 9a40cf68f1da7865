"""Writing results so that what exists under its final name is whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from navac import NavacError


class DiskShortage(NavacError):
    """A file would not fit on the disk."""


def check_room(path: str | Path, size: float, what: str = "the file") -> None:
    """Refuse to begin what would not fit, while nothing is lost by it.

    Args:
        size: that is needed, bytes.
        what: needs it.

    Raises:
        DiskShortage: with path, need and room.
    """
    folder = next(p for p in Path(path).absolute().parents if p.exists())
    free = shutil.disk_usage(folder).free
    if size > free:
        raise DiskShortage(
            f"{path}: the disk is full: {what} needs {size / 2**20:.1f} MB, "
            f"{free / 2**20:.1f} MB are free; make room and run again, finished work is kept"
        )


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
    """Give a finished file of a store a second name; the store keeps the first.

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
