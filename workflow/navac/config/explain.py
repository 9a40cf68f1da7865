"""What is wrong with a configuration, as a user is told: field, problem and fix."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from navac import NavacError
from navac.config.fields import Section

Problem = tuple[str, str]
"""(field, what is wrong; fix)."""


class ConfigError(NavacError):
    """A configuration with problems, one a line: ``file: field: what is wrong; fix``."""

    def __init__(self, source: str | Path, problems: Collection[Problem]):
        # Messages of other libraries may be of several lines.
        self.problems = tuple((field, " ".join(text.split())) for field, text in problems)
        super().__init__("\n".join(f"{source}: {field}: {text}" for field, text in self.problems))


def explain(error: Mapping[str, Any], model: type[Section]) -> Problem:
    """One error of pydantic about a model as field, problem and fix."""
    # What pydantic adds: that a key is meant, or which of several types.
    loc = [part for part in error["loc"] if not str(part).startswith("[")]
    field = ".".join(map(str, loc))
    if error["type"] == "extra_forbidden":
        return field, _unknown(str(loc[-1]), _known(model, loc[:-1]))
    wanted = _annotation(model, loc)[1]
    if error["type"] == "missing":
        return field, f"is missing; add it ({wanted})"
    if error["type"] == "value_error":
        return field, str(error["ctx"]["error"])
    wrong = re.sub(r"^\w+ should", "should", error["msg"])
    if isinstance(error["input"], Mapping):
        return field, f"a group of keys {wrong}; give: {wanted}"
    if "[key]" in error["loc"]:
        wrong = "the name " + wrong
    return field, f"{error['input']!r} {wrong}; give: {wanted}"


def _unknown(key: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    fix = f"did you mean {close[0]}?" if close else f"remove it, or use one of {', '.join(known)}"
    return f"unknown key; {fix}"


def _known(model: type[Section], loc: Collection) -> list[str]:
    """Keys of the section at ``loc``."""
    return list(_annotation(model, loc)[0].model_fields)


def _annotation(model: type[Section], loc: Collection) -> tuple[Any, str]:
    """Type at ``loc``, and the description of the innermost described field on the way."""
    kind: Any = model
    description = "a mapping of keys to values"
    for part in loc:
        kind = _inner(kind)
        if isinstance(kind, type) and issubclass(kind, Section):
            if part not in kind.model_fields:
                break
            field = kind.model_fields[part]
            kind, description = field.annotation, field.description or description
        else:
            args = [a for a in get_args(kind) if a is not Ellipsis]
            kind = args[-1] if args else kind
    return _inner(kind), description


def _inner(kind: Any) -> Any:
    """A type without None and annotations."""
    while get_origin(kind) in (Union, UnionType, Annotated):
        kind = next(a for a in get_args(kind) if a is not type(None))
    return kind
