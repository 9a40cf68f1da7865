"""Ewald energies against pymatgen on whole structures and against published Madelung constants."""

from pathlib import Path

import numpy as np
import pytest
from pymatgen.core.ewald import EwaldSummation

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.orderings.annealing import anneal_swaps
from navac.orderings.ewald import EwaldError, build_ewald
from navac.orderings.structures import decorate

PUBLISHED = Path(__file__).parents[2] / "config/published/nxvp/prim.json"
CHARGES = {"Na": 1.0, "V": 2.5, "P": 5.0, "O": -2.0, "Va": 0.0}
SKEWED = Supercell(((1, 0, 0), (0, 2, 0), (0, 1, 2)))
COULOMB_EV_A = 14.399645478  # e²/4πε₀, CODATA 2018


@pytest.fixture(scope="module")
def prim() -> Prim:
    return read_prim(PUBLISHED, [], 2)


def cubic(a: float, *species: tuple[str, ...]) -> Prim:
    """A primitive cubic cell; a second site sits in its centre."""
    frac = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])[: len(species)]
    return Prim(np.eye(3) * a, frac, species, tuple(f"s{i}" for i in range(len(species))), 1)


def random_occupations(count, sites, orderings, seed=7):
    held = np.arange(sites) >= count
    return (
        np.random.default_rng(seed).permuted(np.tile(held, (orderings, 1)), axis=1).astype(np.int8)
    )


def whole_structure_energy(prim, supercell, occupation, charges):
    structure = decorate(prim, supercell, occupation)
    structure.add_oxidation_state_by_element({k: v for k, v in charges.items() if k != "Va"})
    return EwaldSummation(structure).total_energy / supercell.size


@pytest.mark.parametrize("count", [18, 32], ids=["charged", "neutral"])
def test_pair_matrix_equals_the_sum_over_the_whole_structure(prim, count):
    occupations = random_occupations(count, 32, 3)
    energies = build_ewald(prim, SKEWED, CHARGES).energies(occupations)
    whole = [whole_structure_energy(prim, SKEWED, o, CHARGES) for o in occupations]
    np.testing.assert_allclose(energies, whole, rtol=0, atol=1e-8)
    if count < 32:  # orderings of one composition do differ
        assert np.ptp(energies) > 0.1


def test_sites_with_more_than_two_species():
    prim = cubic(3.0, ("Na", "K", "Va"), ("O",))
    charges = {"Na": 1.0, "K": 3.0, "O": -2.0}
    supercell = Supercell.diagonal(2, 1, 2)
    occupation = np.array([[0, 1, 2, 0], [2, 1, 0, 0]], np.int8)
    energies = build_ewald(prim, supercell, charges).energies(occupation)
    whole = [whole_structure_energy(prim, supercell, o, charges) for o in occupation]
    np.testing.assert_allclose(energies, whole, rtol=0, atol=1e-8)


def test_wigner_lattice_of_one_charge_in_its_background():
    # Simple cubic: E = −2.837297 q²/2L (Makov and Payne, Phys. Rev. B 51, 4014).
    model = build_ewald(cubic(3.0, ("Na", "Va")), Supercell.diagonal(1, 1, 1), {"Na": 2.0})
    filled, empty = model.energies(np.array([[0], [1]], np.int8))
    assert filled == pytest.approx(-2.837297 / 2 * 2.0**2 / 3.0 * COULOMB_EV_A, abs=1e-5)
    assert empty == 0


def test_rock_salt_on_a_simple_cubic_lattice():
    # Madelung constant 1.747565 per ion pair (Kittel, Introduction to Solid State Physics).
    chequered = Supercell(((2, 0, 0), (1, 1, 0), (1, 0, 1)))
    model = build_ewald(cubic(2.5, ("Na", "Cl")), chequered, {"Na": 1.0, "Cl": -1.0})
    energy = model.energies(np.array([[0, 1]], np.int8))[0]
    assert energy == pytest.approx(-1.747565 / 2 / 2.5 * COULOMB_EV_A, abs=1e-5)


def test_translated_orderings_have_the_same_energy(prim):
    model = build_ewald(prim, SKEWED, CHARGES)
    occupation = random_occupations(20, 32, 1)[0]
    moved = [
        occupation.reshape(8, 4)[:, SKEWED.wrap(SKEWED.cells + t)].ravel() for t in SKEWED.cells
    ]
    assert len({bytes(o) for o in moved}) == 4
    np.testing.assert_allclose(np.ptp(model.energies(np.array(moved))), 0, atol=1e-9)


def test_a_batch_is_evaluated_row_by_row(prim):
    model = build_ewald(prim, Supercell.diagonal(1, 1, 1), CHARGES)
    few = random_occupations(4, 8, 5)
    many = np.tile(few, (8000, 1))  # more than one internal batch
    np.testing.assert_allclose(model.energies(many), np.tile(model.energies(few), 8000), atol=1e-9)


def test_species_without_a_charge_is_refused(prim):
    with pytest.raises(EwaldError, match="no charge for O, V"):
        build_ewald(prim, Supercell.diagonal(1, 1, 1), {"Na": 1, "P": 5})


class TestAnnealing:
    @pytest.fixture
    def model(self, prim):
        return build_ewald(prim, Supercell.diagonal(1, 1, 2), CHARGES)

    @pytest.mark.parametrize("counted", [[0] * 16, [1] * 16, [0] * 4 + [1] * 12])
    def test_finds_the_lowest_of_all_occupations(self, model, counted):
        counted = np.array(counted)
        every = (np.arange(1 << 16)[:, None] >> np.arange(16) & 1).astype(np.int8)
        exact = np.sort(model.energies(every[(every == counted).sum(axis=1) == 9]))
        found = anneal_swaps(model, counted, 9, keep=100, seed=3)
        np.testing.assert_allclose(model.energies(found), exact[:100], atol=1e-9)

    def test_keeps_the_composition_and_repeats_nothing(self, model):
        found = anneal_swaps(model, np.zeros(16, int), 5, keep=None, seed=3, steps=50)
        assert len(found) == len(np.unique(found, axis=0)) > 1000
        assert set((found == 0).sum(axis=1)) == {5}

    def test_the_seed_decides(self, model):
        one, same, other = (
            anneal_swaps(model, np.zeros(16, int), 8, keep=None, seed=s, steps=20, replicas=20)
            for s in (1, 1, 2)
        )
        np.testing.assert_array_equal(one, same)
        assert one.shape != other.shape or (one != other).any()

    @pytest.mark.parametrize("count", [0, 16])
    def test_nothing_to_swap(self, model, count):
        found = anneal_swaps(model, np.ones(16, int), count, keep=5, seed=1)
        np.testing.assert_array_equal(found, np.full((1, 16), int(count > 0)))
