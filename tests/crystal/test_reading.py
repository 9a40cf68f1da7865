"""Crystal files as people have them: the same crystal, or a refusal with file, site and fix."""

import json
from collections import Counter
from pathlib import Path

import ase.io
import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor

from navac.crystal.decoration import decorated, read_prim
from navac.crystal.prim import PrimError
from navac.crystal.reading import read_structure
from navac.crystal.symmetry import find_space_group
from tests.campaign.test_crystal_cases import LCO, NUMBERS, RHOMBOHEDRAL, ROWS, cif

ELEMENTS = ["Li", "Co", "O", "O"]
TRUE = Structure(Lattice(RHOMBOHEDRAL), ELEMENTS, LCO)
SITES = [{"label": "Li", "species": ["Li", "Va"], "element": "Li"}]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(text, name="POSCAR"):
    Path(name).write_text(text)
    return name


def poscar(scale="1.0", lattice=NUMBERS, symbols="Li Co O", mode="Direct", rows=ROWS):
    return write(f"a crystal\n{scale}\n{lattice}\n{symbols}\n1 1 2\n{mode}\n{rows}\n")


def text_of(numbers):
    return "\n".join(" ".join(f"{v:.12f}" for v in row) for row in np.asarray(numbers))


def assert_same(name, scale=1.0):
    """The file holds LiCoO2, with all distances scaled, in the same order of sites."""
    read = read_structure(name)
    assert [s.species_string for s in read.structure] == ELEMENTS
    np.testing.assert_allclose(
        read.structure.distance_matrix, scale * TRUE.distance_matrix, atol=2e-4
    )
    assert ((read.structure.frac_coords >= 0) & (read.structure.frac_coords < 1)).all()
    prim = decorated(read, SITES, 1)
    assert (find_space_group(prim, 1e-3).symbol, len(prim.active)) == ("R-3m", 1)
    return read


def test_plain():
    assert assert_same(poscar()).notes == ()


def test_a_scale():
    assert_same(poscar(scale="0.5", lattice=text_of(2 * RHOMBOHEDRAL)))
    assert_same(poscar(scale="1.1"), scale=1.1)


@pytest.mark.parametrize("mode", ["Direct", "Cartesian"])
def test_a_negative_scale_is_a_volume(mode):
    """Of Cartesian coordinates pymatgen multiplies the volume itself."""
    volume = TRUE.volume * 1.1**3
    rows = ROWS if mode == "Direct" else text_of(np.array(LCO) @ RHOMBOHEDRAL)
    read = assert_same(poscar(scale=f"-{volume:.10f}", mode=mode, rows=rows), scale=1.1)
    assert "is a volume" in read.notes[0]


@pytest.mark.parametrize("mode", ["Direct", "Cartesian"])
def test_three_scales_are_one_per_axis(mode):
    lattice = RHOMBOHEDRAL / [1, 2, 4]
    rows = ROWS if mode == "Direct" else text_of(np.array(LCO) @ lattice)
    assert_same(poscar(scale="1 2 4", lattice=text_of(lattice), mode=mode, rows=rows))


def test_cartesian_coordinates_with_a_scale():
    rows = text_of(np.array(LCO) @ RHOMBOHEDRAL / 2)
    assert_same(poscar(scale="2", lattice=text_of(RHOMBOHEDRAL / 2), mode="cart", rows=rows))


@pytest.mark.parametrize("mode", ["Direct", "Cartesian"])
def test_selective_dynamics(mode):
    numbers = LCO if mode == "Direct" else np.array(LCO) @ RHOMBOHEDRAL
    rows = "\n".join(f"{row} T F T" for row in text_of(numbers).split("\n"))
    read = assert_same(poscar(mode=f"Selective dynamics\n{mode}", rows=rows))
    assert read.notes == ("selective dynamics are left out",)
    scaled = poscar(scale=f"-{TRUE.volume:.10f}", mode=f"Selective\n{mode}", rows=rows)
    assert_same(scaled)


