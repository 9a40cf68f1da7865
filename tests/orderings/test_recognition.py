"""Structures from elsewhere, whatever was done to them, are the orderings they were made from."""

import numpy as np
import pytest
from pymatgen.core import Structure

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell, hermite_normal_forms, spanned
from navac.crystal.symmetry import find_space_group
from navac.orderings.lattices import matches
from navac.orderings.mapping import MappingError
from navac.orderings.recognition import Limits, recognise
from navac.orderings.structures import decorate
from navac.orderings.symmetry import canonical_form, canonical_key
from tests.energies.made_up import lithium_cobaltate, turned

LICOO2 = lithium_cobaltate()
LIMITS = Limits()


def alloy():
    prim = Prim(np.array([[0, 1.92, 1.92], [1.92, 0, 1.92], [1.92, 1.92, 0]]), np.zeros((1, 3)),
                (("Cu", "Au"),), ("A",), 1)  # fmt: skip
    return prim, find_space_group(prim, 1e-5)


def only_vacancies():
    """No host: sodium and nothing else, at every site of a simple cubic lattice."""
    prim = Prim(3.5 * np.eye(3), np.zeros((1, 3)), (("Na", "Va"),), ("A",), 1)
    return prim, find_space_group(prim, 1e-5)


CRYSTALS = {"LiCoO2": LICOO2, "alloy": alloy()}


def some(prim, size, random):
    forms = list(hermite_normal_forms(size))
    supercell = Supercell(forms[random.integers(len(forms))])
    occupation = random.integers(0, 2, len(prim.active) * size).astype(np.int8)
    return supercell, occupation


def same(prim, group, supercell, occupation, found):
    return canonical_key(prim, group, supercell, occupation) == canonical_key(
        prim, group, found.supercell, found.occupation
    )


@pytest.mark.parametrize("name", CRYSTALS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 8, 12, 27, 64])
def test_turned_shifted_strained_and_shuffled(name, size):
    prim, group = CRYSTALS[name]
    random = np.random.default_rng(size)
    for _ in range(2):
        supercell, occupation = some(prim, size, random)
        structure = turned(decorate(prim, supercell, occupation), random)
        found = recognise(prim, group, structure, LIMITS)
        assert same(prim, group, supercell, occupation, found)
        assert np.abs(found.strain).max() == pytest.approx(0.02, abs=1e-6)
        # In the metric of the unstrained cell, and about their mean.
        assert found.displacements.max() < 0.09


def test_a_crystal_of_two_sublattices_and_low_symmetry(prim):
    group = find_space_group(prim, 1e-5)
    random = np.random.default_rng(0)
    for size in (1, 2):
        supercell, occupation = some(prim, size, random)
        structure = turned(decorate(prim, supercell, occupation), random, moved_A=0.0)
        found = recognise(prim, group, structure, LIMITS)
        assert same(prim, group, supercell, occupation, found)


def test_without_a_host_the_volume_tells_the_cells():
    prim, group = only_vacancies()
    supercell = Supercell.diagonal(2, 2, 1)
    occupation = np.array([0, 1, 1, 1], np.int8)
    structure = turned(decorate(prim, supercell, occupation), np.random.default_rng(1), 0.01)
    found = recognise(prim, group, structure, LIMITS)
    assert same(prim, group, supercell, occupation, found)


def test_oxidation_states_and_left_handed_cells_are_the_same():
    prim, group = LICOO2
    supercell, occupation = Supercell.diagonal(2, 1, 1), np.array([0, 1], np.int8)
    plain = decorate(prim, supercell, occupation)
    labelled = plain.copy()
    labelled.add_oxidation_state_by_element({"Li": 1, "Co": 3.5, "O": -2})
    left = Structure(-plain.lattice.matrix, plain.species, -plain.frac_coords)
    for one in (labelled, left):
        found = recognise(prim, group, one, LIMITS)
        assert same(prim, group, supercell, occupation, found)


