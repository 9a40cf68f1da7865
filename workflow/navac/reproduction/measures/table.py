"""The table of measures, which are entered by their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from navac.reproduction.evidence import Evidence

UNKNOWN = (np.nan, np.nan)

Measure = Callable[..., tuple[float, float]]

MEASURES: dict[str, Measure] = {}


def measure(function: Measure) -> Measure:
    """Enter a function as a measure of its name."""
    MEASURES[function.__name__] = function
    return function


def problem_of(name: str, arguments: list[str]) -> str | None:
    """Why a measure cannot be called so, or None."""
    if name not in MEASURES:
        return f"{name} is not a measure; use one of {', '.join(sorted(MEASURES))}"
    wanted = list(inspect.signature(MEASURES[name]).parameters.values())[1:]
    said = f"{name} takes {' '.join(p.name for p in wanted)}"
    if len(wanted) != len(arguments):
        return f"{said}, not {' '.join(arguments) or 'nothing'}"
    for parameter, text in zip(wanted, arguments, strict=True):
        if parameter.annotation == "float":
            try:
                float(text)
            except ValueError:
                return f"{said}; {text} is not a number"
    return None


def evaluate(evidence: Evidence, name: str, arguments: list[str]) -> tuple[float, float]:
    """Value and standard error of a measure with arguments as they stand in the table."""
    wanted = list(inspect.signature(MEASURES[name]).parameters.values())[1:]
    given = [
        float(text) if parameter.annotation == "float" else text
        for parameter, text in zip(wanted, arguments, strict=True)
    ]
    return MEASURES[name](evidence, *given)
