"""The inserted species taken out at 0 K: made-up energies whose voltages are known."""

import numpy as np
import pytest

from navac.orderings.ordering import Ordering
from navac.thermodynamics.extraction import (
    Couples,
    ExtractionError,
    Host,
    capacity_table,
    contents_of,
    contents_table,
    fixed_atoms,
    voltage_table,
)
from tests.descriptors.nasicon import HEV, STATES, crystal

METALS = {s: n for s, n in HEV.items() if s != "Na"}
NVP = Host("NVP", {"V": 2}, 3.0, 1)
HE_V = Host("HE-V", METALS, 3.2, 3)
METAL = -1.3
PLATEAUS = {(0, 1): 4.2, (1, 3): 3.4, (3, 4): 1.7}
IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def energy(x):
    """eV per formula unit of an electrode with these plateaus."""
    total = -150.0
    for (low, high), voltage in PLATEAUS.items():
        total += (METAL - voltage) * (min(max(x, low), high) - low)
    return total


def ordering(name, sodium, metals="0000"):
    """One primitive cell with so many Na and these codes of metals."""
    codes = [0] * sodium + [1] * (8 - sodium) + [int(code) for code in metals]
    return Ordering(name, IDENTITY, sodium / 2, np.array(codes, np.int8), 1, np.nan)


@pytest.fixture(scope="module")
def prim():
    return crystal()


@pytest.fixture(scope="module")
def couples(prim):
    return Couples(fixed_atoms(prim), "Na", STATES)


@pytest.fixture(scope="module")
def nvp(prim):
    """Every content once, one more at x = 2 above the hull, and another host."""
    orderings = [ordering(f"x{n}", n) for n in range(9)]
    total = {one.id: 2 * energy(one.x) for one in orderings}
    orderings += [ordering("higher", 4), ordering("chromium", 4, "0001"), ordering("none", 5)]
    total |= {"higher": 2 * energy(2) + 0.1, "chromium": -1000.0, "none": np.nan}
    expanded = {name: value + 0.1 * n for n, (name, value) in enumerate(total.items()) if n < 9}
    volumes = {f"x{n}": 210.0 + n for n in range(9) if n != 3}
    return contents_of(prim, orderings, total, "Na", NVP, expanded, volumes)


def test_only_the_host_itself_counts(nvp):
    assert set(nvp.ids) == {f"x{n}" for n in range(9)} | {"higher"}


def test_voltages_are_those_that_the_energies_were_made_from(nvp, couples):
    table = voltage_table(nvp, couples, METAL)
    found = {(row.x_low, row.x_high): row.voltage_V for row in table.itertuples()}
    assert found == pytest.approx(PLATEAUS)
    assert table.x_high.is_monotonic_decreasing


def test_an_expansion_has_voltages_of_its_own(nvp, couples):
    """Its energies rise by 0.1 eV per atom of sodium above the others: its voltage is lower."""
    table = voltage_table(nvp, couples, METAL)
    np.testing.assert_allclose(table.expansion_voltage_V, table.voltage_V - 0.1, atol=1e-9)
    formation = contents_table(nvp, couples, METAL).set_index("id")
    apart = formation.expansion_formation_energy_eV_per_fu - formation.formation_energy_eV_per_fu
    assert apart[["x0", "x6", "x8"]].tolist() == pytest.approx([-0.3, 0, 0.1])
    assert np.isnan(apart["higher"])


def test_formation_energies_are_those_of_the_supplement(nvp, couples):
    """E(Na3−y) − E(Na3) + y E(Na), which grows by the voltage for each sodium taken out."""
    table = contents_table(nvp, couples, METAL).set_index("id")
    assert table.formation_energy_eV_per_fu["x6"] == pytest.approx(0)
    assert table.formation_energy_eV_per_fu["x4"] == pytest.approx(energy(2) - energy(3) + METAL)
    assert table.formation_energy_eV_per_fu["x4"] == pytest.approx(3.4)
    assert table.formation_energy_eV_per_fu["x8"] == pytest.approx(-1.7)


def test_the_hull(nvp, couples):
    table = contents_table(nvp, couples, METAL).set_index("id")
    assert table.above_hull_meV_per_fu["higher"] == pytest.approx(50)
    assert not table.on_hull["higher"]
    # A point on a plateau is no state of its own.
    assert set(table.index[table.on_hull]) == {"x0", "x2", "x6", "x8"}


def test_volumes_stand_beside_their_orderings(nvp, couples):
    table = contents_table(nvp, couples, METAL).set_index("id")
    assert table.volume_A3_per_fu[["x0", "x8"]].tolist() == [210, 218]
    assert table.volume_A3_per_fu[["x3", "higher"]].isna().all()


@pytest.mark.parametrize(("x", "valence"), [(1, 4.47), (2.2, 3.67), (3.2, 3.0), (4, 2.47)])
def test_valences_of_hev(couples, x, valence):
    assert couples.charges(HE_V, x)["V"] == pytest.approx(valence, abs=0.005)


def test_hev_without_sodium_cannot_be_balanced(couples):
    """It would need V5.13+."""
    assert couples.charges(HE_V, 0) == {}
    assert couples.working(HE_V, 1, 0) == "no oxidation states balance it"
    assert couples.working(HE_V, 3.2, 2.2) == "V 3.00 → 3.67"


def test_capacities(couples):
    table = capacity_table([NVP, HE_V], couples).set_index("host")
    assert table.molar_mass_g_per_mol.to_dict() == pytest.approx(
        {"NVP": 455.762, "HE-V": 456.295},
        abs=0.01,  # 15.999 and 15.9994 of oxygen
    )
    assert table.mAh_per_g_and_electron["NVP"] == pytest.approx(58.81, abs=0.005)
    assert table.mAh_per_g_and_electron["HE-V"] == pytest.approx(58.74, abs=0.005)
    assert table.capacity_mAh_per_g["HE-V"] == pytest.approx(176.2, abs=0.05)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        (Host("odd", {"Ti": 2}, 3, 1), "Ti is on no active site; use V, Cr, Mn, Fe, Al, Mg"),
        (Host("odd", {"Cr": 2}, 3, 1), "odd: energies at no x; two contents"),
        (Host("odd", {"V": 2}, 3.2, 1), "odd.reference_x: no energy at 3.2; there are x = 0, 3"),
    ],
)
def test_hosts_without_energies_are_named(prim, host, said):
    orderings = [ordering("empty", 0), ordering("three", 6)]
    with pytest.raises(ExtractionError, match=said):
        contents_of(prim, orderings, {"empty": -300.0, "three": -310.0}, "Na", host, {}, {})
