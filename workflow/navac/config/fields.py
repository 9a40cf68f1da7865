"""Numbers, names and grids as a configuration holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

_EXPONENT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


def _number(value: object) -> object:
    """Let ``1e-5`` through, which YAML 1.1 reads as text; refuse other text, and true/false."""
    if isinstance(value, str) and _EXPONENT.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, str | bool):
        raise ValueError(
            f"{value!r} is not a number; write the number alone, without quotes, in the unit at "
            "the end of the key's name"
        )
    return value


Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[int, Field(strict=True, ge=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
RangeName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
"""Without a dot, which separates the parts of a key."""


MOST_VALUES = 1_000_000
"""Of a grid: more are a mistake in its step."""


class Section(BaseModel):
    """A group of keys: unknown ones are refused, values cannot be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Grid(Section):
    """Evenly spaced values, both ends included."""

    start: Number = Field(description="first value")
    stop: Number = Field(description="last value, included; greater than start")
    step: Number = Field(gt=0, description="spacing of the values; divides stop − start")

    @model_validator(mode="after")
    def _rises(self) -> Grid:
        if self.start >= self.stop:
            wrong_way = self.start > self.stop
            fix = "the grid goes the wrong way; swap them" if wrong_way else "raise stop"
            raise ValueError(f"start {self.start:g} is not below stop {self.stop:g}; {fix}")
        steps = (self.stop - self.start) / self.step
        if steps > MOST_VALUES:
            raise ValueError(
                f"steps of {self.step:g} from {self.start:g} to {self.stop:g} are {steps:.3g} "
                f"values, and {MOST_VALUES} are the most; take a larger step"
            )
        if abs(steps - round(steps)) > 1e-6:
            last = self.start + int(steps) * self.step
            raise ValueError(
                f"steps of {self.step:g} from {self.start:g} do not reach stop {self.stop:g}; "
                f"end at {last:g} or {last + self.step:g}, or choose another step"
            )
        return self

    def __len__(self) -> int:
        return round((self.stop - self.start) / self.step) + 1

    def values(self) -> tuple[float, ...]:
        """The values, rising."""
        return tuple(round(self.start + i * self.step, 10) for i in range(len(self)))


GRID, LIST = "<grid>", "<list>"


def _way(value: Any) -> str:
    return LIST if isinstance(value, list | tuple) else GRID


Values = Annotated[
    Annotated[Grid, Tag(GRID)] | Annotated[tuple[Number, ...], Tag(LIST)], Discriminator(_way)
]
"""A grid or a list; what is wrong is said of the way in which it is written."""


def _form(value: Any) -> str:
    return LIST if isinstance(value, list | tuple) else ONE


ONE = "<one>"
Charge = Annotated[
    Annotated[Number, Tag(ONE)] | Annotated[tuple[Number, ...], Tag(LIST)], Discriminator(_form)
]
"""A charge, or a list of oxidation states, e."""


def place(loc: Sequence[str | int]) -> list[str | int]:
    """Keys on the way to an error of pydantic, without its own words."""
    return [part for part in loc if part not in ("[key]", GRID, LIST, ONE)]