def refusal(structure, limits=LIMITS, crystal=LICOO2):
    with pytest.raises(MappingError) as caught:
        recognise(*crystal, structure, limits)
    return str(caught.value)


def half_filled(cells=2):
    prim, _ = LICOO2
    occupation = (np.arange(cells) % 2).astype(np.int8)
    return decorate(prim, Supercell.diagonal(cells, 1, 1), occupation)


def test_another_composition_is_named():
    structure = half_filled()
    structure.remove_sites([len(structure) - 1])
    assert "its composition is Li1 Co2 O3, which is no filling" in refusal(structure)
    structure = half_filled()
    structure.replace(0, "Na")
    assert "its composition is Na1 Co2 O4" in refusal(structure)


def test_too_much_strain_is_named_with_numbers():
    structure = half_filled()
    structure.scale_lattice(structure.volume * 1.5)
    said = refusal(structure)
    assert "its volume of" in said
    assert "is that of 3.00" in said
    assert "max_strain 0.1" in said
    sheared = half_filled()
    sheared.lattice = type(sheared.lattice)(sheared.lattice.matrix @ np.diag([1.25, 1 / 1.25, 1]))
    assert "within max_strain 0.1" in refusal(sheared)


def moved(share):
    """A lithium atom on its way to the empty site beside it."""
    prim, _ = LICOO2
    structure = half_filled()
    atom = next(i for i, s in enumerate(structure) if s.specie.symbol == "Li")
    jump = (
        prim.lattice[0]
        if np.linalg.norm(prim.lattice[0]) < 3
        else prim.lattice[0] - (prim.lattice[1])
    )
    structure.translate_sites([atom], share * jump, frac_coords=False)
    return structure


def test_an_atom_between_two_sites_is_refused():
    said = refusal(moved(0.45), Limits(displacement_A=2.0))
    assert "(Li) is between two sites" in said
    assert "on its way to another ordering (max_ambiguity 0.5)" in said
    found = recognise(*LICOO2, moved(0.15), LIMITS)
    assert found.displacements.max() == pytest.approx(0.15 * 2.8161, rel=0.2)


def test_an_atom_far_from_every_site_is_refused():
    structure = half_filled()
    oxygen = next(i for i, s in enumerate(structure) if s.specie.symbol == "O")
    structure.translate_sites([oxygen], [0.9, 0.9, 0.3], frac_coords=False)
    said = refusal(structure, Limits(displacement_A=0.5))
    assert "(O) is " in said
    assert "more than max_displacement_A 0.5" in said


def test_a_partly_filled_site_is_refused():
    prim, _ = LICOO2
    structure = Structure(prim.lattice, [{"Li": 0.5}, "Co", "O", "O"], prim.frac)
    assert "site 0 is partly filled" in refusal(structure)


def test_matches_are_all_supercells_and_each_once():
    """Of the supercells of one size, those whose lattice is the same up to the point group."""
    prim, group = alloy()
    for form in hermite_normal_forms(4):
        cell = np.array(form) @ prim.lattice
        found = matches(prim.lattice, cell, 4, 1e-6, group.rotations)
        own = {canonical_key(prim, group, Supercell(form), np.array([0, 1, 1, 1], np.int8))}
        for match in found:
            supercell = spanned(match.basis)
            assert supercell.size == 4
            own.add(canonical_key(prim, group, supercell, np.array([0, 1, 1, 1], np.int8)))
        assert len(found) >= 1
        assert len(own) == 1


def test_canonical_forms_count_their_images():
    prim, group = alloy()
    supercell = Supercell.diagonal(2, 1, 1)
    hnf, filled, degeneracy = canonical_form(prim, group, supercell, np.array([0, 1], np.int8))
    assert (degeneracy, sorted(filled), np.prod([hnf[0], hnf[4], hnf[8]])) == (2, [0, 1], 2)
    whole = canonical_form(prim, group, Supercell.diagonal(3, 2, 2), np.zeros(12, np.int8))
    assert whole[0] == (1, 0, 0, 0, 1, 0, 0, 0, 1)
