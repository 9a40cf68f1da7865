"""The numbers beside the figures, and the figure of standard errors."""

import numpy as np
import pandas as pd
import pytest

from navac.figures.tables import TABLES, by_range, curves_table, diagram_table, states_table
from navac.figures.uncertainty import LEAST, points_of, uncertainty
from navac.results import schema
from tests.figures import test_figures
from tests.figures.test_fields import states_of
from tests.figures.test_figures import names, region_of
from tests.results.made_up import write_file


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "phase_diagram.h5"
    rows = [(100, 1.2, 1.8), (200, 1.3, 1.7), (300, 1.5, 1.5)]
    region = region_of(rows, (1.5, 300.0, 4.0)) | {"x_low_stderr": [1e-9, 0.002, 0.02]}
    other = region_of([(T, 2.2, 2.6) for T in (100, 200)]) | {"x_high_stderr": [np.nan, 0.1]}
    point = {
        "temperature_K": 250.0, "temperature_stderr_K": 2.5, "x": [1.1, 1.5, 1.9], "mu_eV": -0.25,
        "phases": ("zeta", "modulated", "psi"), "kind": "invariant",
    }  # fmt: skip
    zone = {
        "temperature_low_K": [40.0], "temperature_high_K": [50.0], "x_low": [1.3],
        "x_high": [1.6], "phases": ("zeta, psi",), "reason": ("planted",),
    }  # fmt: skip
    write_file(path, {
        (schema.Boundary, "zeta+psi"): region,
        (schema.Boundary, "psi+omega 2"): other,
        (schema.Invariant, "zeta+modulated+psi"): point,
        (schema.ElectronicInvariant, "zeta+modulated+psi"): point | {"temperature_K": 260.0},
        (schema.ElectronicUnresolved, "x1to3"): zone,
        (schema.States, "x1to3"): states_of(),
        (schema.Entropy, 300): {
            "x": [1.0, 2.0], "entropy_kB_per_fu": [0.5, 0.25], "entropy_stderr_kB_per_fu": [0, 0],
        },
        (schema.Entropy, 500): {
            "x": [1.5], "entropy_kB_per_fu": [0.75], "entropy_stderr_kB_per_fu": [0.125],
        },
    })  # fmt: skip
    return path


def test_the_table_of_the_diagram_has_all_that_is_drawn(file):
    table = diagram_table(file)
    boundary = table[(table.kind == "boundary") & (table.phases == "zeta+psi")]
    low = boundary[boundary.phase == "zeta"]
    assert low.temperature_K.tolist() == [100, 200, 300]
    assert low.x.tolist() == [1.2, 1.3, 1.5]
    assert low.x_stderr.tolist() == [1e-9, 0.002, 0.02]
    off = (low.x_drawn - low.x).abs()
    assert (off <= low.x_stderr + 1e-6).all()
    assert off.iloc[1] > 1e-3
    assert set(table[table.kind == "boundary"].phases) == {"zeta+psi", "psi+omega"}
    (critical,) = table[table.kind == "critical"].to_dict("records")
    assert (critical["temperature_K"], critical["temperature_stderr_K"]) == (300, 4)
    points = table[table.kind == "invariant"]
    assert points.electronic_entropy.tolist() == [False] * 3 + [True] * 3
    assert points.phase.tolist() == ["zeta", "modulated", "psi"] * 2
    zone = table[table.kind == "unresolved"]
    assert zone.temperature_K.tolist() == [40, 50]
    assert zone.x.tolist() == [1.3, 1.6]
    assert set(zone.reason) == {"planted"}
    assert zone.electronic_entropy.all()


def test_curves_follow_each_other_by_temperature(file):
    table = curves_table(file, schema.Entropy)
    named = ["temperature_K", "x", "entropy_kB_per_fu", "entropy_stderr_kB_per_fu"]
    assert list(table) == named
    assert table.values.tolist() == [[300, 1, 0.5, 0], [300, 2, 0.25, 0], [500, 1.5, 0.75, 0.125]]
    assert curves_table(file, schema.HeatCapacity).empty


def test_sublattices_are_columns(tmp_path):
    occupied = {"Na1": np.ones(2), "Na2": np.zeros(2)}
    write_file(tmp_path / "v.h5", {(schema.Occupancy, 300): {"occupied": occupied}})
    table = TABLES["occupancies"](tmp_path / "v.h5")
    assert list(table) == ["temperature_K", "x", "Na1", "Na2", "single_phase"]


def test_states_have_the_names_of_their_phases(file):
    table = states_table(file)
    assert len(table) == 10 * 41
    cold = table[table.temperature_K == 100]
    assert set(cold[cold.x < 1.99].phase) == {"a"}
    assert set(table[(table.temperature_K == 700) & (table.x == 2.0)].phase) == {"c"}


def test_ranges_are_the_first_column():
    table = by_range({"low": pd.DataFrame({"x": [1]}), "high": pd.DataFrame({"x": [2]})})
    assert table.values.tolist() == [["low", 1], ["high", 2]]
    assert list(by_range({})) == ["range"]


@pytest.mark.parametrize("width_mm", [85.0, 170.0])
def test_standard_errors_are_drawn_where_they_are_known(file, width_mm):
    figure = uncertainty(file, width_mm=width_mm)
    above, below = figure.axes
    dots = {line.get_label(): line.get_xydata() for line in above.lines}
    assert list(dots) == ["ζ", "ψ", "ω"]
    np.testing.assert_allclose(dots["ζ"], [(100, LEAST), (200, 0.002), (300, 0.02)])
    np.testing.assert_allclose(dots["ω"], [(200, 0.1)])  # NaN is not known, and not drawn
    assert above.get_yscale() == below.get_xscale() == "log"
    assert [line.get_xdata()[0] for line in below.lines] == [2.5, 2.5, 4.0]
    assert [t.get_text() for t in below.get_yticklabels()] == [
        "ζ + M + ψ, 250 K", "ζ + M + ψ, 260 K", "ζ + ψ, 300 K",
    ]  # fmt: skip
    assert {"Standard error of $x$", "Standard error of $T$ (K)"} <= names(figure)
    test_figures.test_text_is_readable_whole_and_apart({"uncertainty": figure})


def test_points_are_of_both_diagrams(file):
    assert [(p.kind, p.temperature, p.electronic) for p in points_of(file)] == [
        ("invariant", 250, False), ("invariant", 260, True), ("critical", 300, False),
    ]  # fmt: skip


def test_without_points_there_is_one_panel(tmp_path):
    write_file(tmp_path / "d.h5", {(schema.Boundary, "a+b"): region_of([(100, 1, 2), (200, 1, 2)])})
    assert len(uncertainty(tmp_path / "d.h5").axes) == 1
    write_file(tmp_path / "e.h5", {(schema.Entropy, 300): {}})
    assert "no /boundaries in e.h5" in names(uncertainty(tmp_path / "e.h5"))
