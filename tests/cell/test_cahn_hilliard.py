"""Phase separation: the double well's interface, the energy law, separation and none above T_c."""

from dataclasses import replace

import numpy as np
import pytest

from navac.cell.body import Body
from navac.cell.cahn_hilliard import Separation
from navac.cell.free_energy import (
    FreeEnergy,
    Gap,
    interface_energy,
    regular_barrier,
    stiffness_of_width,
)
from navac.cell.quantity import CellError
from navac.cell.shapes import hexagon, radial

pytestmark = pytest.mark.cell

T, T_C, WIDTH = 300.0, 700.0, 5e-9
GAP = Gap(low=1.0, high=2.0, barrier=regular_barrier(T, T_C))
STIFFNESS = stiffness_of_width(GAP, WIDTH)
WELL = FreeEnergy(x=np.array([0.9, 1.0, 2.0, 2.1]), mu=np.array([-0.1, 0.0, 0.0, 0.1]), gaps=(GAP,))
TIMES = np.concatenate([[0], np.logspace(-7, 3, 50)])


def solver(body, energy=WELL, temperature=T, elastic=0.0):
    return Separation(
        body, energy, stiffness=STIFFNESS, diffusivity=1e-15, temperature=temperature,
        elastic=elastic,
    )  # fmt: skip


def line(length, elements):
    import skfem

    return Body(mesh=skfem.MeshLine(np.linspace(0, length, elements + 1)))


