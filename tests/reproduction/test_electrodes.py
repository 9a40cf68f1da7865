"""Numbers of a campaign that ends with its expansion: extraction at 0 K, and ensembles."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from navac.reproduction.measures import evaluate

NAN = np.nan


@pytest.fixture(scope="module")
def evidence():
    x = np.linspace(0, 4, 9)
    states = pd.concat([
        pd.DataFrame({"temperature_K": 300.0, "start": k, "amount_Na (per f.u.)": x,
                      "voltage_V": 4 + shift - 0.5 * x})
        for k, shift in enumerate((-0.1, 0.1))
    ])  # fmt: skip
    return SimpleNamespace(
        settings=SimpleNamespace(species="Na", dft=SimpleNamespace(settings="pbe_u")),
        tables={
            "extraction/capacities": pd.DataFrame({"host": ["a"], "capacity_mAh_per_g": [176.2]}),
            "extraction/contents": pd.DataFrame({
                "host": "a", "x": [0.5, 1, 2, 4], "on_hull": [True, False, True, True],
                "formation_energy_eV_per_fu": [6.0, 9.0, 1.0, -2.0],
                "charge_V_e": [4.8, 4.5, 3.8, 2.5],
                "volume_A3_per_fu": [220.0, np.nan, 230.0, 250.0],
            }),
            "hops/barriers": pd.DataFrame({
                "kind": ["Na1-Na2-3.33"] * 3 + ["Na2-Na2-4.50"],
                "barrier_eV": [0.3, 0.2, np.nan, 0.1],
                "status": ["done", "done", "failed", "done"],
            }),
            "extraction/voltages": pd.DataFrame({
                "host": "a", "x_high": [4, 2], "x_low": [2, 0.5], "voltage_V": [1.5, 3.0],
            }),
            "ensembles/swaps": pd.DataFrame({
                "quantity": "entropy", "of": ["", "taken by order"], "temperature_K": 1053.0,
                "mean": [3.0, 0.4], "stderr": [0.01, 0.01],
            }),
            "ensembles/sodium_states": states,
            "ensembles/steps": pd.DataFrame({
                "run": ["swaps", "swaps", "other"], "temperature_K": [1053.0, 1053, 1053],
                "x_low": [0.5, 2, 0], "x_high": [1.0, 2.75, 4],
            }),
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
        # V4.5 at 1, V3.8 at 2: V4 is 5/7 of the way.
        ("content_at_charge", "a V 4", 1 + 5 / 7, 0),
        ("content_at_charge", "a V 5", NAN, NAN),
        ("content_at_charge", "a Cr 3", NAN, NAN),
        ("volume", "a 2 6", 1380, 0),
        ("volume", "a 1 6", NAN, NAN),
        ("volume_change", "a 0.5 4", 12, 0),
        ("volume_change", "b 0.5 4", NAN, NAN),
        ("barrier", "Na1-Na2 least", 0.2, NAN),
        ("barrier", "Na1-Na2 greatest", 0.3, NAN),
        ("barrier", "Na1-Na1 least", NAN, NAN),
        ("hubbard_u", "Mn", 3.9, 0),
        ("hubbard_u", "Al", NAN, NAN),
        ("incar", "ENCUT", 500, 0),
        ("incar", "EDIFFG", 0.01, 0),
        ("incar", "GGA", NAN, NAN),
        ("energy_convergence", "", 1e-5, 0),
        ("ensemble_voltage", "sodium 300 1 3", 3, 0.1),
        ("ensemble_voltage", "sodium 500 1 3", NAN, NAN),
        ("ensemble_voltage", "sodium 300 1 5", NAN, NAN),
        ("ensemble_voltage", "none 300 1 3", NAN, NAN),
        ("two_phase_width", "swaps 1053", 0.75, NAN),
        ("two_phase_width", "swaps 300", NAN, NAN),
        ("two_phase_width", "none 1053", NAN, NAN),
        ("entropy_taken", "swaps 1053", 0.4, 0.01),
        ("entropy_taken", "swaps 300", NAN, NAN),
        ("entropy_taken", "none 300", NAN, NAN),
    ],
)
def test_measures(evidence, measure, arguments, value, error):
    found = evaluate(evidence, measure, arguments.split())
    assert found == pytest.approx((value, error), nan_ok=True)


def test_without_settings_of_vasp_and_barriers_nothing_is_known_of_them(evidence):
    bare = SimpleNamespace(settings=SimpleNamespace(dft=SimpleNamespace(settings=None)), tables={})
    for call in ("hubbard_u Mn", "incar ENCUT", "energy_convergence", "barrier Na1-Na2 least"):
        name, *arguments = call.split()
        assert np.isnan(evaluate(bare, name, arguments)).all()
