"""The settings of a rule as its script sees them; it sees nothing else of the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Settings:
    """Settings of a rule as nested attributes: ``settings.sampling.block_sweeps``.

    ``settings.ranges`` is a mapping of names to settings, by rising x.
    """

    def __init__(self, values: Mapping[str, Any], path: str = ""):
        self._path = path
        for key, value in nested(values).items():
            if key == "ranges" and not path:
                value = {n: Settings(v, f"ranges.{n}.") for n, v in _by_composition(value)}
            elif isinstance(value, _Branch):
                value = Settings(value, f"{path}{key}.")
            setattr(self, key, value)

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        raise AttributeError(
            f"{self._path}{key} is not among the settings of this rule; name it in "
            "navac.campaign.stages"
        )

    def named(self) -> Iterator[tuple[str, Any]]:
        """Names and settings of sections that the configuration holds by name."""
        yield from ((name, value) for name, value in vars(self).items() if name != "_path")

    def __or__(self, other: Settings) -> Settings:
        """Both together, where one says what is done and the other how."""
        joined = Settings({}, self._path)
        joined.__dict__.update(vars(self) | vars(other) | {"_path": self._path})
        return joined


def mapping(value: Settings | Mapping[str, Any]) -> Mapping[str, Any]:
    """A mapping of the configuration, whose values may be grids, sections or plain values."""
    return dict(value.named()) if isinstance(value, Settings) else value


class _Branch(dict[str, Any]):
    """A mapping that stands for a part of the configuration, and not for a value of it."""


def nested(values: Mapping[str, Any]) -> _Branch:
    """Values under dotted keys, or nested already, as nested mappings."""
    found = _Branch()
    for key, value in values.items():
        place, *names = key.split(".")
        if not names:
            found[place] = value
            continue
        at = found.setdefault(place, _Branch())
        for name in names[:-1]:
            at = at.setdefault(name, _Branch())
        at[names[-1]] = value
    return found


def _by_composition(ranges: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Any]]:
    return sorted(ranges.items(), key=lambda item: item[1].get("x", [0.0]))
