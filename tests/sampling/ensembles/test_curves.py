"""Curves of runs beside each other: steps, and means over intervals."""

import numpy as np
import pandas as pd
import pytest

from navac.sampling.ensembles.curves import curve_table, mean_voltages, step_table
from navac.units import BOLTZMANN

MU = np.linspace(-0.3, 0.3, 61)
ZERO = 3.0
"""V + μ."""
KT = 300 * BOLTZMANN


def ideal(mu):
    """One site per formula unit, and dx/dμ."""
    x = 1 / (1 + np.exp(-mu / KT))
    return x, x * (1 - x) / KT


def means(x, response, temperature=300.0):
    """A table of a run as :mod:`navac.sampling.ensembles.tables` writes it."""
    rows = [
        {"temperature_K": temperature, "mu_Na_eV": mu, "voltage_V": ZERO - mu, "quantity": kind,
         "of": of, "unit": "", "mean": value, "stderr": 0.01, "scatter": 0.02}
        for k, mu in enumerate(MU)
        for kind, of, value in (
            ("amount", "Na", x[k]), ("amount", "V", 2.0), ("dx/dmu", "Na", response[k]),
            ("share", "Na on Na1", x[k]), ("share", "Va on Na1", 1 - x[k]),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_solid_solution_has_no_step_and_a_transition_one():
    x, response = ideal(MU)
    low, high = 0.2 * x, 0.8 + 0.2 * x
    broken = means(np.where(MU > 0.055, high, low), 0.2 * response)
    curves = curve_table({"one": means(x, response), "two": broken}, "Na")
    assert len(curves) == 2 * len(MU)
    assert curves[curves.run == "one"].x.tolist() == pytest.approx(x.tolist())
    assert "share_Na1" in curves
    steps = step_table(curves)
    assert steps.run.tolist() == ["two"]
    [step] = steps.itertuples()
    assert step.x_low < 0.2 < 0.8 < step.x_high
    assert step.voltage_V == pytest.approx(ZERO - 0.055, abs=1e-6)


@pytest.mark.parametrize("inside", [[0.06], [0.05, 0.06, 0.07, 0.08]])
def test_values_in_two_phases_belong_to_their_step(inside):
    """There the crystal goes back and forth between both."""
    x, response = ideal(MU)
    low, high = 0.2 * x, 0.8 + 0.2 * x
    at = np.isclose(MU[:, None], inside).any(axis=1)
    amount = np.where(at, (low + high) / 2, np.where(MU > 0.055, high, low))
    curves = curve_table({"one": means(amount, np.where(at, 200, 0.2 * response))}, "Na")
    [step] = step_table(curves).itertuples()
    ends = inside[0] - 0.01, inside[-1] + 0.01
    assert (step.mu_low_eV, step.mu_high_eV) == pytest.approx(ends)
    assert step.x_low < 0.2 < 0.8 < step.x_high


def test_a_steep_rise_that_the_grid_resolves_is_no_step():
    """x = (1 + tanh(μ/w))/2 with w of three steps of the grid, and its own derivative."""
    w = 0.03
    curves = curve_table(
        {"one": means((1 + np.tanh(MU / w)) / 2, 1 / (2 * w * np.cosh(MU / w) ** 2))}, "Na"
    )
    assert step_table(curves).empty


def test_mean_voltages_of_every_start():
    x, _ = ideal(MU)
    parts = [
        pd.DataFrame({"temperature_K": 300.0, "start": start, "amount_Na (per f.u.)": x,
                      "voltage_V": ZERO + 0.1 * start - MU})
        for start in range(2)
    ]  # fmt: skip
    states = pd.concat(parts)
    found = mean_voltages(states, "Na", 300, 0.1, 0.9)
    # Symmetric about x = 1/2.
    assert found == pytest.approx([ZERO, ZERO + 0.1], abs=1e-3)
    assert np.isnan(mean_voltages(states, "Na", 300, 0.0, 1.0)).all()
