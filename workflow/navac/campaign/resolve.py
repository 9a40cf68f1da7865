"""The part of a configuration that a rule depends on, as plain values under dotted keys.

Rules name these values in their ``params``, so that Snakemake runs a rule again when one of them
changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from navac.config.campaign import Config
from navac.config.fields import Grid, Section
from navac.energies.user.files import files_digest, found_files

Plain = dict[str, Any]
"""Values of JSON under dotted keys such as ``sampling.block_sweeps``."""


def resolved(config: Config) -> Plain:
    """Every value of a configuration, defaults included.

    Beside the keys of the configuration there are ``energies.user.content``, a digest of the files
    that energies from elsewhere are in, ``ranges.<name>.supercell``, resolved,
    ``ranges.<name>.searched_in``, the same where rounds search only what repeats in it,
    ``ranges.<name>.position``, the place of a range among all by rising x, and
    ``reported_temperatures_K``, every temperature that something is reported at, and
    ``energies.title``, the model and level of theory of machine-learned energies.
    ``ensembles.range`` is the name where there is one range alone.
    """
    values = dict(_leaves("", config))
    by_x = sorted(config.ranges, key=lambda name: config.ranges[name].x)
    for name in config.ranges:
        values[f"ranges.{name}.supercell"] = sides = list(config.supercell(name))
        values[f"ranges.{name}.searched_in"] = sides if config.rounds.commensurate else None
        values[f"ranges.{name}.position"] = by_x.index(name)
    values["ensembles.range"] = config.ensemble_range
    values["energies.user.content"] = ""
    if config.energies.backend == "user":
        values["energies.user.content"] = files_digest(found_files(config.energies.user.files))
    values["energies.mlip.level"] = config.energies.mlip.level_of_theory
    values["energies.title"] = config.energies.title
    if config.dft.prerelax is not None:
        values["dft.prerelax.level"] = config.dft.prerelax.level_of_theory
    values["reported_temperatures_K"] = list(config.thermodynamics.temperatures_K)
    return values


def selected(values: Plain, keys: Iterable[str]) -> Plain:
    """The values under some keys, sorted.

    Args:
        keys: whole keys, the beginnings of keys (``orderings``), or either with ``*`` in the place
            of a name (``ranges.*.x``).

    Raises:
        KeyError: nothing is under a key; the table of the rules is wrong.
    """
    found: Plain = {}
    for wanted in keys:
        own = {k: v for k, v in values.items() if _is_under(k, wanted)}
        if not own:
            raise KeyError(f"{wanted} is not a key of the configuration")
        found |= own
    return dict(sorted(found.items()))


def _is_under(key: str, wanted: str) -> bool:
    return fnmatchcase(key, wanted) or fnmatchcase(key, f"{wanted}.*")


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Dotted keys and plain values of a section."""
    if isinstance(value, Section) and not isinstance(value, Grid):
        for name in type(value).model_fields:
            yield from _leaves(f"{key}.{name}" if key else name, getattr(value, name))
    elif _holds_sections(value):
        for name, section in value.items():
            yield from _leaves(f"{key}.{name}", section)
    else:
        yield key, _plain(value)


def _holds_sections(value: Any) -> bool:
    return isinstance(value, Mapping) and any(isinstance(v, Section) for v in value.values())


def _plain(value: Any) -> Any:
    """A value of JSON: a grid as the list of its values, a path as text."""
    if isinstance(value, Grid):
        return list(value.values())
    if isinstance(value, Section):
        return {name: _plain(v) for name, v in value.model_dump(exclude_none=True).items()}
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.as_posix() if isinstance(value, Path) else value
