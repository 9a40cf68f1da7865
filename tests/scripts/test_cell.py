"""Parameters, cells and particles of the miniature campaign."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.cell.file import read_parameters
from navac.cell.packages import NEEDED
from navac.results import schema
from navac.results.read import read_record
from tests.checkout import ROOT
from tests.scripts.conftest import MADE, Scripts

VOLTAGE = "results/miniature/thermodynamics/voltage.h5"
DIAGRAM = "results/miniature/thermodynamics/phase_diagram.h5"
NUMBER = {"value": 1e-14, "factor": 10, "source": "a test"}
CELL = {
    "run": True, "x": [1, 3], "volumes_A3_per_fu": {1: 219.5, 3: 234.41},
    "volumes_source": "Wang et al.", "diffusivity_m2_per_s": NUMBER,
    "radius_um": NUMBER | {"value": 0.05}, "young_modulus_GPa": NUMBER | {"value": 77},
    "poisson_ratio": NUMBER | {"value": 0.26}, "interface_nm": NUMBER | {"value": 10},
    "rates_C": [0.2, 5], "mesh_radial": 20,
    "gitt": {"rate_C": 1, "pulse_minutes": 5, "rest_minutes": 10, "pulses": 3},
}  # fmt: skip
BESIDE = {
    "name": "HE-V", "molar_mass_g_per_mol": 456.295, "x": [1.2, 3.2], "x_full": 4,
    "open_circuit_file": "config/published/hev/open_circuit.csv",
    "volumes_A3_per_fu": {1.2: 235.8, 3.2: 241.1},
    **{key: CELL[key] for key in (
        "diffusivity_m2_per_s", "radius_um", "young_modulus_GPa", "poisson_ratio",
    )},
}  # fmt: skip
PYBAMM = pytest.mark.filterwarnings("ignore")  # of PyBaMM, bpx and what they import


def parameters(here, **changed):
    """The scripts, and the paths of the two sets."""
    scripts = Scripts(cell=CELL | {"beside": BESIDE} | changed)
    made = scripts.call(
        "cell_parameters",
        input={
            "prim": f"{here}/prim/prim.json", "energies": f"{here}/energies/energies.csv",
            "diagram": DIAGRAM, "voltage": VOLTAGE, "files": [],
        },
        output={"parameters": "parameters.json", "beside": "beside.json"},
    )  # fmt: skip
    return scripts, made


def test_set_cell_parameters(here):
    _, made = parameters(here)
    own, beside = read_parameters(made.parameters), read_parameters(made.beside)
    assert own.capacity == pytest.approx(117.6, abs=0.05)
    assert len(list(own.open_circuit.regions())) == 2
    curve = read_record(VOLTAGE, schema.VoltageCurve, 300)
    inside = ~curve.stable.astype(bool) & (curve.x < 3)
    assert inside.sum() >= 8
    np.testing.assert_allclose(own.open_circuit.at(curve.x[inside]), curve.voltage_V[inside])
    # sampled up to 900 K; psi + omega is unresolved above 750 K
    assert [one.highest_temperature_K for one in own.coexisting] == [900, 750]
    assert own.entropic_change is not None
    assert beside.name == "HE-V"
    assert 5e-4 < beside.open_circuit.stderr < 5e-3
    assert list(beside.further) == [400, 600, 1000]
    assert beside.entropic_change is not None
    assert beside.open_circuit.at(2.7) == pytest.approx(2.639, abs=0.005)


def test_without_a_material_beside_it_is_null(here):
    _, made = parameters(here, beside=None)
    assert json.loads(Path(made.beside).read_text()) is None


def test_given_voltages_are_an_input(here):
    _, made = parameters(here, open_circuit_file="config/published/hev/open_circuit.csv",
                         x=[1.3, 3.0])  # fmt: skip
    own = read_parameters(made.parameters)
    assert own.open_circuit.at(2.7) == pytest.approx(2.639, abs=0.005)
    assert "hev" in own.open_circuit.source


@pytest.fixture
def packages():
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is missing; make cell installs it")


def figures(*names):
    return {
        f"{name}_{kind}": f"cell_{name}.{kind}" for name in names for kind in ("png", "pdf")
    }  # fmt: skip


@PYBAMM
@pytest.mark.cell
def test_cycle_cell(here, packages):
    scripts, made = parameters(here)
    tables = {name: f"{name}.csv" for name in ("rates", "curves", "titration")}
    done = scripts.call(
        "cell_cycling",
        input={"parameters": made.parameters, "beside": made.beside},
        output=figures("voltage", "rates", "titration") | tables | {"bpx": "bpx.json"},
    )
    rows = pd.read_csv(done.rates)
    assert len(rows) == 16
    slow = rows[(rows.rate_C == 0.2) & (rows.cell == "half") & (rows.model == "SPM")]
    np.testing.assert_allclose(slow.capacity_mAh_per_g, 117.6, atol=1)
    pulses = pd.read_csv(done.titration)
    assert set(pulses.direction) == {"charge", "discharge"}
    assert set(pulses.material) == {"NaxV2(PO4)3", "HE-V"}
    assert json.loads(Path(done.bpx).read_text())["Header"]["Model"] == "DFN"
    assert Path(done.voltage_pdf).read_bytes().startswith(b"%PDF")


@PYBAMM
@pytest.mark.cell
def test_charge_particles(here, packages):
    mesh = ROOT / "config/particles/octahedron.vtu"
    scripts, made = parameters(here, meshes={"octahedron": str(mesh)})
    done = scripts.call(
        "cell_particles",
        input={"parameters": made.parameters, "beside": made.beside, "meshes": [str(mesh)]},
        output=figures("radius", "spheres", "solids")
        | {"peaks": "particles.csv", "profiles": "profiles.csv", "film": "film.gif"},
    )
    rows = pd.read_csv(done.peaks).set_index(["material", "particle", "share"])
    own = rows.loc[("NaxV2(PO4)3", "sphere", 0.9)]  # x = 1.2 on average, between phases of 1 and 2
    assert own.separates
    assert own.x_difference == pytest.approx(1, abs=0.05)
    assert rows.loc[("HE-V", "sphere", 0.5)].x_difference < 0.01
    assert rows.loc[("NaxV2(PO4)3", "octahedron", 0.9)].von_mises_max_Pa > 0
    assert set(pd.read_csv(done.profiles).material) == {"NaxV2(PO4)3", "HE-V"}
    assert Path(done.film).stat().st_size > 10_000


@PYBAMM
@pytest.mark.cell
def test_vary_cell_parameters(here, packages):
    scripts, made = parameters(here)
    done = scripts.call(
        "cell_sensitivity",
        input={"parameters": made.parameters, "beside": made.beside},
        output={"sensitivity": "sensitivity.csv", "uncertainty": "uncertainty.csv"},
    )
    table = pd.read_csv(done.sensitivity)
    assert set(table.material) == {"NaxV2(PO4)3", "HE-V"}
    carried = pd.read_csv(done.uncertainty)
    assert (carried.low <= carried.high).all()


def test_a_material_without_the_packages_is_refused(here, monkeypatch):
    """With what is missing, before anything is computed."""
    scripts, made = parameters(here)
    monkeypatch.setattr("navac.cell.packages.NEEDED", ("no_such_package",))
    with pytest.raises(SystemExit, match=r"cell_cycling: cell.run: the packages no_such_package"):
        scripts.call(
            "cell_cycling", input={"parameters": made.parameters},
            output={"bpx": "bpx.json", "rates": "rates.csv"},
        )  # fmt: skip
    assert not (MADE / "rates.csv").exists()
