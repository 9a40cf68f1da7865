"""Voltages from chemical potentials of mixing energies."""

import numpy as np
import pandas as pd
import pytest

from navac.energies.totals import TOTAL
from navac.sampling.ensembles.voltage import voltage_zero

X = np.array([1.0, 1.5, 2.0, 3.0])


def table(noise=0.0):
    """Two formula units; 4 eV per ion below a metal of −1 eV."""
    mixing = np.array([0.0, -0.1, -0.05, 0.0])
    return pd.DataFrame({"x": X, "energy_eV_per_cell": mixing,
                         TOTAL: mixing - 7 - 5.0 * 2 * X + noise * X**2})  # fmt: skip


def test_total_energies_shift_the_potential():
    assert voltage_zero(table(), 2, average=None, metal=-1.0) == pytest.approx(4.0)


def test_the_mean_voltage_may_be_given():
    tilted = table().assign(energy_eV_per_cell=lambda t: t.energy_eV_per_cell + 0.3 * 2 * t.x)
    assert voltage_zero(tilted, 2, average=4.0, metal=None) == pytest.approx(4.3)


def test_what_is_not_known():
    assert voltage_zero(table(), 2, average=None, metal=None) is None
    assert voltage_zero(table().drop(columns=TOTAL), 2, average=None, metal=-1.0) is None
    assert voltage_zero(table(noise=0.01), 2, average=None, metal=-1.0) is None
