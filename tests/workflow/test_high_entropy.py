"""The miniature of the high-entropy campaign through the workflow, and what its keys rerun."""

import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from navac.campaign.resolve import resolved
from navac.campaign.rules import Rules
from navac.config import load_config
from navac.config.campaign import parse
from tests.checkout import ROOT, checkout, run
from tests.figures.browser import browser, console
from tests.workflow.dry_run import with_value

RULES = (
    "descriptors", "screening", "extraction", "lobster_inputs", "bonding", "states", "hops",
    "barriers", "valence", "diffusivity", "expansion", "prim",
)  # fmt: skip
CONFIG = "config/high_entropy_miniature.yaml"

# Key: the rules that read it, and another value.
KEYS = {
    "descriptors.compositions": ({"descriptors", "screening"}, {"NVP": {"Na": 3, "V": 2}}),
    "descriptors.occupied": ({"descriptors", "screening"}, {"Na1": 0.5}),
    "descriptors.temperatures_K": ({"descriptors"}, [400]),
    "descriptors.screening.elements": ({"screening"}, {"Mg": 2, "V": 3}),
    "descriptors.screening.label": ({"screening"}, "Na1"),
    "descriptors.screening.host": ({"screening"}, {"V": 1.6}),
    "descriptors.screening.step": ({"screening"}, 0.05),
    "descriptors.screening.limits": ({"screening"}, {"x": [0, 4]}),
    "descriptors.screening.rank_by": ({"screening"}, ["entropy_R"]),
    "extraction.hosts.NVP.reference_x": ({"extraction"}, 0.5),
    "extraction.hosts.NVP.electrons": ({"extraction"}, 2),
    "extraction.hosts.NVP.metals": ({"extraction"}, {"V": 1, "Cr": 1}),
    "extraction.hosts.HE-V.reference_x": ({"extraction"}, 2.2),
    "extraction.hosts.HE-V.electrons": ({"extraction"}, 2),
    "extraction.hosts.HE-V.metals": ({"extraction"}, {"V": 1, "Cr": 1}),
    "energies.metal_eV_per_atom": ({"extraction"}, -3.5),
    "electrons.structures": (
        {"lobster_inputs"}, {"two": "tests/data/lobster/BaTiO3/CONTCAR.gz"}
    ),
    "electrons.outputs": ({"bonding"}, {"again": "tests/data/lobster/BaTiO3"}),
    "electrons.states": ({"states"}, {"again": "tests/data/vasp/plus_u"}),
    "electrons.centres": ({"lobster_inputs", "bonding"}, ["Ti", "Ba"]),
    "electrons.ligand": ({"lobster_inputs", "bonding"}, "Ba"),
    "electrons.within_A": ({"lobster_inputs", "bonding"}, 2.1),
    "hops.ordering": ({"hops", "barriers", "valence"}, "another"),
    "hops.reach_A": ({"hops", "barriers", "valence", "diffusivity"}, 4.0),
    "hops.repeat": ({"hops", "barriers", "valence"}, [1, 1, 2]),
    "hops.around_A": ({"hops", "barriers", "valence"}, 4.5),
    "hops.images": ({"hops", "barriers"}, 2),
    "hops.barriers": ({"barriers"}, True),
    "hops.most": ({"barriers"}, 1),
    "hops.max_steps": ({"barriers"}, 10),
    "hops.barriers_file": ({"diffusivity"}, "config/published/hev/barriers_nvp.csv"),
    "hops.temperatures_K": ({"diffusivity"}, [400]),
    "hops.attempts_THz": ({"diffusivity"}, 5),
    "hops.valence": ({"valence"}, True),
    "hops.resolution_A": ({"valence"}, 0.3),
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = checkout(tmp_path_factory.mktemp("high-entropy") / "copy")
    data = Path("tests", "data", "lobster")
    shutil.copytree(ROOT / data, folder / data, dirs_exist_ok=True)
    return folder, run(folder, "--configfile", CONFIG, "--cores", "2")


def test_every_stage_is_done(finished):
    folder, done = finished
    results = folder / "results/high_entropy_miniature"
    assert "results/high_entropy_miniature is complete" in done.stdout
    entropies = pd.read_csv(results / "descriptors/entropies.csv").query("composition == 'HE-V'")
    metals = entropies.query("part == 'M' and equation == 4 and per == 'formula unit'")
    assert metals.entropy_R.tolist() == pytest.approx([1.92939])
    voltages = pd.read_csv(results / "extraction/voltages.csv")
    assert voltages.voltage_V.between(1, 6).all()
    assert voltages.x_low.min() == 0
    shells = pd.read_csv(results / "electrons/shells.csv")
    assert shells.icohp_eV.tolist() == pytest.approx([-21.2352])
    assert set(pd.read_csv(results / "hops/hops.csv").kind) >= {"Na1-Na2-3.33"}
    assert (pd.read_csv(results / "hops/diffusivity_300K.csv").diffusivity_m2_per_s > 0).all()
    # Metals swap, and sodium comes and goes among them as they are then.
    taken = pd.read_csv(results / "ensembles/synthesis.csv").query("of == 'taken by order'")
    assert taken["mean"].is_monotonic_increasing
    curves = pd.read_csv(results / "ensembles/voltages.csv")
    assert (curves.run == "HE-V").all()
    assert curves.x.is_monotonic_increasing
    numbers = pd.read_csv(results / "reproduction.csv").set_index("quantity")
    assert numbers.verdict["Theoretical capacity of HE-V"] == "agrees"
    assert numbers.verdict["Lowest barrier of Na in HE-V"] == "agrees"
    assert numbers.verdict["U of Mn 3d"] == "same input"
    assert numbers.verdict["V per formula unit of HE-V"] == "input"
    assert numbers.verdict["Capacity of HE-V at 0.2 C"] == "unknown"
    assert (results / "figures/ensemble_voltages.png").stat().st_size > 5000
    # What cannot be done is named, and the rest goes on.
    assert "one is left out" in done.stderr
    assert (results / "report.zip").exists()


def test_pages_open_in_a_browser(finished, tmp_path):
    """Without errors and without a network, and the report has a chapter for every stage."""
    if (program := browser()) is None:
        pytest.skip("no Chromium or Chrome is installed; with Debian, apt-get install chromium")
    results = finished[0] / "results/high_entropy_miniature"
    with zipfile.ZipFile(results / "report.zip") as report:
        report.extractall(tmp_path)
    [page] = tmp_path.rglob("report.html")
    said, text = console(program, page, tmp_path)
    # Snakemake's page has the whole of Tailwind in it, which warns of that.
    assert [line for line in said if "tailwindcss.com" not in line] == []
    for chapter in ("Bonding", "Ensembles", "Extraction", "Hops", "Reproduction"):
        assert chapter in text
    assert console(program, results / "reproduction.html", tmp_path)[0] == []


def settings_by_rule(data):
    """What each rule of the campaign depends on."""
    rules = Rules(parse(data).config, scripts=ROOT / "scripts")
    ranges = {"range": "x0to4"}
    return {rule: rules.settings(rule, ranges) for rule in RULES}


@pytest.mark.parametrize("key", list(KEYS))
def test_a_key_is_among_the_settings_of_the_rules_that_read_it_and_of_no_others(key, monkeypatch):
    monkeypatch.chdir(ROOT)
    data = yaml.safe_load((ROOT / CONFIG).read_text())
    readers, value = KEYS[key]
    before, after = settings_by_rule(data), settings_by_rule(with_value(data, key, value))
    assert {rule for rule in RULES if before[rule] != after[rule]} == readers


def test_every_key_of_these_sections_is_in_the_table():
    sections = ("descriptors.", "extraction.", "electrons.", "hops.")
    known = {key for key in resolved(load_config(ROOT / CONFIG)) if key.startswith(sections)}
    assert known - {"hops.max_force_eV_per_A"} == {k for k in KEYS if k.startswith(sections)}
