"""What is said of a configuration that can be run and will not give what it asks for."""

from copy import deepcopy

import pytest

from navac.campaign.notices import UNCERTAINTY, without_covariance
from navac.config.campaign import parse, read_yaml
from tests.checkout import ROOT

DEFAULT = read_yaml(ROOT / "config/config.yaml")


def said(uncertainty, *, protocol="grid", noise=0.0, imported=False):
    """Of the default campaign, with another uncertainty, protocol, noise, and range x1to3."""
    changed = deepcopy(DEFAULT)
    changed["energies"]["noise_meV_per_fu"] = noise
    changed["sampling"]["protocol"] = protocol
    changed["thermodynamics"]["expansion_uncertainty"] = uncertainty
    if imported:
        of_range = changed["ranges"]["x1to3"]
        del of_range["constant_meV_per_cell"]
        of_range |= {"expansion_file": "e.json", "published_eci": None}
    parsed = parse(changed)
    assert parsed.problems == ()
    found = without_covariance(parsed.config)
    assert {field for field, _ in found} <= {UNCERTAINTY}
    return [text for _, text in found]


def test_nothing_is_said_if_no_errors_are_asked_for():
    assert said(None) == []


def test_exact_energies_tell_nothing_of_errors():
    found = said({})
    assert [text.split()[3] for text in found] == ["ranges.x1to3", "ranges.x3to4"]
    assert all("without error" in text and "noise_meV_per_fu" in text for text in found)


def test_an_expansion_that_is_fitted_elsewhere_has_no_covariance():
    (text,) = said({}, noise=2.0, imported=True)
    assert "ranges.x1to3" in text
    assert "fitted elsewhere" in text


@pytest.mark.parametrize("imported", [True, False])
def test_an_assumed_error_gives_one(imported):
    assert said({"noise_meV_per_fu": 5.0}, imported=imported) == []


def test_noisy_energies_give_one():
    assert said({}, noise=2.0) == []


def test_scans_have_no_responses():
    (text,) = said({"noise_meV_per_fu": 5.0}, protocol="paper")
    assert "sampling.protocol grid" in text
