"""Energy maps: passes between points, barriers of hops, and maps by bvlain."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.io.cube import read_cube

from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.hops.ends import hops_in
from navac.hops.network import HopError, hop_kinds
from navac.hops.valence import EnergyMap, barriers, energy_map, lowest_pass, percolation, write_map
from navac.orderings.ordering import Ordering
from tests.descriptors.nasicon import crystal
from tests.hops.test_ends import ordering

HIGH, LOW, WIDTH = 1.0, 0.4, 4.0


@pytest.fixture(scope="module")
def hop():
    """An atom on a cubic lattice of sites, and a vacancy beside it over the boundary."""
    prim = Prim(WIDTH * np.eye(3), np.zeros((1, 3)), (("Na", "Va"),), ("A",), 1)
    kinds = hop_kinds(prim, find_space_group(prim, 1e-5), "Na", WIDTH + 0.1)
    one = Ordering("one", (2, 0, 0, 0, 1, 0, 0, 0, 1), 0.5, np.array([0, 1], np.int8), 1, np.nan)
    [found] = hops_in(prim, one, kinds, "Na", (1, 1, 1), 3.0)
    return found


def waves(hop, points=40):
    """Wells on the sites; between them ``HIGH``, and ``LOW`` above the other one at the end."""
    cell = np.array(hop.start.cell)
    shape = np.round(np.linalg.norm(cell, axis=1) / WIDTH * points).astype(int)
    grid = np.stack(np.meshgrid(*(np.arange(n) / points for n in shape), indexing="ij"), axis=-1)
    values = HIGH * (1 - np.cos(2 * np.pi * grid)).sum(axis=-1) / 2
    return EnergyMap(hop.start, values)


def test_a_pass_is_the_saddle_between_two_wells(hop):
    assert barriers(waves(hop), hop) == pytest.approx((HIGH, HIGH), abs=1e-9)


def test_wells_of_different_depth_have_two_barriers(hop):
    energies = waves(hop)
    along = np.arange(80) / 80
    lift = (HIGH - LOW) * (1 - np.cos(2 * np.pi * along)) / 2
    found = barriers(replace(energies, values=energies.values + lift[:, None, None]), hop)
    top = (energies.values[:, 0, 0] + lift).max()
    assert found == pytest.approx((top, top - (HIGH - LOW)), abs=1e-9)


def test_a_pass_around_a_wall_and_none_through_one():
    values = np.full((7, 7, 1), 0.2)
    values[3, :] = np.inf
    assert lowest_pass(values, (1, 3, 0), (5, 3, 0)) == np.inf
    values[3, 6] = 0.7
    assert lowest_pass(values, (1, 3, 0), (5, 3, 0)) == 0.7
    assert lowest_pass(values, (1, 3, 0), (1, 4, 0)) == 0.2


@pytest.mark.parametrize(("walls", "expected"), [
    ((), [0.2, 0.2, 0.2]),
    ((0,), [0.2, 0.2, np.inf]),
    ((0, 1), [0.2, np.inf, np.inf]),
    ((0, 1, 2), [np.inf, np.inf, np.inf]),
])  # fmt: skip
def test_walls_take_dimensions(hop, walls, expected):
    values = np.full((6, 5, 4), 0.2)
    for axis in walls:
        np.moveaxis(values, axis, 0)[2] = np.inf
    assert percolation(EnergyMap(hop.start, values)) == pytest.approx(expected, abs=0.003)


def test_a_tube_that_only_winds_around_two_cells_goes_on(hop):
    """It crosses the boundary along the diagonal: one dimension, along (1, 1, 0)."""
    values = np.full((6, 6, 6), np.inf)
    values[range(6), range(6), 3] = 0.4
    found = percolation(EnergyMap(hop.start, values))
    assert found == pytest.approx([0.4, np.inf, np.inf], abs=0.003)


def test_a_map_of_another_cell_is_refused(hop):
    other = replace(waves(hop), framework=Atoms("O", cell=np.eye(3), pbc=True))
    with pytest.raises(HopError, match="the energy map is of another cell"):
        barriers(other, hop)


def test_a_map_is_kept_as_a_cube_file(hop, tmp_path):
    energies = waves(hop, points=4)
    write_map(tmp_path / "map.cube", energies)
    with (tmp_path / "map.cube").open() as file:
        found = read_cube(file)
    assert found["data"] == pytest.approx(energies.values, abs=1e-5)
    assert np.array(found["atoms"].cell) == pytest.approx(energies.cell, abs=1e-4)


@pytest.fixture(scope="module")
def published():
    """Hops in the published crystal with Na(1) full and four of six Na(2)."""
    prim = crystal()
    kinds = hop_kinds(prim, find_space_group(prim, 1e-5), "Na", 4.6)
    return list(hops_in(prim, ordering("00110000", "0000"), kinds, "Na", (1, 1, 1), 5.0))


@pytest.fixture(scope="module")
def found(published):
    return energy_map(published[0].start, {"Na": 1, "V": 3, "P": 5, "O": -2}, "Na", 0.2)


@pytest.mark.hops
def test_percolation_by_bvlain(found):
    """bvlain's own function finds 1.5527 eV on this grid."""
    assert percolation(found) == pytest.approx([1.5527] * 3, abs=0.01)
    assert found.values.min() == 0
    assert "Na" not in found.framework.get_chemical_symbols()


@pytest.mark.hops
def test_the_hop_that_leads_on_is_as_high_as_percolation(found, published):
    forth, back = barriers(found, published[0])
    assert forth == pytest.approx(percolation(found)[2], abs=0.02)
    assert back < forth


@pytest.mark.hops
def test_an_ion_without_parameters_is_named(published):
    with pytest.raises(HopError, match=r"no parameters for Na3\+"):
        energy_map(published[0].start, {"Na": 3, "V": 3, "P": 5, "O": -2}, "Na", 0.5)


@pytest.mark.hops
def test_the_figure_has_the_surface_the_cell_and_the_atoms(found):
    from navac.figures.valence import valence_figure

    figure = valence_figure(found, 1.55, width_mm=85)
    figure.canvas.draw()
    [axes] = figure.axes
    assert len(axes.collections) == 2 + 3
    assert "1.55 eV" in axes.get_legend().get_title().get_text()