def test_coordinates_outside_the_cell():
    shifts = np.array([[-1, 2, 0], [3, 0, -5], [0, -1, 1], [-2, -2, -2]])
    assert_same(poscar(rows=text_of(np.array(LCO) + shifts)))
    assert_same(poscar(rows=text_of(np.array(LCO) - 1e-17)))


def test_a_left_handed_lattice():
    hand = np.diag([1, 1, -1])
    read = assert_same(poscar(lattice=text_of(hand @ RHOMBOHEDRAL),
                              rows=text_of(np.array(LCO) @ hand)))  # fmt: skip
    assert np.linalg.det(read.structure.lattice.matrix) < 0


def test_a_skewed_lattice():
    skew = np.array([[1, 0, 0], [3, 1, 0], [-2, 4, 1]])
    assert_same(poscar(lattice=text_of(skew @ RHOMBOHEDRAL),
                       rows=text_of(np.array(LCO) @ np.linalg.inv(skew))))  # fmt: skip


@pytest.mark.parametrize("symbols", ["Li_sv Co_pv O", "Li_sv/ab12 Co/cd34 O_s/0f0f"])
def test_names_of_potentials(symbols):
    assert_same(poscar(symbols=symbols))


def test_oxidation_states_of_a_poscar():
    read = assert_same(poscar(symbols="Li+ Co3+ O2-"))
    assert read.charges == {"Li": 1, "Co": 3, "O": -2}
    assert "oxidation states of Co, Li, O" in read.notes[0]


def test_oxidation_states_of_a_cif():
    charged = TRUE.copy()
    charged.add_oxidation_state_by_element({"Li": 1, "Co": 3, "O": -2})
    charged.relabel_sites()
    charged.to("charged.cif")
    read = read_structure("charged.cif")
    assert read.charges == {"Li": 1, "Co": 3, "O": -2}
    prim = decorated(read, SITES, 1)
    assert Counter(prim.species) == {("Li", "Va"): 1, ("Co",): 1, ("O",): 2}


def test_two_states_of_one_element_are_one_species():
    mixed = Structure(Lattice(RHOMBOHEDRAL), ["Li+", {"Co3+": 0.5, "Co4+": 0.5}, "O2-", "O2-"], LCO)
    mixed.to("mixed.cif")
    read = read_structure("mixed.cif")
    assert read.charges == {"Li": 1, "Co": 3.5, "O": -2}
    assert Counter(decorated(read, SITES, 1).species)["Co",] == 1


@pytest.mark.parametrize("name", ["a.cif", "CONTCAR", "a.vasp", "a.poscar", "a.cssr", "a.xsf",
                                  "pymatgen.json", "a.traj", "a.xyz", "a.db", "a.gen",
                                  "a.res", "POSCAR.gz"])  # fmt: skip
def test_any_file_that_pymatgen_or_ase_reads(name):
    atoms = AseAtomsAdaptor.get_atoms(TRUE)
    if name == "POSCAR.gz" or name in ("CONTCAR", "a.vasp", "a.poscar"):
        TRUE.to(name, fmt="poscar")
    elif name == "pymatgen.json":
        write(json.dumps(TRUE.as_dict()), name)
    elif name in ("a.cif", "a.cssr", "a.xsf"):
        TRUE.to(name)
    else:
        ase.io.write(name, atoms, **({"format": "extxyz"} if name == "a.xyz" else {}))
    prim = read_prim(name, SITES, 1)
    assert Counter(prim.species) == {("Li", "Va"): 1, ("Co",): 1, ("O",): 2}
    found = Structure(Lattice(prim.lattice), [s[0] for s in prim.species], prim.frac)
    assert StructureMatcher(primitive_cell=False, scale=False).fit(found, TRUE)


def test_of_a_trajectory_the_last_frame_is_taken():
    atoms = AseAtomsAdaptor.get_atoms(TRUE)
    ase.io.write("a.traj", [atoms, atoms])
    assert read_structure("a.traj").notes == ("the last of 2 crystals is taken",)


