"""What the fields of a schema record stand for: datasets, attributes and groups of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from navac import NavacError

UNITS = {
    "": "",
    "K": "K",
    "A": "Å",
    "eV": "eV",
    "eV2": "eV²",
    "V": "V",
    "sweeps": "sweeps",
    "per_eV": "1/eV",
    "per_cell": "per primitive cell",
    "eV_per_cell": "eV per primitive cell",
    "eV2_per_cell": "eV² per primitive cell",
    "K_per_meV": "K/meV",
    "kB_per_fu": "kB per formula unit",
}
"""Units as names carry them, ``temperature_K``, and as they are written."""

TEMPERATURE = "T_<K>K"
"""Name of a group of one temperature."""


class ResultsError(NavacError):
    """A file of results that cannot be written or read as the schema has it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A dataset or an attribute.

    Attributes:
        name: its name in the file; one with a part in ``<>`` stands for a dataset for each key
            of a mapping.
        unit: a key of :data:`UNITS`, which the name carries.
        about: one line of description.
        axes: names of the axes of a dataset; empty for a scalar.
        attribute: whether it is an attribute.
        of: the dataset that an attribute belongs to; empty if it is the group's.
        default: of an attribute that older files of this version lack; None where they have it.
        version_1: its name in files of version 1, where that was another. A species in the name,
            ``mu_eV_per_{species}``, is now an attribute.
        holds: which quantity of the sampler it holds, by its name there.
        upgrade: makes its values of those in files of version 1, where these were others.
    """

    name: str
    unit: str
    about: str
    axes: tuple[str, ...] = ()
    attribute: bool = False
    of: str = ""
    default: str | None = None
    version_1: str = ""
    holds: str = ""
    upgrade: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def mapping(self) -> bool:
        """Whether it stands for a dataset for each key of a mapping."""
        return "<" in self.name

    def named(self, key: str) -> str:
        """The dataset's name for a key of the mapping."""
        return re.sub("<.*>", lambda _: key, self.name)

    def key_of(self, name: str) -> str | None:
        """The key of the mapping for a dataset's name, or None."""
        before, _, after = re.split("(<.*>)", self.name)
        match = re.fullmatch(re.escape(before) + "(.+)" + re.escape(after), name)
        return match and match[1]

    def name_in(self, version: int) -> str:
        """Its name in files of a version."""
        return self.version_1 if version == 1 and self.version_1 else self.name


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where groups of a kind are: a file, the group above, and how each is named there.

    Attributes:
        file: below ``results/<campaign>/``.
        parent: path of the group above, empty for the root.
        name: what stands for the key in the documentation, as ``<window>``, or
            :data:`TEMPERATURE`, whose keys are numbers; empty where there is one group, the
            parent itself.
    """

    file: str
    parent: str = ""
    name: str = ""

    def path(self, key: str | float = "") -> str:
        """Path of the group of a key."""
        name = f"T_{key:g}K" if self.name == TEMPERATURE else key
        return f"/{self.parent}/{name}".replace("//", "/").rstrip("/") or "/"

    def key_of(self, name: str) -> str | float | None:
        """The key of a group's name; None if the group is of another kind."""
        if self.name != TEMPERATURE:
            return name
        match = re.fullmatch(r"T_([0-9.eE+-]+)K", name)
        return float(match[1]) if match else None

    @property
    def documented(self) -> str:
        """The path as the documentation shows it."""
        return f"/{self.parent}/{self.name}/".replace("//", "/").replace("//", "/")


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """What a group of a file holds; the subclasses are dataclasses of the fields below."""

    place: ClassVar[Place]


def dataset(
    unit: str,
    axes: str,
    about: str,
    *,
    version_1: str = "",
    holds: str = "",
    upgrade: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Any:
    """A field that is a dataset of the same name; ``axes`` are separated by spaces."""
    return field(metadata={
        "unit": unit, "axes": tuple(axes.split()), "about": about, "version_1": version_1,
        "holds": holds, "upgrade": upgrade,
    })  # fmt: skip


def datasets(name: str, unit: str, axes: str, about: str) -> Any:
    """A field that is a mapping from names which the user chose to datasets."""
    return field(metadata={
        "name": name, "unit": unit, "axes": tuple(axes.split()), "about": about,
    })  # fmt: skip


def attribute(unit: str, about: str, *, of: str = "", default: str | None = None) -> Any:
    """A field that is an attribute of the group, or ``of`` a dataset.

    Args:
        default: its value in files that were written before it was introduced.
    """
    described = {"unit": unit, "about": about, "attribute": True, "of": of, "default": default}
    if default is None:
        return field(metadata=described)
    return field(default=default, metadata=described)


def entries(kind: type[Record]) -> Mapping[str, Entry]:
    """The entries of a record, by field."""
    described: dict[str, dict[str, Any]] = {f.name: dict(f.metadata) for f in fields(kind)}
    return {name: Entry(**{"name": name} | about) for name, about in described.items()}
