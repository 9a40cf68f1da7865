"""Figures: what they show of made-up data, readable text, equal bytes, empty files."""

import shutil
from itertools import combinations

import h5py
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from navac.figures.curves import (
    entropy,
    expansion_errors,
    heat_capacity,
    interactions,
    mixing_energies,
    occupancies,
    order,
    phase_diagram,
    save,
    voltage_curves,
)
from navac.figures.data import gaps, regions_of, sampled_spans, stretches, with_plateaus
from navac.figures.rounds import RangeRounds, rounds
from navac.figures.style import phase_symbol, series_colours
from navac.results import schema
from navac.results.read import MissingError, read_record, read_records
from navac.results.write import write_record
from tests.results.made_up import made_up, write_file

LABEL = "$x$ in A$_x$B"  # a made-up compound
CELL = {"molar_mass_g_per_mol": 268.014, "x_max": 4.0}  # 100 mAh/g per ion


def region_of(rows, critical=(np.nan,) * 3, stderr=0.005):
    """A region from rows of K and both x."""
    temperature, low, high = np.array(rows, float).T
    stderr = np.full(len(rows), stderr)
    x, top, error = critical
    return {
        "temperature_K": temperature, "x_low": low, "x_high": high,
        "x_low_stderr": stderr, "x_high_stderr": stderr,
        "critical_x": x, "critical_temperature_K": top, "critical_temperature_stderr_K": error,
        "ends_in": "critical" if np.isfinite(x) else "sampled",
    }  # fmt: skip


def half_ellipse(ends, top_K, step_K, *, without=(0.0, 0.0), closes=True):
    """A made-up two-phase region of elliptic shape."""
    temperature = np.arange(step_K, top_K, step_K)
    temperature = temperature[(temperature < without[0]) | (temperature >= without[1])]
    centre, half = np.mean(ends), np.ptp(ends) / 2
    half = half * np.sqrt(1 - (temperature / top_K) ** 2)
    critical = (centre, top_K, 0.01 * top_K) if closes else (np.nan,) * 3
    rows = np.stack([temperature, centre - half, centre + half], axis=1)
    if closes:
        rows = np.vstack([rows, (top_K, centre, centre)])
    return region_of(rows, critical, stderr=0.004)


@pytest.fixture(scope="module")
def diagram_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("made_up") / "phase_diagram.h5"
    regions = {
        "zeta+psi": half_ellipse((1, 2), 890, 20, without=(300, 400)),
        "psi+x2.80": half_ellipse((2, 2.8), 600, 20),
        "x2.80+theta": half_ellipse((2.8, 3.5), 110, 2),
        "theta+sigma": half_ellipse((3.5, 4), 90, 2),
        "x2.80+sigma": half_ellipse((2.8, 4), 5, 1, closes=False),
        "omega+sigma": {"temperature_K": []},
    }
    records = {(schema.Boundary, name): region for name, region in regions.items()}
    records[schema.ElectronicBoundary, "zeta+psi"] = half_ellipse((1, 1.95), 840, 20)
    mu = np.concatenate([np.linspace(-0.5, -0.3, 21), np.linspace(0.8, 1.1, 31)])
    x = np.linspace(1, 4, 21)
    for T in (680, 900):
        heat = {"mu_eV": mu, "x": 2 + np.tanh(mu), "heat_capacity_kB_per_fu": np.cos(mu) * T}
        records[schema.HeatCapacity, T] = heat
        records[schema.Entropy, T] = {"x": x, "entropy_kB_per_fu": np.sin(np.pi * x) ** 2}
    write_file(path, records)
    return path


@pytest.fixture(scope="module")
def voltage_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("made_up") / "voltage.h5"
    x = np.linspace(1, 4, 31)
    curve = {"x": x, "voltage_V": np.where(x < 2, 3.0, 3.5 - x / 4), "stable": x >= 2}
    stairs = {"x": [1, 2, 2, 4], "voltage_V": [3.0, 3.0, 2.7, 2.7], "stable": [True] * 4}
    sites = {
        "x": x, "occupied": {"A1": x / 4, "A2": np.sqrt(x / 4)},
        "single_phase": (x < 1.35) | (x > 1.75),
    }  # fmt: skip
    records = {(schema.VoltageCurve, T): curve for T in (500, 10)}
    records[schema.VoltageCurve, 0] = stairs
    records |= {(schema.Occupancy, T): sites for T in (263, 473, 920)}
    write_file(path, records)
    return path


