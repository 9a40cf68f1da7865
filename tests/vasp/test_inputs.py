import gzip
import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from pymatgen.io.vasp.inputs import Incar, Kpoints, Poscar
from pymatgen.io.vasp.sets import MPScanRelaxSet

from navac.crystal.decoration import read_prim
from navac.crystal.supercell import Supercell, hermite_normal_forms
from navac.orderings.structures import decorate
from navac.vasp import settings as vasp_settings
from navac.vasp.inputs import (
    VaspInputError,
    input_set,
    kpoint_divisions,
    load_settings,
    without_hubbard,
    write_input_set,
)
from navac.vasp.potcar import find_potentials

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
FOUR_CELLS = Supercell(((1, 0, 0), (1, 2, 0), (0, 0, 2)))
REQUIRED = "kinetic energy density (partial)"
TITELS_BY_ELEMENT = ("Na", "V", "P", "O")
TITELS = {
    "Na": "PAW_PBE Na 08Apr2002",
    "V_pv": "PAW_PBE V_pv 07Sep2000",
    "P": "PAW_PBE P 06Sep2000",
    "O": "PAW_PBE O 08Apr2002",
}


@pytest.fixture(scope="module")
def prim():
    return read_prim(f"{ROOT}/config/published/nxvp/prim.json", [], 2)


@pytest.fixture(scope="module")
def settings():
    return load_settings("scan_u")


@pytest.fixture(scope="module")
def structure(prim):
    """Four cells, every third of the 32 sodium sites empty: Na21 V16 P24 O96."""
    return decorate(prim, FOUR_CELLS, (np.arange(32) % 3 == 0).astype(int))


@pytest.fixture
def library(tmp_path):
    """A library of invented potentials, one label in each layout that is understood."""
    root = tmp_path / "library"
    places = {
        "Na": "Na/POTCAR",
        "V_pv": "V_pv/POTCAR.gz",
        "P": "POT_GGA_PAW_PBE_54/POTCAR.P.gz",
        "O": "POT_GGA_PAW_PBE/POTCAR.O",
    }
    for label, place in places.items():
        write_potcar(root / place, fake_potcar(TITELS[label]))
    return root


def fake_potcar(titel, required=REQUIRED):
    return f"   TITEL  = {titel}\n invented for {titel}\n {required}\n".encode()