# refused


def refusal(name):
    with pytest.raises(PrimError) as caught:
        read_structure(name)
    assert str(caught.value).startswith(f"{name}: ")
    return str(caught.value)


def test_a_molecule():
    write("1\n\nLi 0 0 0\n", "a.xyz")
    assert "has no cell of three vectors" in refusal("a.xyz")


@pytest.mark.parametrize("apart", [0.0, 1e-6, 0.001])
def test_an_atom_that_is_there_twice(apart):
    twice = TRUE.copy()
    twice.append("O", np.add(LCO[3], [apart, 0, 0]))
    twice.to("POSCAR", fmt="poscar")
    text = refusal("POSCAR")
    assert "O (site 3, O at 0.7603" in text
    assert "O (site 4, O at 0.76" in text
    assert "an atom is there twice; remove one" in text


def test_atoms_of_two_elements_on_one_site():
    both = TRUE.copy()
    both.append("Ni", [0, 0, 0.001])
    both.get_sorted_structure().to("POSCAR", fmt="poscar")
    text = refusal("POSCAR")
    assert "Co (site" in text
    assert "Ni (site" in text
    assert "0.0" in text.split("Å apart")[0][-8:]


CELL = (3.0, 3.0, 5.0, 90, 90, 90)


@pytest.mark.parametrize(("apart", "occupancies", "said"), [
    (0.3, (0.5, 0.5), "positions up to 0.30 Å apart, filled 1.00 together, are taken as one"),
    (0.3, (0.3, 0.3), "filled 0.60 together"),
])  # fmt: skip
def test_a_split_site_is_merged(apart, occupancies, said):
    z = apart / 5 / 2
    rows = [
        ("Na1", "Na", 0, 0, 0.25 - z, occupancies[0]),
        ("Na2", "Na", 0, 0, 0.25 + z, occupancies[1]),
        ("Cl1", "Cl", 0.5, 0.5, 0.5, 1),
    ]
    cif("P4mm", CELL, rows)
    read = read_structure("crystal.cif")
    assert said in read.notes[0]
    (sodium,) = [s for s in read.structure if s.species_string != "Cl"]
    assert sodium.species["Na"] == pytest.approx(sum(occupancies))
    np.testing.assert_allclose(sodium.frac_coords, [0, 0, 0.25], atol=1e-9)
    prim = decorated(read, [{"label": "Na", "species": ["Na", "Va"], "element": "Na"}], 1)
    assert len(prim.active) == 1


def test_images_of_a_split_site_are_merged_onto_its_symmetry_position():
    """Four quarter-filled positions around a fourfold axis, 0.3 Å apart."""
    cif("P4mm", CELL, [("Na1", "Na", 0.05, 0.05, 0.25, 0.25), ("Cl1", "Cl", 0.5, 0.5, 0.5, 1)])
    read = read_structure("crystal.cif")
    assert "4 positions up to 0.42 Å apart, filled 1.00 together" in read.notes[0]
    (sodium,) = [s for s in read.structure if s.species_string == "Na"]
    np.testing.assert_allclose(sodium.frac_coords, [0, 0, 0.25], atol=1e-9)
    assert len(decorated(read, [], 1).active) == 0


@pytest.mark.parametrize(("rows", "said"), [
    ([("Na1", "Na", 0, 0, 0.22, 0.5), ("Li1", "Li", 0, 0, 0.28, 0.5)],
     "replace them by one site with both species"),
    ([("Na1", "Na", 0, 0, 0.22, 1), ("Na2", "Na", 0, 0, 0.28, 1)], "filled 2.00 together"),
    ([("Na1", "Na", 0.05, 0.05, 0.25, 1)], "images of one atom by the symmetry of the file"),
    ([("Na1", "Na", 0, 0, 0.25, 0.8), ("Li1", "Li", 0, 0, 0.25, 0.6)], "add up to 1.4"),
    ([("Na1", "Na", 0, 0, 0.25, 1), ("Na2", "Na", 0, 0, 0.25, 1)], "add up to 2"),
    ([("Va1", "Va", 0, 0, 0.25, 1)], "Va1 is no element but a vacancy"),
    ([("Q1", "Q", 0, 0, 0.25, 1)], "Q1 holds Q, which is no element"),
])  # fmt: skip
def test_atoms_of_a_cif_that_are_no_sites(rows, said):
    cif("P4mm", CELL, [*rows, ("Cl1", "Cl", 0.5, 0.5, 0.5, 1)])
    assert said in refusal("crystal.cif")


