"""Boundaries and voltages from samples; figures of them, and the published numbers beside."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.figures.style import phase_symbol
from navac.results import schema
from navac.results.read import read_record, read_records
from tests.scripts.conftest import Scripts

RANGES = ["x1to3", "x3to4"]
DIAGRAM, VOLTAGE = (
    f"results/miniature/thermodynamics/{name}.h5" for name in ("phase_diagram", "voltage")
)


def analysed(scripts, here, covariances=()):
    return scripts.call(
        "thermodynamics",
        input={
            "prim": f"{here}/prim/prim.json",
            "orderings": f"{here}/orderings/orderings.csv",
            "energies": f"{here}/energies/energies.csv",
            "expansions": [f"{here}/expansion/{name}_expansion.json" for name in RANGES],
            "scores": [f"{here}/expansion/{name}.json" for name in RANGES],
            "covariances": list(covariances),
            "plans": [f"{here}/sampling/{name}-paths.h5" for name in RANGES],
            "records": [f"{here}/sampling/{name}-0.h5" for name in RANGES],
            "scans": [],
        },
        output={
            "diagram": "phase_diagram.h5", "voltage": "voltage.h5", "trust": "trust.csv",
            "page": "trust.html",
        },
        ranges=RANGES,
        fitted=RANGES,
    )  # fmt: skip


def test_analyse(scripts, here):
    made = analysed(scripts, here)
    region = read_record(made.diagram, schema.Boundary, "zeta+psi")
    step = list(region.temperature_K).index(300)
    assert region.x_low[step] == pytest.approx(1, abs=0.01)
    assert region.x_high[step] == pytest.approx(2, abs=0.01)
    assert region.mu_eV[step] == pytest.approx(-0.47396, abs=1e-3)
    assert region.begins_in == "sampled"
    phases = read_records(made.diagram, schema.Phases)
    states = read_records(made.diagram, schema.States)
    assert list(phases) == list(states) == RANGES
    for name in RANGES:
        assert set(phases[name].phases) <= set(states[name].branches)
        assert len(phases[name].order) == len(phases[name].phases)
    assert {"zeta", "psi", "omega"} <= set(phases["x1to3"].phases)
    for point in read_records(made.diagram, schema.Invariant).values():
        assert list(point.x) == sorted(point.x)
        assert len(point.x) == len(point.phases)
    curves = read_records(made.voltage, schema.VoltageCurve)
    assert list(curves) == [0, 10, 300]
    # The mean over the whole range is the one that was given, but for the difference of the two
    # tables where they meet.
    energies = pd.read_csv(here / "energies/energies.csv")
    low, high = energies[energies.x == 3].groupby("range").energy_eV_per_cell.min() / 2
    x, volts = curves[0].x, curves[0].voltage_V
    mean = np.trapezoid(volts, x) / (x[-1] - x[0])
    assert mean == pytest.approx(2.807 + (high - low) / 3, abs=1e-6)


def test_the_page_of_trust(scripts, here):
    """Everything that is in the diagram is judged, and the page says what the table says."""
    made = analysed(scripts, here)
    table = pd.read_csv(made.trust, keep_default_na=False)
    assert set(table.verdict) <= {"good", "doubtful", "bad", "not known"}
    assert set(table["range"]) == set(RANGES)
    phases = read_records(made.diagram, schema.Phases)
    for name in RANGES:
        own = table[(table["range"] == name) & (table.kind == "phase")]
        assert set(phases[name].phases) <= set(own.subject)
    judged = set(table[table.kind == "boundary"].subject)
    assert judged == set(read_records(made.diagram, schema.Boundary))
    # Energies of the published expansions say nothing of these; the few sweeps do.
    fit = table[table.quantity == "fit near the hull"]
    assert list(fit.verdict) == ["not known", "not known"]
    assert (table[table.verdict != "good"].sentence != "").all()
    assert (table[table.verdict.isin(["bad", "doubtful"])].action != "").all()
    shown = Path(made.page).read_text()
    assert f"Of {len(table)} checks {(table.verdict == 'good').sum()} are good" in shown


def test_only_the_temperatures_asked_for_are_reported(here):
    scripts = Scripts(thermodynamics__voltage_temperatures_K=[300],
                      thermodynamics__entropy_temperatures_K=[],
                      thermodynamics__electronic_entropy=None)  # fmt: skip
    made = analysed(scripts, here)
    assert list(read_records(made.voltage, schema.VoltageCurve)) == [0, 300]
    assert read_records(made.diagram, schema.Entropy) == {}
    assert read_records(made.diagram, schema.ElectronicBoundary) == {}
    assert list(read_records(made.diagram, schema.HeatCapacity)) == [600]


def test_the_uncertainty_of_the_expansion_is_written_if_asked_for(scripts, here):
    said = "thermodynamics__expansion_uncertainty"
    covariances = [f"{here}/expansion/{name}_covariance.h5" for name in RANGES]
    # Energies of an expansion are reproduced without error: nothing is known, and that is said.
    made = analysed(Scripts(**{said: {}}), here, covariances)
    sources = read_records(made.diagram, schema.ExpansionUncertainty)
    assert list(sources) == RANGES
    assert not any(s.known for s in sources.values())
    assert all("none: " in s.source and "without error" in s.source for s in sources.values())
    assert read_records(made.diagram, schema.BoundaryUncertainty) == {}
    assert read_records(made.diagram, schema.InvariantUncertainty) == {}

    asked = {"noise_meV_per_fu": 2.0, "draws": 2}
    made = analysed(Scripts(**{said: asked}), here, covariances)
    source = read_records(made.diagram, schema.ExpansionUncertainty)["x1to3"]
    assert source.known
    assert "assumed error of 2 meV" in source.source
    assert source.noise_eV_per_cell == pytest.approx(0.004)
    found = read_records(made.diagram, schema.BoundaryUncertainty)
    regions = read_records(made.diagram, schema.Boundary)
    assert "zeta+psi" in found
    assert set(found) <= set(regions)
    cold = found["zeta+psi"]
    np.testing.assert_array_equal(cold.temperature_K, regions["zeta+psi"].temperature_K)
    # μ of two ground states: the errors of two energies of this size, over two atoms per cell
    assert 2e-4 < cold.mu_stderr_expansion_eV[0] < 4e-3
    assert cold.x_low_stderr_expansion[0] < 1e-3
    points = read_records(made.diagram, schema.InvariantUncertainty)
    assert set(points) <= set(read_records(made.diagram, schema.Invariant))
    for point in points.values():
        assert point.temperature_stderr_expansion_K > 0
        assert point.share_of_variance.sum() == pytest.approx(1)
        assert len(point.index) == len(point.sensitivity_K_per_meV)
    drawn = read_records(made.diagram, schema.DrawnBoundaries)["x1to3"]
    assert set(drawn.draw) == {0, 1}
    assert "zeta+psi" in drawn.regions


@pytest.mark.parametrize("name", [
    "mixing_energies", "expansion_errors", "interactions", "phase_diagram", "uncertainty", "order",
    "heat_capacity", "entropy", "voltage", "occupancies", "short_range_order",
])  # fmt: skip
def test_draw_figures(scripts, here, name):
    data = {
        "mixing_energies": f"{here}/energies/energies.csv",
        "expansion_errors": [f"{here}/expansion/{r}_energies.csv" for r in RANGES],
        "interactions": [f"{here}/expansion/{r}.csv" for r in RANGES]
        + [f"{here}/expansion/{r}_covariance.h5" for r in RANGES],
        "short_range_order": [
            f"{here}/expansion/{r}_{what}.csv" for what in ("order", "hull") for r in RANGES
        ],
        "voltage": VOLTAGE,
        "occupancies": VOLTAGE,
    }.get(name, DIAGRAM)
    made = scripts.call(
        f"figure_{name}",
        input={"data": data, "prim": f"{here}/prim/prim.json"},
        output={kind: f"{name}.{kind}" for kind in ("pdf", "png", "csv")},
        figure=name,
    )
    assert Path(made.pdf).read_bytes().startswith(b"%PDF")
    # drawn from the same data as in the campaign, it is the same picture
    for kind in ("png", "csv"):
        written = Path(getattr(made, kind)).read_bytes()
        assert written == (here / f"figures/{name}.{kind}").read_bytes()
    assert len(pd.read_csv(made.csv)) > 1


def test_draw_page(scripts, here):
    made = scripts.call(
        "figure_interactive",
        input={"diagram": DIAGRAM, "voltage": VOLTAGE, "prim": f"{here}/prim/prim.json"},
        output={"page": "interactive.html"},
    )
    page = Path(made.page).read_bytes()
    assert page == (here / "figures/interactive.html").read_bytes()
    # plotly escapes letters or not, depending on which packages for JSON are installed.
    text = page.decode()
    for name in read_records(DIAGRAM, schema.Boundary):
        for symbol in map(phase_symbol, name.split(" ")[0].split("+")):
            assert symbol in text or json.dumps(symbol).strip('"') in text


def test_compare_numbers(scripts, here):
    made = scripts.call(
        "reproduction",
        input={
            "numbers": "config/published/nxvp/numbers.csv",
            "prim": f"{here}/prim/prim.json",
            "energies": f"{here}/energies/energies.csv",
            "interactions": [f"{here}/expansion/{name}.csv" for name in RANGES],
            "scores": [f"{here}/expansion/{name}.json" for name in RANGES],
            "diagram": DIAGRAM,
            "voltage": VOLTAGE,
            "tables": [],
        },
        output={"table": "reproduction.csv", "page": "reproduction.html"},
        ranges=RANGES,
        fitted=RANGES,
        tables=[],
    )
    numbers = pd.read_csv("config/published/nxvp/numbers.csv", comment="#")
    table = pd.read_csv(made.table).set_index("quantity")
    assert list(table.index) == list(numbers.quantity)
    row = table.loc["Mixing energy of N3VP"]
    assert row["this run"] == pytest.approx(-925.37, abs=0.01)
    assert row.verdict == "agrees"
    # energies that are the published expansion's own say nothing of its errors
    assert table.verdict["RMS error of the fit, 1 to 3"] == "unknown"
    page = Path(made.page).read_text()
    assert "<h1>miniature: published numbers</h1>" in page
    assert all(f"{verdict}" in page for verdict in set(table.verdict))
