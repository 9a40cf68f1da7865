"""Settings that rest on pymatgen's sets, for any element."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp.sets import MPRelaxSet, MPScanRelaxSet

from navac.vasp.bases import titel_of
from navac.vasp.inputs import input_set, load_settings
from navac.vasp.settings import VaspInputError

NAMES = {"MPRelaxSet": MPRelaxSet, "MPScanRelaxSet": MPScanRelaxSet}
DIFFER = {
    "MPRelaxSet": {"GGA", "LMAXMIX", "ISMEAR", "EDIFFG", "LDAUL"},
    "MPScanRelaxSet": {"KSPACING", "ISMEAR", "SIGMA"},
}
"""Tags that differ from the set: with reasons in the YAML; l where there is no U; what pymatgen
changes once it is told of a band gap."""


def rock_salt(metal, anion, length=4.2):
    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(length), [metal, anion], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    return cell.get_sorted_structure()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("metal", "anion"), [("Co", "O"), ("Fe", "S"), ("Mn", "F"), ("Li", "Cl")])
@pytest.mark.filterwarnings("ignore")
def test_the_input_is_that_of_the_set(name, metal, anion):
    """INCAR but for what the YAML says, moments, U by the anion, k-points, potentials."""
    cell = rock_salt(metal, anion)
    theirs = NAMES[name](cell, sort_structure=False)
    ours = input_set(cell, load_settings(name), 4)
    assert list(ours.species) == list(dict.fromkeys(s.specie.symbol for s in cell))
    for tag, value in theirs.incar.items():
        if tag not in DIFFER[name]:
            mine = ours.incar[tag]
            assert str(mine).lower() == str(value).lower() or mine == pytest.approx(value), tag
    assert ("LDAUU" in ours.incar) == ("LDAUU" in theirs.incar)
    labels = [load_settings(name).of(e).potcar for e in ours.species]
    assert labels == list(theirs.potcar_symbols)
    if theirs.kpoints is not None:
        assert tuple(ours.kpoints.kpts[0]) == tuple(theirs.kpoints.kpts[0])
    else:
        spaced = 2 * np.pi / 4.2 / theirs.incar["KSPACING"]
        assert tuple(ours.kpoints.kpts[0]) == (int(np.ceil(spaced)),) * 3


def test_finer_meshes_in_smaller_cells():
    settings = load_settings("MPScanRelaxSet")
    cell = rock_salt("Co", "O")
    long = cell.copy()
    long.make_supercell([1, 1, 3])
    one, three = (input_set(c.get_sorted_structure(), settings, 4) for c in (cell, long))
    assert one.kpoints.kpts[0][0] == three.kpoints.kpts[0][0] > three.kpoints.kpts[0][2]


def test_titels_are_those_of_the_releases():
    assert titel_of("V_pv", "PBE_54") == "PAW_PBE V_pv 07Sep2000"
    assert titel_of("O", "PBE") == "PAW_PBE O 08Apr2002"
    assert load_settings("MPScanRelaxSet").titel("Li") == "PAW_PBE Li_sv 10Sep2004"
    assert titel_of("Co", "no release") is None


@pytest.mark.parametrize("name", NAMES)
def test_most_elements_have_a_potential_with_a_titel(name):
    settings = load_settings(name)
    assert len(settings.species) > 80
    for element in ("Li", "Na", "Mg", "Al", "Si", "Ti", "Mn", "Fe", "Co", "Ni", "Cu", "Au", "O"):
        assert settings.titel(element).startswith("PAW_PBE ")


def test_a_file_of_ones_own_changes_what_differs(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "base: MPScanRelaxSet\nincar: {ENCUT: 520, LELF: null, LDAU: true, LDAUTYPE: 2}\n"
        "max_stress_GPa: 0.5\npotcar: {required_text: null, release_folders: [], titels: PBE_54}\n"
        "species: {Co: {hubbard: {l: 2, U_eV: 3.0, J_eV: 0}}}\n"
    )
    settings = load_settings(path)
    assert settings.incar["ENCUT"] == 520
    assert "LELF" not in settings.incar
    assert settings.of("Co").potcar == load_settings("MPScanRelaxSet").of("Co").potcar
    assert input_set(rock_salt("Co", "O"), settings, 4).incar["LDAUU"] == [3.0, 0]
    assert "LDAUU" not in input_set(rock_salt("Li", "O"), settings, 4).incar


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: MPRelax\n", "base: MPRelax is not known; use one of MPRelaxSet"),
        ("base: MPRelaxSet\nkpoint_divisions: {1: [1, 1, 1]}\n", "k-points are given twice"),
        ("base: MPRelaxSet\nincar: {ENCUTT: 5}\n", "did you mean 'ENCUT'"),
        ("base: MPRelaxSet\nspecies: {Xx: {magmom_muB: 1}}\n", "species.Xx.potcar"),
    ],
)
def test_wrong_ones_are_refused_by_name(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"{text}max_stress_GPa: 0.5\npotcar: {{required_text: null, release_folders: []}}\n"
    )
    with pytest.raises(VaspInputError, match=message) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_a_potential_that_pymatgen_does_not_know_is_named_with_the_fix(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "base: MPRelaxSet\nmax_stress_GPa: 0.5\nspecies: {Co: {potcar: Co_mine}}\n"
        "potcar: {required_text: null, release_folders: [], titels: PBE}\n"
    )
    with pytest.raises(VaspInputError, match=r"species.Co.titel is missing.*give the TITEL"):
        load_settings(path).titel("Co")
    with pytest.raises(VaspInputError, match=r"species.Og is missing.*MPRelaxSet"):
        load_settings(path).of("Og")
