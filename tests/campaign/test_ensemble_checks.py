"""What is refused of the section ensembles."""

import pytest
import yaml

from navac.campaign.check import checked
from navac.campaign.notices import notices
from navac.config import ConfigError
from navac.config.campaign import parse
from tests.checkout import ROOT
from tests.workflow.dry_run import with_value

AMOUNTS = {"V": 1.5, "Cr": 0.1, "Mn": 0.1, "Fe": 0.1, "Al": 0.1, "Na": 3.2}
COUPLED = [{"sites": ["M"], "species": ["V", "Mg"]},
           {"sites": ["Na1", "Na2"], "species": ["Va", "Na"]}]  # fmt: skip
RUNS = {
    "synthesis": {
        "moves": [{"swap": ["M"]}, {"swap": ["Na1", "Na2"]}], "temperatures_K": [2000, 1053],
    },
    "sodium": {
        "after": "synthesis", "moves": [{"flip": ["Na", "Va"], "sites": ["Na1", "Na2"]}],
        "temperatures_K": [300], "mu_eV": {"Na": {"start": -2, "stop": -1, "step": 0.1}},
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def campaign(**section):
    data = yaml.safe_load((ROOT / "config/high_entropy.yaml").read_text())
    given = {"supercell": [6, 6, 6], "replicas": 4, "amounts": AMOUNTS, "runs": RUNS}
    return data | {"ensembles": given | section, "descriptors": {}, "extraction": {}}


def problems(key=None, value=None, charges=None, cutoffs=None, **section):
    data = campaign(**section)
    if cutoffs:
        data["expansion"]["cutoffs_A"] = cutoffs
    if key is not None:
        data = with_value(data, f"ensembles.{key}", value)
    if charges:
        data["orderings"]["charges"] |= charges
    try:
        checked(data)
    except ConfigError as error:
        return [(where.removeprefix("ensembles."), what) for where, what in error.problems]
    return []


def test_the_section_itself_is_not_refused():
    assert problems() == []


MOVES = "runs.synthesis.moves"


@pytest.mark.parametrize(
    ("key", "value", "field", "said"),
    [
        ("range", "x0to3", "range", "x0to3 is not a range; use one of x0to4"),
        ("runs.sodium.after", "annealing", "runs.sodium.after", "no run of the name annealing"),
        ("runs.synthesis.after", "sodium", "runs.synthesis.after", "has a grid of mu_eV.Na"),
        (MOVES, [{"swap": ["M2"]}], f"{MOVES}.0", "labelled M2; use Na1, Na2, M"),
        (MOVES, [{"swap": ["M", "Na1"]}], f"{MOVES}.0", "give each list a move of its own"),
        (MOVES, [{"flip": ["Na", "Mg"], "sites": ["Na1"]}], f"{MOVES}.0", "may not hold Mg"),
        (MOVES, [{"flip": ["Na", "Na"], "sites": ["Na1"]}], f"{MOVES}.0", "a species twice"),
        (MOVES, [{"flip": ["Na", "Va"]}], f"{MOVES}.0", "flip and sites go together"),
        (MOVES, [{"flip": ["Na", "Va"], "swap": ["M"], "sites": ["Na1"]}], f"{MOVES}.0",
         "one of swap, flip and coupled, not 2"),
        ("runs.sodium.mu_eV", {"V": [-1.0]}, "runs.sodium.mu_eV.V", "no flip changes its amount"),
        ("runs.sodium.mu_eV", {"Na": []}, "runs.sodium.mu_eV.Na", "no value"),
        ("amounts", {**AMOUNTS, "V": 1.9}, "amounts", "sites M: 2.3 atoms exceed the 2 per"),
        ("amounts", {"V": 2, "Na": 3}, "amounts", "no amount is given for Cr, Mn, Fe, Al, Mg"),
        ("amounts", {**AMOUNTS, "Mg": 0.2}, "amounts", "sites M: 2.1 atoms"),
        ("amounts", {**AMOUNTS, "Ti": 0.1}, "amounts", "Ti: no active site may hold it"),
        ("amounts", {**AMOUNTS, "Mn": 0.001}, "amounts", "0.43 atoms in 216 cells, none"),
        ("runs.synthesis.amounts", {"V": 2, "Na": 3}, "runs.synthesis.amounts",
         "no amount is given for Cr, Mn, Fe, Al, Mg"),
        ("runs.sodium.amounts", {"Na": 3}, "runs.sodium.amounts", "begins after synthesis"),
        ("runs.sodium.temperatures_K", [0], "runs.sodium.temperatures_K.0", "greater than 0"),
        ("replicas", 10**7, "runs.synthesis", "this machine has"),
    ],
)  # fmt: skip
def test_what_is_refused_names_field_and_fix(key, value, field, said):
    found = problems(key, value)
    assert any(where == field and said in what for where, what in found), found


def test_swaps_need_sites_that_share_no_cluster():
    assert problems(cutoffs={2: 10}, supercell=[3, 3, 3]) == []
    [(field, said)] = problems(cutoffs={2: 10}, supercell=[1, 3, 3])
    assert (field, "interact with their own images" in said) == ("supercell", True)
    found = dict(problems(cutoffs={2: 10}, supercell=[2, 2, 2]))
    assert "too few sites share no cluster for the swaps" in found["supercell"]
    assert "synthesis to reach every arrangement" in found["supercell"]
    assert "supercell" not in dict(
        problems(cutoffs={2: 10}, supercell=[2, 2, 2], runs={
            "flips": {"moves": RUNS["sodium"]["moves"], "temperatures_K": [300]}
        })
    )  # fmt: skip


def test_a_run_has_fillings_of_its_own():
    vanadium = dict.fromkeys(("Cr", "Mn", "Fe", "Al", "Mg"), 0) | {"Na": 3}
    runs = {"vanadium": RUNS["synthesis"] | {"amounts": vanadium}}
    assert problems(runs=runs, amounts={}) == []
    # Another run needs those of the section.
    assert {where for where, _ in problems(runs=runs | RUNS, amounts={})} == {"amounts"}


def test_circles_have_no_beginning():
    found = problems("runs.sodium.mu_eV", {}, runs={
        "one": {**RUNS["synthesis"], "after": "other"},
        "other": {**RUNS["synthesis"], "after": "one"},
        "sodium": RUNS["sodium"] | {"after": "one"},
    })  # fmt: skip
    assert [("circle" in what, where.endswith(".after")) for where, what in found] == [(True, True)]


def test_coupled_flips_balance_single_charges():
    runs = {"coupled": {"moves": [{"coupled": COUPLED}], "temperatures_K": [1000]}}
    # V has several oxidation states: nobody can say what a flip does.
    assert problems(runs=runs) == []
    assert problems(runs=runs, charges={"V": 3}) == []
    [(field, said)] = problems(runs=runs, charges={"V": 4, "Mg": 2})
    assert field == "runs.coupled.moves.0"
    assert "V → Mg and Va → Na together change the charge by -1 e" in said


def test_every_problem_at_once():
    found = problems(amounts={"V": 3}, supercell=[1, 2, 2], cutoffs={2: 10},
                     runs={"a": RUNS["synthesis"] | {"after": "b"}})  # fmt: skip
    assert {where for where, _ in found} == {"amounts", "supercell", "runs.a.after"}


def test_two_ranges_need_a_name():
    data = campaign()
    data["ranges"] = {"one": {"x": [0, 2]}, "two": {"x": [2, 4]}}
    with pytest.raises(ConfigError, match=r"ensembles\.range: null, but there are one, two"):
        checked(data)


def test_an_electrostatic_term_is_not_sampled():
    data = campaign()
    given = {"Na": 1, "V": 3, "Cr": 3, "Mn": 2, "Fe": 3, "Al": 3, "Mg": 2, "P": 5, "O": -2}
    data["expansion"]["charges"] = given
    with pytest.raises(ConfigError, match=r"ensembles\.runs: given, but expansion\.charges"):
        checked(data)


def test_what_is_rounded_is_said():
    said = dict(notices(parse(campaign()).config))
    assert said["ensembles.amounts"].startswith("Al: 43.2 atoms in 216 cells are rounded to 43")
