"""A check: one quantity of a phase, a boundary or a range, its verdict, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

GOOD, DOUBTFUL, BAD, UNKNOWN = "good", "doubtful", "bad", "not known"
VERDICTS = BAD, DOUBTFUL, UNKNOWN, GOOD
"""The worst first."""

RANGE, PHASE, BOUNDARY = "range", "phase", "boundary"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is judged: a range, or one of its phases or boundaries."""

    range: str
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """A row of the table.

    Attributes:
        range, kind, subject: of which range, whether it is a range, a phase or a boundary, and its
            name.
        quantity: what is judged.
        value, unit: of it; NaN where it is not known or no number.
        limit: what a good value keeps, with its sign; empty without.
        verdict: one of :data:`VERDICTS`.
        sentence: the verdict in words.
        action: what to do about it; empty where nothing need be done.
    """

    range: str
    kind: str
    subject: str
    quantity: str
    value: float
    unit: str
    limit: str
    verdict: str
    sentence: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What may be judged, in numbers and in words.

    Attributes:
        name, unit: of it.
        good: the largest good value, or the smallest if ``least``.
        bad: values beyond are bad; between the two they are doubtful.
        least: whether more is better.
        says, doubts, unknown: the sentences of good values, of others, and where there is none;
            ``{value}`` and facts stand in braces.
        action, to_know: what to do about values that are not good, and where there is none.
    """

    name: str
    unit: str = ""
    good: float = np.nan
    bad: float = np.nan
    least: bool = False
    says: str = ""
    doubts: str = ""
    unknown: str = ""
    action: str = ""
    to_know: str = ""

    def verdict(self, value: float) -> str:
        """How good a value is."""
        if np.isnan(value):
            return UNKNOWN
        sign = -1 if self.least else 1
        if sign * value <= sign * self.good:
            return GOOD
        return BAD if sign * value > sign * self.bad else DOUBTFUL

    def check(self, subject: Subject, value: float = np.nan, verdict: str = "", **facts) -> Check:
        """The check of a value.

        Args:
            verdict: where the value alone does not decide.
            facts: for the sentences.
        """
        verdict = verdict or self.verdict(value)
        sentence, action = {
            GOOD: (self.says, ""), UNKNOWN: (self.unknown, self.to_know),
        }.get(verdict, (self.doubts, self.action))  # fmt: skip
        said = facts | {"value": written(value)}
        limit = "" if np.isnan(self.good) else f"{'≥' if self.least else '≤'} {self.good:.3g}"
        return Check(
            range=subject.range, kind=subject.kind, subject=subject.name, quantity=self.name,
            value=float(value), unit=self.unit, limit=limit, verdict=verdict,
            sentence=sentence.format(**said), action=action.format(**said),
        )  # fmt: skip


def written(value: float) -> str:
    """A number as sentences have it."""
    return "–" if np.isnan(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def table(checks: Sequence[Check]) -> pd.DataFrame:
    """A row per check, in their order; the columns are the fields of :class:`Check`."""
    names = [field.name for field in fields(Check)]
    return pd.DataFrame([[getattr(c, name) for name in names] for c in checks], columns=names)
