"""Three species on a site, from the crystal to the fit: enumerated, fitted, hull over two axes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.crystal.symmetry import read_crystal
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.functions import candidate_functions
from navac.orderings.ordering import read_orderings
from tests.checkout import ROOT
from tests.scripts.conftest import Scripts


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")
    return Scripts("config/cuagau.yaml", orderings__max_cells=3, expansion__cutoffs_A={2: 4.0})


@pytest.fixture
def made(scripts):
    prim = scripts.call(
        "prim", input={"crystal": "config/crystals/CuAu.vasp"}, output={"prim": "prim.json"}
    ).prim
    orderings = scripts.call(
        "orderings",
        input={"prim": prim, "more": []},
        output={"orderings": "orderings/orderings.csv"},
    ).orderings
    return prim, orderings


def test_orderings_of_three_species(made):
    prim, _ = read_crystal(made[0])
    assert prim.species == (("Cu", "Ag", "Au"),)
    orderings = read_orderings(made[1])
    assert len(orderings) == 3 + 6 + 21
    assert {2} <= set(np.concatenate([o.occupation for o in orderings]).tolist())


def fitted(scripts, made, left_out=0):
    """A fit to energies of a made-up expansion, without those of the last orderings."""
    prim, group = read_crystal(made[0])
    orbits, spaces = candidate_functions(prim, group, {2: 4.0})
    rng = np.random.default_rng(3)
    truth = Expansion(orbits, 0.02 * rng.normal(size=len(orbits)), -3.0, spaces)
    orderings = read_orderings(made[1])
    energies = truth.energies_of(orderings)
    table = pd.DataFrame({
        "id": [o.id for o in orderings], "range": "", "x": [o.x for o in orderings],
        "energy_eV_per_cell": energies, "provenance": "made up",
    })  # fmt: skip
    Path("made/energies").mkdir(parents=True)
    table.iloc[: len(table) - left_out].to_csv("made/energies/energies.csv", index=False)
    # A file that navac has not made needs no provenance.
    out = scripts.call(
        "expansion",
        wildcards={"range": "alloy"},
        input={"prim": made[0], "orderings": made[1], "energies": "made/energies/energies.csv"},
        output={
            "eci": "expansion/alloy.csv", "expansion": "expansion/alloy_expansion.json",
            "predicted": "expansion/alloy_energies.csv", "hull": "expansion/alloy_hull.csv",
            "covariance": "expansion/alloy_covariance.h5", "scores": "expansion/alloy.json",
        },
    )  # fmt: skip
    return truth, orderings, energies, out


def test_a_fit_finds_what_the_energies_came_from(scripts, made):
    truth, orderings, energies, out = fitted(scripts, made)
    _, found = read_expansion(out.expansion)
    np.testing.assert_allclose(found.energies_of(orderings), energies, atol=1e-5)
    np.testing.assert_allclose(found.eci, truth.eci, atol=1e-5)
    assert "functions" in pd.read_csv(out.eci).columns
    scores = json.loads(Path(out.scores).read_text())
    assert scores["unresolved"] == []
    hull = pd.read_csv(out.hull)
    assert list(hull.columns)[:3] == ["id", "x", "y"]
    ends = hull[hull.id.isin(["c1-h00-Cu1-0000", "c1-h00-Ag1-0000", "c1-h00-Au1-0000"])]
    assert sorted(zip(ends.x, ends.y, strict=True)) == [(0, 0), (0, 1), (1, 0)]
    assert (ends.above_hull_meV_per_fu.abs() < 1e-6).all()
    np.testing.assert_allclose(
        hull.above_hull_meV_per_fu, hull.predicted_above_hull_meV_per_fu, atol=0.05
    )
    kept = set(scores["ground_states_kept"])
    assert kept == set(hull.id[(hull.above_hull_meV_per_fu < 1e-3)
                               & (hull.products == "1*" + hull.id)])  # fmt: skip


def test_what_is_not_resolved_is_named(scripts, made):
    """With one atom per cell alone, no ordering tells a pair from a point."""
    _, orderings, _, out = fitted(scripts, made, left_out=24)
    scores = json.loads(Path(out.scores).read_text())
    assert any(" pair of " in one["function"] for one in scores["unresolved"])
    known = {o.id for o in orderings[:-24]}
    assert scores["resolving"]
    assert not known & set(scores["resolving"])
