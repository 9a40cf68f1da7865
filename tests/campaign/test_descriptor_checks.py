"""What is refused of the sections descriptors and extraction."""

import pytest
import yaml

from navac.campaign.check import checked
from navac.config import ConfigError
from tests.checkout import ROOT
from tests.workflow.dry_run import with_value

SCREENING = "descriptors.screening"


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def problems(key, value):
    data = yaml.safe_load((ROOT / "config/high_entropy.yaml").read_text())
    try:
        checked(with_value(data, key, value))
    except ConfigError as error:
        return list(error.problems)
    return []


def test_the_campaign_itself_is_not_refused():
    assert problems("seed", 2) == []


@pytest.mark.parametrize(
    ("key", "value", "field", "said"),
    [
        ("descriptors.compositions", {"odd": {"Na": 3, "V": 1}}, "descriptors.compositions.odd",
         "M: 1 atoms per formula unit (V, Cr, Mn, Fe, Al, Mg) do not fill 2 sites"),
        ("descriptors.compositions", {"odd": {"Ti": 2}}, "descriptors.compositions.odd",
         "no active site may hold Ti"),
        ("descriptors.occupied", {"Na3": 1}, "descriptors.occupied.Na3", "use one of Na1, Na2, M"),
        (f"{SCREENING}.label", None, f"{SCREENING}.label", "null; name the sublattice"),
        (f"{SCREENING}.label", "V", SCREENING, "V is none of Na1, Na2, M"),
        (f"{SCREENING}.step", 0.3, SCREENING, "0.3 does not divide the 0.5"),
        (f"{SCREENING}.host", {"Ti": 1.5, "Sc": 0.1}, SCREENING, "Sc: has no single charge"),
        (f"{SCREENING}.rank_by", ["-size"], f"{SCREENING}.rank_by", "size is no column"),
        ("energies.metal_eV_per_atom", None, "energies.metal_eV_per_atom",
         "null, but extraction.hosts are given"),
        (f"{SCREENING}.limits", {"size": [0, 1]}, f"{SCREENING}.limits", "size is no column"),
    ],
)  # fmt: skip
def test_what_is_refused_names_field_and_fix(key, value, field, said):
    [(where, what)] = problems(key, value)
    assert where == field
    assert said in what
