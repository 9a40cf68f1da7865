"""Figures of cells and particles show what they are given."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from navac.cell import drawing, maps
from navac.cell.particle import Charge


@pytest.fixture
def charged():
    """A particle that ends at 60 %."""
    radius, share = np.linspace(0, 1e-6, 21), np.linspace(0, 0.6, 121)
    x = 3 - share[:, None] * 2 - 0.1 * radius / 1e-6
    return Charge(
        radius=radius, share=share, x=x, hydrostatic=1e6 * (x - x.mean()), von_mises=1e6 * x,
        separates=False, ended="the surface reaches x = 1",
    )  # fmt: skip


def test_maps_say_where_a_charge_had_ended(charged):
    figure = maps.spheres({"one": charged, "NaxV2": replace(charged, x=charged.x - 1)})
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts.count("ended\nbefore") == 6
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels.count("one") == labels.count("Na$_x$V$_2$") == 3


def test_composition_against_radius(charged):
    figure = maps.against_radius({"one": charged})
    assert figure.axes[0].get_ylim() == pytest.approx((-25, 1025))


def test_a_film_has_frames(charged, tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.setattr(maps, "FRAMES", 3)
    maps.film({"one": charged}, tmp_path / "film.gif", width_mm=50)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3
    assert [path.name for path in tmp_path.iterdir()] == ["film.gif"]


ROWS = pd.DataFrame([
    {"cell": kind, "model": model, "direction": direction, "rate_C": rate,
     "capacity_mAh_per_g": 100 / (1 + rate), "voltage_V": 3.3, "passed_mAh_per_g": 1.0}
    for kind in ("half", "full") for model in ("SPM", "DFN")
    for direction in ("charge", "discharge") for rate in (0.1, 1.0)
])  # fmt: skip


def test_voltages_have_a_line_per_curve():
    figure = drawing.voltages(pd.concat([ROWS, ROWS.assign(capacity_mAh_per_g=0.0)]))
    lines = [sum(len(line.get_xdata()) > 0 for line in axes.lines) for axes in figure.axes]
    assert lines == [8, 8]
    assert drawing.voltages(ROWS.iloc[:0]).texts[0].get_text() == "no cell was cycled"


def test_rates_without_a_capacity_are_left_out():
    lost = ROWS.assign(capacity_mAh_per_g=ROWS.capacity_mAh_per_g.where(ROWS.rate_C < 1))
    [axes] = drawing.capability(lost).axes
    assert [len(line.get_xdata()) for line in axes.lines] == [1, 1, 1, 1]


def test_titration_shows_the_given_value(sloping, plateau):
    rows = pd.DataFrame({
        "direction": ["charge", "discharge"], "x": [1.5, 2.0], "material": "one",
        "diffusivity_weppner_huggins_m2_per_s": [1e-15, np.nan],
        "diffusivity_sphere_m2_per_s": [2e-15, np.nan],
    })  # fmt: skip
    upper, lower = drawing.titrations(rows, {"one": sloping, "other": plateau}).axes
    assert upper.lines[0].get_xdata()[0] == pytest.approx(sloping.capacity / 4)
    assert upper.lines[0].get_ydata()[0] == pytest.approx(-11)
    assert list(upper.lines[-1].get_ydata()) == [-11, -11]
    assert (len(upper.patches), len(lower.patches)) == (0, 1)