@pytest.fixture(scope="module")
def orderings_table():
    rows = [
        (x, 400 * np.cos(3 * x) + 10 * i, span, i == 0 and x in (1, 3, 4))
        for span, xs in {"first": (1, 1.5, 2, 3), "second": (3, 3.5, 4)}.items()
        for x in xs
        for i in range(5)
    ]
    return pd.DataFrame(rows, columns=["x", "mixing_energy_meV_per_fu", "range", "on_hull"])


@pytest.fixture(scope="module")
def fit_tables():
    """Two ranges; an ordering without an energy is below the hull of the data."""
    rng = np.random.default_rng(2)
    tables = {}
    for name, x in (("1 ≤ x ≤ 3", np.linspace(1, 3, 41)), ("3 ≤ x ≤ 4", np.linspace(3, 4, 21))):
        data = -400 * (x - 1) + 300 * rng.random(len(x))
        predicted = data + rng.normal(0, 12, len(x))
        fitted = np.arange(len(x)) != 9
        predicted[9] -= 2000
        tables[name] = pd.DataFrame({
            "x": x, "data_meV_per_fu": np.where(fitted, data, np.nan),
            "predicted_meV_per_fu": predicted, "fitted": fitted,
        })  # fmt: skip
    return tables


@pytest.fixture(scope="module")
def eci_tables():
    """Two ranges, five orders; one term of each order is not selected."""
    index = np.arange(1, 22)
    order = np.r_[0, np.repeat([1, 2, 3, 4, 5], 4)]
    each = np.where(index % 4 == 2, 0.0, 30 * np.cos(index))
    one = pd.DataFrame({
        "index": index, "order": order, "eci_meV": 6 * each, "eci_per_multiplicity_meV": each,
        "stderr_meV": 0.3 * index,
    })  # fmt: skip
    return {"1 ≤ x ≤ 3": one, "3 ≤ x ≤ 4": one[one["order"] < 4]}


@pytest.fixture(scope="module")
def figures(diagram_file, voltage_file, orderings_table, fit_tables, eci_tables):
    return {
        "fits": expansion_errors(fit_tables, composition_label=LABEL),
        "interactions": interactions(eci_tables),
        "mixing": mixing_energies(orderings_table, composition_label=LABEL),
        "phases": phase_diagram(diagram_file, composition_label=LABEL),
        "voltage": voltage_curves(voltage_file, **CELL, reference="A/A⁺", composition_label=LABEL),
        "occupancies": occupancies(voltage_file, composition_label=LABEL),
        "heat": heat_capacity(diagram_file, composition_label=LABEL),
        "entropy": entropy(diagram_file, composition_label=LABEL),
    }


def visible_texts(figure):
    """Every drawn text with its extent; ticks outside their axis are not drawn."""
    figure.canvas.draw()
    hidden = set()
    for axes in figure.findobj(lambda artist: hasattr(artist, "xaxis")):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            outside = [t for t in ticks if not low <= t.get_loc() <= high or not axis.get_visible()]
            hidden.update(id(label) for t in outside for label in (t.label1, t.label2))
    shown = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden
    ]
    return [(text, text.get_window_extent()) for text in shown]


def names(figure):
    return {text.get_text() for text, _ in visible_texts(figure)}


def test_text_is_readable_whole_and_apart(figures):
    for name, figure in figures.items():
        texts = visible_texts(figure)
        frame = figure.bbox
        for text, box in texts:
            assert text.get_fontsize() >= 6.5, (name, text)
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1, (name, text)
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1, (name, text)
        for (first, box), (second, other) in combinations(texts, 2):
            assert not box.overlaps(other), (name, first, second)


@pytest.mark.parametrize("width_mm", [60.0, 85.0, 170.0])
def test_width_is_what_was_asked_for(diagram_file, width_mm):
    figure = phase_diagram(diagram_file, width_mm=width_mm)
    figure.canvas.draw()
    assert figure.get_figwidth() * 25.4 == pytest.approx(width_mm)
    assert all(0 <= box.x0 < box.x1 <= figure.bbox.x1 for _, box in visible_texts(figure))


def test_axes_are_named_with_units(figures):
    expected = {
        "fits": {LABEL, "Mixing energy\n(meV per f.u.)", "Error of CE\n(meV per f.u.)"},
        "interactions": {"Index of the cluster", "ECI / multiplicity (meV)"},
        "mixing": {LABEL, "Mixing energy (meV per f.u.)"},
        "phases": {LABEL, "$T$ (K)"},
        "voltage": {LABEL, "Voltage (V vs. A/A⁺)", "Capacity (mAh g$^{-1}$)"},
        "occupancies": {LABEL, "Occupied fraction of sites"},
        "heat": {LABEL, "$\\mu_\\mathrm{A}$ (eV per A)", "$C_\\mu$ ($k_\\mathrm{B}$ per f.u.)"},
        "entropy": {LABEL, "$S$ ($k_\\mathrm{B}$ per f.u.)"},
    }
    assert {name for name in expected if expected[name] - names(figures[name])} == set()


