"""The figure of the short-range order of orderings, on a made-up table."""

import numpy as np
import pandas as pd

from navac.figures.short_range_order import MOST_PAIRS, SHELLS, short_range_order

PAIRS = [f"A–{name}" for name in "BCDEFGHI"]


def table():
    """Two orderings, six shells, eight pairs; the later a pair, the farther it is from random."""
    rows = [
        {"id": one, "x": x, "ground_state": one == "low", "shell": k + 1, "sites": "M–M",
         "length_A": 3.0 + k, "pair": pair, "alpha": 0.2 * p + x, "at_random": x}
        for one, x in (("low", 0.25), ("high", 0.5))
        for k in range(6)
        for p, pair in enumerate(PAIRS)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_what_is_shown():
    """The nearest shells, the pairs that are farthest from random, circles at ground states."""
    figure = short_range_order(table())
    assert len(figure.axes) == SHELLS
    assert [axes.get_title("left") for axes in figure.axes][:2] == ["M–M, 3.00 Å", "M–M, 4.00 Å"]
    axes = figure.axes[0]
    drawn = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(drawn) == sorted(PAIRS[-MOST_PAIRS:])
    circles = {line.get_label(): line for line in axes.lines if line.get_label() in drawn}
    np.testing.assert_array_equal(circles["A–I"].get_xdata(), [0.25])
    np.testing.assert_allclose(circles["A–I"].get_ydata(), [1.4])
    points = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_alpha()]
    assert len(points) == MOST_PAIRS


def test_a_table_without_pairs():
    figure = short_range_order(table().iloc[:0])
    assert "No pairs of two species." in {text.get_text() for text in figure.texts}
