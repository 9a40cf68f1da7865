"""Read schema records from HDF5 files, those of version 1 too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from navac.results.fields import Entry, Record, ResultsError, entries
from navac.results.schema import VERSION, VERSION_ATTRIBUTE

Kind = TypeVar("Kind", bound=Record)

SPECIES = "{species}"
"""Stands for a species in the names of version 1."""


class MissingError(ResultsError):
    """A group, dataset or attribute is not in the file."""


class VersionError(ResultsError):
    """A file was written by another version of the schema."""


def read_record(path: str | PathLike, kind: type[Kind], key: str | float = "") -> Kind:
    """Read one record of a file.

    Raises:
        MissingError: it is not there, or not whole.
        VersionError: the file is of a version that is not known here.
    """
    with _opened(path) as file:
        place = kind.place.path(key)
        if place not in file:
            raise MissingError(f"{path}: no group {place}")
        return _read(file[place], kind)


def read_records(path: str | PathLike, kind: type[Kind]) -> dict[Any, Kind]:
    """Read all records of a kind, by key: names in alphabetical order, temperatures rising.

    Raises:
        MissingError: one of them is not whole.
        VersionError: the file is of a version that is not known here.
    """
    with _opened(path) as file:
        parent = file.get(f"/{kind.place.parent}", {})
        names: dict[Any, str] = {kind.place.key_of(name): name for name in parent}
        names.pop(None, None)
        return {key: _read(parent[names[key]], kind) for key in sorted(names)}


@contextmanager
def _opened(path: str | PathLike) -> Iterator[h5py.File]:
    """An open file of a known version."""
    if not h5py.is_hdf5(path) and Path(path).exists():
        raise ResultsError(f"{path} is not an HDF5 file; remove it and run the campaign again")
    with h5py.File(path, "r") as file:
        version_of(file)
        yield file


def version_of(file: h5py.File) -> int:
    """Version of the schema that a file was written with.

    Raises:
        VersionError: it is not known here.
    """
    version = int(file.attrs.get(VERSION_ATTRIBUTE, 1))
    if not 1 <= version <= VERSION:
        raise VersionError(
            f"{file.filename} is of version {version} of navac's results; this navac knows "
            f"version {VERSION} and before. Use the navac that wrote it, or update this one"
        )
    return version


def _read(group: h5py.Group, kind: type[Kind]) -> Kind:
    version = version_of(group.file)
    known = entries(kind)
    values = {}
    for name, entry in known.items():
        if entry.attribute:
            values[name] = _attribute(group, entry, known, version)
        elif entry.mapping:
            taken = {other.name_in(version) for other in known.values() if not other.mapping}
            found = {entry.key_of(dataset): dataset for dataset in group if dataset not in taken}
            values[name] = {key: group[found[key]][()] for key in found if key is not None}
        else:
            values[name] = _dataset(group, entry, version)
    return kind(**values)


def _dataset(group: h5py.Group, entry: Entry, version: int) -> np.ndarray:
    name, _ = _match(group, entry.name_in(version))
    values = group[name][()]
    return entry.upgrade(values) if version == 1 and entry.upgrade else values


def _attribute(group: h5py.Group, entry: Entry, known: Mapping[str, Entry], version: int) -> Any:
    holder = group
    if entry.of:
        name, species = _match(group, known[entry.of].name_in(version))
        if version == 1:  # it was in the dataset's name, if anywhere
            return species
        holder = group[name]
    if entry.name not in holder.attrs and entry.default is not None:
        return entry.default
    if entry.name not in holder.attrs:
        raise MissingError(f"{group.file.filename}: {holder.name} has no attribute {entry.name}")
    value = holder.attrs[entry.name]
    if isinstance(value, np.ndarray):
        return tuple(value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def _match(group: h5py.Group, pattern: str) -> tuple[str, str]:
    """Name of a dataset of a group, and the species in it if the pattern has a place for one."""
    before, place, after = pattern.partition(SPECIES)
    wanted = re.escape(before) + ("([^_]+)" if place else "()") + re.escape(after)
    for name in group:
        if match := re.fullmatch(wanted, name):
            return name, match[1]
    raise MissingError(
        f"{group.file.filename}: {group.name} has no dataset {pattern.replace(SPECIES, '*')}"
    )