def write_potcar(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def edited(tmp_path, old, new):
    """The shipped settings with one text replaced."""
    with open(f"{ROOT}/workflow/navac/vasp/scan_u.yaml", encoding="utf-8") as file:
        text = file.read()
    assert old in text
    path = tmp_path / "edited.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_incar_has_the_papers_settings(structure, settings):
    incar = input_set(structure, settings, 4).incar
    paper = {
        "ENCUT": 520,
        "EDIFF": 1e-5,
        "EDIFFG": -1e-2,
        "ISPIN": 2,
        "ISIF": 3,
        "IBRION": 2,
        "LASPH": True,
        "LDAU": True,
        "LDAUTYPE": 2,
        "LMAXMIX": 4,
    }
    assert {tag: incar[tag] for tag in paper} == paper
    # pymatgen capitalises string values; VASP reads them in any case.
    assert incar["METAGGA"].upper() == "SCAN"
    assert settings.max_stress_GPa == 0.29


def test_all_other_tags_are_those_of_mpscanrelaxset(settings):
    theirs = dict(MPScanRelaxSet.CONFIG["INCAR"])
    moments = theirs.pop("MAGMOM")
    ours, theirs = Incar(settings.incar), Incar(theirs)
    different = {tag for tag in {*ours, *theirs} if ours.get(tag) != theirs.get(tag)}
    assert different == {
        *("METAGGA", "ENCUT", "EDIFFG", "KSPACING"),
        *("LDAU", "LDAUTYPE", "LMAXMIX"),
    }
    assert settings.species["V"].magmom_muB == moments["V"]


@pytest.mark.parametrize("empty", [range(0), range(0, 32, 3), range(32)])
def test_per_species_tags_follow_poscar(prim, settings, empty):
    structure = decorate(prim, FOUR_CELLS, np.isin(np.arange(32), empty).astype(int))
    inputs = input_set(structure, settings, 4)
    sodium = 32 - len(empty)
    expected = [("Na", 0.6, 0.0, -1, sodium), ("V", 5.0, 1.0, 2, 16), ("P", 0.6, 0.0, -1, 24)]
    expected = [e for e in [*expected, ("O", 0.6, 0.0, -1, 96)] if e[-1]]
    assert inputs.species == tuple(inputs.poscar.site_symbols) == tuple(e[0] for e in expected)
    assert inputs.poscar.natoms == [e[-1] for e in expected]
    assert inputs.incar["LDAUU"] == [e[2] for e in expected]
    assert inputs.incar["LDAUL"] == [e[3] for e in expected]
    assert inputs.incar["LDAUJ"] == [0.0] * len(expected)
    assert inputs.incar["MAGMOM"] == [e[1] for e in expected for _ in range(e[-1])]


def test_species_order_of_another_site_order(structure, settings):
    reverse = structure.copy()
    reverse.sort(key=lambda site: site.specie.symbol)
    inputs = input_set(reverse, settings, 4)
    assert inputs.species == ("Na", "O", "P", "V")
    assert inputs.incar["LDAUU"] == [0.0, 0.0, 0.0, 1.0]
    assert inputs.incar["MAGMOM"][-16:] == [5.0] * 16


@pytest.mark.parametrize(
    ("hnf", "expected"),
    [
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), (3, 3, 3)),
        (((2, 0, 0), (0, 1, 0), (0, 0, 1)), (1, 3, 3)),
        (((1, 0, 0), (0, 2, 0), (0, 0, 1)), (3, 1, 3)),
        (((1, 0, 0), (0, 1, 0), (0, 0, 2)), (3, 3, 1)),
        (((2, 0, 0), (1, 1, 0), (0, 0, 1)), (1, 3, 3)),
        (((1, 0, 0), (0, 1, 0), (0, 0, 3)), (3, 3, 1)),
        (((1, 0, 0), (0, 2, 0), (0, 0, 2)), (3, 1, 1)),
        (((2, 0, 0), (0, 1, 0), (0, 0, 2)), (1, 3, 1)),
        (((2, 0, 0), (0, 2, 0), (0, 0, 1)), (1, 1, 3)),
        (((2, 0, 0), (0, 1, 0), (1, 0, 2)), (1, 3, 1)),
        # the shortest real-space vector would put the 3 on the first axis here
        (((2, 0, 0), (1, 2, 0), (1, 1, 1)), (1, 1, 3)),
        # a chain: two equally long reciprocal vectors, the earlier gets the smaller number
        (((1, 0, 0), (0, 1, 0), (0, 0, 4)), (1, 3, 1)),
    ],
)
def test_divisions_of_known_supercells(prim, settings, hnf, expected):
    size = Supercell(hnf).size
    assert kpoint_divisions(np.array(hnf) @ prim.lattice, size, settings) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_most_divisions_along_the_longest_reciprocal_vector(prim, settings, size):
    for hnf in hermite_normal_forms(size):
        lattice = np.array(hnf) @ prim.lattice
        divisions = kpoint_divisions(lattice, size, settings)
        assert sorted(divisions) == sorted(settings.kpoint_divisions[size])
        length = [
            np.linalg.norm(np.cross(lattice[i - 2], lattice[i - 1])) / np.linalg.det(lattice)
            for i in range(3)
        ]
        for i, j in itertools.permutations(range(3), 2):
            assert not (length[i] > length[j] * 1.001 and divisions[i] < divisions[j])


def test_divisions_ignore_noise_and_follow_the_axes(prim, settings, structure):
    chain = np.diag([1, 1, 4]) @ prim.lattice
    for noise in (-1e-9, 1e-9):
        noisy = np.diag([1 + noise, 1, 1]) @ chain
        assert kpoint_divisions(noisy, 4, settings) == (1, 3, 1)
    lattice = structure.lattice.matrix
    divisions = kpoint_divisions(lattice, 4, settings)
    for order in map(list, itertools.permutations(range(3))):
        assert kpoint_divisions(lattice[order], 4, settings) == tuple(divisions[i] for i in order)