def test_hull_passes_through_the_ground_states(figures, orderings_table):
    hexagons = [line for line in figures["mixing"].axes[0].lines if line.get_marker() == "h"]
    shown = sorted((x, y) for line in hexagons for x, y in zip(*line.get_data(), strict=True))
    ground = orderings_table[orderings_table["on_hull"]]
    assert shown == sorted(zip(ground["x"], ground["mixing_energy_meV_per_fu"], strict=True))


def test_errors_are_of_what_was_fitted_within_marked_bands(figures, fit_tables):
    panels = figures["fits"].axes
    assert len(panels) == 4
    for axes, table in zip(panels[1::2], fit_tables.values(), strict=True):
        (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
        errors = (table["predicted_meV_per_fu"] - table["data_meV_per_fu"])[table["fitted"]]
        np.testing.assert_allclose(dots.get_ydata(), errors)
        bands = {line.get_ydata()[0] for line in axes.lines if line is not dots}
        assert bands == {-20, -10, 0, 10, 20}
        assert axes.get_ylim()[1] > 20


def test_the_hull_of_the_expansion_is_over_all_orderings(figures, fit_tables):
    """The one of the data has only what was computed."""
    for axes, table in zip(figures["fits"].axes[::2], fit_tables.values(), strict=True):
        star, hexagon = (
            next(line for line in axes.lines if line.get_marker() == m) for m in ("*", "h")
        )
        assert table["x"][9] not in star.get_xdata()
        assert table["x"][9] in hexagon.get_xdata()


def test_selected_interactions_have_error_bars(figures, eci_tables):
    panels = figures["interactions"].axes
    for axes, table in zip(panels, eci_tables.values(), strict=True):
        shown = sorted(x for c in axes.containers for x in c.lines[0].get_xdata())
        drawn = table[(table["order"] > 0) & (table["eci_meV"] != 0)]
        assert shown == drawn["index"].tolist()
        bars = [s for c in axes.containers for s in c.lines[2][0].get_segments()]
        heights = sorted(np.ptp(segment[:, 1]) for segment in bars)
        np.testing.assert_allclose(heights, 2 * drawn["stderr_meV"])
    assert {"points", "pairs", "triplets", "quadruplets", "5 sites"} <= names(
        figures["interactions"]
    )


def test_phase_diagram_names_phases_and_regions(figures):
    shown = names(figures["phases"])
    assert {"ζ", "ψ", "x2.80", "θ", "σ"} <= shown
    assert {"ζ + ψ", "ψ + x2.80", "θ + σ", "x2.80 + σ"} <= shown
    assert "ω" not in shown  # its only region is empty


def test_no_boundary_runs_through_a_label(figures):
    figures["phases"].canvas.draw()
    for axes in figures["phases"].axes:
        boundaries = [line for line in axes.lines if line.get_ls() in ("-", "--")]
        points = np.concatenate([axes.transData.transform(dense(line)) for line in boundaries])
        for text in axes.texts:
            box = text.get_window_extent()
            assert not ((points > box.min) & (points < box.max)).all(axis=1).any(), text


def dense(line):
    """Points of a plotted line, close together."""
    steps = np.arange(len(line.get_xdata()))
    many = np.linspace(0, steps[-1], 5000)
    return np.column_stack([np.interp(many, steps, values) for values in line.get_data()])


def test_names_stand_in_what_they_name(figures):
    place = {text.get_text(): text.get_position() for text in figures["phases"].axes[0].texts}
    x, temperature = place["ζ + ψ"]
    assert abs(x - 1.5) < 0.5 * np.sqrt(1 - (temperature / 890) ** 2)
    x, temperature = place["ψ"]
    assert abs(x - 1.5) > 0.5 * np.sqrt(max(0, 1 - (temperature / 890) ** 2))
    assert abs(x - 2.4) > 0.4 * np.sqrt(max(0, 1 - (temperature / 600) ** 2))


def test_low_regions_get_an_enlarged_panel(diagram_file, figures, tmp_path):
    main, detail = figures["phases"].axes
    assert main.get_ylim()[1] > 890
    assert detail.get_ylim()[1] < 200
    np.testing.assert_allclose(detail.get_xlim(), (2.752, 4.048), atol=0.01)
    without = shutil.copy(diagram_file, tmp_path)
    with h5py.File(without, "a") as file:
        for name in ("x2.80+theta", "theta+sigma", "x2.80+sigma"):
            del file["boundaries"][name]
    assert len(phase_diagram(without).axes) == 1


def test_boundaries_end_at_the_critical_point_and_at_gaps(figures):
    lines = [line.get_data() for line in figures["phases"].axes[0].lines if line.get_ls() == "-"]
    assert sum(np.allclose((x[-1], y[-1]), (1.5, 890)) for x, y in lines) == 2
    assert sum(np.isclose(y[-1], 280) for _, y in lines) == 2  # the last before the gap
    dashed = [line for line in figures["phases"].axes[0].lines if line.get_ls() == "--"]
    assert len(dashed) == 2


@pytest.fixture(scope="module")
def crowded_file(tmp_path_factory):
    """Eleven regions: two large domes that others cap, small ones, bits at high temperature."""
    path = tmp_path_factory.mktemp("made_up") / "crowded.h5"
    low = np.arange(10, 840, 10.0)
    caps = np.arange(840, 900, 10.0)
    regions = {}
    for shift, dome, left, right in (
        (0, "zeta+psi", "zeta+x1.80", "x1.80+psi"),
        (1, "psi+omega", "psi+x2.50", "x2.50+omega"),
    ):
        bulge = 0.3 * (low / 830) ** 4
        regions[dome] = region_of(np.stack([low, 1 + shift + bulge, 2 + shift - bulge / 9]).T)
        step = (caps - 840) / 500
        rows = np.stack([caps, 1.3 + shift + step, 1.6 + shift + 0 * caps])
        regions[left] = region_of(rows.T)
        rows = np.stack([caps, 1.75 + shift + step, 1.97 + shift + 0 * caps])
        regions[right] = region_of(rows.T)
    bits = [(300, 3.3, 3.35), (320, 3.28, 3.34)]
    first = [(10, 3.0, 3.35), (15, 3.04, 3.3), (20, 3.1, 3.3)]
    regions["omega+x3.25"] = region_of(first + bits, (3.2, 22.5, 4.0))
    regions["x3.40+theta"] = region_of([(10, 3.4, 3.5), (15, 3.42, 3.48)], (3.45, 17.0, 1.0))
    later = [(T, 3.55 + T / 2000, 3.9 - T / 400) for T in (25, 30, 40, 50, 60)]
    regions["theta+x3.75"] = region_of([(10, 3.5, 4.0), *later], (3.6, 62.5, 7.0))
    regions["x3.75+sigma"] = region_of([(15, 3.6, 3.98)], (3.8, 17.5, 1.0))
    regions["x3.25+theta"] = region_of([(400, 3.3, 3.4), (420, 3.35, 3.4)], (3.4, 425.0, 5.0))
    write_file(path, {(schema.Boundary, name): region for name, region in regions.items()})
    return path


@pytest.mark.parametrize("width_mm", [85.0, 170.0])
def test_many_regions_leave_room_for_the_panels(crowded_file, width_mm):
    figure = phase_diagram(crowded_file, composition_label=LABEL, width_mm=width_mm)
    texts = visible_texts(figure)
    assert len(figure.axes) == 2
    for axes in figure.axes:
        assert axes.get_window_extent().width > 0.7 * figure.bbox.width
    assert sum(axes.get_window_extent().height for axes in figure.axes) > 0.5 * figure.bbox.height
    for text, box in texts:
        assert text.get_fontsize() >= 6.5
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, text
    for (first, box), (second, other) in combinations(texts, 2):
        assert not box.overlaps(other), (first, second)
    written = [text.get_text() for axes in figure.axes for text in axes.texts]
    below = [text.get_text() for legend in figure.legends[1:] for text in legend.get_texts()]
    assert {"ζ + ψ", "ψ + ω", "x2.50 + ω", "x3.40 + θ", "x3.25 + θ"} <= {*written, *below}
    assert "x3.75 + σ" not in {*written, *below}  # a single temperature fills nothing
    assert not set(written) & set(below)
    test_no_boundary_runs_through_a_label({"phases": figure})


def test_detail_ignores_what_lies_high(crowded_file):
    _, detail = phase_diagram(crowded_file).axes
    assert detail.get_ylim()[1] == pytest.approx(1.2 * 62.5)
    np.testing.assert_allclose(detail.get_xlim(), (2.96, 4.04), atol=0.02)


def test_critical_points_of_lasting_regions_only(crowded_file):
    main, _ = phase_diagram(crowded_file).axes
    points = [line.get_data() for line in main.lines if line.get_marker() == "o"]
    x, temperature = np.concatenate(points, axis=1)
    assert sorted(zip(x, temperature, strict=True)) == [(3.2, 22.5), (3.6, 62.5)]


def fills(axes):
    """The colours of the filled regions."""
    return [tuple(c.get_facecolor()[0]) for c in axes.collections if len(c.get_facecolor())]


def test_regions_have_colours_of_their_own(crowded_file):
    found = regions_of(read_records(crowded_file, schema.Boundary))
    main, _ = phase_diagram(crowded_file).axes
    drawn = [colour for colour in fills(main) if colour[3] == 1]
    several = [region for region in found if len(region.dome) > 1]
    assert len(set(drawn)) == len(several)


@pytest.fixture(scope="module")
def eutectoid_file(tmp_path_factory):
    """M decomposes at 300 K into ζ and ω; it coexists with ω in two ranges of temperature."""
    path = tmp_path_factory.mktemp("made_up") / "eutectoid.h5"
    low, high = np.arange(50, 301, 25.0), np.arange(300, 801, 25.0)

    def sides(T, first, last, top):
        """From the two x at the lowest temperature to the x at which the region closes."""
        part = (T - T[0]) / (T[-1] - T[0])
        return np.stack([T, first + (top - first) * part, last + (top - last) * part]).T

    regions = {
        "zeta+omega": region_of(np.stack([low, 1.2 + 0 * low, 2.8 + 0 * low]).T),
        "zeta+modulated": region_of(sides(high, 1.2, 2.0, 1.5), (1.5, 800.0, 5.0)),
        "modulated+omega": region_of(sides(high, 2.0, 2.8, 2.5), (2.5, 800.0, 5.0)),
        "modulated+omega 2": region_of(np.stack([high[-3:] + 100, [2.4] * 3, [2.6] * 3]).T),
    }
    regions["zeta+omega"]["ends_in"] = "invariant"
    regions["modulated+omega"]["ends_in"] = "congruent"
    point = {
        "temperature_K": 300.0, "temperature_stderr_K": 4.0, "x": [1.2, 2.0, 2.8],
        "phases": ("zeta", "modulated", "omega"), "kind": "invariant",
    }  # fmt: skip
    inside = point | {
        "temperature_K": 800.0, "x": [2.5, 2.5], "phases": ("omega", "modulated"),
        "kind": "congruent",
    }  # fmt: skip
    records = {(schema.Boundary, name): region for name, region in regions.items()}
    records[schema.Invariant, "zeta+modulated+omega"] = point
    records[schema.Invariant, "omega+modulated"] = inside
    write_file(path, records)
    return path


def test_three_phases_at_an_invariant_point_are_joined_by_a_level_line(eutectoid_file):
    (axes,) = phase_diagram(eutectoid_file).axes
    level = [line for line in axes.lines if line.get_marker() == "."]
    assert [line.get_xydata().tolist() for line in level] == [[[1.2, 300], [2.0, 300], [2.8, 300]]]
    assert level[0].get_ls() == "-"


def test_the_uncertainty_of_the_expansion_is_drawn_where_it_is(eutectoid_file, tmp_path):
    (plain,) = phase_diagram(eutectoid_file).axes
    assert not [c for c in plain.collections if c.get_label() == "± expansion"]
    path = tmp_path / "uncertain.h5"
    shutil.copy(eutectoid_file, path)
    region = read_record(path, schema.Boundary, "zeta+omega")
    steps, stderr = len(region.temperature_K), 0.1
    known = {
        "temperature_K": region.temperature_K, "x_low_stderr_expansion": np.full(steps, stderr),
        "x_high_stderr_expansion": np.full(steps, np.nan),
    }  # fmt: skip
    with h5py.File(path, "a") as file:
        write_record(file, made_up(schema.BoundaryUncertainty, **known), "zeta+omega")
        write_record(
            file, made_up(schema.InvariantUncertainty, temperature_stderr_expansion_K=50.0),
            "zeta+modulated+omega",
        )  # fmt: skip
        write_record(file, made_up(
            schema.DrawnBoundaries, draw=[0, 0, 1], region=[0, 0, 1],
            temperature_K=[100.0, 200, 100], x_low=[1.0, 1.1, 1.2], x_high=[1.9, 1.8, 1.7],
        ), "x1to3")  # fmt: skip
    (axes,) = phase_diagram(path).axes
    (band,) = [c for c in axes.collections if c.get_label() == "± expansion"]
    x = band.get_paths()[0].vertices[:, 0]
    assert (x.min(), x.max()) == pytest.approx(
        (region.x_low.min() - stderr, region.x_low.max() + stderr)
    )
    drawn = [c for c in axes.collections if isinstance(c, LineCollection)]
    segments = [s.tolist() for c in drawn for s in c.get_segments()]
    assert [[1.9, 100.0], [1.8, 200.0]] in segments
    assert [[2.0, 250.0], [2.0, 350.0]] in segments


def test_a_congruent_point_is_no_critical_point(eutectoid_file):
    (axes,) = phase_diagram(eutectoid_file).axes
    points = [line.get_data() for line in axes.lines if line.get_marker() == "o"]
    x, temperature = np.concatenate(points, axis=1)
    assert (x.tolist(), temperature.tolist()) == ([1.5], [800])


def test_regions_of_the_same_phases_have_the_same_name(eutectoid_file):
    found = regions_of(read_records(eutectoid_file, schema.Boundary))
    assert [r.label for r in found] == ["ζ + M", "ζ + ω", "M + ω", "M + ω"]
    figure = phase_diagram(eutectoid_file, width_mm=170.0)
    assert {"ζ + ω", "ζ + M", "M + ω", "ζ", "ω"} <= names(figure)
    test_no_boundary_runs_through_a_label({"phases": figure})


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        ([10, 20, 30, 90, 100, 110], [3]),
        ([1, 2, 3, 4, 50, 100, 150], []),  # the step changes
        ([10, 20, 30, 90], [3]),
        ([10, 500], []),
    ],
)
def test_gaps_of_a_temperature_grid(temperature, expected):
    assert gaps(np.array(temperature, float)).tolist() == expected


