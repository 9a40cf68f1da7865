"""The laid-out Hamiltonian against full recomputation."""

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.model import LARGEST_FIELD, ColouringError, clusters_through, lattice_model


def test_number_of_interactions_per_site(sodium_poor):
    through = clusters_through(sodium_poor)
    for sublattice, neighbours, expected in ((2, 38, [34, 19, 2]), (0, 24, [24, 9, 2])):
        clusters = [others for _, others in through[sublattice] if others]
        assert [sum(len(c) == k for c in clusters) for k in (1, 2, 3)] == expected
        assert len({site for others in clusters for site in others}) == neighbours


def test_equivalent_sublattices_share_an_environment(sodium_poor, prim):
    """Two of Na1 and six of Na2, related by R3c."""
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 4))
    assert model.environment == (0, 0, 1, 1, 1, 1, 1, 1)
    assert [e.neighbours for e in model.environments] == [24, 38]
    assert model.n_colours == 64


def test_interactions_are_whole_quanta(sodium_poor):
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 4))
    quanta = model.expansion.eci / model.quantum
    assert (quanta == np.round(quanta)).all()
    assert model.quantum < 2e-7
    assert np.abs(model.expansion.eci - sodium_poor.eci).max() <= model.quantum / 2
    for e in model.environments:
        largest = abs(e.point) + sum(abs(eci) * len(c) for eci, c in e.terms)
        assert largest <= LARGEST_FIELD + 100


@pytest.mark.parametrize("box", [(2, 2, 2), (4, 2, 6), (3, 3, 3)])
def test_neighbours_are_those_of_the_expansion(sodium_poor, box):
    """Energies summed over sites equal the energy from correlations."""
    supercell = Supercell.diagonal(*box)
    model = lattice_model(sodium_poor, supercell)
    sigma = 1 - 2 * np.random.default_rng(1).integers(0, 2, model.n_sites)
    total = 0.0
    for s, near in enumerate(model.neighbours):
        environment = model.environments[model.environment[s]]
        own = supercell.site(s, supercell.cells)
        others = supercell.site(near[:, 0], supercell.cells[:, None] + near[:, 1:])
        total += environment.point * sigma[own].sum()
        for eci, clusters in environment.terms:
            for cluster in clusters:
                product = sigma[own] * sigma[others[:, list(cluster)]].prod(axis=1)
                total += eci * product.sum() / (len(cluster) + 1)
    full = sodium_poor.energies(supercell, sigma[None])[0] - sodium_poor.constant
    assert total * model.quantum / supercell.size == pytest.approx(full, abs=2e-6)


def test_boxes_without_a_colouring_are_refused(sodium_poor):
    with pytest.raises(ColouringError, match="their own images"):
        lattice_model(sodium_poor, Supercell.diagonal(1, 4, 4))


def test_a_box_of_prime_length_has_a_colour_per_site(sodium_poor):
    model = lattice_model(sodium_poor, Supercell.diagonal(5, 5, 5))
    assert model.n_colours == model.n_sites


def test_skewed_boxes_are_refused(sodium_poor):
    with pytest.raises(ColouringError, match="diagonal"):
        lattice_model(sodium_poor, Supercell(((2, 0, 0), (1, 2, 0), (0, 0, 2))))
