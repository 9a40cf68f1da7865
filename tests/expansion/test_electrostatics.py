"""Charges beside the clusters: energies, the file, the fit, and pairs up to a radius."""

import json
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Structure
from pymatgen.core.ewald import EwaldSummation

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.basis import in_basis, lattice_gas
from navac.expansion.coulomb_pairs import coulomb_pairs, with_pairs
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.file import read_expansion, write_expansion
from navac.expansion.foreign.read import import_expansion
from navac.expansion.foreign.terms import InterchangeError
from navac.expansion.functions import candidate_functions
from navac.montecarlo.gas.polynomial import polynomial
from navac.orderings.ewald import EwaldError
from navac.orderings.groups import group_sites, site_groups
from navac.orderings.structures import decorate
from navac.orderings.swaps import random_occupations

DATA = Path(__file__).parents[1] / "data" / "interchange"
SALT = Prim.from_dict(json.loads((DATA / "species_prims.json").read_text())["salt"])
GROUP = find_space_group(SALT, 1e-5)
CHARGES = {"Li": 1.0, "Mn": 3.0, "Ti": 4.0, "O": -2.0, "F": -1.0}
BOX = Supercell(((2, 0, 0), (0, 2, 0), (0, 0, 2)))
NEUTRAL = {("Li", "Mn", "Ti", "Va"): (5, 2, 1, 0), ("O", "F"): (7, 1)}
"""Of eight cells."""


def expansion(cutoffs=None, strength=0.125):
    """Random interactions beside charges."""
    orbits, spaces = candidate_functions(SALT, GROUP, cutoffs or {2: 3.0})
    eci = 0.05 * np.random.default_rng(1).normal(size=len(orbits))
    return Expansion(orbits, eci, -1.0, spaces, Electrostatics(SALT, CHARGES, strength))


def neutral(number, box=BOX, seed=2):
    """Random neutral occupations."""
    groups = site_groups(SALT)
    counts = tuple(tuple(n * box.size // 8 for n in NEUTRAL[g.species]) for g in groups)
    rng = np.random.default_rng(seed)
    return random_occupations(group_sites(groups, box.size), counts, number, rng)


def recorded():
    data = json.loads((DATA / "smol_salt_ewald_configurations.json").read_text())
    for group in data["groups"]:
        box = Supercell(tuple(tuple(group["hnf"][i : i + 3]) for i in (0, 3, 6)))
        codes = np.array([list(map(int, o)) for o in group["occupations"]])
        yield box, codes, group["energies_eV_per_cell"], group["ewald_eV_per_cell"]


def test_energies_are_those_of_smol():
    """The crystal is turned and shifted there, and smol's file names the charges."""
    found, code = import_expansion(DATA / "smol_salt_ewald.json", SALT, GROUP)
    assert code == "smol"
    assert found.electrostatics.charges == CHARGES
    assert found.electrostatics.dielectric_constant == pytest.approx(8)
    spread = []
    for box, codes, energies, ewald in recorded():
        np.testing.assert_allclose(found.energies_at(box, codes), energies, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.electrostatics.bare(box, codes), ewald, rtol=0, atol=1e-9)
        spread.append(np.std(ewald))
    assert min(spread) > 1  # eV: they tell the orderings apart


def test_energies_are_those_of_the_whole_structure():
    occupation = neutral(3)
    charged = Electrostatics(SALT, CHARGES, 0.5)
    for codes, energy in zip(occupation, charged.energies(BOX, occupation), strict=True):
        structure: Structure = decorate(SALT, BOX, codes)
        structure.add_oxidation_state_by_element(CHARGES)
        whole = EwaldSummation(structure).total_energy / BOX.size
        assert energy == pytest.approx(0.5 * whole, abs=1e-8)


def test_the_file_keeps_the_charges(tmp_path):
    written, path = expansion(), tmp_path / "expansion.json"
    write_expansion(path, SALT, written, {"source": "made up"})
    prim, found = read_expansion(path)
    occupation = neutral(4)
    assert found.electrostatics.strength == 0.125
    np.testing.assert_array_equal(
        found.energies_at(BOX, occupation), written.energies_at(BOX, occupation)
    )
    again, _ = import_expansion(path, prim, GROUP)
    np.testing.assert_array_equal(again.eci, written.eci)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["charges_e"].pop("Mn"), r"electrostatics\.charges_e\.Mn is missing"),
        (lambda d: d["charges_e"].update(Mn="3"), r"charges_e\.Mn: '3' is not a number"),
        (lambda d: d.pop("inverse_dielectric_constant"), "inverse_dielectric_constant is missing"),
    ],
)
def test_a_file_with_wrong_charges_is_refused(tmp_path, change, said):
    path = tmp_path / "expansion.json"
    write_expansion(path, SALT, expansion(), {"source": "made up"})
    data = json.loads(path.read_text())
    change(data["electrostatics"])
    path.write_text(json.dumps(data))
    with pytest.raises(InterchangeError, match=said):
        read_expansion(path)


