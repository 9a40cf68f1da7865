"""Barriers of a vacancy in copper by effective medium theory, and bands that do not end well."""

import numpy as np
import pytest
from ase.calculators.emt import EMT

from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.hops.barrier import band
from navac.hops.ends import hops_in
from navac.hops.network import HopError, hop_kinds
from navac.orderings.ordering import Ordering


@pytest.fixture(scope="module")
def hop():
    """A vacancy among 31 atoms of copper in a cube."""
    prim = Prim(
        3.61 * np.eye(3), np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]),
        (("Cu", "Va"),) * 4, ("Cu",) * 4, 4,
    )  # fmt: skip
    kinds = hop_kinds(prim, find_space_group(prim, 1e-5), "Cu", 3.0)
    hnf = (2, 0, 0, 0, 2, 0, 0, 0, 2)
    codes = np.zeros(32, np.int8)
    codes[0] = 1
    one = Ordering("one", hnf, 31 / 32, codes, 1, np.nan)
    [found] = list(hops_in(prim, one, kinds, "Cu", (1, 1, 1), 3.0))
    return found


@pytest.fixture(scope="module")
def path(hop):
    return band(hop, EMT(), 1, 0.1, 200)


def test_the_path_is_symmetric_and_has_one_top(path):
    assert path.energies[0] == 0
    assert path.energies[-1] == pytest.approx(0, abs=2e-3)
    assert int(path.energies.argmax()) == 1
    assert path.way == pytest.approx([0, path.way[-1] / 2, path.way[-1]], abs=0.02)
    assert path.forward == pytest.approx(path.backward, abs=2e-3)
    assert path.max_force <= 0.1


def test_the_barrier_is_that_of_the_atom_half_way(hop, path):
    """By symmetry the saddle is the relaxed crystal with the atom held in the middle plane."""
    from ase.constraints import FixAtoms
    from ase.optimize import FIRE

    start, middle = hop.start.copy(), hop.start.copy()
    middle.positions[hop.mover] = (hop.start.positions[hop.mover] + hop.end) / 2
    middle.set_constraint(FixAtoms([hop.mover]))
    energies = []
    for atoms in (start, middle):
        atoms.calc = EMT()
        FIRE(atoms, logfile=None).run(fmax=0.01, steps=300)
        energies.append(atoms.get_potential_energy())
    assert path.forward == pytest.approx(energies[1] - energies[0], abs=0.02)


def test_a_band_that_does_not_converge_is_named(hop):
    with pytest.raises(HopError, match="has not converged to 1e-06 eV/Å in 3 steps"):
        band(hop, EMT(), 1, 1e-6, 3)
