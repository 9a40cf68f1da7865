"""Reading a prim from crystal files, and its symmetry."""

import json

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim, PrimError
from navac.crystal.symmetry import find_space_group
from tests.conftest import PUBLISHED

BY_INDEX = [
    {"label": "Na1", "species": ["Na", "Va"], "indices": [0, 1]},
    {"label": "Na2", "species": ["Na", "Va"], "indices": [2, 3, 4, 5, 6, 7]},
]
BY_ELEMENT = [{"label": "alkali", "species": ["Na", "Va"], "element": "Na"}]


@pytest.fixture
def poscar(prim, tmp_path):
    path = tmp_path / "POSCAR"
    structure(prim).to(str(path), fmt="poscar")
    return path


def structure(prim):
    return Structure(Lattice(prim.lattice), [s[0] for s in prim.species], prim.frac)


def assert_same_prim(got, prim, length):
    np.testing.assert_array_equal(got.active, prim.active)
    assert got.active_labels == prim.active_labels
    assert got.species == prim.species
    assert got.labels == prim.labels
    assert got.formula_units == 2
    apart = got.frac - prim.frac
    apart -= np.rint(apart)
    assert np.abs(apart @ prim.lattice).max() < length
    # A CIF keeps lengths and angles only, so the axes may be turned.
    np.testing.assert_allclose(
        got.lattice @ got.lattice.T, prim.lattice @ prim.lattice.T, rtol=0, atol=20 * length
    )


def test_a_poscar_with_sites_is_the_published_prim(prim, poscar):
    got = read_prim(poscar, BY_INDEX, 2)
    assert_same_prim(got, prim, 1e-5)
    for tolerance, symbol, operations in ((1e-5, "R3c", 6), (1e-2, "R-3c", 12)):
        group = find_space_group(got, tolerance)
        assert (group.symbol, len(group)) == (symbol, operations)
        published = find_space_group(prim, tolerance)
        order = np.lexsort(group.rotations.reshape(-1, 9).T)
        other = np.lexsort(published.rotations.reshape(-1, 9).T)
        np.testing.assert_array_equal(group.image_site[order], published.image_site[other])


def test_a_cif_with_sites_is_the_published_prim(prim, tmp_path):
    path = tmp_path / "prim.cif"
    structure(prim).to(str(path))
    got = read_prim(path, BY_INDEX, 2)
    assert_same_prim(got, prim, 1e-4)
    assert find_space_group(got, 1e-2).symbol == "R-3c"


def test_a_label_takes_part_in_the_symmetry(prim, poscar):
    """Labelling one of two equivalent sites apart removes the operations that swap them."""
    apart = [BY_INDEX[0] | {"indices": [0]}, BY_INDEX[0] | {"indices": [1], "label": "Na1b"},
             BY_INDEX[1]]  # fmt: skip
    assert len(find_space_group(read_prim(poscar, apart, 2), 1e-5)) == 3


def test_sites_by_element(prim, poscar):
    got = read_prim(poscar, BY_ELEMENT, 2)
    np.testing.assert_array_equal(got.active, np.arange(8))
    assert set(got.active_labels) == {"alkali"}
    assert got.labels[8:] == tuple(s[0] for s in prim.species[8:])


def test_json_holds_the_whole_prim(prim, tmp_path):
    path = tmp_path / "prim.json"
    path.write_text(json.dumps(prim.to_dict()))
    got = read_prim(path, [], 2)
    for name in ("lattice", "frac", "active"):
        np.testing.assert_array_equal(getattr(got, name), getattr(prim, name))
    assert (got.species, got.labels, got.formula_units) == (prim.species, prim.labels, 2)
    assert read_prim(path, [], 1).formula_units == 1
    assert Prim.from_dict(prim.to_dict()).to_dict() == prim.to_dict()


def test_sites_of_a_json_prim_are_refused():
    with pytest.raises(PrimError, match=r"prim\.json .*remove prim\.sites"):
        read_prim(PUBLISHED / "prim.json", BY_ELEMENT, 2)


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        ([BY_INDEX[0] | {"indices": [0, 42]}], r"'Na1' matches no site .*POSCAR.*\[42\] of 42"),
        ([BY_INDEX[0] | {"indices": [-1]}], r"'Na1' matches no site .*\[-1\] of 42"),
        ([BY_INDEX[0] | {"indices": []}], "'Na1' matches no site"),
        ([{"label": "K", "species": ["K", "Va"], "element": "K"}], "'K' matches no site"),
        ([*BY_INDEX, BY_INDEX[0] | {"indices": [1, 9]}], r"sites \[1\] .*POSCAR are in two"),
        ([*BY_INDEX, *BY_ELEMENT], r"sites \[0, 1, 2, 3, 4, 5, 6, 7\] .* are in two"),
    ],
)
def test_sites_that_do_not_fit_the_file(poscar, sites, message):
    with pytest.raises(PrimError, match=message):
        read_prim(poscar, sites, 2)


@pytest.mark.parametrize(
    ("name", "text"), [("POSCAR", "no crystal\n"), ("a.cif", "data_\n"), ("a.txt", "1")]
)
def test_a_file_that_is_no_crystal_is_named(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(PrimError, match=rf"{name}: not a crystal structure"):
        read_prim(tmp_path / name, [], 2)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PrimError, match="POSCAR: not a crystal structure"):
        read_prim(tmp_path / "POSCAR", [], 2)


@pytest.mark.parametrize("text", [None, "{", '{"lattice_A": []}'])
def test_a_broken_json_prim_is_named(tmp_path, text):
    path = tmp_path / "prim.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PrimError, match=r"prim\.json"):
        read_prim(path, [], 2)
