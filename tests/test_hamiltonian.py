"""The laid-out Hamiltonian against full recomputation."""

from dataclasses import replace

import numpy as np
import pytest

from navac.hamiltonian import (
    ColouringError,
    check_colouring,
    clusters_through,
    lattice_model,
    smallest_block,
)
from navac.supercell import Supercell


def test_number_of_interactions_per_site(sodium_poor):
    through = clusters_through(sodium_poor)
    for sublattice, neighbours, expected in ((2, 38, [34, 19, 2]), (0, 24, [24, 9, 2])):
        clusters = [others for _, others in through[sublattice] if others]
        assert [sum(len(c) == k for c in clusters) for k in (1, 2, 3)] == expected
        assert len({site for others in clusters for site in others}) == neighbours


@pytest.mark.parametrize("box", [(2, 2, 2), (4, 2, 6), (3, 3, 3)])
def test_neighbours_in_blocks_are_the_neighbours_in_the_box(sodium_poor, box):
    """Energies summed over block sites equal the energy from correlations."""
    supercell = Supercell.diagonal(*box)
    model = lattice_model(sodium_poor, supercell)
    occupation = np.random.default_rng(1).integers(0, 2, model.n_sites)
    blocks = model.to_blocks(occupation)
    assert (model.from_blocks(blocks) == occupation).all()
    corner = Supercell.diagonal(*model.blocks)
    s = 1 - 2 * blocks
    total = 0.0
    for i, site in enumerate(model.sites):
        total += site.point * s[i].sum()
        for eci, clusters in site.terms:
            for cluster in clusters:
                product = s[i].astype(float)
                for j, *offset in cluster:
                    product = product * s[j][corner.wrap(corner.cells + np.array(offset))]
                total += eci * product.sum() / (len(cluster) + 1)
    full = sodium_poor.energies(supercell, (1 - 2 * occupation)[None])[0] * supercell.size
    assert total == pytest.approx(full, abs=1e-9)


def test_colours_share_no_cluster(sodium_poor):
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 4))
    assert model.n_colours == 12
    sites = list(model.sites)
    neighbour = sites[0].terms[0][1][0][0][0]
    sites[0] = replace(sites[0], colour=sites[neighbour].colour)
    with pytest.raises(ColouringError, match="two sites of one cluster"):
        check_colouring(replace(model, sites=tuple(sites)))


@pytest.mark.parametrize("box", [(1, 4, 4), (7, 7, 7)])
def test_boxes_without_a_colouring_are_refused(sodium_poor, box):
    with pytest.raises(ColouringError, match=r"no block of up to"):
        smallest_block(clusters_through(sodium_poor), Supercell.diagonal(*box))
