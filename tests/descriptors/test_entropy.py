"""Entropies of ideal mixing against values worked out by hand and against published ones."""

import numpy as np
import pytest

from navac.descriptors.entropy import (
    entropies,
    entropy_class,
    equal_entropy,
    ionic_entropy,
    mixing_entropy,
    site_entropy,
)
from navac.descriptors.sublattices import fill
from tests.descriptors.nasicon import HEV, ICP, crystal


def by(filling, part, equation, per):
    return next(
        e for e in entropies(filling) if (e.part, e.equation, e.per) == (part, equation, per)
    )


def test_metals_of_hev():
    """−Σ f ln f with f = 0.75 and five times 0.05, per site and for the two sites of a formula."""
    filling = fill(crystal(), HEV, {"Na1": 1.0})
    per_site, per_unit = by(filling, "M", 1, "site"), by(filling, "M", 4, "formula unit")
    assert per_site.value == pytest.approx(0.96469, abs=5e-6)
    assert per_unit.value == pytest.approx(1.92939, abs=5e-6)
    assert per_unit.joule == pytest.approx(16.042, abs=5e-4)
    assert per_unit.free_energy(1053) == pytest.approx(-0.1751, abs=5e-5)
    assert per_unit.free_energy(300) == pytest.approx(-0.0499, abs=5e-5)


def test_the_class_depends_on_the_way_of_counting():
    filling = fill(crystal(), HEV)
    assert by(filling, "M", 1, "site").kind == "low"
    assert by(filling, "M", 4, "formula unit").kind == "high"
    assert [entropy_class(s) for s in (0.999, 1, 1.499, 1.5)] == ["low", "medium", "medium", "high"]


def test_the_composition_by_icp():
    assert by(fill(crystal(), ICP), "M", 1, "site").value == pytest.approx(0.98187, abs=5e-6)


def test_sodium_and_all_sites():
    ordered, even = fill(crystal(), HEV, {"Na1": 1.0}), fill(crystal(), HEV)
    assert by(ordered, "Na2", 4, "formula unit").value == pytest.approx(1.7397, abs=5e-5)
    assert by(even, "Na1+Na2", 4, "formula unit").value == pytest.approx(2.0016, abs=5e-5)
    assert by(ordered, "all", 4, "formula unit").value == pytest.approx(3.669, abs=5e-4)
    assert site_entropy(ordered.sublattices) == pytest.approx(3.669, abs=5e-4)
    assert by(even, "all", 4, "atom").value == pytest.approx(
        by(even, "all", 4, "formula unit").value / 20.2
    )


def test_equal_shares_have_the_most():
    assert (
        mixing_entropy([0.2] * 5)
        == pytest.approx(equal_entropy(5))
        == pytest.approx(1.609, abs=1e-3)
    )
    assert mixing_entropy([0.3, 0.2, 0.2, 0.2, 0.1]) < equal_entropy(5)
    assert mixing_entropy([1.0, 0.0]) == 0


@pytest.mark.parametrize(
    ("manganese", "published"), [(0.0, 1.26), (0.05, 1.57), (0.1, 1.71), (0.15, 1.75)]
)
def test_published_layered_oxides(manganese, published):
    """Na0.83Li0.1Ni0.25Co0.2MnxTixSn0.45−2xO2 in Zhou et al. 2025, by Eq. 1 on the metal site."""
    shares = [0.1, 0.25, 0.2, manganese, manganese, 0.45 - 2 * manganese]
    assert mixing_entropy(shares) == pytest.approx(published, abs=0.005)


def test_equation_3_takes_cations_and_anions_apart():
    filling = fill(crystal(), HEV)
    cations = np.array([3.2, 1.5, 0.1, 0.1, 0.1, 0.1, 0.1, 3]) / 8.2
    # One anion alone mixes with nothing.
    assert ionic_entropy(filling) == pytest.approx(-(cations * np.log(cations)).sum())
