"""Boundaries and voltages from samples; figures of them, and the published numbers beside."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

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
            "covariances": list(covariances),
            "plans": [f"{here}/sampling/{name}-paths.h5" for name in RANGES],
            "records": [f"{here}/sampling/{name}-0.h5" for name in RANGES],
            "scans": [],
        },
        output={"diagram": "phase_diagram.h5", "voltage": "voltage.h5"},
        ranges=RANGES,
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


def test_only_the_temperatures_asked_for_are_reported(here):
    scripts = Scripts(thermodynamics__voltage_temperatures_K=[300],
                      thermodynamics__entropy_temperatures_K=[],
                      thermodynamics__electronic_entropy=None)  # fmt: skip
    made = analysed(scripts, here)
    assert list(read_records(made.voltage, schema.VoltageCurve)) == [0, 300]
    assert read_records(made.diagram, schema.Entropy) == {}
    assert read_records(made.diagram, schema.ElectronicBoundary) == {}
    assert list(read_records(made.diagram, schema.HeatCapacity)) == [600]


@pytest.mark.parametrize("name", [
    "mixing_energies", "expansion_errors", "interactions", "phase_diagram", "order",
    "heat_capacity", "entropy", "voltage", "occupancies",
])  # fmt: skip
def test_draw_figures(scripts, here, name):
    data = {
        "mixing_energies": f"{here}/energies/energies.csv",
        "expansion_errors": [f"{here}/expansion/{r}_energies.csv" for r in RANGES],
        "interactions": [f"{here}/expansion/{r}.csv" for r in RANGES]
        + [f"{here}/expansion/{r}_covariance.h5" for r in RANGES],
        "voltage": VOLTAGE,
        "occupancies": VOLTAGE,
    }.get(name, DIAGRAM)
    made = scripts.call(
        f"figure_{name}",
        input={"data": data, "prim": f"{here}/prim/prim.json"},
        output={"pdf": f"{name}.pdf", "png": f"{name}.png"},
        figure=name,
    )
    assert Path(made.pdf).read_bytes().startswith(b"%PDF")
    # drawn from the same data as in the campaign, it is the same picture
    assert Path(made.png).read_bytes() == (here / f"figures/{name}.png").read_bytes()


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
        },
        output={"table": "reproduction.csv", "page": "reproduction.html"},
        ranges=RANGES,
        fitted=RANGES,
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