def test_the_interface_of_the_double_well():
    """Profile and energy within 1 %; the phases themselves have the energy of their tangent."""
    z = np.linspace(0, 100e-9, 401)
    found = solver(line(100e-9, 400))
    *_, (_, x) = found.run(np.where(z < 50e-9, 1.0, 2.0), 0.0, TIMES)
    decay = WIDTH / (2 * np.log(9))
    centre = np.interp(1.5, x, z)
    np.testing.assert_allclose(x, 1 + 1 / (1 + np.exp(-(z - centre) / decay)), atol=0.01)
    excess = found.energy(x) - WELL.energy(np.array([1.0])).item() * 100e-9
    assert excess == pytest.approx(interface_energy(GAP, STIFFNESS), rel=0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_energy_only_falls_and_the_amount_stays(seed):
    body = radial(60e-9, 100)
    found, noise = solver(body), np.random.default_rng(seed).standard_normal(101)
    states = [x for _, x in found.run(1.5 + 0.02 * noise, 0.0, TIMES)]
    energies = np.array([found.energy(x) for x in states])
    assert (np.diff(energies) < 1e-9 * np.ptp(energies)).all()
    assert energies[-1] < energies[0] - 0.5 * abs(energies[0])
    amounts = np.array([found.amount(x) for x in states])
    np.testing.assert_allclose(amounts, amounts[0], rtol=1e-10)


def well(temperature):
    """The double well of a temperature, and none above T_c."""
    if barrier := regular_barrier(temperature, T_C):
        return replace(WELL, gaps=(replace(GAP, barrier=barrier),))
    return FreeEnergy(x=np.array([0.9, 2.1]), mu=np.array([-0.1, 0.1]))


def quenched(temperature):
    """x of a particle that was even but for noise, at a temperature."""
    body = radial(60e-9, 100)
    start = 1.5 + 0.02 * np.random.default_rng(3).standard_normal(101)
    *_, (_, x) = solver(body, well(temperature), temperature).run(start, 0.0, TIMES)
    return x


def test_a_particle_separates_into_the_phases_of_the_diagram():
    x = quenched(T)
    assert x.min() == pytest.approx(1.0, abs=0.03)
    assert x.max() == pytest.approx(2.0, abs=0.03)


def test_none_separates_above_the_critical_temperature():
    assert np.ptp(quenched(800.0)) < 1e-6


@pytest.mark.parametrize("temperature", [T, 800.0])
def test_a_particle_with_facets(temperature):
    """A hexagonal prism, uneven at first: two phases side by side, and one above T_c."""
    body = hexagon(25e-9, 4)
    found = solver(body, well(temperature), temperature)
    start = np.where(body.mesh.p[0] < 0, 1.3, 1.7)
    states = [x for _, x in found.run(start, 0.0, TIMES[::2])]
    energies = np.array([found.energy(x) for x in states])
    assert (np.diff(energies) < 1e-9 * np.ptp(energies)).all()
    assert found.amount(states[-1]) == pytest.approx(found.amount(start), rel=1e-10)
    if temperature < T_C:
        ends = states[-1].min(), states[-1].max()
        np.testing.assert_allclose(ends, [1, 2], atol=0.03)
    else:
        assert np.ptp(states[-1]) < 1e-6


def test_an_even_particle_crosses_the_end_of_a_phase():
    """μ is steep in the phase and level beyond it, and all of the particle goes over at once."""
    steep = FreeEnergy(x=np.array([0.9, 1.0, 2.0, 2.01]), mu=np.array([-0.1, 0, 0, 1]), gaps=(GAP,))
    body = hexagon(40e-9, 3)
    rate = 0.02  # per s
    flux = -rate * body.volume / body.area
    start = 2.008 + 1e-4 * np.random.default_rng(3).random(body.mesh.p.shape[1])
    *_, (_, x) = solver(body, steep).run(start, flux, np.linspace(0, 1, 6))
    assert x.max() < 2.0
    np.testing.assert_allclose(x, 2.008 - rate, atol=2e-4)


def coherent(elastic):
    """A coherent sphere that was even but for noise, with its energies and last x."""
    body = radial(60e-9, 100)
    found, noise = solver(body, elastic=elastic), np.random.default_rng(3).standard_normal(101)
    states = [x for _, x in found.run(1.5 + 0.02 * noise, 0.0, TIMES)]
    return np.array([found.energy(x) for x in states]), states[-1]


def test_coherent_phases_come_nearer_and_their_energy_falls():
    """Far from the interface f'(x) + B (x − x̄) is the same in both: here to first order."""
    little = 0.1 * WELL.most_concave
    energies, x = coherent(little)
    assert (np.diff(energies) < 1e-9 * np.ptp(energies)).all()
    stiff = 32 * GAP.barrier  # ∂μ/∂x of the double well in either phase
    assert np.ptp(x) == pytest.approx(1 / (1 + little / stiff), abs=0.03)
    assert np.ptp(x) < np.ptp(coherent(0.0)[1]) - 0.02


def test_what_strains_too_much_stays_one_phase():
    _, x = coherent(1.2 * WELL.most_concave)
    assert np.ptp(x) < 1e-3  # and on its way to 0


def test_halves_of_one_phase_level():
    """Empty and full at first, without a double well; μ has a kink between."""
    bent = FreeEnergy(x=np.array([1.0, 1.5, 2.0]), mu=np.array([-0.2, 0.0, 0.6]))
    found, z = solver(line(400e-9, 400), bent), np.linspace(0, 400e-9, 401)
    *_, (_, x) = found.run(np.where(z < 150e-9, 1.0, 2.0), 0.0, np.r_[TIMES[::2], 1e4, 1e5])
    assert np.ptp(x) < 1e-3


def test_what_flows_in_is_what_is_there():
    body = radial(60e-9, 100)
    found = solver(body)
    flux, times = 1e-10, np.linspace(0, 100, 26)
    *_, (_, x) = found.run(np.full(101, 1.0), flux, times)
    grown = found.amount(x) - found.amount(np.full(101, 1.0))
    assert grown == pytest.approx(flux * 100 * body.area, rel=1e-9)
    assert x.max() > 1.9
    assert x.argmax() > x.argmin()


def test_the_surface_prefers_no_phase():
    """An even particle stays even, however unstable it is."""
    body = radial(60e-9, 100)
    *_, (_, x) = solver(body).run(np.full(101, 1.5), 0.0, TIMES[:25])
    assert np.ptp(x) < 1e-9


def test_numbers_that_are_none_are_refused():
    body = radial(60e-9, 10)
    with pytest.raises(CellError, match="diffusivity 0 m²/s is not positive"):
        Separation(body, WELL, stiffness=1.0, diffusivity=0.0, temperature=T)
    with pytest.raises(CellError, match="gradient stiffness -1 is not positive"):
        Separation(body, WELL, stiffness=-1.0, diffusivity=1e-15, temperature=T)
