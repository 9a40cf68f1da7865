"""Settings without sense are refused with numbers, before any work and within seconds."""

import copy
import time
from pathlib import Path

import pytest
import yaml

from navac.campaign.check import checked
from navac.config import ConfigError
from navac.expansion.eci_table import COLUMNS

CUBE = "one atom in a cube\n1\n3 0 0\n0 3 0\n0 0 3\nLi\n1\nDirect\n0 0 0\n"
CONFIG = yaml.safe_load("""
campaign: senseless
species: Li
prim:
  file: POSCAR
  sites: [{label: Li, species: [Li, Va], element: Li}]
  formula_units: 1
orderings: {max_cells: 4, compositions: {start: 0, stop: 1, step: 0.25}, charges: {Li: 1}}
energies: {backend: published, average_voltage_V: 4}
expansion: {cutoffs_A: {2: 4}}
ranges:
  all:
    x: [0, 1]
    hamiltonian: fitted
    expansion_file: null
    published_eci: eci.csv
    temperatures_K: [{start: 100, stop: 700, step: 100}]
    cool_to_K: 100
    mu_step_eV: 0.01
    mu_margin_eV: 0.05
    mu_reach_eV: 0.1
sampling: {supercell: [8, 8, 8]}
""")
ECI = (
    ",".join(COLUMNS)
    + """
2,1,0,(0 0 0),,,1,0,0
3,2,0 0,(0 0 0) (1 0 0),3,3,3,-30,-10
"""
)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("POSCAR").write_text(CUBE)
    Path("eci.csv").write_text(ECI)


def problems(**changed):
    """(field, text) of every problem with other values under dotted keys."""
    data = copy.deepcopy(CONFIG)
    for key, value in changed.items():
        *parents, last = key.split("__")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    started = time.process_time()
    try:
        checked(data)
        found = []
    except ConfigError as error:
        found = list(error.problems)
    assert time.process_time() - started < 10
    return found


def test_the_campaign_itself_is_accepted():
    assert problems() == []


@pytest.mark.parametrize(
    ("changed", "field", "parts"),
    [
        (
            {"ranges__all__mu_step_eV": 1e-9}, "ranges.all.mu_step_eV",
            ("at least 1.25e+08 chemical potentials", "a step of 0.0003 eV makes some 400"),
        ),
        (
            {"ranges__all__mu_eV": {"start": -1, "stop": 1, "step": 1e-5}}, "ranges.all.mu_eV",
            ("2e+05 chemical potentials", "a step of 0.005"),
        ),
        (
            {"ranges__all__mu_eV": {"start": -1, "stop": 1, "step": 1e-12}}, "ranges.all.mu_eV",
            ("2e+12 values", "take a larger step"),
        ),
        (
            {"orderings__compositions": {"start": 0, "stop": 1, "step": 1e-9}},
            "orderings.compositions", ("1e+09 values", "take a larger step"),
        ),
        (
            {"ranges__all__temperatures_K": [{"start": 1, "stop": 701, "step": 0.01}]},
            "ranges.all.temperatures_K", ("70001 temperatures", "take a larger step"),
        ),
        (
            {"expansion__cutoffs_A": {2: 12, 3: 12, 4: 12}}, "expansion.cutoffs_A.4",
            ("12 Å gives about", "clusters of 4 sites per primitive cell", "shorten it"),
        ),
        (
            {"expansion__cutoffs_A": {2: 25, 3: 25, 4: 25, 5: 25, 6: 25}}, "expansion.cutoffs_A.6",
            ("25 Å gives about", "shorten it"),
        ),
        (
            {"sampling__block_sweeps": 10**10}, "sampling.core_hours",
            ("1000, but sampling takes", "attempted flips", "in ranges.all", "raise it (null"),
        ),
        (
            {"sampling__core_hours": 1e-6}, "sampling.core_hours", ("1e-06, but sampling takes",),
        ),
        (
            {"sampling__supercell": [1500, 1500, 1500], "sampling__core_hours": None},
            "ranges.all.supercell", ("3375000000 sites need", "GiB at least, and this machine has"),
        ),
        (
            {"sampling__supercell": [160, 160, 160], "sampling__memory_mb": 1},
            "ranges.all.supercell",
            ("sampling.memory_mb allows", "a smaller supercell or more sampling.shards"),
        ),
    ],
)  # fmt: skip
def test_refused_with_numbers_and_fix(changed, field, parts):
    found = dict(problems(**changed))
    assert field in found, found
    for part in parts:
        assert part in found[field]


def test_no_limit_is_no_limit():
    assert problems(sampling__block_sweeps=10**10, sampling__core_hours=None) == []


def test_many_clusters_are_said_before_they_are_listed(capsys):
    problems(expansion__cutoffs_A={2: 10.4, 3: 10.4}, ranges__all__published_eci="eci.csv")
    assert "Checking the configuration: listing about" in capsys.readouterr().err


def test_settings_of_vasp_are_needed_by_vasp_alone():
    assert problems() == []
    ((field, text),) = problems(energies__backend="vasp")
    assert field == "dft.settings"
    assert "MPScanRelaxSet" in text


def test_any_element_has_settings_of_vasp():
    assert problems(energies__backend="vasp", dft__settings="MPRelaxSet") == []


def test_counterparts_are_those_of_figures():
    ((field, text),) = problems(about__counterparts={"voltages": "Fig. 1"})
    assert field == "about.counterparts.voltages"
    assert "use one of mixing_energies" in text


def test_a_named_phase_has_a_composition_that_is_enumerated():
    found = dict(problems(ranges__all__phases={"third": 1 / 3}))
    assert "is not among orderings.compositions" in found["ranges.all.phases.third"]
