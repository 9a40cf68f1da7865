"""Runs of ensembles over the sodium of the miniature campaign, and voltages from them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.results.read import read_record
from navac.results.schema import SampledEnsemble
from tests.scripts.conftest import Scripts

SITES = ["Na1", "Na2"]
SHORT = {"equilibration_sweeps": 5, "blocks": 4, "block_sweeps": 5}
SECTION = {
    "range": "x1to3", "supercell": [4, 4, 4], "replicas": 3, "amounts": {"Na": 2.1},
    "runs": {
        "mixing": SHORT | {"moves": [{"swap": SITES}], "temperatures_K": [900, 700]},
        "sodium": SHORT | {
            "after": "mixing", "moves": [{"flip": ["Na", "Va"], "sites": SITES}],
            "temperatures_K": [600], "mu_eV": {"Na": {"start": -0.5, "stop": -0.3, "step": 0.1}},
            "precision": {"x": 1e-6, "doublings": 1}, "correlations": True,
        },
    },
}  # fmt: skip
EXPANSION = "expansion/x1to3_expansion.json"


@pytest.fixture
def calls(here):
    scripts = Scripts(ensembles=SECTION)

    def call(run, **before):
        made = scripts.call(
            "ensemble", wildcards={"run": run},
            input={"prim": here / "prim/prim.json", "expansion": here / EXPANSION, **before},
            output={"record": f"ensembles/{run}.h5"}, records=f"made/ensembles/records/{run}",
        )  # fmt: skip
        return made.record, scripts.call(
            "ensemble_report", wildcards={"run": run},
            input={"prim": here / "prim/prim.json", "record": made.record,
                   "energies": here / "energies/energies.csv", "metal": []},
            output={
                "means": f"ensembles/{run}.csv", "order": f"ensembles/{run}_order.csv",
                "states": f"ensembles/{run}_states.csv",
                **{f"{what}_{kind}": f"figures/ensemble_{run}_{what}.{kind}"
                   for what in ("order", "states") for kind in ("pdf", "png")},
            },
        )  # fmt: skip

    return call


def test_swaps_then_flips(calls, here, capsys):
    mixed, made = calls("mixing")
    said = capsys.readouterr().err
    # 2.1 per formula unit are 268.8 atoms in 64 cells of two.
    assert "Na: 268.8 atoms in 64 cells are rounded to 269" in said
    means = pd.read_csv(made.means)
    amount = means[(means.quantity == "amount") & (means.of == "Na")]["mean"]
    assert amount.tolist() == pytest.approx([269 / 128] * 2)
    assert "voltage_V" not in means
    assert Path(made.order_png).stat().st_size > 5000
    first = read_record(mixed, SampledEnsemble)

    capsys.readouterr()
    record, made = calls("sodium", before=mixed)
    said = capsys.readouterr().err
    assert "9 of 9 conditions were prolonged" in said
    assert "9 of them miss the precision" in said
    found = read_record(record, SampledEnsemble)
    assert (found.block_sweeps == 10).all()
    assert found.start.tolist() == [0, 1, 2] * 3
    assert found.state.shape == (1, 9, 512)
    means = pd.read_csv(made.means)
    amount = means[(means.quantity == "amount") & (means.of == "Na")].sort_values("mu_Na_eV")
    assert amount["mean"].is_monotonic_increasing
    # The mean voltage is given: what lies above it takes sodium out.
    assert np.ptp(amount.voltage_V + amount.mu_Na_eV) == pytest.approx(0, abs=1e-9)
    assert amount.voltage_V.between(2, 5).all()
    correlations = means[means.quantity == "correlation"]
    assert sorted(correlations.of.unique(), key=int) == list(map(str, sorted(found.orbit)))
    shares = means[(means.quantity == "share") & means.of.str.startswith("Na on")]
    assert shares["mean"].between(0, 1).all()
    states = pd.read_csv(made.states)
    assert len(states) == 9
    compared = Scripts(ensembles=SECTION).call(
        "ensemble_voltages", runs=["sodium"],
        input={"prim": here / "prim/prim.json", "means": [made.means]},
        output={"curves": "ensembles/voltages.csv", "steps": "ensembles/steps.csv",
                "pdf": "figures/ensemble_voltages.pdf", "png": "figures/ensemble_voltages.png"},
    )  # fmt: skip
    curves = pd.read_csv(compared.curves)
    assert curves.x.tolist() == pytest.approx(amount["mean"].tolist())
    assert curves.share_Na2.between(0, 1).all()
    assert Path(compared.png).stat().st_size > 5000
    assert len(first.temperature_K) == 2
