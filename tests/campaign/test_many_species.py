"""Campaigns with several species on a site: what is refused, and what ends with the expansion."""

import json

import pytest
import yaml

from navac.campaign.check import checked
from navac.campaign.rules import Rules
from navac.config import ConfigError
from tests.checkout import MINIATURE, ROOT


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


TERNARY = "config/cuagau.yaml"
SALT = {
    "lattice_A": [[0, 2.1, 2.1], [2.1, 0, 2.1], [2.1, 2.1, 0]],
    "sites": [
        {"label": "M", "species": ["Li", "Mn", "Ti"], "frac": [0, 0, 0]},
        {"label": "X", "species": ["O", "F"], "frac": [0.5, 0.5, 0.5]},
    ],
}
FORMAL = {"Li": 1, "Mn": 3, "Ti": 4, "O": -2, "F": -1}
STATES = {"Li": 1, "Mn": [2, 3, 4], "Ti": 4, "O": -2, "F": -1}


def of_many(tmp_path, **changed):
    """What is wrong with a campaign on rock salt, two sublattices with three and two species."""
    (tmp_path / "salt.json").write_text(json.dumps(SALT))
    data = yaml.safe_load((ROOT / TERNARY).read_text())
    data |= {"campaign": "salt", "species": "Li", "axes": {}, "ensembles": {}}
    data["prim"] = {"file": str(tmp_path / "salt.json"), "formula_units": 1}
    data["orderings"] = {"max_cells": 2, "charges": STATES}
    data["energies"]["mlip"]["level"] = "made up"
    data["expansion"]["cutoffs_A"] = {2: 3.2}
    for key, value in changed.items():
        *parents, last = key.split("__")
        at = data
        for parent in parents:
            at = at[parent]
        at[last] = value
    try:
        return checked(data), []
    except ConfigError as error:
        return None, list(error.problems)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({}, None, ""),
        ({"axes": {"y": "Mn", "o": "O"}}, None, ""),
        ({"orderings__amounts": [{"O": 1}, {"Mn": 0.5, "F": 0.5}]}, None, ""),
        ({"until": "diagram"}, "until", "may hold [Li, Mn, Ti]: sites of more than two species"),
        ({"orderings__charges": {"Li": 1, "Mn": 3, "Ti": 4, "O": -2}}, "orderings.charges",
         "no charge for F; add it"),
        ({"orderings__charges": STATES | {"Mn": []}}, "orderings.charges", "Mn has an empty list"),
        ({"orderings__amounts": [{"Ti": 1, "F": 1}]}, "orderings.amounts",
         "Ti 1, F 1: no oxidation states of orderings.charges balance it, they sum to +3 to +3 e"),
        ({"orderings__amounts": [{"Cr": 1}]}, "orderings.amounts.Cr",
         "no active site may hold Cr; use F, Li, Mn, O, Ti"),
        ({"orderings__amounts": [{"Mn": 0.3}]}, "orderings.amounts",
         "Mn 0.3: does not fill the sites of any supercell of up to 2 cells"),
        ({"axes": {"y": "Mn", "z": "Ti", "o": "O"}}, "axes.z",
         "the amount of Ti follows from that of Li, Mn, so that the axis is degenerate; remove it"),
        ({"axes": {"y": "Mn"}}, "axes", "leave the amount of O open"),
        ({"axes": {"y": "Fe"}}, "axes.y", "no active site may hold Fe; use one of Li, Mn, Ti"),
        ({"species": "Na"}, "species", "no active site may hold Na; count one of Li, Mn, Ti, O"),
        ({"expansion__basis": "fourier"}, "expansion.basis", "chebyshev, trigonometric or"),
        ({"rounds": {"max": 1}}, "rounds.max", "sites hold more than two species"),
        ({"expansion__charges": FORMAL}, None, ""),
        ({"expansion__charges": {"Li": 1, "Mn": 3, "Ti": 4, "O": -2}}, "expansion.charges",
         "no charge for F; add it"),
        ({"expansion__charges": FORMAL | {"Cr": 3}}, "expansion.charges",
         "Cr is not in the crystal; remove it"),
        ({"expansion__charges": {"Li": 1, "Mn": 1, "Ti": 1, "O": -1, "F": -1}},
         "expansion.charges", "all species of every active site have the same charge"),
        ({"expansion__charges": FORMAL, "until": "diagram"}, "until",
         "expansion.charges give an electrostatic term, which is neither sampled nor searched"),
        ({"until": "fit"}, "until", "last stage: expansion (no sampling), or diagram"),
    ],
)  # fmt: skip
def test_campaigns_of_many_species(tmp_path, changed, field, said):
    config, found = of_many(tmp_path, **changed)
    if field is None:
        assert found == []
        assert not config.samples
    else:
        assert any(f == field and said in text for f, text in found), found


@pytest.mark.parametrize(
    ("occupation", "x", "said"),
    [
        ("0111", 0.5, None),
        ("0211", 0.5, None),
        ("0121", 0.5, "site 2 holds the species of index 2, but the prim lists 2 species"),
        ("0711", 0.5, "site 1 holds the species of index 7, but the prim lists 3 species"),
        ("0011", 0.5, "x is 0.5, the occupation holds 1 Li"),
    ],
)
def test_further_orderings_of_many_species(tmp_path, occupation, x, said):
    path = tmp_path / "more.csv"
    path.write_text(
        "id,cells,hnf,x,occupation,degeneracy,ewald_eV_per_cell\n"
        f"a,2,2 0 0 0 1 0 0 0 1,{x},{occupation},1,\n"
    )
    _, found = of_many(tmp_path, orderings__more=str(path))
    assert [said in text for _, text in found] == ([] if said is None else [True])


def test_a_campaign_may_end_with_its_expansion():
    """Then it needs no temperatures, no voltage, and has no job that samples."""
    data = yaml.safe_load((ROOT / MINIATURE).read_text())
    for settings in data["ranges"].values():
        del settings["temperatures_K"]
    data["energies"].pop("average_voltage_V")
    found = refused(data)
    assert "end the campaign with until: expansion" in found["ranges.x1to3.temperatures_K"]
    assert "energies.average_voltage_V" in found
    rules = Rules(checked(data | {"until": "expansion"}), scripts=ROOT / "scripts")
    jobs = {rule for rule, _ in rules.jobs()}
    assert {"orderings", "expansion", "figure_expansion_errors"} <= jobs
    assert not jobs & {"paths", "sampling", "thermodynamics", "figure_voltage"}


def refused(data):
    with pytest.raises(ConfigError) as caught:
        checked(data)
    return dict(caught.value.problems)
