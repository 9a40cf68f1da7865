"""Write schema records to HDF5 files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from navac import __version__
from navac.files import replacing
from navac.results.fields import Record, ResultsError, entries
from navac.results.schema import PROVENANCE, ROOT, SOFTWARE_VERSION, VERSION, VERSION_ATTRIBUTE


@contextmanager
def new_file(path: str | Path, made: str = "{}") -> Iterator[h5py.File]:
    """A new file of results, to be handed to :func:`write_record`.

    It appears under its name, whole, when the block ends. All files of results are made here.

    Args:
        made: its provenance as JSON, see :mod:`navac.campaign.provenance`.
    """
    facts = json.loads(made)
    known = facts | {
        PROVENANCE: made, SOFTWARE_VERSION: __version__, VERSION_ATTRIBUTE: VERSION,
    }  # fmt: skip
    with replacing(path) as part, h5py.File(part, "w") as file:
        for name in ROOT:
            if known.get(name) is not None:
                file.attrs[name] = known[name]
        yield file


def write_record(file: h5py.File, record: Record, key: str | float = "") -> None:
    """Write a record as a group of a file.

    Args:
        key: the region, range, window or temperature (K) in the name of the group; none for a
            record that is alone in its file.

    Raises:
        ResultsError: a name that the user chose cannot be a dataset here.
    """
    group = file.require_group(record.place.path(key))
    attributes = {}
    for name, entry in entries(type(record)).items():
        value = getattr(record, name)
        if entry.attribute:
            attributes[entry] = value
        elif entry.mapping:
            for chosen, values in value.items():
                group[_free(group, type(record), entry.named(chosen))] = np.asarray(values)
        else:
            group[entry.name] = np.asarray(value)
    for entry, value in attributes.items():
        # h5py takes lists of strings, not tuples.
        value = list(value) if isinstance(value, tuple) else value
        (group[entry.of] if entry.of else group).attrs[entry.name] = value


def _free(group: h5py.Group, kind: type[Record], name: str) -> str:
    """A dataset's name made from one that the user chose."""
    if "/" in name or name in {entry.name for entry in entries(kind).values()}:
        raise ResultsError(
            f"{group.file.filename}: {group.name} cannot hold a dataset {name} for what has that "
            "name in the configuration; choose another name there"
        )
    return name
