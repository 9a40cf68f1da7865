"""Three species on a site, from the crystal to the fit: enumerated, fitted, hull over two axes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.crystal.symmetry import read_crystal
from navac.expansion.correlations import correlation_matrix, function_averages
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.functions import candidate_functions
from navac.expansion.special import random_correlations
from navac.orderings.groups import site_groups
from navac.orderings.ordering import read_orderings
from navac.orderings.symmetry import distinct_supercells
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


def fitted(scripts, made, left_out=0, charges=None):
    """A fit to energies of a made-up expansion, without those of the last orderings."""
    prim, group = read_crystal(made[0])
    orbits, spaces = candidate_functions(prim, group, {2: 4.0})
    rng = np.random.default_rng(3)
    act = Electrostatics(prim, charges, 0.1) if charges else None
    truth = Expansion(orbits, 0.02 * rng.normal(size=len(orbits)), -3.0, spaces, act)
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
            "order": "expansion/alloy_order.csv", "covariance": "expansion/alloy_covariance.h5",
            "scores": "expansion/alloy.json",
        },
    )  # fmt: skip
    return truth, orderings, energies, out


def test_a_fit_with_charges(made):
    """Their strength is found, and is in the file, the scores and the log."""
    charges = {"Cu": 1.0, "Ag": -2.0, "Au": 0.0}
    scripts = Scripts(
        "config/cuagau.yaml", orderings__max_cells=3, expansion__cutoffs_A={2: 4.0},
        expansion__charges=charges, expansion__regression="ridge",
    )  # fmt: skip
    _, orderings, energies, out = fitted(scripts, made, charges=charges)
    _, found = read_expansion(out.expansion)
    assert found.electrostatics.charges == charges
    assert found.electrostatics.strength == pytest.approx(0.1, abs=1e-3)
    scores = json.loads(Path(out.scores).read_text())
    assert scores["inverse_dielectric_constant"] == found.electrostatics.strength
    assert 0 <= scores["inverse_dielectric_constant_stderr"] < 0.1
    np.testing.assert_allclose(found.energies_of(orderings), energies, rtol=0, atol=2e-3)


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


def test_short_range_order_of_the_orderings(scripts, made):
    """Alternating planes: of twelve neighbours eight are unlike on (001), six on (111).

    Of one atom each, dealing out the atoms anew changes nothing.
    """
    _, orderings, _, out = fitted(scripts, made, left_out=3)
    order = pd.read_csv(out.order)
    assert set(order.pair) == {"Cu–Ag", "Cu–Au", "Ag–Au"}
    assert set(order.shell) == {1, 2}
    with_energy = {o.id for o in orderings[:-3] if len(set(o.occupation.tolist())) > 1}
    assert set(order.id) == with_energy
    two = order[order.id.str.startswith("c2-") & (order.shell == 1)]
    assert sorted(two.alpha.round(5)) == [-0.33333] * 3 + [0.0] * 3
    np.testing.assert_allclose(two.at_random, two.alpha, atol=1e-5)
    drawn = scripts.call(
        "figure_short_range_order", input={"data": [out.order, out.hull], "prim": made[0]},
        output={kind: f"figures/order.{kind}" for kind in ("pdf", "png", "csv")},
        figure="short_range_order",
    )  # fmt: skip
    shown = pd.read_csv(drawn.csv)
    np.testing.assert_allclose(shown.beyond, shown.alpha - shown.at_random, atol=1e-6)
    hull = pd.read_csv(out.hull)
    stable = set(hull.id[hull.above_hull_meV_per_fu.abs() < 1e-6])
    assert set(shown.id[shown.ground_state]) == stable & with_energy != set()


def test_what_is_not_resolved_is_named(scripts, made):
    """With one atom per cell alone, no ordering tells a pair from a point."""
    _, orderings, _, out = fitted(scripts, made, left_out=24)
    scores = json.loads(Path(out.scores).read_text())
    assert any(" pair of " in one["function"] for one in scores["unresolved"])
    known = {o.id for o in orderings[:-24]}
    assert scores["resolving"]
    assert not known & set(scores["resolving"])


CUTOFFS = {2: 4.0}


def enumerated(tmp_path, **changed):
    changed = {f"orderings__{key}": value for key, value in changed.items()}
    scripts = Scripts("config/cuagau.yaml", **changed)
    prim = scripts.call(
        "prim", input={"crystal": "config/crystals/CuAu.vasp"}, output={"prim": "prim.json"}
    ).prim
    made = scripts.call(
        "orderings",
        input={"prim": prim, "more": []},
        output={"orderings": "orderings/orderings.csv"},
    )
    return read_crystal(prim), read_orderings(made.orderings)


def test_the_most_telling_are_chosen(scripts, tmp_path):
    """More is known of the interactions than by as many chosen at random."""
    found = {}
    for choice in ("spread", "d_optimal"):
        (prim, group), some = enumerated(
            tmp_path, max_cells=4, total=30, choice=choice, cutoffs_A=CUTOFFS
        )
        assert len(some) == 30
        assert sum(o.cells == 1 for o in some) == 3
        orbits, spaces = candidate_functions(prim, group, CUTOFFS)
        design = correlation_matrix(orbits, some, spaces)
        found[choice] = np.linalg.slogdet(design.T @ design)[1]
    assert found["d_optimal"] > found["spread"] + 1


def test_draws_with_special_ones(scripts, tmp_path, monkeypatch):
    """In every supercell one is nearer to a random mixture than most arrangements."""
    monkeypatch.setattr("navac.orderings.mixtures.STEPS", 50)
    drawn = {"beyond": 20, "random": 1, "low_energy": 1, "special": 1}
    (prim, group), some = enumerated(
        tmp_path, max_cells=5, drawn=drawn, cutoffs_A=CUTOFFS, compositions=[0.2, 1],
        amounts=[{"Ag": 0.4}, {"Ag": 0}],
    )  # fmt: skip
    large = [o for o in some if o.cells == 5]
    assert {o.x for o in large} == {0.2}
    supercells = {o.hnf: o.supercell for o in large}
    assert len(supercells) == len(distinct_supercells(5, group))
    assert len(large) <= 3 * len(supercells)
    orbits, spaces = candidate_functions(prim, group, CUTOFFS)
    target = random_correlations(orbits, spaces, site_groups(prim), ((1, 2, 2),))
    codes = np.array([0, 1, 1, 2, 2], np.int8)
    every = np.unique([np.random.default_rng(k).permutation(codes) for k in range(300)], axis=0)

    def away(supercell, occupation):
        found = function_averages(orbits, spaces, supercell, occupation)
        return np.abs(found - target).sum(axis=1)

    for hnf, supercell in supercells.items():
        own = np.stack([o.occupation for o in large if o.hnf == hnf])
        assert away(supercell, own).min() == pytest.approx(away(supercell, every).min(), abs=1e-9)
