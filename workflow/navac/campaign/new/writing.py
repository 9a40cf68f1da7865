"""A configuration as YAML that says of every value what it means and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any, get_args

from pydantic import BaseModel

from navac.campaign.docs import WIDTH, inline, scalar
from navac.config.campaign import Config

GUESS = "GUESSED"
"""Marks what a user should look at."""


@dataclass
class Draft:
    """Values of a configuration with what is said about them.

    Attributes:
        values: nested, by key.
        notes: by dotted key, sentences about its value.
    """

    values: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    def put(self, key: str, value: Any, *, guessed: str = "", said: str = "") -> None:
        """Set the value under a dotted key.

        Args:
            guessed: why this value, if it was guessed.
            said: where it comes from, if it was not.
        """
        *parents, last = key.split(".")
        place = self.values
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
        if guessed:
            self.notes.setdefault(key, []).append(f"{GUESS}: {guessed}")
        if said:
            self.notes.setdefault(key, []).append(said)

    def guesses(self) -> list[tuple[str, str]]:
        """Keys whose values were guessed, and why."""
        mark = f"{GUESS}: "
        return [
            (key, note.removeprefix(mark))
            for key, notes in self.notes.items() for note in notes if note.startswith(mark)
        ]  # fmt: skip


def rendered(draft: Draft, heading: str) -> str:
    """The draft as YAML."""
    above = [f"# {line}" for text in heading.splitlines() for line in wrap(text, WIDTH - 2)]
    return "\n".join([*above, *_section(draft, draft.values, Config, "", 0)]) + "\n"


def _section(
    draft: Draft, values: Mapping[str, Any], model: type[BaseModel], at: str, indent: int
) -> Iterator[str]:
    pad = " " * indent
    for key, value in values.items():
        place, found = f"{at}{key}", model.model_fields.get(key)
        inner, many = _sections_of(found.annotation if found else None)
        if not indent:
            yield ""
        for text in [(found.description if found else "") or "", *draft.notes.get(place, [])]:
            yield from (f"{pad}# {line}" for line in wrap(text, WIDTH - 2 - indent))
        if inner is None or not isinstance(value, Mapping) or _is_grid(value):
            yield from _value(pad, key, value)
        elif many:
            yield f"{pad}{key}:"
            for name, section in value.items():
                yield f"{pad}  {scalar(name)}:"
                yield from _section(draft, section, inner, f"{place}.{name}.", indent + 4)
        else:
            yield f"{pad}{key}:"
            yield from _section(draft, value, inner, f"{place}.", indent + 2)


def _sections_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The section that a field holds, and whether it holds several of them by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    named = getattr(annotation, "__origin__", None) is dict
    for one in get_args(annotation):
        inner, _ = _sections_of(one)
        if inner is not None:
            return inner, named
    return None, False


def _is_grid(value: Mapping[str, Any]) -> bool:
    return set(value) == {"start", "stop", "step"}


def _value(pad: str, key: str, value: Any) -> Iterator[str]:
    line = f"{pad}{key}: {inline(value)}"
    if len(line) <= WIDTH or not isinstance(value, list | tuple):
        yield line
    elif any(isinstance(one, Mapping) for one in value):
        yield f"{pad}{key}:"
        yield from (f"{pad}  - {inline(one)}" for one in value)
    else:
        yield f"{pad}{key}:"
        yield from (f"{pad}  {text}" for text in wrap(inline(value), WIDTH - 2 - len(pad)))