def test_sizes_without_mesh_are_refused(prim, settings):
    with pytest.raises(VaspInputError, match=r"scan_u.yaml: kpoint_divisions .* 7 .* add one"):
        kpoint_divisions(np.diag([1, 1, 7]) @ prim.lattice, 7, settings)


def test_files_are_read_back_identically(tmp_path, structure, settings, library):
    directory = tmp_path / "x2.625_0017"
    assert write_input_set(directory, structure, settings, 4, library)
    assert sorted(os.listdir(directory)) == ["INCAR", "KPOINTS", "POSCAR", "POTCAR"]
    inputs = input_set(structure, settings, 4)
    assert Incar.from_file(directory / "INCAR") == inputs.incar
    kpoints = Kpoints.from_file(directory / "KPOINTS")
    assert kpoints.kpts == [kpoint_divisions(structure.lattice.matrix, 4, settings)]
    assert kpoints.style == Kpoints.supported_modes.Gamma
    assert kpoints.kpts_shift == (0, 0, 0)
    poscar = Poscar.from_file(directory / "POSCAR", check_for_potcar=False)
    assert poscar.comment == "x2.625_0017 Na21 V16 P24 O96"
    assert poscar.site_symbols == ["Na", "V", "P", "O"]
    assert poscar.structure.species == structure.species
    np.testing.assert_allclose(
        poscar.structure.frac_coords, structure.frac_coords, rtol=0, atol=1e-15
    )
    np.testing.assert_allclose(
        poscar.structure.lattice.matrix, structure.lattice.matrix, rtol=0, atol=1e-14
    )


def test_left_handed_cells_keep_the_crystal(tmp_path, structure, settings):
    left = structure.copy()
    left.make_supercell([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    assert np.linalg.det(left.lattice.matrix) < 0
    write_input_set(tmp_path / "a", left, settings, 4)
    written = Poscar.from_file(tmp_path / "a/POSCAR", check_for_potcar=False).structure
    assert np.linalg.det(written.lattice.matrix) > 0
    assert written.species == left.species
    # every site lies where it was, up to a lattice vector
    offset = left.lattice.get_fractional_coords(written.cart_coords) - left.frac_coords
    np.testing.assert_allclose(offset, np.rint(offset), rtol=0, atol=1e-12)


def test_potcar_is_concatenated_in_poscar_order(tmp_path, structure, settings, library):
    write_input_set(tmp_path / "a", structure, settings, 4, library)
    expected = b"".join(fake_potcar(titel) for titel in TITELS.values())
    assert (tmp_path / "a/POTCAR").read_bytes() == expected


def test_spec_without_library(tmp_path, structure, settings):
    write_input_set(tmp_path / "a", structure, settings, 4)
    assert (tmp_path / "a/POTCAR.spec").read_text() == "Na\nV_pv\nP\nO\n"
    assert not (tmp_path / "a/POTCAR").exists()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (fake_potcar("PAW_PBE V_pv 03Mar1998"), "'PAW_PBE V_pv 03Mar1998'"),
        (fake_potcar("PAW_PBE V 07Sep2000"), "'PAW_PBE V 07Sep2000'"),
        (b"an empty shell\n", "no TITEL line"),
    ],
)
def test_wrong_titel_is_refused(tmp_path, structure, settings, library, data, found):
    write_potcar(library / "V_pv/POTCAR.gz", data)
    with pytest.raises(VaspInputError) as caught:
        write_input_set(tmp_path / "a", structure, settings, 4, library)
    for part in ("V_pv/POTCAR.gz", found, "wanted 'PAW_PBE V_pv 07Sep2000'", "species.V.titel"):
        assert part in str(caught.value)
    assert not (tmp_path / "a").exists()