def test_an_occupancy_of_zero_is_said():
    cif("P4mm", CELL, [("Na1", "Na", 0, 0, 0.25, 0), ("Cl1", "Cl", 0.5, 0.5, 0.5, 1)])
    assert "Na1 has the occupancy 0 and is left out" in read_structure("crystal.cif").notes[0]


def test_occupancies_slightly_beyond_one_are_one():
    cif("P4mm", CELL, [("Na1", "Na", 0, 0, 0.25, 0.52), ("Li1", "Li", 0, 0, 0.25, 0.5),
                       ("Cl1", "Cl", 0.5, 0.5, 0.5, 1)])  # fmt: skip
    prim = decorated(read_structure("crystal.cif"), [], 1, species="Na")
    assert ("Na", "Li") in prim.species


def test_a_formula_that_the_atoms_do_not_make_is_said():
    """As with the origin of another setting."""
    cif("P4mm", CELL, [("Na1", "Na", 0, 0, 0.25, 1), ("Cl1", "Cl", 0.5, 0.5, 0.5, 1)])
    path = Path("crystal.cif")
    path.write_text(path.read_text().replace(
        "data_x\n", "data_x\n_chemical_formula_sum 'Na2 Cl1'\n"))  # fmt: skip
    assert "Incorrect stoichiometry" in read_structure("crystal.cif").notes[0]


def test_an_entry_that_matches_nothing_names_what_there_is():
    poscar()
    with pytest.raises(PrimError, match="it has Li on 0, Co on 1, O on 2–3"):
        read_prim("POSCAR", [SITES[0] | {"element": "Na"}], 1)


def test_line_ends_and_comments_of_a_poscar():
    name = poscar(scale="1.0 ! factor", symbols="Li Co O # elements")
    text = Path(name).read_text().replace("1 1 2\n", "1 1 2 ! atoms\n")
    write(text.replace("\n", "\r\n"))
    assert_same("POSCAR")
    write("\n" + text.split("\n", 1)[1])  # no title
    assert_same("POSCAR")


@pytest.mark.parametrize(("text", "said"), [
    (lambda t: t.replace("0.239700", "nan", 1), "site 2 has a coordinate that is no number"),
    (lambda t: "\n".join(t.splitlines()[:-2]), "it ends early"),
    (lambda t: t.replace("\n1.0\n", "\n0\n"), "no cell of three vectors"),
    (lambda t: "", "not a crystal structure"),
])  # fmt: skip
def test_a_damaged_poscar(text, said):
    write(text(Path(poscar()).read_text()))
    assert said in refusal("POSCAR")


def test_charges_in_the_types_of_a_cif():
    rows = [("Na1", "Na1+", 0, 0, "0.25", "0.5(1)"), ("Cl1", "Cl-", 0.5, 0.5, "0.5000(3)", 1)]
    read = read_structure(cif("P4mm", CELL, rows))
    assert read.charges == {"Na": 1, "Cl": -1}
    assert {s.species_string for s in read.structure} == {"Na:0.5", "Cl"}


def test_two_decimals_in_a_large_cell():
    cif("P6_3/mmc", (10, 10, 8, 90, 90, 120), [("Na1", "Na", 0.33, 0.67, 0.25, 1),
                                               ("Cl1", "Cl", 0, 0, 0, 1)])  # fmt: skip
    read = read_structure("crystal.cif")
    assert Counter(s.species_string for s in read.structure) == {"Na": 2, "Cl": 2}