def test_a_file_of_version_2_has_no_charges(tmp_path):
    path = tmp_path / "expansion.json"
    write_expansion(path, SALT, expansion(), {"source": "made up"})
    data = json.loads(path.read_text()) | {"version": 2}
    del data["electrostatics"]
    path.write_text(json.dumps(data))
    assert read_expansion(path)[1].electrostatics is None


def test_what_takes_clusters_only_refuses_charges():
    with pytest.raises(ExpansionError, match="a lattice gas takes clusters only"):
        lattice_gas(expansion(), SALT)
    with pytest.raises(ExpansionError, match="a polynomial takes clusters only"):
        polynomial(expansion())
    with pytest.raises(ExpansionError, match="the sampler takes clusters only"):
        expansion().require_spin("the sampler")
    with pytest.raises(EwaldError, match="no charge for F, Ti"):
        Electrostatics(SALT, {"Li": 1, "Mn": 3, "O": -2}).bare(BOX, neutral(1))


def without_charge(space):
    for site in space["structure"]["sites"]:
        for species in site["species"]:
            species["oxidation_state"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s["external_terms"][0].update(use_term="real"),
         r"EwaldTerm\(real\) is not supported"),
        (without_charge, "species: [FO] has no oxidation state, which the EwaldTerm needs"),
    ],
)  # fmt: skip
def test_what_navac_cannot_read_of_smols_term_is_refused(tmp_path, change, said):
    data = json.loads((DATA / "smol_salt_ewald.json").read_text())
    change(data["cluster_subspace"])
    path = tmp_path / "smol.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InterchangeError, match=said):
        import_expansion(path, SALT, GROUP)


def test_charges_need_the_fixed_sites():
    """Those of another code count: without them the energies would be others."""
    sites = json.loads((DATA / "species_prims.json").read_text())["salt"]
    sites["sites"].append({"label": "T", "species": ["Si"], "frac": [0.25, 0.25, 0.25]})
    prim = Prim.from_dict(sites)
    with pytest.raises(InterchangeError, match="give both the same fixed sites"):
        import_expansion(DATA / "smol_salt_ewald.json", prim, find_space_group(prim, 1e-5))


def test_another_basis_keeps_the_charges():
    one, occupation = expansion(), neutral(5)
    other = in_basis(one, SALT, GROUP, "indicator")
    np.testing.assert_allclose(
        other.energies_at(BOX, occupation), one.energies_at(BOX, occupation), rtol=0, atol=1e-10
    )


LARGE = Supercell.diagonal(4, 4, 4)


@pytest.fixture(scope="module")
def pairs():
    charged = expansion().electrostatics
    return {
        radius: coulomb_pairs(charged, GROUP, radius, LARGE, neutral(40, LARGE))
        for radius in (5.0, 7.5, 10.0)
    }


def test_pairs_up_to_a_radius_have_the_error_that_they_state(pairs):
    charged, others = expansion().electrostatics, neutral(60, LARGE, seed=9)
    exact = charged.energies(LARGE, others)
    for found in pairs.values():
        off = found.energies(LARGE, others) - exact
        assert 0.6 < np.sqrt(np.mean(off**2)) / found.error < 1.6
        assert np.abs(off).max() < 2.5 * found.worst
    # 3 % of the spread of random orderings at 10 Å.
    assert pairs[5.0].error > pairs[7.5].error > pairs[10.0].error
    assert pairs[10.0].error < 0.03 * exact.std()


def test_pairs_as_clusters_of_an_expansion(pairs):
    whole, found, occupation = expansion(), pairs[7.5], neutral(6, LARGE, seed=4)
    plain = with_pairs(whole, SALT, GROUP, found)
    assert plain.electrostatics is None
    clusters = whole.energies_at(LARGE, occupation) - whole.electrostatics.energies(
        LARGE, occupation
    )
    np.testing.assert_allclose(
        plain.energies_at(LARGE, occupation) - clusters,
        found.energies(LARGE, occupation), rtol=0, atol=1e-9,
    )  # fmt: skip
    lattice_gas(plain, SALT)


def test_too_few_orderings_tell_no_error():
    with pytest.raises(ExpansionError, match="3 orderings cannot tell the error"):
        coulomb_pairs(expansion().electrostatics, GROUP, 5.0, BOX, neutral(3))
