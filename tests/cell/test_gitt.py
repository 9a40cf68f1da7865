"""Titration of a cell with a known diffusivity, and where there is nothing to find."""

from dataclasses import replace

import numpy as np
import pytest

from navac.cell.battery import Cell
from navac.cell.gitt import (
    Titration,
    diffusivities,
    titrate,
    titration,
)
from navac.cell.pulse import sphere_diffusivity, sphere_ratio
from navac.cell.quantity import CellError

pytestmark = [pytest.mark.cell, pytest.mark.filterwarnings("ignore::pybamm.SolverWarning")]


def titrated(material, rate, pulse, rest):
    cell = Cell(set_=material, kind="half", model="SPM", electrode={})
    titration = Titration(rate=rate, pulse=pulse, rest=rest, count=8)
    pulses = titrate(cell, titration, "charge")
    return diffusivities(cell, titration, pulses, "charge")


def found(material, theta, pulses=8):
    """Medians of both formulas over the diffusivity given, for pulses of θ = Dτ/R²."""
    given = material["diffusivity"]
    level = material["radius"] ** 2 / given  # s
    cell = Cell(set_=material, kind="half", model="SPM", electrode={})
    titration = Titration(
        rate=1.8 / (theta * level), pulse=theta * level, rest=2 * level, count=2000
    )
    done = titrate(cell, titration, "charge", pulses)
    rows = diffusivities(cell, titration, done, "charge").iloc[3:]
    assert (rows.settled_V > 0).all()
    return [
        rows[f"diffusivity_{name}_m2_per_s"].median() / given
        for name in ("sphere", "weppner_huggins")
    ]


@pytest.mark.parametrize("given", [1e-17, 1e-16])
@pytest.mark.parametrize("theta", [2e-4, 1e-3, 1e-2, 0.2])
def test_a_known_diffusivity_is_found(sloping, given, theta):
    """The sphere's formula within 3 %, and that of Weppner and Huggins low by √(πθ)."""
    material = sloping.scaled("diffusivity", given / sloping["diffusivity"])
    sphere, half_space = found(material, theta)
    assert sphere == pytest.approx(1, abs=0.03)
    if theta < 0.1:
        assert half_space == pytest.approx(1 - np.sqrt(np.pi * theta), abs=0.04)
    assert (abs(half_space - 1) < 0.1) == (theta < 5e-3)


@pytest.mark.parametrize("direction", ["charge", "discharge"])
def test_slow_kinetics_are_not_taken_for_diffusion(sloping, direction):
    """An exchange current like that of PyBaMM's NVPF, which alone is an overpotential of 0.3 V."""
    material = sloping.scaled("exchange_current", 0.005)
    cell = Cell(set_=material, kind="half", model="SPM", electrode={}, limits=(0.1, 6.0))
    pulses = titration(material, None, None, None, 5)
    rows = diffusivities(cell, pulses, titrate(cell, pulses, direction), direction)
    assert len(rows) == 5
    np.testing.assert_allclose(rows.diffusivity_sphere_m2_per_s, material["diffusivity"], rtol=0.05)


@pytest.mark.parametrize("direction", ["charge", "discharge"])
def test_pulses_that_nobody_gave_show_the_diffusivity(sloping, direction):
    """At every composition that they are spread over, with D of jumps and its factor too."""
    material = replace(sloping, diffusion=replace(sloping.diffusion, kind="jump"))
    cell = Cell(set_=material, kind="half", model="SPM", electrode={})
    pulses = titration(material, None, None, None, 5)
    rows = diffusivities(cell, pulses, titrate(cell, pulses, direction), direction)
    assert len(rows) == 5
    x, known = material.chemical_diffusivities()
    expected = np.interp(rows.x, x, known)
    assert expected.max() > 2 * expected.min()
    np.testing.assert_allclose(rows.diffusivity_sphere_m2_per_s, expected, rtol=0.1)
    with pytest.raises(CellError, match=r"passes more than the whole.*cell.gitt.pulse_minutes"):
        titration(material, 10.0, 600.0, None, 5)


def test_a_plateau_shows_no_diffusivity(plateau):
    rows = titrated(plateau.scaled("exchange_current", 100.0), 0.5, 600.0, 1800.0)
    inner = rows.iloc[1:-1]
    assert len(inner) > 4
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
    [first, *_] = titrate(cell, Titration(rate=1.0, pulse=300.0, rest=600.0, count=4), "discharge")
    assert first.before == pytest.approx(sloping.open_circuit.voltage[0])
    assert first.time[0] == 0
