"""Hops in orderings: ends, surroundings, images, input of VASP."""

import numpy as np
import pytest
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.vasp import Incar

from navac.crystal.symmetry import find_space_group
from navac.hops.ends import hops_in, images
from navac.hops.inputs import read_neb_energies, write_neb_input
from navac.hops.network import HopError, hop_kinds
from navac.orderings.ordering import Ordering
from navac.orderings.structures import decorate
from navac.vasp.settings import load_settings
from tests.descriptors.nasicon import crystal

IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def ordering(sodium, metals):
    codes = np.array([int(c) for c in sodium + metals], np.int8)
    return Ordering("one", IDENTITY, sodium.count("0") / 2, codes, 1, np.nan)


@pytest.fixture(scope="module")
def prim():
    return crystal()


@pytest.fixture(scope="module")
def kinds(prim):
    return hop_kinds(prim, find_space_group(prim, 1e-5), "Na", 4.6)


def found(prim, kinds, one, repeat=(1, 1, 1), around=5.0):
    return list(hops_in(prim, one, kinds, "Na", repeat, around))


def test_hops_of_an_ordering_with_one_metal(prim, kinds):
    """Na(1) full and four of six Na(2): one hop of each kind."""
    hops = found(prim, kinds, ordering("00110000", "0000"))
    assert [hop.kind.name for hop in hops] == ["Na1-Na2-3.33", "Na2-Na2-4.50"]
    assert [dict(hop.around) for hop in hops] == [{"V": 4}, {"V": 6}]
    for hop in hops:
        assert hop.start.get_chemical_symbols()[hop.mover] == "Na"
        way = np.linalg.norm(hop.end - hop.start.positions[hop.mover])
        assert way == pytest.approx(hop.kind.length, abs=1e-3)
        assert len(hop.start) == 40


def test_a_hop_ends_in_the_ordering_with_the_vacancy_moved(prim, kinds):
    one = ordering("00110000", "0000")
    hop = found(prim, kinds, one)[0]
    after = AseAtomsAdaptor.get_structure(hop.after())
    away = [
        "".join("0" if k == i else "1" if k == j else c for k, c in enumerate("00110000"))
        for i in range(8) for j in range(8)
        if "00110000"[i] == "1" and "00110000"[j] == "0"
    ]  # fmt: skip
    swapped = [decorate(prim, one.supercell, ordering(s, "0000").occupation) for s in away]
    from pymatgen.analysis.structure_matcher import StructureMatcher

    same = StructureMatcher(primitive_cell=False, scale=False, stol=0.01)
    assert any(same.fit(after, other) for other in swapped)


def test_metals_around_tell_hops_apart(prim, kinds):
    hops = found(prim, kinds, ordering("00110000", "0001"), around=3.6)
    short = [dict(hop.around) for hop in hops if hop.kind.length < 4]
    assert short in ([{"V": 1}, {"Cr": 1}], [{"Cr": 1}, {"V": 1}])
    assert len({hop.name for hop in hops}) == len(hops)


def test_repeated_cells_have_the_same_kinds(prim, kinds):
    one = ordering("00110000", "0000")
    plain, large = found(prim, kinds, one), found(prim, kinds, one, (2, 1, 1))
    assert [hop.name for hop in large] == [hop.name for hop in plain]
    assert len(large[0].start) == 80


def test_without_vacancies_there_is_no_hop(prim, kinds):
    assert found(prim, kinds, ordering("00000000", "0000")) == []


def test_images_keep_their_distance(prim, kinds):
    """The straight line between Na(1) and Na(2) passes oxygen; the path by IDPP goes around it."""
    hop = found(prim, kinds, ordering("00110000", "0000"))[0]
    path = images(hop.start, hop.after(), 3)
    assert len(path) == 5
    assert np.allclose(path[0].positions, hop.start.positions)
    assert np.allclose(path[-1].positions, hop.after().positions)
    steps = np.linalg.norm(np.diff([p.positions[hop.mover] for p in path], axis=0), axis=1)
    assert steps.max() < 1.5 * steps.min()
    others = [k for k in range(len(hop.start)) if k != hop.mover]
    nearest = [p.get_distances(hop.mover, others, mic=True).min() for p in path]
    straight = hop.start.copy()
    straight.positions[hop.mover] = (hop.start.positions[hop.mover] + hop.end) / 2
    assert min(nearest) > straight.get_distances(hop.mover, others, mic=True).min() - 1e-6


def test_input_of_vasp(prim, kinds, tmp_path):
    hop = found(prim, kinds, ordering("00110000", "0000"))[0]
    write_neb_input(tmp_path, images(hop.start, hop.after(), 3), load_settings("pbe_u"), 1)
    incar = Incar.from_file(tmp_path / "INCAR")
    assert (incar["IMAGES"], incar["LCLIMB"], incar["SPRING"], incar["ISIF"]) == (3, True, -5, 2)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == [
        "00",
        "01",
        "02",
        "03",
        "04",
    ]
    first, last = (Structure.from_file(tmp_path / n / "POSCAR") for n in ("00", "04"))
    assert first.composition == last.composition
    moved = [a.distance(b) for a, b in zip(first, last, strict=True)]
    assert sum(d > 0.01 for d in moved) == 1
    assert max(moved) == pytest.approx(3.33, abs=0.01)


def test_a_band_without_output_is_named(tmp_path):
    for name in ("00", "01", "02"):
        (tmp_path / name).mkdir()
    with pytest.raises(HopError, match=r"00: has no OUTCAR"):
        read_neb_energies(tmp_path)
    (tmp_path / "00/OUTCAR").write_text("vasp.6.4.2\n")
    with pytest.raises(HopError, match="VASP has not finished"):
        read_neb_energies(tmp_path)
