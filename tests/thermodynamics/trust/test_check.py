"""Verdicts at their limits, sentences, and the table."""

import numpy as np
import pytest

from navac.thermodynamics.trust.check import Quantity, Subject, table

OF = Subject(range="r", kind="phase", name="alpha")
SCATTER = Quantity(
    name="scatter", unit="%", good=5, bad=20, says="Only {value} %.", doubts="{value} % of {what}.",
    unknown="Nothing scatters.", action="Sample {what} longer.", to_know="Sample.",
)  # fmt: skip
WIDTH = Quantity(name="width", good=80, bad=40, least=True)


@pytest.mark.parametrize(("value", "verdict"), [
    (0, "good"), (5, "good"), (5.1, "doubtful"), (20, "doubtful"), (20.1, "bad"),
    (np.inf, "bad"), (np.nan, "not known"),
])  # fmt: skip
def test_less_is_better(value, verdict):
    assert SCATTER.verdict(value) == verdict


@pytest.mark.parametrize(("value", "verdict"), [
    (100, "good"), (80, "good"), (79.9, "doubtful"), (40, "doubtful"), (39, "bad"),
    (np.nan, "not known"),
])  # fmt: skip
def test_or_more_is(value, verdict):
    assert WIDTH.verdict(value) == verdict


def test_a_verdict_has_its_sentence_and_what_to_do():
    good, poor, unknown = (SCATTER.check(OF, v, what="blocks") for v in (1.2345, 30, np.nan))
    assert (good.sentence, good.action) == ("Only 1.23 %.", "")
    assert (poor.sentence, poor.action) == ("30 % of blocks.", "Sample blocks longer.")
    assert (unknown.sentence, unknown.action) == ("Nothing scatters.", "Sample.")
    assert SCATTER.check(OF, 1, "bad", what="x").sentence == "1 % of x."


def test_the_table_has_a_row_per_check():
    rows = table([SCATTER.check(OF, 30, what="blocks"), WIDTH.check(OF, 90)])
    assert list(rows.columns) == [
        "range", "kind", "subject", "quantity", "value", "unit", "limit", "verdict", "sentence",
        "action",
    ]  # fmt: skip
    assert rows.verdict.tolist() == ["bad", "good"]
    assert rows.limit.tolist() == ["≤ 5", "≥ 80"]
    assert len(table([])) == 0