def test_potential_without_kinetic_energy_density_is_refused(
    tmp_path, structure, settings, library
):
    write_potcar(library / "V_pv/POTCAR.gz", fake_potcar(TITELS["V_pv"], required=""))
    with pytest.raises(VaspInputError, match="lacks the text 'kinetic energy density"):
        write_input_set(tmp_path / "a", structure, settings, 4, library)


def test_missing_potcar_names_label_places_and_fix(tmp_path, structure, settings, library):
    (library / "V_pv/POTCAR.gz").unlink()
    with pytest.raises(VaspInputError) as caught:
        write_input_set(tmp_path / "a", structure, settings, 4, library)
    places = ("V_pv/POTCAR.gz", "POT_GGA_PAW_PBE/POTCAR.V_pv.gz")
    for part in ("'V_pv'", str(library), *places, "add it"):
        assert part in str(caught.value)
    assert not (tmp_path / "a").exists()


def test_rewriting_the_same_set_changes_nothing(tmp_path, structure, settings, library):
    directory = tmp_path / "a"
    assert write_input_set(directory, structure, settings, 4, library)
    for name in os.listdir(directory):
        os.utime(directory / name, (1, 1))
    (directory / "OUTCAR").write_text("kept")
    assert not write_input_set(directory, structure, settings, 4, library)
    written = ("INCAR", "KPOINTS", "POSCAR", "POTCAR")
    assert {os.stat(directory / name).st_mtime for name in written} == {1}
    os.remove(directory / "KPOINTS")
    assert write_input_set(directory, structure, settings, 4, library)
    assert sorted(os.listdir(directory)) == sorted([*written, "OUTCAR"])


def test_potcar_and_its_spec_replace_each_other(tmp_path, structure, settings, library):
    directory = tmp_path / "a"
    write_input_set(directory, structure, settings, 4)
    # without a library a POTCAR put there by hand stays while the labels stay
    (directory / "POTCAR").write_text("by hand")
    assert not write_input_set(directory, structure, settings, 4)
    assert (directory / "POTCAR").read_text() == "by hand"
    write_input_set(directory, structure, settings, 4, library)
    assert not (directory / "POTCAR.spec").exists()
    write_input_set(directory, structure, settings, 4)
    assert not (directory / "POTCAR").exists()


def test_interrupted_writing_leaves_no_incar(tmp_path, structure, settings, monkeypatch):
    directory = tmp_path / "a"
    write_input_set(directory, structure, settings, 4)
    original = os.replace

    def killed_at_kpoints(source, target):
        if target.name == "KPOINTS":
            raise KeyboardInterrupt
        original(source, target)

    changed = structure.copy()
    changed.apply_strain([0, 0, -0.7])  # another shape, so that KPOINTS changes
    monkeypatch.setattr(os, "replace", killed_at_kpoints)
    with pytest.raises(KeyboardInterrupt):
        write_input_set(directory, changed, settings, 4)
    assert not (directory / "INCAR").exists()
    monkeypatch.undo()
    assert write_input_set(directory, changed, settings, 4)
    assert sorted(os.listdir(directory)) == ["INCAR", "KPOINTS", "POSCAR", "POTCAR.spec"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ENCUT:", "ENCUTT:", r"incar: .*'ENCUTT'; did you mean 'ENCUT'"),
        ("ISPIN: 2", "ISPIN: 2\n  MAGMOM: 5", "incar: .*MAGMOM follow from `species`"),
        ("max_stress_GPa", "max_stres_GPa", "max_stres_GPa: .*did you mean 'max_stress_GPa'"),
        ("potcar: V_pv", "potcarr: V_pv", "species.V.potcarr: .*did you mean 'potcar'"),
        ("[1, 1, 3]", "[1, 0, 3]", "kpoint_divisions.4.1: .*greater than 0"),
        ("incar:", "incar: [", "cannot be read"),
    ],
)
def test_wrong_settings_are_refused(tmp_path, old, new, message):
    path = edited(tmp_path, old, new)
    with pytest.raises(VaspInputError, match=message) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["scan_u", "pbe_u"])