def test_voltage_is_flat_up_to_the_boundaries():
    x, voltage = np.array([1.0, 1.5, 2.0, 3.0]), np.array([3.4, 3.0, 2.8, 2.5])
    stable = np.array([True, False, True, True])
    x, voltage = with_plateaus(x, voltage, stable)
    assert x.tolist() == [1.0, 1.0, 1.5, 2.0, 2.0, 3.0]
    assert voltage.tolist() == [3.4, 3.0, 3.0, 3.0, 2.8, 2.5]


def test_missing_plateau_voltage_is_the_mean_of_the_boundaries():
    voltage = np.array([3.1, np.nan, np.nan, 2.9])
    _, drawn = with_plateaus(np.arange(4.0), voltage, np.array([True, False, False, True]))
    assert drawn.tolist() == pytest.approx([3.1, 3.0, 3.0, 3.0, 3.0, 2.9])


def test_voltage_curves_by_temperature_with_capacity(figures):
    axes = figures["voltage"].axes[0]
    assert [line.get_label() for line in axes.lines] == ["0 K", "10 K", "500 K"]
    (above,) = axes.child_axes
    figures["voltage"].canvas.draw()
    for x, capacity in ((1, 300), (4, 0)):
        below = axes.transData.transform((x, 3.0))[0]
        assert above.transData.transform((capacity, 0.5))[0] == pytest.approx(below, abs=0.1)


