"""Contradictions of the section cell are named before a campaign starts."""

import pytest
import yaml

from navac.campaign.cell_checks import CHECKS
from navac.config import parse
from tests.checkout import MINIATURE, ROOT
from tests.scripts.test_cell import BESIDE, CELL


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Paths of a configuration are relative to the folder of the Snakefile."""
    monkeypatch.chdir(ROOT)


def problems(backend="published", **changed):
    """What is wrong with the miniature campaign and this section: by field, the text."""
    data = yaml.safe_load((ROOT / MINIATURE).read_text())
    data["energies"]["backend"] = backend
    data["cell"] = CELL | {"beside": BESIDE} | changed
    parsed = parse(data)
    assert parsed.problems == ()
    return dict(p for _, check in CHECKS for p in check(parsed.config))


def test_a_section_that_is_whole_has_none():
    assert problems() == {}


def test_a_stage_that_is_off_is_not_looked_at():
    assert problems(run=False, x=[3, 1], rates_C=[], volumes_A3_per_fu={}) == {}


@pytest.mark.parametrize(("changed", "field", "said"), [
    ({"radius_um": None}, "cell.radius_um", "give value and source"),
    ({"poisson_ratio": {"value": 0.6, "source": "x"}}, "cell.poisson_ratio", "not below 0.5"),
    ({"volumes_A3_per_fu": {}}, "cell.volumes_A3_per_fu", "relaxes no volumes"),
    ({"volumes_A3_per_fu": {1: 220.0}}, "cell.volumes_A3_per_fu", "has no slope"),
    ({"open_circuit_file": "no.csv"}, "cell.open_circuit_file", "no.csv does not exist"),
    ({"temperature_K": 350.0}, "cell.temperature_K", "thermodynamics.voltage_temperatures_K"),
    ({"interface_nm": None}, "cell.interface_nm", "width of their interface"),
    ({"x": [3, 1]}, "cell.x", "is not an interval"),
    ({"x": [0, 3]}, "cell.x", "1 to 4; narrow it"),
    ({"rates_C": []}, "cell.rates_C", "give a rate"),
    ({"voltage_limits_V": [4.0, 2.0]}, "cell.voltage_limits_V", "swap them"),
    ({"meshes": {"cube": "no.vtu"}}, "cell.meshes.cube", "no.vtu does not exist"),
    ({"beside": BESIDE | {"open_circuit_file": None}}, "cell.beside.open_circuit_file", "HE-V"),
    ({"beside": BESIDE | {"volumes_A3_per_fu": {}}}, "cell.beside.volumes_A3_per_fu", "two by x"),
    ({"beside": BESIDE | {"x": [3.2, 1.2]}}, "cell.beside.x", "is not an interval"),
    ({"beside": BESIDE | {"young_modulus_GPa": None}}, "cell.beside.young_modulus_GPa", "null"),
])  # fmt: skip
def test_a_contradiction_is_named(changed, field, said):
    found = problems(**changed)
    assert set(found) == {field}
    assert said in found[field]


def test_a_campaign_that_ends_with_expansions_has_no_voltages():
    data = yaml.safe_load((ROOT / MINIATURE).read_text())
    data |= {"until": "expansion", "cell": CELL}
    config = parse(data).config
    found = dict(p for _, check in CHECKS for p in check(config))
    assert "set until to diagram" in found["cell.run"]


def test_relaxed_orderings_have_volumes():
    assert "cell.volumes_A3_per_fu" not in problems("vasp", volumes_A3_per_fu={})


def test_the_default_campaign_offers_the_stage_by_one_key():
    data = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    assert data["cell"]["run"] is False
    data["cell"]["run"] = True
    parsed = parse(data)
    assert parsed.problems == ()
    assert [p for _, check in CHECKS for p in check(parsed.config)] == []
