"""The file that PyBaMM loads: the same cell by another way."""

import json

import numpy as np
import pytest

from navac.cell.battery import Cell
from navac.cell.bpx import write_bpx

pytestmark = [pytest.mark.cell, pytest.mark.filterwarnings("ignore")]  # of bpx and pyparsing


def test_pybamm_loads_it(plateau, tmp_path):
    import pybamm

    path = tmp_path / "bpx.json"
    write_bpx(path, plateau, {})
    values = pybamm.ParameterValues.create_from_bpx(path)
    assert values["Maximum concentration in positive electrode [mol.m-3]"] == pytest.approx(28336)
    simulation = pybamm.Simulation(pybamm.lithium_ion.SPM(), parameter_values=values, C_rate=0.2)
    solution = simulation.solve([0, 7200])
    own = Cell(set_=plateau, kind="full", model="SPM", electrode={}).run(0.2, "discharge")
    expected = np.interp(7200, own.time, own.voltage)
    # the tables of the hard carbon, and its state when charged, are not quite PyBaMM's own
    assert solution["Voltage [V]"].entries[-1] == pytest.approx(expected, abs=0.1)


def test_the_window_and_the_sources_are_in_it(sloping, tmp_path):
    path = tmp_path / "bpx.json"
    write_bpx(path, sloping, {"Positive electrode thickness [m]": 5e-5})
    data = json.loads(path.read_text())
    positive = data["Parameterisation"]["Positive electrode"]
    assert (positive["Minimum stoichiometry"], positive["Maximum stoichiometry"]) == (0.25, 0.75)
    assert positive["Thickness [m]"] == 5e-5
    assert "Chayambuka" in data["Header"]["References"]