def test_occupancies_are_dots_in_single_phases_only(figures):
    panels = figures["occupancies"].axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "(a) 263 K",
        "(b) 473 K",
        "(c) 920 K",
    ]
    dots = [line for line in panels[1].lines if line.get_marker() == "o"]
    assert [line.get_label() for line in dots] == ["A1", "A2"]
    assert all(((x < 1.35) | (x > 1.75)).all() for x in (line.get_xdata() for line in dots))
    bridge = next(line for line in panels[1].lines if line.get_ls() == "--").get_xdata()
    np.testing.assert_allclose((bridge[0], bridge[-1]), (1.3, 1.8))


def test_wide_gap_in_chemical_potential_breaks_the_axis(figures):
    assert len(figures["heat"].axes) == 4
    spans = sampled_spans(np.array([0.0, 0.1, 0.2, 0.3]))
    assert spans == [(0.0, 0.3)]
    assert sampled_spans(np.array([0.5, 0.5])) == [(0.5, 0.5)]


def test_order_is_drawn_where_it_is(tmp_path):
    path = tmp_path / "phase_diagram.h5"
    T, mu = np.array([100.0, 200, 300]), np.linspace(-1, 0, 5)
    states = {
        (schema.States, name): {
            "temperature_K": T, "mu_eV": mu, "x_range": (low, low + 1),
            # the first column lies where the expansion does not hold
            "x": low - 0.25 + 1.25 * np.tile(mu + 1, (3, 1)),
            "order_in_cell": np.repeat(T[:, None] / 1000, 5, axis=1),
            "concentration_wave_amplitude": np.full((3, 5), 0.02),
        }
        for name, low in (("poor", 1.0), ("rich", 2.0))
    }  # fmt: skip
    write_file(path, states)
    figure = order(path, composition_label=LABEL)
    panels = [axes for axes in figure.axes if axes.get_ylabel() == "Temperature (K)"]
    assert len(panels) == 2
    for axes, top in zip(panels, (0.3, 0.02), strict=True):
        assert len(axes.collections) == 2
        points = axes.collections[1].get_offsets()
        assert len(points) == 3 * 4
        assert points[:, 0].min() >= 2
        assert set(points[:, 1]) == set(T)
        assert axes.collections[1].get_array().max() == pytest.approx(top)
    assert panels[1].get_xlabel() == LABEL


