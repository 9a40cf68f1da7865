"""Descriptors of the metals of HE-V against sums by hand, and what tables do not have."""

import numpy as np
import pytest

from navac.descriptors import elements
from navac.descriptors.coordination import anion_distances
from navac.descriptors.mismatch import DESCRIPTORS, SOURCES, described, ions_on
from navac.descriptors.report import composition, descriptor_table, entropy_table
from navac.descriptors.sublattices import DescriptorError, fill
from tests.descriptors.nasicon import HEV, ICP, STATES, crystal

CHARGES = {"V": 3.0, "Cr": 3.0, "Mn": 2.0, "Fe": 3.0, "Al": 3.0, "Mg": 2.0}
RADII = {"V": 0.64, "Cr": 0.615, "Mn": 0.83, "Fe": 0.645, "Al": 0.535, "Mg": 0.72}
"""Shannon's, six oxygen neighbours, Å; read from his table."""


@pytest.fixture(scope="module")
def metals():
    prim = crystal()
    return ions_on(fill(prim, HEV).of("M"), CHARGES, anion_distances(prim, "M"))


def weighted(values):
    """Mean and standard deviation over the metals of HE-V."""
    shares = {m: 0.75 if m == "V" else 0.05 for m in CHARGES}
    mean = sum(shares[m] * values[m] for m in shares)
    return mean, np.sqrt(sum(shares[m] * (values[m] - mean) ** 2 for m in shares))


def test_an_octahedron_of_oxygen(metals):
    assert len(metals.distances) == 6
    assert metals.distances.min() > 1.9
    assert metals.distances.max() < 2.2


def test_radii_are_shannons(metals):
    assert {m: metals.radius(m) for m in CHARGES} == pytest.approx(RADII)


def test_descriptors_of_hev(metals):
    found, missing = described(metals)
    assert not missing
    mean, spread = weighted(RADII)
    assert found["mean_radius_A"] == pytest.approx(mean)
    assert found["delta_percent"] == pytest.approx(100 * spread / mean)
    mean, spread = weighted(CHARGES)
    assert (found["mean_charge_e"], found["charge_mismatch_e"]) == pytest.approx((mean, spread))
    pauling = {"V": 1.63, "Cr": 1.66, "Mn": 1.55, "Fe": 1.83, "Al": 1.61, "Mg": 1.31}
    assert found["electronegativity_mismatch"] == pytest.approx(weighted(pauling)[1])
    electrons = {"V": 5, "Cr": 6, "Mn": 7, "Fe": 8, "Al": 3, "Mg": 2}
    assert found["valence_electrons"] == pytest.approx(weighted(electrons)[0])


def test_alloy_descriptors(metals):
    """V with each dopant −2, −1, −7, −16, 23; dopants 2, −1, −10, 24, 0, −19, 10, −11, 18, −2."""
    found, _ = described(metals)
    enthalpy = 4 * (0.75 * 0.05 * (-3) + 0.05**2 * 11)
    assert found["mixing_enthalpy_kJ_per_mol"] == pytest.approx(enthalpy)
    melting = weighted({m: elements.melting_point(m) for m in CHARGES})[0]
    entropy = 8.314462618 * 0.964695 / 1000
    assert found["omega"] == pytest.approx(melting * entropy / abs(enthalpy), rel=1e-5)


def test_bond_valences(metals):
    """Σ exp((R0 − R)/0.37) of V3+ with R0 = 1.743 Å, less 3."""
    excess = np.exp((1.743 - metals.distances) / 0.37).sum() - 3
    assert metals.excess_valence("V") == pytest.approx(excess)
    assert abs(excess) < 0.6
    # A crystal for V3+ is tight for Mn2+ and wide for Al3+.
    assert metals.excess_valence("Mn") > 0.5 > 0 > metals.excess_valence("Al")


def test_a_mean_charge_is_between_tabulated_ones():
    low, high = elements.radius("V", 3, 6), elements.radius("V", 4, 6)
    assert elements.radius("V", 3.25, 6) == pytest.approx(0.75 * low + 0.25 * high)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: elements.radius("V", 6, 6), r"V: Shannon's radii, coordination 6.*\+2, \+3, \+4"),
        (lambda: elements.radius("V", 3, 11), "tabulated for the charges none"),
        (lambda: elements.bond_valence("V", 2), r"\+3, \+4, \+5, not \+2"),
        (lambda: elements.mixing_enthalpy("V", "Tb"), "V, Tb"),
    ],
)
def test_what_no_table_has_is_named(wrong, said):
    with pytest.raises(DescriptorError, match=said):
        wrong()


def test_species_without_a_charge_are_named():
    prim = crystal()
    with pytest.raises(DescriptorError, match="Mg: has no charge"):
        ions_on(fill(prim, HEV).of("M"), {k: v for k, v in CHARGES.items() if k != "Mg"},
                anion_distances(prim, "M"))  # fmt: skip


def test_every_descriptor_has_a_source():
    assert set(SOURCES) == set(DESCRIPTORS)


def test_tables_of_compositions():
    prim = crystal()
    reduced = HEV | {"Na": 4.0}
    named = {"HE-V": HEV, "HE-V by ICP": ICP, "reduced": reduced}
    found = [composition(prim, name, amounts, {}, STATES) for name, amounts in named.items()]
    assert found[0].charges["V"] == pytest.approx(3)
    assert [one.charge for one in found] == pytest.approx([0, 0, 0], abs=1e-9)
    assert found[2].charges["V"] == pytest.approx((9 - 4 - 1.3) / 1.5)
    table = descriptor_table(prim, found).set_index(["composition", "descriptor"])
    assert set(table.part) == {"M"}
    # V2+ has no bond-valence parameter, nor has what lies between V2+ and V3+.
    assert np.isnan(table.value["reduced", "bond_valence_mismatch_e"])
    assert "not +2.47" in table.reason["reduced", "bond_valence_mismatch_e"]
    entropies = entropy_table(found, [300])
    assert {"minus_TS_300K_eV", "class"} <= set(entropies)


def test_states_that_cannot_balance_are_named_and_the_entropy_stays():
    prim = crystal()
    one = composition(prim, "full", HEV | {"Na": 4.0}, {}, STATES | {"V": (4.0, 5.0)})
    assert "no oxidation states balance it" in one.fault
    table = descriptor_table(prim, [one])
    assert table.reason.tolist() == [one.fault]
    assert len(entropy_table([one], [])) > 5
