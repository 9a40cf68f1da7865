"""Volumes: the paper's two of NaxV2(PO4)3, and those of relaxed orderings."""

import numpy as np
import pandas as pd
import pytest

from navac.cell.quantity import CellError
from navac.cell.volumes import given, of_orderings

PAPER = given({1: 219.50, 3: 234.41}, "Z. Wang et al. (2022)")


def test_two_volumes_of_the_paper():
    found = PAPER.molar_volume()
    assert found.value == pytest.approx((234.41 - 219.50) / 2 * 0.602214076e-6)
    assert found.factor is None
    assert "Wang" in found.source
    full = PAPER.max_concentration(4, 3)
    assert full.value == pytest.approx(4 / (234.41e-30 * 6.02214076e23))


def test_keys_may_be_text():
    """As JSON has them."""
    assert given({"1.0": 219.50, "3.0": 234.41}, None).at(2) == pytest.approx(226.955)


def test_the_lowest_ordering_of_each_composition_counts():
    table = pd.DataFrame({
        "x": [1.0, 1.0, 2.0, 2.0, 3.0], "energy_eV_per_cell": [0.0, 1.0, -1.0, np.nan, 0.0],
        "volume_A3_per_fu": ["220", "300", "227", "400", "234"],
    })  # fmt: skip
    found = of_orderings(table)
    np.testing.assert_array_equal(found.volume, [220, 227, 234])
    assert found.molar_volume().value == pytest.approx(7 * 0.602214076e-6)


def test_scatter_is_an_uncertainty():
    x = np.arange(5.0)
    table = pd.DataFrame({
        "x": x, "energy_eV_per_cell": 0.0, "volume_A3_per_fu": 200 + 7 * x + [0, 1, -1, 1, 0],
    })  # fmt: skip
    found = of_orderings(table).molar_volume()
    assert 1 < found.factor < 1.2


def test_a_crystal_swells_by_the_volumes_between():
    """Flat up to x = 2, then twice the mean slope; beyond the points the mean slope goes on."""
    bent = given({1: 220.0, 2: 220.0, 3: 234.0}, "a test")
    assert bent.slope == pytest.approx(7.0)
    np.testing.assert_allclose(bent.at(np.array([1.5, 2.5, 4.0])), [220.0, 227.0, 241.0])
    np.testing.assert_allclose(bent.swollen(np.array([1.0, 2.0, 2.5, 3.0])), [1.0, 1.0, 2.0, 3.0])
    x = np.linspace(0, 4, 9)
    np.testing.assert_allclose(PAPER.swollen(x), x, atol=1e-12)
    told = bent.to_json()
    np.testing.assert_allclose(told["molar_volume_m3_per_mol"], [0, 14 * 0.602214076e-6])
    np.testing.assert_array_equal(type(bent).from_json(told).volume, bent.volume)


def test_what_is_missing_is_named():
    with pytest.raises(CellError, match=r"no column volume_A3_per_fu.*cell.volumes_A3_per_fu"):
        of_orderings(pd.DataFrame({"x": [1.0], "energy_eV_per_cell": [0.0]}))
    with pytest.raises(CellError, match="volumes of 1 compositions, two are needed"):
        given({1: 220.0}, "a test")
    with pytest.raises(CellError, match="does not rise with x"):
        given({1: 230.0, 3: 220.0}, "a test").molar_volume()