def test_missing_or_empty_groups_are_said(tmp_path):
    empty = tmp_path / "empty.h5"
    write_file(empty, {(schema.Entropy, 300): {"x": []}})
    with h5py.File(empty, "a") as file:
        file.create_group("boundaries")
    messages = {
        "/boundaries": phase_diagram(empty),
        "voltage curves": voltage_curves(empty, **CELL),
        "/occupancy": occupancies(empty),
        "/heat_capacity": heat_capacity(empty),
        "/entropy": entropy(empty),
        "/states": order(empty),
        "orderings": mixing_energies(pd.DataFrame()),
        "energies": expansion_errors({}),
        "interactions": interactions({}),
    }
    for subject, figure in messages.items():
        ((text, box),) = visible_texts(figure)
        assert text.get_text().startswith("no ")
        assert subject in text.get_text()
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_missing_dataset_is_named(tmp_path):
    write_file(tmp_path / "entropy.h5", {(schema.Entropy, 300): {"x": [1.0]}})
    with h5py.File(tmp_path / "entropy.h5", "a") as file:
        del file["entropy/T_300K/entropy_kB_per_fu"]
    said = r"entropy\.h5: /entropy/T_300K has no dataset entropy_kB_per_fu"
    with pytest.raises(MissingError, match=said):
        entropy(tmp_path / "entropy.h5")


