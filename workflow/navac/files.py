"""Writing results so that what exists under its final name is whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
