"""Lattice gases of expansions: fields and energies are those of the expansion."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.expansion.basis import in_basis
from navac.montecarlo.gas import energies as in_full
from navac.montecarlo.gas.environment import GasEnvironment, Term
from navac.montecarlo.gas.equivalence import corresponding
from navac.montecarlo.gas.model import gas_model, interactions
from navac.montecarlo.gas.moves import Coupled, Ensemble, EnsembleError, Flips, Swaps, all_pairs
from navac.montecarlo.gas.polynomial import polynomial
from navac.montecarlo.gas.visits import places
from navac.montecarlo.layout import neighbours_of
from navac.montecarlo.model import ColouringError
from tests.expansion.test_species import PRIMS, random_expansion, random_occupation
from tests.montecarlo.gas.models import ternary_ring, two_rings


def ensemble_of(sizes):
    """Flips of every pair on every sublattice."""
    groups = tuple((s,) for s in range(len(sizes)))
    return Ensemble(tuple(Flips(g, all_pairs(sizes[g[0]])) for g in groups), groups)


def energies(model, occupation):
    """``[state]`` eV per primitive cell, from scratch in the sampler's units."""
    where = places(model, ensemble_of(model.sizes), 1)
    tables = in_full.energy_tables(model, where)
    rows = occupation.T[where.sites]
    quanta = jax.jit(lambda r: in_full.energies(model, where, tables, r))(rows)
    unit = model.quantum / in_full.energy_divisor(model)
    return np.asarray(quanta) * unit / model.supercell.size + model.gas.constant


@pytest.mark.parametrize(
    ("crystal", "basis"),
    [
        ("fcc", "chebyshev"),
        ("fcc", "indicator"),
        ("salt", "trigonometric"),
        ("spinel", "chebyshev"),
    ],
)
def test_energies_of_crystals(crystal, basis):
    prim, _, expansion = random_expansion(crystal, basis)
    sizes = interactions(expansion).gas.sizes
    model = gas_model(expansion, Supercell.diagonal(4, 4, 4), ensemble_of(sizes))
    occupation = random_occupation(prim, model.supercell, 4).astype(np.int8)
    expected = expansion.energies_at(model.supercell, occupation)
    clusters = sum(o.multiplicity for o in expansion.orbits)
    assert energies(model, occupation) == pytest.approx(expected, abs=clusters * model.quantum)


def test_published_expansion(sodium_poor):
    """Products of σ stay products of σ: as many terms as there are clusters."""
    gas = polynomial(sodium_poor)
    assert not gas.products
    interacting = np.flatnonzero(sodium_poor.eci)
    assert len(gas.parities) == sum(sodium_poor.orbits[k].multiplicity for k in interacting)
    model = gas_model(sodium_poor, Supercell.diagonal(4, 4, 4), ensemble_of(gas.sizes))
    occupation = np.random.default_rng(0).integers(0, 2, (3, model.n_sites)).astype(np.int8)
    expected = sodium_poor.energies_at(model.supercell, occupation)
    assert energies(model, occupation) == pytest.approx(expected, abs=1e-4)


def test_the_basis_does_not_matter():
    """An expansion and the same one in another basis are one lattice gas."""
    prim, group, expansion = random_expansion("fcc")
    ours, other = (
        polynomial(x) for x in (expansion, in_basis(expansion, prim, group, "indicator"))
    )
    assert ours.constant == pytest.approx(other.constant, abs=1e-9)
    clusters = set(ours.products) | set(other.products)
    for cluster in clusters:
        assert ours.products.get(cluster, 0) == pytest.approx(
            other.products.get(cluster, 0), abs=1e-9
        )


@pytest.mark.parametrize("expansion", [ternary_ring(), two_rings()], ids=["ternary", "two"])
def test_fields_are_differences_of_energy(expansion):
    sizes = interactions(expansion).gas.sizes
    model = gas_model(expansion, Supercell.diagonal(9, 1, 1), ensemble_of(sizes))
    rng = np.random.default_rng(0)
    occupation = np.concatenate([rng.integers(0, n, 9) for n in sizes]).astype(np.int8)
    for site in range(model.n_sites):
        s = site // 9
        environment = model.environments[model.environment[s]]
        near = occupation[neighbours_of(model, np.array([site]))[0]]
        fields = [0, *in_full.fields(environment, [np.asarray(c)[None] for c in near])]
        states = np.tile(occupation, (sizes[s], 1))
        states[:, site] = range(sizes[s])
        found = energies(model, states) * 9
        expected = [float(np.asarray(f).ravel()[0]) * model.quantum for f in fields]
        assert found - found[0] == pytest.approx(expected, abs=1e-12)


def test_equivalent_sites_share_an_environment():
    prim = PRIMS["nasicon"]
    _, _, expansion = random_expansion("nasicon", tolerance=1e-2)
    found = interactions(expansion)
    labels = dict(zip(prim.active_labels, found.environment, strict=True))
    assert [labels[x] for x in prim.active_labels] == list(found.environment)
    assert len(found.environments) == len(labels)


def test_moves_that_do_not_fit():
    sizes = (3, 2)
    groups = ((0,), (1,))
    wrong = [
        ((Flips((0,), ((0, 3),)),), groups, "0 → 3 are not two of the 3 species"),
        ((Flips((0,), ((1, 1),)),), groups, "1 → 1"),
        ((Flips((2,), ((0, 1),)),), groups, "not those of the crystal"),
        ((Swaps((0, 1)),), groups, "different chemical potentials"),
        ((Coupled((0,), (1,), (((0, 1), (0, 2)),)),), groups, "0 → 2 are not two of the 2"),
        ((Swaps((0,)),), ((0,),), "one group"),
        ((), groups, "needs moves"),
    ]
    for moves, own, words in wrong:
        with pytest.raises(EnsembleError, match=words):
            Ensemble(moves, own).check(sizes)


def test_supercells_too_small_for_swaps():
    expansion = ternary_ring()
    with pytest.raises(EnsembleError, match="too few sites share no cluster"):
        gas_model(expansion, Supercell.diagonal(5, 1, 1), Ensemble((Swaps((0,)),), ((0,),)))
    with pytest.raises(ColouringError):
        gas_model(expansion, Supercell.diagonal(2, 1, 1), ensemble_of((3,)))


def test_correspondence_is_one_to_one():
    """Where neighbours are alike, products decide; where there is no match, none is found."""
    near = tuple(2 for _ in range(6))
    triangles = ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3))
    hexagon = ((0, 3), (3, 1), (1, 4), (4, 2), (2, 5), (5, 0))
    other = ((5, 0), (0, 2), (2, 5), (1, 3), (3, 4), (4, 1))

    def seen(pairs):
        bits = tuple(tuple((k, 1) for k in pair) for pair in pairs)
        return GasEnvironment((3,), (Term((7,), False, bits),), near)

    assert corresponding(seen(triangles), seen(hexagon)) is None
    order = corresponding(seen(triangles), seen(other))
    assert sorted(order) == list(range(6))
    moved = {frozenset(order[k] for k in pair) for pair in triangles}
    assert moved == {frozenset(pair) for pair in other}
    assert corresponding(seen(triangles), replace(seen(triangles), constant=(4,))) is None
