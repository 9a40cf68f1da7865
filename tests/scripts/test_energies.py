"""Energies of published expansions, and expansions fitted to them or read from elsewhere."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.energies.table import read_energies
from navac.expansion.eci_table import read_eci_table
from navac.expansion.file import read_expansion
from navac.orderings.ordering import read_orderings
from navac.results import schema
from navac.results.read import read_record
from tests.expansion.test_foreign_codes import DATA, recorded
from tests.scripts.conftest import Scripts

POOR, RICH = (f"config/published/nxvp/eci_{name}.csv" for name in ("x1to3", "x3to4"))


def energies(scripts, here, orderings="results/miniature/orderings/orderings.csv"):
    return read_energies(scripts.call(
        "published_energies",
        input={"prim": f"{here}/prim/prim.json", "orderings": orderings,
               "tables": [POOR, RICH]},
        output={"energies": "energies.csv"},
    ).energies)  # fmt: skip


def test_collect_energies(scripts, here, sodium_poor):
    found = energies(scripts, here)
    known = {o.id: o for o in read_orderings(here / "orderings/orderings.csv")}
    poor = found[found.range == "x1to3"]
    assert set(poor.id) == {name for name, o in known.items() if o.x < 3 + 1e-6}
    expected = sodium_poor.energies_of([known[name] for name in poor.id])
    np.testing.assert_allclose(poor.energy_eV_per_cell, expected, atol=1e-12)
    # at x = 3 each range has an energy of its own; the published tables differ by 21 meV there
    at = found[found.x == 3].groupby("range").energy_eV_per_cell.min()
    assert at.x3to4 - at.x1to3 == pytest.approx(-0.0206, abs=1e-4)


def test_noise_is_seeded(here):
    noisy = {"energies__noise_meV_per_fu": 5.0}
    orderings = "made/orderings.csv"  # without provenance, they are of no seed
    first = Scripts(**noisy)
    shutil.copyfile(here / "orderings/orderings.csv", orderings)
    plain = read_energies(here / "energies/energies.csv").energy_eV_per_cell
    noise = energies(first, here, orderings).energy_eV_per_cell - plain
    other = energies(Scripts(**noisy, seed=2), here, orderings).energy_eV_per_cell - plain
    # 5 meV per formula unit are 10 per cell
    assert noise.std() == pytest.approx(0.010, rel=0.1)
    assert abs(np.corrcoef(noise, other)[0, 1]) < 0.15


def test_orderings_of_another_seed_are_refused(here):
    with pytest.raises(SystemExit, match=r"csv: was made with seed 1, this campaign has 2"):
        energies(Scripts(seed=2), here)


def expansion(scripts, here):
    return scripts.call(
        "expansion",
        wildcards={"range": "x1to3"},
        input={
            "prim": f"{here}/prim/prim.json",
            "orderings": f"{here}/orderings/orderings.csv",
            "energies": f"{here}/energies/energies.csv",
            "published": POOR,
        },
        output={
            "eci": "x1to3.csv", "expansion": "x1to3_expansion.json", "predicted": "energies.csv",
            "hull": "hull.csv", "order": "order.csv", "covariance": "covariance.h5",
            "scores": "scores.json",
        },
    )  # fmt: skip


def test_fit_expansion(scripts, here, orbits, sodium_poor):
    """Energies without noise give the published interactions back."""
    made = expansion(scripts, here)
    fitted = read_eci_table(made.eci, orbits)
    some = read_orderings(here / "orderings/orderings.csv")[:200]
    _, sampled = read_expansion(made.expansion)
    for one in (fitted, sampled):
        np.testing.assert_allclose(one.energies_of(some), sodium_poor.energies_of(some), atol=1e-9)
    predicted = pd.read_csv(made.predicted)
    np.testing.assert_allclose(
        predicted.predicted_eV_per_cell, predicted.energy_eV_per_cell, atol=1e-9
    )
    scores = json.loads(Path(made.scores).read_text())
    assert scores["rms_meV_per_fu"] < 1e-6
    assert scores["ground_states_kept"][0] == "c1-h00-x1.00-0000"
    covariance = read_record(made.covariance, schema.Covariance)
    # Without noise a variance of zero may come out negative by rounding.
    variance = np.maximum(np.diag(covariance.covariance_eV2), 0)
    np.testing.assert_allclose(variance, covariance.stderr_eV**2, atol=1e-24)


def test_the_published_interactions_may_be_sampled(here):
    made = expansion(Scripts(ranges__x1to3__hamiltonian="published", expansion__folds=2), here)
    assert (
        json.loads(Path(made.expansion).read_text())["provenance"]["source"]
        == f"published table {POOR}"
    )


def test_import_expansion(here):
    """An expansion of smol, as smol itself evaluates it."""
    file = str(DATA / "smol_nasicon.json")
    scripts = Scripts(ranges__x1to3__expansion_file=file)
    made = scripts.call(
        "imported_expansion",
        wildcards={"range": "x1to3"},
        input={"prim": f"{here}/prim/prim.json", "expansion": file},
        output={"eci": "x1to3.csv", "expansion": "x1to3_expansion.json"},
    )
    _, found = read_expansion(made.expansion)
    table = pd.read_csv(made.eci)
    assert len(table) == len(found.orbits) + 1
    np.testing.assert_allclose(
        table.eci_per_multiplicity_meV[1:], table.eci_meV[1:] / table.multiplicity[1:]
    )
    _, groups = recorded("smol_nasicon")
    for supercell, sigma, energies, _ in groups:
        np.testing.assert_allclose(found.energies(supercell, sigma), energies, atol=1e-9)
