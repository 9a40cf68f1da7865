"""A kind of group: how its class is made, and the fields that several kinds have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

from navac.results.fields import Record, attribute, dataset, datasets

Kind = TypeVar("Kind", bound=Record)


def mu(axes: str, about: str = "chemical potential per atom of the species") -> Any:
    """A chemical potential; version 1 named the species in the dataset."""
    return dataset("eV", axes, about, version_1="mu_eV_per_{species}")


def species() -> Any:
    """The species that ``mu_eV`` belongs to."""
    return attribute("", "the species whose amount x counts", of="mu_eV")


@dataclass_transform(
    frozen_default=True, kw_only_default=True,
    field_specifiers=(attribute, dataset, datasets, mu, species),
)  # fmt: skip
def record(kind: type[Kind]) -> type[Kind]:
    """Make a class of described fields the dataclass of a kind of group."""
    return dataclass(frozen=True, eq=False, kw_only=True)(kind)
