"""Numbers of a campaign that ends with its expansion: extraction at 0 K, and ensembles."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from navac.reproduction.measures import evaluate

NAN = pytest.approx(np.nan, nan_ok=True)


@pytest.fixture(scope="module")
def evidence():
    x = np.linspace(0, 4, 9)
    states = pd.concat([
        pd.DataFrame({"temperature_K": 300.0, "start": k, "amount_Na (per f.u.)": x,
                      "voltage_V": 4 + shift - 0.5 * x})
        for k, shift in enumerate((-0.1, 0.1))
    ])  # fmt: skip
    return SimpleNamespace(
        settings=SimpleNamespace(species="Na"),
        tables={
            "extraction/capacities": pd.DataFrame({"host": ["a"], "capacity_mAh_per_g": [176.2]}),
            "extraction/contents": pd.DataFrame({
                "host": "a", "x": [0.5, 1, 2, 4], "on_hull": [True, False, True, True],
                "formation_energy_eV_per_fu": [6.0, 9.0, 1.0, -2.0],
                "charge_V_e": [4.8, 4.5, 3.8, 2.5],
            }),
            "extraction/voltages": pd.DataFrame({
                "host": "a", "x_high": [4, 2], "x_low": [2, 0.5], "voltage_V": [1.5, 3.0],
            }),
            "ensembles/swaps": pd.DataFrame({
                "quantity": "entropy", "of": ["", "taken by order"], "temperature_K": 1053.0,
                "mean": [3.0, 0.4], "stderr": [0.01, 0.01],
            }),
            "ensembles/sodium_states": states,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "arguments", "value", "error"),
    [
        ("capacity", "a", 176.2, 0),
        ("capacity", "b", NAN, NAN),
        ("hull_end", "a low", 0.5, 0),
        ("hull_end", "a high", 4, 0),
        ("hull_end", "b high", NAN, NAN),
        # 6 at 0.5 and -2 at 4: 2.57 at 2, which is above 1.
        ("deepest_content", "a", 2, 0),
        ("deepest_content", "b", NAN, NAN),
        ("extraction_voltage", "a 1 3", 2.25, 0),
        ("extraction_voltage", "a 0 3", NAN, NAN),
        ("extraction_voltage", "b 1 3", NAN, NAN),
        ("charge", "a V greatest", 4.8, 0),
        ("charge", "a V least", 2.5, 0),
        ("charge", "a Cr least", NAN, NAN),
        ("ensemble_voltage", "sodium 300 1 3", 3, 0.1),
        ("ensemble_voltage", "sodium 500 1 3", NAN, NAN),
        ("ensemble_voltage", "sodium 300 1 5", NAN, NAN),
        ("ensemble_voltage", "none 300 1 3", NAN, NAN),
        ("entropy_taken", "swaps 1053", 0.4, 0.01),
        ("entropy_taken", "swaps 300", NAN, NAN),
        ("entropy_taken", "none 300", NAN, NAN),
    ],
)
def test_measures(evidence, measure, arguments, value, error):
    found = evaluate(evidence, measure, arguments.split())
    assert (
        found == pytest.approx((value, error), nan_ok=True)
        if value is not NAN
        else all(np.isnan(found))
    )
