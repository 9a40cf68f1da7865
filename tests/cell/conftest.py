"""Materials that tests know everything of."""

from dataclasses import replace

import numpy as np
import pytest

from navac.cell.coexistence import Coexistence
from navac.cell.diffusivity import even
from navac.cell.ocp import make
from navac.cell.packages import NEEDED
from navac.cell.parameters import Parameters
from navac.cell.quantity import Quantity
from navac.cell.volumes import given


@pytest.fixture(autouse=True)
def packages(request):
    """Tests that need the packages of the extra say so where they are missing."""
    if request.node.get_closest_marker("cell"):
        for name in NEEDED:
            pytest.importorskip(name, reason=f"{name} is missing; make cell installs it")


UNITS = {
    "max_concentration": (28336.0, "mol_per_m3"), "molar_volume": (4.49e-6, "m3_per_mol"),
    "diffusivity": (1e-15, "m2_per_s"), "radius": (0.5e-6, "m"), "young": (77e9, "Pa"),
    "poisson": (0.26, ""), "interface": (5e-9, "m"), "exchange_current": (1.0, "A_per_m2"),
}  # fmt: skip


def of(open_circuit, **changed) -> Parameters:
    """A set with an open circuit from x = 1 to 3, and further numbers by name."""
    numbers = {
        name: Quantity(value=value, unit=unit, source="a test")
        for name, (value, unit) in UNITS.items()
    }
    regions = list(open_circuit.regions())
    found = Parameters(
        name="test", species="Na", window=(1.0, 3.0), x_full=4.0, molar_mass=455.762,
        open_circuit=open_circuit, further={}, entropic_change=None, entropic_source="not known",
        coexisting=tuple(Coexistence(highest_temperature_K=700.0) for _ in regions),
        diffusion=even((1.0, 3.0)), numbers=numbers,
        volumes=given({1: 219.5, 3: 234.41}, "a test"),
    )  # fmt: skip
    for name, value in changed.items():
        found = found.scaled(name, value / found[name])
    return found


@pytest.fixture(scope="session")
def sloping():
    """One phase: the voltage falls by 1 V per unit of x."""
    x = np.linspace(1, 3, 41)
    return of(make(x, 4.5 - (x - 1), np.zeros(40, bool), 300.0, "a test"))


@pytest.fixture(scope="session")
def plateau():
    """Two phases, of x = 1 and 3, whose region closes at 700 K."""
    x = np.array([1.0, 1.01, 2.99, 3.0])
    voltage = np.array([3.5, 3.4, 3.4, 3.3])
    return of(make(x, voltage, np.array([False, True, False]), 300.0, "a test"))


@pytest.fixture(scope="session")
def with_factors(sloping):
    """The sloping material, whose diffusivity and modulus have uncertainties."""
    numbers = dict(sloping.numbers)
    for name, factor in (("diffusivity", 3.0), ("young", 1.1)):
        numbers[name] = replace(numbers[name], factor=factor)
    return replace(sloping, numbers=numbers)
