"""Sensitivities and carried uncertainties, against what proportionality says."""

import numpy as np
import pytest

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
    assert spread.not_known == "molar_volume radius"
