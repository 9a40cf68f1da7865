"""Titration of a cell with a known diffusivity, and where there is nothing to find."""

import numpy as np
import pytest

from navac.cell.battery import Cell
from navac.cell.gitt import (
    Titration,
    diffusivities,
    sphere_diffusivity,
    sphere_ratio,
    titrate,
)

pytestmark = [pytest.mark.cell, pytest.mark.filterwarnings("ignore::pybamm.SolverWarning")]


def titrated(material, rate, pulse, rest):
    cell = Cell(set_=material, kind="half", model="SPM", electrode={})
    titration = Titration(rate=rate, pulse=pulse, rest=rest)
    pulses = titrate(cell, titration, "charge")
    return diffusivities(cell, titration, pulses)


def test_a_known_diffusivity_is_found_within_a_tenth(sloping):
    for given in (1e-17, 1e-16):
        material = sloping.scaled("diffusivity", given / sloping["diffusivity"])
        fast = material.scaled("exchange_current", 10.0)
        rest = 2 * material["radius"] ** 2 / given
        rows = titrated(fast, 0.2, 600.0, rest)
        assert len(rows) > 10
        middle = rows.iloc[3:-3].diffusivity_sphere_m2_per_s.median()
        assert middle == pytest.approx(given, rel=0.1)
        assert (rows.settled_V.iloc[1:-1] > 0).all()


def test_weppner_and_huggins_want_a_short_pulse(sloping):
    """Dτ/R² = 2e-4: the half space is within a fifth; at 0.24 it is far off."""
    given = 1e-17
    material = sloping.scaled("diffusivity", given / sloping["diffusivity"])
    fast = material.scaled("exchange_current", 10.0).scaled("radius", 2.0)
    rest = 2 * fast["radius"] ** 2 / given
    short = titrated(fast, 0.2, 300.0, rest).iloc[3:-3]
    assert short.diffusivity_weppner_huggins_m2_per_s.median() == pytest.approx(given, rel=0.2)
    quick = fast.scaled("diffusivity", 100.0)
    long = titrated(quick, 0.2, 300.0, rest / 10).iloc[3:-3]
    assert long.diffusivity_weppner_huggins_m2_per_s.median() < 0.6 * quick["diffusivity"]


def test_a_plateau_shows_no_diffusivity(plateau):
    rows = titrated(plateau.scaled("exchange_current", 100.0), 0.5, 600.0, 1800.0)
    inner = rows.iloc[2:-2]
    assert inner.diffusivity_sphere_m2_per_s.isna().all()
    assert inner.diffusivity_weppner_huggins_m2_per_s.isna().all()


def test_the_ratio_of_a_sphere():
    """For short pulses 2/(3 √(πθ)), for long ones 1 + 1/(15 θ)."""
    theta = 3e-3
    assert sphere_ratio(theta) == pytest.approx(2 / (3 * np.sqrt(np.pi * theta)), rel=0.06)
    assert sphere_ratio(10.0) == pytest.approx(1 + 1 / 150)
    found = sphere_diffusivity(sphere_ratio(0.05), 1e-6, 600.0)
    assert found == pytest.approx(0.05 * 1e-12 / 600)
    assert np.isnan(sphere_diffusivity(1.01, 1e-6, 600.0))


def test_the_first_pulse_starts_from_the_open_circuit(sloping):
    cell = Cell(set_=sloping, kind="half", model="SPM", electrode={})
    [first, *_] = titrate(cell, Titration(rate=1.0, pulse=300.0, rest=600.0), "discharge")
    assert first.before == pytest.approx(sloping.open_circuit.voltage[0])
    assert first.time[0] == 0
