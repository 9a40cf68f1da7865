"""Which temperature of runs is drawn beside each other."""

import pandas as pd
import pytest

from navac.figures.ensemble_voltages import voltages_figure
from navac.sampling.ensembles.curves import curve_table, step_table
from tests.sampling.ensembles.test_curves import MU, ideal, means


@pytest.mark.parametrize(
    ("temperatures", "drawn"),
    [(([300.0], [300.0, 100.0]), ["a, 300 K", "b, 300 K"]),
     (([300.0], [200.0, 100.0]), ["a, 300 K", "b, 100 K"])],
)  # fmt: skip
def test_the_lowest_temperature_that_all_have_is_drawn(temperatures, drawn):
    x, response = ideal(MU)
    runs = {
        name: pd.concat([means(x, response, T) for T in own])
        for name, own in zip("ab", temperatures, strict=True)
    }
    curves = curve_table(runs, "Na")
    figure = voltages_figure(curves, step_table(curves), reference="Na", width_mm=90)
    assert [line.get_label() for line in figure.axes[0].get_lines()] == drawn
