"""Sensitivities and carried uncertainties, against what proportionality says."""

from dataclasses import replace

import numpy as np
import pytest

from navac.cell.coexistence import Coexistence
from navac.cell.ocp import make
from navac.cell.particle import charge
from navac.cell.sensitivity import Trial, sensitivity, uncertainty

pytestmark = [pytest.mark.cell, pytest.mark.filterwarnings("ignore::pybamm.SolverWarning")]

TRIAL = Trial(particle_rate=0.5, elements=40, rate=5.0, electrode={}, limits=None)


@pytest.fixture(scope="module")
def table(with_factors):
    return sensitivity(with_factors, charge(with_factors, 0.5, 40), TRIAL)


def row(table, number, factor):
    [found] = table[(table.number == number) & np.isclose(table.factor, factor)].index
    return table.loc[found]


def test_differences_go_with_the_time_of_diffusion(table):
    given = row(table, "as given", 1)
    for number, factor, change in (
        ("diffusivity", 2, 1 / 2), ("diffusivity", 3, 1 / 3),
        ("radius", 2, 4), ("radius", 0.5, 1 / 4),
    ):  # fmt: skip
        found = row(table, number, factor)
        assert found.x_difference_mean / given.x_difference_mean == pytest.approx(change, rel=0.02)
    assert row(table, "young", 2).von_mises_max_Pa == pytest.approx(2 * given.von_mises_max_Pa)
    assert row(table, "molar_volume", 2).x_difference_mean == given.x_difference_mean


def test_uncertainties_add_in_quadrature(with_factors, table):
    found = uncertainty(with_factors, table).set_index("result")
    spread = found.loc["x_difference_mean"]
    assert spread.high / spread.value == pytest.approx(3.0, rel=0.02)
    stress = found.loc["von_mises_max_Pa"]
    own = np.hypot(np.log(3.0), np.log(1.1))
    assert np.log(stress.high / stress.value) == pytest.approx(own, rel=0.1)
    assert spread.counted == "diffusivity young"
    assert spread.not_known == "open_circuit molar_volume radius"
    assert np.isnan(spread.low_by_open_circuit)


def test_errors_of_the_open_circuit_are_carried(sloping, plateau):
    """Higher voltages reach a cut-off that stays where it is later."""
    curve = sloping.open_circuit
    known = replace(sloping, open_circuit=replace(curve, stderr=0.05))
    trial = replace(TRIAL, rate=20.0, limits=(2.8, 5.0))
    found = sensitivity(known, charge(known, 0.5, 40), trial)
    low, given, high = (
        found[(found.number == number) & (found.stderr == moved)].capacity_mAh_per_g.item()
        for number, moved in (("open_circuit", -1), ("as given", 0), ("open_circuit", 1))
    )
    assert low < given < high
    carried = uncertainty(known, found).set_index("result").loc["capacity_mAh_per_g"]
    assert carried.low_by_open_circuit == pytest.approx(low)
    assert carried.high_by_open_circuit == pytest.approx(high)
    assert carried.counted == "open_circuit"


def test_phases_further_apart_strain_more(plateau):
    x, voltage = np.array([1.0, 1.05, 2.95, 3.0]), np.array([3.5, 3.4, 3.4, 3.3])
    curve = make(x, voltage, np.array([False, True, False]), 300.0, "a test")
    known = replace(
        plateau.scaled("radius", 0.1), open_circuit=curve,
        coexisting=(Coexistence(highest_temperature_K=700.0, x_low_stderr=0.02,
                                x_high_stderr=0.02),),
    )  # fmt: skip
    closer, further = (charge(known.moved(errors), 1.0, 20) for errors in (-1.0, 1.0))
    k = closer.at(0.5)
    assert closer.spread()[k] / further.spread()[k] == pytest.approx(1.86 / 1.94, abs=0.002)
    assert closer.von_mises[k].max() < further.von_mises[k].max()