def test_vasp_knows_the_tags_of_the_settings_that_come_with_navac(name):
    """By name they are taken for good; by path they are checked as anybody's."""
    path = Path(vasp_settings.__file__).with_name(f"{name}.yaml")
    assert load_settings(path) == load_settings(name)


def test_settings_files_that_do_not_exist_are_named():
    with pytest.raises(VaspInputError, match=r"no_such_settings.yaml: cannot be read"):
        load_settings("no_such_settings")


def test_elements_without_settings_are_refused(structure, settings):
    other = structure.copy()
    other.replace_species({"V": "Mn"})
    with pytest.raises(VaspInputError, match=r"scan_u.yaml: species.Mn is missing; add"):
        input_set(other, settings, 4)


def test_every_missing_potential_is_named_with_how_to_supply_it(settings, library):
    with pytest.raises(VaspInputError) as caught:
        find_potentials(None, ["Na", "V"], settings)
    for part in ("label V_pv, TITEL PAW_PBE V_pv 07Sep2000", "label Na,", "dft.potcar_library"):
        assert part in str(caught.value)
    (library / "V_pv/POTCAR.gz").unlink()
    write_potcar(library / "Na/POTCAR", fake_potcar("PAW_PBE Na 24Sep1993"))
    with pytest.raises(VaspInputError) as caught:
        find_potentials(library, TITELS_BY_ELEMENT, settings)
    assert len(str(caught.value).splitlines()) == 2
    assert "no POTCAR labelled 'V_pv'" in str(caught.value)
    assert "24Sep1993" in str(caught.value)


def test_cut_and_damaged_potentials_are_refused(settings, library):
    whole = fake_potcar(TITELS["V_pv"]) + b" parameters from PSCTR are:\n End of Dataset\n"
    write_potcar(library / "V_pv/POTCAR.gz", whole)
    assert find_potentials(library, ["V"], settings) == {"V": library / "V_pv/POTCAR.gz"}
    write_potcar(library / "V_pv/POTCAR.gz", whole.replace(b" End of Dataset\n", b""))
    with pytest.raises(VaspInputError, match="is not one whole potential"):
        find_potentials(library, ["V"], settings)
    (library / "V_pv/POTCAR.gz").write_bytes(gzip.compress(whole)[:-9])
    with pytest.raises(VaspInputError, match="cannot be unpacked"):
        find_potentials(library, ["V"], settings)


def test_high_entropy_settings_are_those_of_the_paper(prim):
    settings = load_settings("pbe_u")
    assert settings.incar["ENCUT"] == 500
    assert {e: s.hubbard.U_eV for e, s in settings.species.items() if s.hubbard} == {
        "Mn": 3.9, "V": 3.25, "Cr": 3.7, "Fe": 3.5,
    }  # fmt: skip
    cell = decorate(prim, Supercell.diagonal(1, 1, 1), np.zeros(8, int))
    vanadium = [i for i, site in enumerate(cell) if site.specie.symbol == "V"]
    for site, element in zip(vanadium, ("Cr", "Mn", "Fe"), strict=False):
        cell.replace(site, element)
    cell.sort(key=lambda site: site.specie.X)
    inputs = input_set(cell, settings, 1)
    assert "METAGGA" not in inputs.incar
    # 1e-5 eV per atom
    assert inputs.incar["EDIFF"] == pytest.approx(42e-5)
    assert inputs.incar["EDIFFG"] == -0.01
    u = dict(zip(inputs.species, inputs.incar["LDAUU"], strict=True))
    assert u == {"Na": 0, "Mn": 3.9, "V": 3.25, "Cr": 3.7, "Fe": 3.5, "P": 0, "O": 0}


