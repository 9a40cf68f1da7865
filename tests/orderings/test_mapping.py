"""Relaxed structures back on the sites of the prim."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from navac.crystal.supercell import Supercell
from navac.orderings.mapping import MappingError, check_relaxed, map_structure
from navac.orderings.ordering import Ordering
from navac.orderings.structures import decorate

TWO = ((1, 0, 0), (0, 2, 0), (0, 1, 1))


@pytest.fixture(scope="module")
def ordering():
    occupation = (np.random.default_rng(3).random(16) < 0.3).astype(np.int8)
    occupation[4] = 1
    return Ordering("one", tuple(n for row in TWO for n in row), 2.5, occupation, 1, 0.0)


@pytest.fixture
def ideal(prim, ordering):
    return decorate(prim, ordering.supercell, ordering.occupation)


def relaxed(structure, deform=None, shake=0.0, shift=(0, 0, 0)):
    """The structure strained or turned, its atoms moved by up to ``shake`` Å and all by a shift."""
    moves = np.random.default_rng(1).uniform(-1, 1, (len(structure), 3)) * shake / np.sqrt(3)
    positions = structure.cart_coords + moves + shift
    turned = np.eye(3) if deform is None else deform
    return Structure(
        Lattice(structure.lattice.matrix @ turned), structure.species, positions @ turned,
        coords_are_cartesian=True, to_unit_cell=True,
    )  # fmt: skip


def rotation(angle):
    return np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0],
                     [0, 0, 1]])  # fmt: skip


def test_relaxed_structures_are_their_ordering(prim, ordering, ideal):
    stretch = np.diag([1.05, 0.98, 1.02]) @ rotation(0.7)
    mapping = check_relaxed(prim, ordering, relaxed(ideal, stretch, 0.5, shift=(0.4, 0, 0.2)))
    np.testing.assert_array_equal(mapping.occupation, ordering.occupation)
    np.testing.assert_allclose(mapping.strain, [-0.02, 0.02, 0.05], atol=1e-12)
    assert 0.2 < mapping.displacements.max() < 0.6  # the shift of all is not counted


def test_the_order_of_the_atoms_does_not_matter(prim, ordering, ideal):
    shuffled = Structure.from_sites(
        [ideal[i] for i in np.random.default_rng(2).permutation(len(ideal))]
    )
    mapping = map_structure(prim, ordering.supercell, shuffled)
    np.testing.assert_array_equal(mapping.occupation, ordering.occupation)
    assert mapping.displacements.max() < 1e-6


def test_an_ion_on_another_site_is_another_ordering(prim, ordering, ideal):
    """A vacancy and an ion of the neighbouring site change places."""
    vacancy = int(np.flatnonzero(ordering.occupation == 1)[0])
    sodium = int(np.flatnonzero(ordering.occupation == 0)[0])
    hopped = ordering.occupation.copy()
    hopped[[vacancy, sodium]] = 0, 1
    structure = relaxed(decorate(prim, ordering.supercell, hopped), shake=0.2)
    np.testing.assert_array_equal(
        map_structure(prim, ordering.supercell, structure).occupation, hopped
    )
    with pytest.raises(MappingError, match=r"2 sites .* ions moved to other sites"):
        check_relaxed(prim, ordering, structure)


def test_a_lost_ion_is_another_ordering(prim, ordering, ideal):
    sodium = next(i for i, site in enumerate(ideal) if site.specie.symbol == "Na")
    ideal.remove_sites([sodium])
    with pytest.raises(MappingError, match="1 sites"):
        check_relaxed(prim, ordering, ideal)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda s: relaxed(s, np.diag([1.2, 1, 1])), r"strained by \+20.0%, more than 10%"),
        (lambda s: s.replace(0, "Li"), "no free site that may hold its species"),
        (lambda s: s.remove_species(["V"]), "a site of V holds Va"),
        (lambda s: s.translate_sites([9], [0, 0, 0.17]), r"Å from the nearest free site"),
    ],
)
def test_what_is_not_the_crystal_is_refused(prim, ordering, ideal, spoil, message):
    spoilt = ideal.copy()
    spoilt = spoil(spoilt) or spoilt
    with pytest.raises(MappingError, match=message):
        map_structure(prim, ordering.supercell, spoilt)


def test_other_vectors_of_the_same_lattice_are_not_guessed(prim, ordering, ideal):
    other = ideal.copy()
    other.make_supercell([[1, 0, 0], [1, 1, 0], [0, 0, 1]], to_unit_cell=True)
    with pytest.raises(MappingError, match="has other lattice vectors"):
        map_structure(prim, Supercell(TWO), other)
