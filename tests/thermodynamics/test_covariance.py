"""Where the covariance of the interactions comes from; where nothing tells, there is none."""

from dataclasses import replace

import numpy as np
import pytest

from navac.expansion.clusters import Orbit
from navac.expansion.expansion import Expansion
from navac.fit.uncertainty import Uncertainty, draw_changes, draw_expansions, write_uncertainty
from navac.orderings.ordering import Ordering
from navac.thermodynamics.covariance import known_covariance, of_fit

POINTS = tuple(Orbit(2 + s, (((s, 0, 0, 0),),), 0.0, 0.0) for s in range(2))
PAIR = Orbit(4, (((0, 0, 0, 0), (1, 0, 0, 0)), ((0, 0, 0, 0), (1, 1, 0, 0))), 2.0, 2.0)
EXPANSION = Expansion((*POINTS, PAIR), np.array([0.1, -0.1, 0.02]), 0.3)


def orderings(count, seed=1):
    rng = np.random.default_rng(seed)
    cell = (2, 0, 0, 0, 2, 0, 0, 0, 1)
    return [
        Ordering(
            id=f"o{n}",
            hnf=cell,
            occupation=tuple(rng.integers(0, 2, 8).tolist()),
            x=1.0,
            degeneracy=1,
            ewald_eV_per_cell=0.0,
        )
        for n in range(count)
    ]


def known(**given):
    asked = {"noise": None, "path": None, "orderings": [], "formula_units": 2, "scanned": False}
    return known_covariance(EXPANSION, **asked | given)


def file_of(path, noise, index=(1, 2, 3, 4)):
    write_uncertainty(path, Uncertainty(np.array(index), noise**2 * np.eye(len(index)), noise))
    return path


def test_the_covariance_of_the_fit_is_taken(tmp_path):
    found = known(path=file_of(tmp_path / "x_covariance.h5", 0.03))
    assert "the fit of this campaign" in found.source
    assert "15 meV per formula unit" in found.source
    np.testing.assert_array_equal(found.uncertainty.covariance, 0.03**2 * np.eye(4))


@pytest.mark.parametrize(("given", "said"), [
    ({}, "fitted elsewhere, without a covariance; set thermodynamics.expansion_uncertainty.noise"),
    ({"scanned": True, "noise": 10.0}, "needs sampling.protocol grid"),
    ({"noise": 10.0, "orderings": orderings(3)}, "3 energies do not determine 3 interactions"),
])  # fmt: skip
def test_where_nothing_tells_there_is_none_and_it_is_said(given, said):
    found = known(**given)
    assert found.uncertainty is None
    assert found.source.startswith("none: ")
    assert said in found.source


def test_a_fit_without_error_tells_nothing(tmp_path):
    """Energies of an expansion are reproduced to the last digit; that is no uncertainty of zero."""
    found = known(path=file_of(tmp_path / "x_covariance.h5", 1e-15))
    assert found.uncertainty is None
    assert "without error" in found.source


def test_a_covariance_of_other_orbits_is_none(tmp_path):
    path = file_of(tmp_path / "x_covariance.h5", 0.03, index=(1, 2, 3))
    found = of_fit(path, EXPANSION, 2)
    assert found.uncertainty is None
    assert "x_covariance.h5 is of other orbits" in found.source


def test_an_assumed_error_of_energies_scales_the_covariance():
    some = orderings(200)
    one, two = (known(noise=n, orderings=some) for n in (1.0, 2.0))
    assert "200 energies" in one.source
    assert "1 meV per formula unit" in one.source
    assert one.uncertainty.noise == pytest.approx(0.002)
    ratio = two.uncertainty.covariance / one.uncertainty.covariance
    assert np.diag(ratio) == pytest.approx([4] * 4, rel=0.01)
    # independent sites: σ² / n of every term
    assert np.diag(one.uncertainty.covariance)[1:3] == pytest.approx(
        [0.002**2 / (200 * 0.25)] * 2, rel=0.35
    )


def test_draws_are_the_changes_of_the_drawn_expansions():
    found = known(noise=5.0, orderings=orderings(100)).uncertainty
    changes = draw_changes(found, 4, seed=3)
    for change, drawn in zip(changes, draw_expansions(EXPANSION, found, 4, seed=3), strict=True):
        moved = (drawn.eci - EXPANSION.eci) * EXPANSION.multiplicities
        np.testing.assert_allclose(moved, change[1:])
    assert draw_changes(found, 0, seed=3).shape == (0, 4)
    assert (draw_changes(replace(found), 2, seed=4) != changes[:2]).any()
