"""Particles that are charged: Fickian and separating ones, their peaks, and where they end."""

from dataclasses import replace

import numpy as np
import pytest

from navac.cell.free_energy import interface_energy, stiffness_of_width
from navac.cell.parameters import FARADAY
from navac.cell.particle import SHARES, charge, mean_within, peaks
from navac.cell.sphere import Sphere
from navac.cell.volumes import given

pytestmark = pytest.mark.cell


def test_a_fickian_particle_is_the_analytic_one(sloping):
    charged = charge(sloping, 1.0, 100)
    k = charged.at(0.5)
    low, high = sloping.concentrations
    exact = Sphere(
        radius=sloping["radius"], diffusivity=sloping["diffusivity"], initial=high,
        flux=-(high - low) * sloping["radius"] / 3 / 3600,
    )  # fmt: skip
    expected = exact.concentration(charged.radius, 3600 * charged.share[k])
    expected *= sloping.x_full / sloping["max_concentration"]
    np.testing.assert_allclose(charged.x[k], expected, atol=1e-3 * np.ptp(expected))
    assert not charged.separates
    # emptied from outside: the middle is fuller and under compression
    assert charged.x[k, 0] > charged.x[k, -1]
    assert charged.hydrostatic[k, 0] < 0 < charged.hydrostatic[k, -1]


def test_a_particle_whose_surface_is_empty_ends(sloping):
    slow = sloping.scaled("diffusivity", 0.01)
    charged = charge(slow, 1.0, 60)
    assert charged.ended.startswith("the surface reaches x = 1 after ")
    assert charged.at(0.9) is None
    rows = peaks(charged)
    assert [row["share"] for row in rows] == list(SHARES)
    assert np.isnan(rows[-1]["x_difference"])
    assert rows[-1]["ended"] == charged.ended


def test_a_rate_that_no_particle_follows_ends(sloping, plateau):
    for material in (sloping, plateau.scaled("radius", 0.1)):
        charged = charge(material, 1e6, 40)
        assert charged.ended.startswith(("the surface reaches x = 1 after ", "stopped after "))
        assert charged.at(0.5) is None
        assert [row["ended"] for row in peaks(charged)][1] == charged.ended


def test_a_separating_particle_has_a_core_and_a_shell(plateau):
    """Of the two phases, at the potential that the curved interface raises.

    Gibbs and Thomson: Δμ = 2γ/(r Δx), with r the radius of the core. The shell is several widths of
    the interface thick.
    """
    small = plateau.scaled("radius", 0.1)
    charged = charge(small, 1.0, 20)
    k = charged.at(0.5)
    [gap] = small.free_energy().gaps
    step = gap.high - gap.low
    energy = interface_energy(gap, stiffness_of_width(gap, small["interface"]))
    core = small["radius"] * ((2.0 - gap.low) / step) ** (1 / 3)
    raised = 2 * energy / (core * step) / (32 * gap.barrier / step**2)
    assert charged.separates
    assert charged.x[k, 0] == pytest.approx(gap.high, abs=0.003)
    assert charged.x[k, -1] - gap.low == pytest.approx(raised, rel=0.1)
    # and it is as large as the charge asks
    for share in (0.5, 0.9):
        profile = charged.x[charged.at(share)]
        found = np.interp(2.0, profile[::-1], charged.radius[::-1])
        expected = small["radius"] * ((3 - 2 * share - gap.low) / step) ** (1 / 3)
        assert found == pytest.approx(expected, abs=0.5 * small["interface"])
    # what is between them strains both
    assert charged.von_mises[k].max() > 10 * charged.von_mises[2].max()


def test_stress_follows_the_volumes(sloping):
    """Where volumes are level there is none, and where they rise twice as fast it is double."""
    bent = replace(sloping, volumes=given({1: 219.5, 2: 219.5, 3: 234.41}, "a test"))
    even, uneven = charge(sloping, 0.1, 60), charge(bent, 0.1, 60)
    early, late = uneven.at(0.1), uneven.at(0.9)
    np.testing.assert_allclose(uneven.von_mises[early], 2 * even.von_mises[early], rtol=1e-6)
    assert uneven.von_mises[late].max() < 1e-6 * even.von_mises[late].max()


def test_coherent_phases_have_their_stress_in_the_potential(plateau):
    """B (x − x̄) is −Ω σ_h of the stress that is reported."""
    small = replace(plateau.scaled("radius", 0.1), coherent=True)
    charged = charge(small, 1.0, 20)
    k = charged.at(0.5)
    x, mean = charged.x[k], mean_within(charged.radius, charged.x[k])[-1]
    work = -small["molar_volume"] * charged.hydrostatic[k] / FARADAY
    np.testing.assert_allclose(work, small.elastic * (x - mean), atol=1e-3 * small.elastic)
    loose = charge(replace(small, coherent=False), 1.0, 20)
    assert charged.spread()[k] < loose.spread()[k]


def test_a_diffusivity_that_levels_a_particle_within_a_step(plateau):
    """Two phases in equilibrium, however fast it is."""
    small = plateau.scaled("radius", 0.1)
    fast, faster = (charge(small.scaled("diffusivity", factor), 1.0, 20) for factor in (1e2, 1e7))
    assert faster.ended == fast.ended
    k = fast.at(0.5)
    np.testing.assert_allclose(faster.x[k], fast.x[k], atol=0.05)


def test_the_mean_within_a_radius():
    r = np.linspace(0, 2, 41)
    np.testing.assert_allclose(mean_within(r, 3 + 2 * r), 3 + 1.5 * r)
