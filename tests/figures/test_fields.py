"""One-phase fields: which phase is stable where, and that names stand in what they name."""

import numpy as np
import pytest

from navac.figures.data import regions_of, zones_of
from navac.figures.fields import UNKNOWN, phase_map, sides_at
from navac.figures.phases import phase_diagram
from navac.results import schema
from navac.results.read import read_records
from tests.figures.test_figures import region_of
from tests.results.made_up import write_file

T = np.arange(100.0, 1001, 100)
X = np.linspace(1.0, 3.0, 41)


def states_of(*, x_range=(1.0, 3.0)):
    """``a`` below x = 2 and ``b`` above; from 700 K on, ``c`` in the middle."""
    x = np.tile(X, (len(T), 1))
    branch = np.where(x < 2, 0, 1)
    branch[T >= 700] = np.where(np.abs(X - 2) < 0.5, 2, branch[0])
    return {
        "temperature_K": T, "mu_eV": X, "x": x, "branch": branch, "branches": ("a", "b", "c"),
        "x_range": x_range,
    }  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("fields") / "phase_diagram.h5"
    T_low = T[T <= 600]
    rows = np.stack([T_low, 1.6 + 0 * T_low, 2.4 + 0 * T_low]).T
    thin = np.stack([T[6:], 1.48 + 0 * T[6:], 1.50 + 0 * T[6:]]).T
    zone = {
        "temperature_low_K": [600.0], "temperature_high_K": [700.0], "x_low": [1.6],
        "x_high": [2.4], "phases": ("a, c, b",), "reason": ("planted",),
    }  # fmt: skip
    point = {
        "temperature_K": 650.0, "temperature_stderr_K": 30.0, "x": [1.5, 2.0, 2.5],
        "phases": ("a", "c", "b"), "kind": "invariant",
    }  # fmt: skip
    write_file(path, {
        (schema.States, "x1to3"): states_of(),
        (schema.Boundary, "a+b"): region_of(rows),
        (schema.Boundary, "a+c"): region_of(thin),
        (schema.ElectronicBoundary, "a+b"): region_of(rows),
        (schema.ElectronicInvariant, "a+c+b"): point,
        (schema.Unresolved, "x1to3"): zone,
    })  # fmt: skip
    return path


def test_phases_are_those_of_the_nearest_states(file):
    regions = regions_of(read_records(file, schema.Boundary))
    states = read_records(file, schema.States).values()
    x, at = np.array([1.1, 1.9, 2.9]), np.array([120.0, 880.0, 1040.0])
    names = phase_map(x, at, regions, states)
    assert names.tolist() == [["a", UNKNOWN, "b"], ["a", "c", "b"], [UNKNOWN] * 3]


def test_what_was_not_sampled_has_no_name(file):
    """Even where a region is beside it: its range has states, but not at this temperature."""
    regions = regions_of(read_records(file, schema.Boundary))
    states = read_records(file, schema.States)
    names = phase_map(np.array([1.1]), np.array([50.0, 120.0]), regions, states.values())
    assert names.tolist() == [[UNKNOWN], ["a"]]


def test_without_states_phases_are_those_of_the_nearest_side(file):
    regions = regions_of(read_records(file, schema.Boundary))
    names = phase_map(np.array([1.1, 2.0, 2.9]), np.array([300.0, 650.0]), regions, [])
    assert names.tolist() == [["a", UNKNOWN, "b"], [UNKNOWN] * 3]


def test_sides_are_interpolated_and_unknown_beyond():
    piece = np.array([[100, 1.0, 2.0], [200, 1.2, 1.8]])
    low, high = sides_at(np.array([150.0, 250.0]), piece)
    assert (low[0], high[0]) == pytest.approx((1.1, 1.9))
    assert np.isnan([low[1], high[1]]).all()


@pytest.fixture(scope="module")
def axes(file):
    figure = phase_diagram(file)
    figure.canvas.draw()
    return figure.axes[0]


def test_names_stand_in_their_fields_or_point_at_them(axes):
    place = {text.get_text(): text.get_position() for text in axes.texts}
    assert place["a"][0] < 1.6
    assert place["b"][0] > 2.4 or place["b"][1] > 600
    assert place["c"][1] >= 650
    assert abs(place["c"][0] - 2) < 0.55
    assert 1.6 < place["a + b"][0] < 2.4
    assert place["a + b"][1] < 600
    # too narrow for its name: a line leads there
    tips = [line.get_xydata()[0] for line in axes.lines if line.get_marker() == "D"]
    assert "a + c" in place
    assert any(1.48 <= x <= 1.50 and temperature >= 700 for x, temperature in tips)
    x, temperature = place["a + c"]
    assert not (1.48 < x < 1.50 and temperature > 700)


def test_the_axis_ends_where_sampling_did(axes):
    assert axes.get_ylim()[1] == T[-1]


def test_unresolved_zones_are_hatched(axes, file):
    (zone,) = axes.patches
    assert zone.get_hatch()
    assert zone.get_bbox().bounds == pytest.approx((1.6, 600, 0.8, 100))
    labels = [t.get_text() for t in axes.figure.legends[0].get_texts()]
    assert labels.count("unresolved") == 1
    (read,) = zones_of(read_records(file, schema.Unresolved))
    assert (read.reason, read.phases) == ("planted", "a, c, b")


def test_electronic_invariant_points_are_dashed_and_have_their_error(axes):
    (level,) = [line for line in axes.lines if line.get_marker() == "."]
    assert level.get_xydata().tolist() == [[1.5, 650], [2.0, 650], [2.5, 650]]
    assert level.get_ls() == "--"
    assert level.get_color() == "#D55E00"
    bars = [c.lines[2][0].get_segments()[0] for c in axes.containers]
    assert any(np.allclose(bar, [[2.0, 620], [2.0, 680]]) for bar in bars)