def test_files_are_equal_when_drawn_again(diagram_file, tmp_path):
    before = dict(mpl.rcParams)
    for stem in ("first", "second"):
        written = save(phase_diagram(diagram_file), tmp_path / "new" / f"fig.{stem}")
        assert [path.name for path in written] == [f"fig.{stem}.pdf", f"fig.{stem}.png"]
    folder = tmp_path / "new"
    for suffix in ("pdf", "png"):
        first, second = (folder / f"fig.{stem}.{suffix}" for stem in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    assert b"Date" not in (folder / "fig.first.pdf").read_bytes()
    assert len(list(folder.iterdir())) == 4  # no temporary files
    assert dict(mpl.rcParams) == before


def test_failed_save_leaves_nothing(diagram_file, tmp_path, monkeypatch):
    figure = entropy(diagram_file)
    monkeypatch.setattr(figure, "savefig", lambda path, **_: path.write_text("half") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(figure, tmp_path / "out" / "entropy")
    assert not list((tmp_path / "out").iterdir())


def test_names_and_colours():
    known = {"zeta": "ζ", "x2.50": "x2.50", "modulated": "M", "modulated12": "M₁₂",
             "ordered2": "O₂", "disordered": "D", "beta2": "beta2"}  # fmt: skip
    assert {name: phase_symbol(name) for name in known} == known
    assert len(series_colours(12)) == 12


def test_rounds_show_every_hull_once_and_all_scores():
    """Three rounds, of which two have the same hull."""
    scores = pd.DataFrame({
        "round": [1, 2, 3], "energies": [30, 34, 38], "loocv_meV_per_fu": [20.0, 9.0, 0.0],
        "kfold_meV_per_fu": [40.0, 30.0, 8.0], "hull_change_meV_per_fu": [np.nan, 12.0, 0.0],
    })  # fmt: skip
    hulls = pd.DataFrame({
        "round": [1, 1, 2, 2, 2, 3, 3, 3], "x": [1, 3, 1, 2, 3, 1, 2, 3],
        "energy_meV_per_fu": [0.0, -500, 0.0, -450, -600, 0.0, -450, -600],
    })  # fmt: skip
    figure = rounds({"1 ≤ x ≤ 3": RangeRounds(scores, hulls)}, composition_label=LABEL)
    above, below = figure.axes
    assert len(above.lines) == 2
    np.testing.assert_allclose(above.lines[1].get_ydata(), [0, -150, 0])
    assert {t.get_text() for t in above.get_legend().get_texts()} == {"1", "2"}
    assert len(below.lines) == 3
    assert below.get_yscale() == "log"
    assert below.lines[0].get_ydata().min() == pytest.approx(1e-3)
    assert [t.get_text() for t in below.get_xticklabels()] == ["1\n(30)", "2\n(34)", "3\n(38)"]


def test_no_rounds_are_said():
    figure = rounds({})
    assert "no rounds" in {t.get_text() for t in figure.findobj(Text)}


def stairs_file(path, levels, x=(1.0, 2.0, 3.0, 4.0)):
    """A curve at 0 K of plateaus, and a sloping one at 300 K."""
    at, volts = np.repeat(x, 2)[1:-1], np.repeat(levels, 2)
    slope = {"x": at, "voltage_V": np.linspace(levels[0], levels[-1], 6), "stable": [True] * 6}
    write_file(path, {
        (schema.VoltageCurve, 0): {"x": at, "voltage_V": volts, "stable": [True] * 6},
        (schema.VoltageCurve, 300): slope,
    })  # fmt: skip
    return path


def test_small_steps_of_the_voltage_are_enlarged(tmp_path):
    """36 mV at 3.25 V beside a step of 1.4 V; all curves are whole in the first panel."""
    path = stairs_file(tmp_path / "v.h5", (3.28, 3.244, 1.9))
    figure = voltage_curves(path, **CELL, composition_label=LABEL)
    whole, panel = figure.axes
    assert panel.get_xlim()[0] < 1 < 3 < panel.get_xlim()[1] < 3.5
    low, high = panel.get_ylim()
    assert low < 3.244 < 3.28 < high
    assert 0.036 / (high - low) > 0.3  # of the height of the panel; of the whole axis, 3 %
    for temperature in ("0 K", "300 K"):
        (line,) = [line for line in whole.lines if line.get_label() == temperature]
        assert len(line.get_xdata()) == 6
        assert whole.get_xlim()[0] <= line.get_xdata().min()
        assert whole.get_ylim()[0] <= line.get_ydata().min()
        assert line.get_ydata().max() <= whole.get_ylim()[1]
    assert whole.get_title(loc="left") == "(a)"
    test_text_is_readable_whole_and_apart({"voltage": figure})


def test_letters_of_enlarged_parts_stay_inside(tmp_path):
    """Small steps at the lower end of the axis."""
    figure = voltage_curves(stairs_file(tmp_path / "v.h5", (3.3, 1.93, 1.9)), **CELL)
    figure.canvas.draw()
    (letter,) = figure.axes[0].texts
    box, frame = letter.get_window_extent(), figure.axes[0].get_window_extent()
    assert frame.y0 < box.y0 < box.y1 < frame.y1
    test_text_is_readable_whole_and_apart({"voltage": figure})


@pytest.mark.parametrize("levels", [(3.3, 2.6, 1.9), (3.30, 3.30, 3.30), (3.3, 3.28, 3.26)])
def test_steps_that_are_seen_are_not_enlarged(levels, tmp_path):
    """Large steps, none, or small ones that are the whole axis."""
    assert len(voltage_curves(stairs_file(tmp_path / "v.h5", levels), **CELL).axes) == 1


def test_a_curve_without_plateaus_is_not_enlarged(tmp_path):
    x = np.linspace(1, 4, 31)
    curve = {"x": x, "voltage_V": 3 - x / 4, "stable": [True] * 31}
    write_file(tmp_path / "v.h5", {(schema.VoltageCurve, 300): curve})
    assert len(voltage_curves(tmp_path / "v.h5", **CELL).axes) == 1


def test_curves_are_dashed_across_regions_and_cut_between_expansions(tmp_path):
    path = tmp_path / "d.h5"
    T = np.arange(100.0, 401, 100)
    write_file(path, {
        (schema.Boundary, "a+b"): region_of(np.stack([T, 1.2 + 0 * T, 1.8 + 0 * T]).T),
        (schema.Entropy, 300): {
            "x": [1.0, 1.1, 1.2, 1.8, 1.9, 2.95, 3.0, 3.5],
            "entropy_kB_per_fu": [0, 0.1, 0.2, 0.4, 0.5, 0.6, 1.7, 1.5],
        },
        (schema.States, "low"): {"x_range": (1.0, 3.0), "x": np.ones((2, 2))},
        (schema.States, "high"): {"x_range": (3.0, 4.0), "x": np.ones((2, 2))},
    })  # fmt: skip
    (axes,) = entropy(path).axes
    drawn = [(line.get_ls(), line.get_xdata().tolist()) for line in axes.lines]
    assert drawn == [
        ("-", [1.0, 1.1, 1.2]), ("--", [1.2, 1.8]), ("-", [1.8, 1.9, 2.95]), ("-", [3.0, 3.5]),
    ]  # fmt: skip
    assert [t.get_text() for t in axes.figure.legends[0].get_texts()] == ["300 K"]


def test_a_point_alone_is_drawn():
    parts = list(stretches(np.array([1.0, 2.0, 3.0]), 300.0, [], [2.0, 3.0]))
    assert [(part.start, part.stop) for part, _ in parts] == [(0, 1), (1, 2), (2, 3)]
    assert list(stretches(np.array([1.0]), 300.0, [], [])) == [(slice(0, 1), False)]
