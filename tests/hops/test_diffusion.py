"""Diffusivities from barriers against lattices that can be solved, and a random walk."""

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.hops.barrier_table import Barrier, read_barriers
from navac.hops.diffusion import Network, diffusivities, diffusivity, filling, network
from navac.hops.network import HopError, hop_kinds
from navac.units import BOLTZMANN
from tests.descriptors.nasicon import crystal

KT = BOLTZMANN * 600
ATTEMPTS = 1e13


def random():
    return np.random.default_rng(1)


@pytest.fixture(scope="module")
def cubic():
    prim = Prim(3 * np.eye(3), np.zeros((1, 3)), (("Na", "Va"),), ("A",), 1)
    [kind] = hop_kinds(prim, find_space_group(prim, 1e-5), "Na", 3.1)
    return network(prim, {kind: [Barrier(("A", "A"), 0.3, 0.3)]}, random())


@pytest.mark.parametrize("x", [0.01, 0.5, 0.9])
def test_equal_sites_are_the_lattice_gas(cubic, x):
    expected = ATTEMPTS * (3e-10) ** 2 * (1 - x) * np.exp(-0.3 / KT)
    assert diffusivity(cubic, x, KT, ATTEMPTS) == pytest.approx(expected * np.eye(3), rel=1e-6,
                                                               abs=1e-6 * expected)  # fmt: skip


def test_barriers_after_each_other_add_as_resistances():
    """A chain with two barriers in turn."""
    one = Network(
        np.zeros(2), np.array([[0, 1], [1, 0]]), np.array([[1.0, 0, 0], [2.0, 0, 0]]),
        np.array([0.2, 0.4]), 1,
    )  # fmt: skip
    first, second = (0.25 * np.exp(-b / KT) for b in (0.2, 0.4))
    expected = ATTEMPTS * 1e-20 * 9 / (1 / first + 1 / second)
    found = diffusivity(one, 1.0, KT, ATTEMPTS)
    assert found[0, 0] == pytest.approx(expected, rel=1e-6)
    assert found[1:, 1:] == pytest.approx(np.zeros((2, 2)), abs=1e-30)


@pytest.fixture(scope="module")
def nasicon():
    prim = crystal()
    [kind] = hop_kinds(prim, find_space_group(prim, 1e-5), "Na", 3.5)
    barrier = Barrier(("Na1", "Na2"), 0.35, 0.2)
    return network(prim, {kind: [barrier]}, random(), cells=2)


def test_one_atom_is_a_random_walk(nasicon):
    """Dilute: the slowest mode of the master equation decays with D k², Na(1) being deeper."""
    one = nasicon
    sites, k = len(one.energies), 1e-4 * np.array([1.0, 0.3, -0.2])
    rates = np.zeros((sites, sites), complex)
    for (a, b), step, barrier in zip(one.ends, one.steps, one.barriers, strict=True):
        saddle = barrier + one.energies[[a, b]].mean()
        for i, j, way in ((a, b, step), (b, a, -step)):
            rate = np.exp(-(saddle - one.energies[i]) / KT)
            rates[j, i] += rate * np.exp(1j * way @ k)
            rates[i, i] -= rate
    slowest = -np.linalg.eigvals(rates).real.max()
    x = 1e-7
    found = diffusivity(one, x, KT, 1.0) / 1e-20
    assert k @ found @ k == pytest.approx(slowest, rel=1e-4)


def test_sublattices_are_as_far_apart_as_the_barriers_say(nasicon):
    one = nasicon
    assert len(one.energies) == 8 * 8
    assert sorted(set(one.energies.round(9))) == pytest.approx([0, 0.15])
    assert one.barriers == pytest.approx(np.full(12 * 8, 0.275))
    held = filling(one.energies, 6 * 8, KT)
    assert held.sum() == pytest.approx(6 * 8)
    deep = one.energies == 0
    odds = [c / (1 - c) for c in (held[deep].mean(), held[~deep].mean())]
    assert odds[0] / odds[1] == pytest.approx(np.exp(0.15 / KT))


def test_rows_go_from_empty_to_full_and_are_positive(nasicon):
    rows = list(diffusivities(nasicon, 300.0, ATTEMPTS))
    assert (rows[0]["x"], rows[-1]["x"]) == pytest.approx((0.01, 3.99))
    assert all(row["diffusivity_m2_per_s"] > 0 for row in rows)
    with pytest.raises(HopError, match="x = 4 is not between 0 and 4"):
        diffusivity(nasicon, 4.0, KT, ATTEMPTS)


def test_sublattices_that_no_barrier_joins_are_named():
    prim = crystal()
    kinds = hop_kinds(prim, find_space_group(prim, 1e-5), "Na", 4.6)
    with pytest.raises(HopError, match="Na1, Na2, so that their energies are not known"):
        network(prim, {
            kinds[0]: [Barrier(("Na1", "Na1"), 0.3, 0.3)],
            kinds[1]: [Barrier(("Na2", "Na2"), 0.3, 0.3)],
        }, random())  # fmt: skip


def test_tables_of_barriers(tmp_path):
    path = tmp_path / "barriers.csv"
    head = "kind,from,to,status,barrier_eV,back_eV\n"
    path.write_text(head + "a,Na1,Na2,done,0.3,0.1\na,Na1,Na2,failed,,\nb,Na2,Na2,done,0.2,0.2\n")
    found = read_barriers(path)
    assert [one.resolved for one in found["a"]] == [0.2]
    assert found["b"][0].labels == ("Na2", "Na2")
    path.write_text(head + "a,Na1,Na2,failed,,\n")
    with pytest.raises(HopError, match="no hop has a barrier"):
        read_barriers(path)
    path.write_text(head + "a,Na1,Na2,done,0.3,-0.1\n")
    with pytest.raises(HopError, match=r"row 2, barrier_eV: is below one of its ends"):
        read_barriers(path)