@pytest.mark.parametrize("name", ["scan_u", "pbe_u"])
def test_follow_ups_start_from_relaxed_moments_without_relaxing(structure, name):
    settings = load_settings(name)
    moments = np.linspace(0, 2, len(structure)).round(3)
    relaxation = input_set(structure, settings, 4)
    static = input_set(structure, settings, 4, follow_up="static", moments=moments)
    dos = input_set(structure, settings, 4, follow_up="dos", moments=moments)
    for inputs in (static, dos):
        assert (inputs.incar["NSW"], inputs.incar["IBRION"]) == (0, -1)
        assert "EDIFFG" not in inputs.incar
        assert inputs.incar["MAGMOM"] == moments.tolist()
        assert inputs.incar["ENCUT"] == relaxation.incar["ENCUT"]
    assert static.kpoints.kpts == relaxation.kpoints.kpts
    assert dos.kpoints.kpts == [tuple(2 * n for n in relaxation.kpoints.kpts[0])]
    assert dos.incar["ISMEAR"] == -5
    with pytest.raises(VaspInputError, match=r"follow_ups.bands is missing .*static, dos"):
        input_set(structure, settings, 4, follow_up="bands")


def test_energy_convergence_is_given_once(tmp_path):
    path = edited(tmp_path, "EDIFF: 1.0e-5", "NELMIN: 4")
    with pytest.raises(VaspInputError, match="EDIFF is set twice or not at all"):
        load_settings(path)


def test_atoms_closer_than_any_bond_are_not_written(prim, settings, tmp_path):
    cell = decorate(prim, Supercell.diagonal(1, 1, 1), np.zeros(8, int))
    near = cell.copy()
    near.append("O", np.add(near[-1].frac_coords, [0.003, 0, 0]))
    near = near.get_sorted_structure()
    with pytest.raises(VaspInputError, match=r"closer than 0.5 Å: O at .* and O at .*prim\.exc"):
        write_input_set(tmp_path / "near", near, settings, 1)
    assert not (tmp_path / "near").exists()
    assert write_input_set(tmp_path / "fine", cell, settings, 1)


def test_every_metal_of_a_mixture_has_its_own_settings(prim):
    """Six metals and sodium on their own sublattices: U, moment and label by species."""
    metals = ("V", "Cr", "Mn", "Fe", "Al", "Mg")
    mixed = replace(prim, species=tuple(metals if s == ("V",) else s for s in prim.species))
    supercell = Supercell.diagonal(1, 1, 2)
    rows = [np.zeros(2, int) for _ in mixed.active]
    on_metal = [k for k, site in enumerate(mixed.active) if mixed.species[site] == metals]
    for code, place in enumerate(np.ndindex(len(on_metal), 2)):
        rows[on_metal[place[0]]][place[1]] = code % 6
    structure = decorate(mixed, supercell, np.concatenate(rows))
    settings = load_settings("pbe_u")
    found = input_set(structure, settings, 2)
    assert set(metals) <= set(found.species)
    u = dict(zip(found.species, found.incar["LDAUU"], strict=True))
    assert {s: u[s] for s in metals} == {
        "V": 3.25, "Cr": 3.7, "Mn": 3.9, "Fe": 3.5, "Al": 0, "Mg": 0
    }  # fmt: skip
    moments = [settings.of(site.specie.symbol).magmom_muB for site in structure]
    assert found.incar["MAGMOM"] == moments
    assert [settings.of(s).potcar for s in ("Cr", "Mg")] == ["Cr_pv", "Mg_pv"]


def test_a_metal_without_u_beside_others_with_one_is_named(tmp_path):
    settings = load_settings("pbe_u")
    metals = ["Al", "Cr", "Fe", "Mg", "Mn", "Na", "O", "P", "V"]
    assert without_hubbard(metals, settings) == []
    data = yaml.safe_load(Path(vasp_settings.__file__).with_name("pbe_u.yaml").read_text())
    del data["species"]["Cr"]["hubbard"]
    (tmp_path / "bare.yaml").write_text(yaml.safe_dump(data))
    bare = load_settings(str(tmp_path / "bare.yaml"))
    assert without_hubbard(metals, bare) == ["Cr"]
    # Where none has one, there is nothing to be unlike.
    assert without_hubbard(["Cr", "O"], bare) == []
