"""Crystal files and configurations from practice: each ends right, or in an error with its fix."""

import csv
import json
import runpy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.groups import SpaceGroup

from navac.campaign.check import checked_file
from navac.campaign.code import LIBRARY
from navac.campaign.job import run
from navac.campaign.notices import notices
from navac.campaign.rules import Rules
from navac.campaign.run import main
from navac.campaign.stages import STAGES
from navac.config import ConfigError
from navac.crystal.decoration import read_prim
from navac.crystal.symmetry import find_space_group, read_crystal
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.expansion.file import write_expansion
from navac.orderings.ordering import read_orderings
from tests.checkout import ROOT
from tests.fake_job import handed
from tests.sampling.small import contents

RHOMBOHEDRAL = np.array([[1.41, 0.8140638796, 4.6866666667], [-1.41, 0.8140638796, 4.6866666667],
                         [0.0, -1.6281277591, 4.6866666667]])  # fmt: skip
LCO = [[0.5, 0.5, 0.5], [0, 0, 0], [0.2397, 0.2397, 0.2397], [0.7603, 0.7603, 0.7603]]
ELEMENTS = ("Li", "Na", "Co", "Ni", "Mn", "O", "Au", "Cu")


def dft_settings():
    """Settings of the library, for the elements of these tests."""
    settings = yaml.safe_load((LIBRARY / "vasp/scan_u.yaml").read_text())
    return settings | {
        "kpoint_divisions": {n: [2, 2, 2] for n in range(1, 5)}, "follow_ups": {},
        "species": {e: {"potcar": e, "titel": f"PAW {e}", "magmom_muB": 0.6} for e in ELEMENTS},
    }  # fmt: skip


def campaign(file, name="case", *, counted="Li", units=1, max_cells=3, step=1 / 3, sites=None,
             charges=None, **prim):  # fmt: skip
    """A configuration of the smallest size; sites of the counted species by element."""
    named = [{"label": counted, "species": [counted, "Va"], "element": counted}]
    Path("dft.yaml").write_text(yaml.safe_dump(dft_settings()))
    data = {
        "campaign": name, "seed": 1, "species": counted,
        "prim": {"file": str(file), "sites": named if sites is None else sites,
                 "formula_units": units} | prim,
        "orderings": {
            "max_cells": max_cells, "compositions": {"start": 0, "stop": 1, "step": step},
            "charges": {counted: 1, "Co": 3.5, "O": -2} if charges is None else charges,
        },
        "dft": {"settings": "dft.yaml", "batches": 1},
        "energies": {"backend": "vasp", "average_voltage_V": 4.0},
        "expansion": {"cutoffs_A": {2: 4}},
        "ranges": {"all": {"x": [0, 1], "temperatures_K": [{"start": 100, "stop": 700,
                                                            "step": 100}]}},
        "sampling": {"supercell": [4, 4, 4]},
        "thermodynamics": {f"{what}_temperatures_K": [300] for what in (
            "voltage", "occupancy", "entropy", "heat_capacity")},
    }  # fmt: skip
    path = Path(f"{name}.yaml")
    path.write_text(yaml.safe_dump(data))
    return path


def refused(path):
    with pytest.raises(ConfigError) as caught:
        checked_file(path)
    return dict(caught.value.problems)


def told(path):
    return "\n".join(f"{field}: {text}" for field, text in notices(checked_file(path)))


def poscar(lattice, elements, frac, name="POSCAR"):
    Structure(Lattice(lattice), elements, frac).to(name, fmt="poscar")
    return name


def cif(group, cell, rows, name="crystal.cif"):
    """A CIF with the operations of a space group. rows: label, type, x, y, z, occupancy."""
    number = SpaceGroup(group).int_number
    operations = "\n".join(f"'{op.as_xyz_str()}'" for op in SpaceGroup(group).symmetry_ops)
    keys = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = [f"data_x\n_symmetry_space_group_name_H-M '{group}'",
             f"_symmetry_Int_Tables_number {number}",
             *(f"_cell_{k} {v}" for k, v in zip(keys, cell, strict=True)),
             f"loop_\n_symmetry_equiv_pos_as_xyz\n{operations}", "loop_",
             *(f"_atom_site_{k}" for k in ("label", "type_symbol", "fract_x", "fract_y", "fract_z",
                                           "occupancy")),
             *(" ".join(map(str, row)) for row in rows)]  # fmt: skip
    Path(name).write_text("\n".join(lines) + "\n")
    return name


class Campaign:
    """The first stages of a campaign in this folder, as Snakemake would call them."""

    def __init__(self, path):
        self.rules = Rules(checked_file(path), scripts=ROOT / "scripts")
        self.file = self.rules.config.prim.file

    def call(self, rule, *, input, output, wildcards=None, **params):
        script = runpy.run_path(str(ROOT / "scripts" / f"{STAGES[rule].script}.py"))
        run(script["main"], handed(self.rules, rule, wildcards=wildcards, input=input,
                                   output=output, **params))  # fmt: skip

    def orderings(self):
        self.call("prim", input={"crystal": str(self.file)}, output={"prim": "prim.json"})
        self.call("orderings", input={"prim": "prim.json", "more": []},
                  output={"orderings": "orderings.csv"})  # fmt: skip
        return read_orderings("orderings.csv")

    def inputs(self):
        """POSCARs by ordering."""
        self.call("dft_batch", wildcards={"batch": "0"}, root="dft", output={"batch": "batch.csv"},
                  input={"prim": "prim.json", "orderings": "orderings.csv"})  # fmt: skip
        with open("batch.csv", newline="") as file:
            return {row["id"]: Structure.from_file(f"{row['directory']}/POSCAR")
                    for row in csv.DictReader(file)}  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


P2 = (2.83, 2.83, 10.88, 90, 90, 120)


def p2(third, two_thirds, counted="Na"):
    return cif("P6_3/mmc", P2, [
        ("A1", counted, 0, 0, 0.25, 0.25), ("A2", counted, two_thirds, third, 0.25, 0.5),
        ("Co1", "Co", 0, 0, 0, 1), ("O1", "O", third, two_thirds, 0.0908, 1),
    ])  # fmt: skip


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
@pytest.mark.parametrize("counted", ["Na", "Li"])
def test_rounded_thirds_are_one_site(digits, counted):
    """Case p2_rounded: 0.333 for 1/3 gave 12 oxygen sites for 4, 0.003 Å apart."""
    p2(f"{1 / 3:.{digits}f}", f"{2 / 3:.{digits}f}", counted)
    path = campaign("crystal.cif", counted=counted, units=2, max_cells=1, step=0.5)
    if digits < 4:  # beyond, pymatgen takes them for thirds itself
        assert "A2: rounded coordinates put onto their symmetry position" in told(path)
    one = Campaign(path)
    found = one.orderings()
    prim, group = read_crystal("prim.json")
    assert Counter(prim.species) == {(counted, "Va"): 4, ("Co",): 2, ("O",): 4}
    assert (group.symbol, len(group)) == ("P6_3/mmc", 24)
    assert len(found) > 3
    for structure in one.inputs().values():
        distances = structure.distance_matrix[np.triu_indices(len(structure), 1)]
        assert distances.min() > 1.6
        assert structure.composition["O"] == 4


def test_sixths_of_a_spinel_and_eighths():
    """Other special positions: 0.1667 of x, 2x, z, and 0.13 for 1/8."""
    cif("P6_3/mmc", (5.6, 5.6, 5.2, 90, 90, 120), [
        ("Na1", "Na", 0.1667, 0.333, 0.25, 1), ("Co1", "Co", 0, 0, 0, 1)])  # fmt: skip
    path = campaign("crystal.cif", counted="Na", units=2, max_cells=1, step=1,
                    charges={"Na": 1, "Co": 3})  # fmt: skip
    assert "Na1: rounded coordinates" in told(path)
    Campaign(path).orderings()
    prim, group = read_crystal("prim.json")
    assert Counter(prim.species) == {("Na", "Va"): 6, ("Co",): 2}
    assert group.symbol == "P6_3/mmc"


def lco_mixed(metals):
    """Primitive LiCoO2 with several species on the metal site, as a P1 CIF."""
    Structure(Lattice(RHOMBOHEDRAL), ["Li", metals, "O", "O"], LCO).to("crystal.cif")
    return "crystal.cif"


@pytest.mark.parametrize("metals", [{"Co": 0.5, "Ni": 0.5}, {"Co": 1 / 3, "Ni": 2 / 3},
                                    {"Mn": 0.4, "Co": 0.3, "Ni": 0.3}])  # fmt: skip
def test_a_mixed_site_is_not_one_of_its_elements(metals):
    """Case mixed_site_dropped: Co 0.5 Ni 0.5 became Co."""
    lco_mixed(metals)
    charges = {"Li": 1, "O": -2} | dict.fromkeys(metals, 3)
    text = refused(campaign("crystal.cif", charges=charges))["species"]
    assert f"may hold [{', '.join(metals)}], and Li is counted" in text
    assert f"species: [{next(iter(metals))}], element:" in text
    sites = [{"label": "Li", "species": ["Li", "Va"], "element": "Li"},
             {"label": "Co", "species": ["Co"], "element": "Co"}]  # fmt: skip
    checked_file(campaign("crystal.cif", sites=sites, charges={"Li": 1, "Co": 3, "O": -2}))


def test_a_mixed_site_of_a_conventional_cell():
    cif("R-3m", (2.82, 2.82, 14.06, 90, 90, 120), [
        ("Li1", "Li", 0, 0, 0.5, 1), ("Co1", "Co", 0, 0, 0, 0.5), ("Ni1", "Ni", 0, 0, 0, 0.5),
        ("O1", "O", 0, 0, 0.2397, 1)])  # fmt: skip
    found = refused(campaign("crystal.cif", units=3, charges={"Li": 1, "Co": 3, "Ni": 3, "O": -2}))
    assert "sites Co-Ni may hold [Co, Ni]" in found["species"]
    assert "holds 3 primitive cells" in found["prim.file"]
    assert "with prim.formula_units: 1" in found["prim.file"]


def test_an_alloy_of_the_counted_species_is_active():
    """Cu 0.5 Au 0.5 without prim.sites, in whatever order the file has them."""
    for first, second in (("Cu", "Au"), ("Au", "Cu")):
        Structure(Lattice.cubic(3.85), [{first: 0.5, second: 0.5}], [[0, 0, 0]]).to("crystal.cif")
        path = campaign("crystal.cif", counted="Au", sites=[], charges={"Cu": 0, "Au": 0},
                        max_cells=2, step=0.5)  # fmt: skip
        assert "may hold Au, Cu" in told(path)
        one = Campaign(path)
        one.orderings()
        assert read_crystal("prim.json")[0].species == (("Au", "Cu"),)
        assert {s.composition.reduced_formula for s in one.inputs().values()} == {
            "Au", "Cu", "CuAu"}  # fmt: skip


def test_a_partly_filled_site_is_active():
    p2("0.33333", "0.66667")
    path = campaign("crystal.cif", counted="Na", units=2, sites=[], max_cells=1, step=0.5)
    assert "sites A1 may hold Na, Va" in told(path)
    Campaign(path).orderings()
    prim, _ = read_crystal("prim.json")
    assert Counter(prim.active_labels) == {"A1": 2, "A2": 2}


NUMBERS = "\n".join(" ".join(f"{v:.10f}" for v in row) for row in RHOMBOHEDRAL)
ROWS = "\n".join(" ".join(f"{v:.6f}" for v in row) for row in LCO)


@pytest.mark.parametrize(("counted", "comment", "hint"), [
    ("Li", "old run 17", "such as 'Li Co O'"), ("H", "old run 17", "such as"),
    ("Li", "LiCoO", "perhaps 'Li Co O', as its first line says"),
])  # fmt: skip
def test_a_poscar_without_elements_is_refused(counted, comment, hint):
    """Case vasp4_no_symbols: read as H He Li Li, and written to VASP inputs so."""
    Path("POSCAR").write_text(f"{comment}\n1.0\n{NUMBERS}\n1 1 2\nDirect\n{ROWS}\n")
    charges = {counted: 1, "He": 3.5, "Li": -2}
    text = refused(campaign("POSCAR", counted=counted, charges=charges))["prim"]
    assert "POSCAR: names no elements (a POSCAR of VASP 4)" in text
    assert "'1 1 2'" in text
    assert hint in text


def test_a_poscar_of_vasp_4_may_name_elements_beside_coordinates():
    rows = "\n".join(f"{row} {e}" for row, e in zip(ROWS.split("\n"), ["Li", "Co", "O", "O"],
                                                    strict=True))  # fmt: skip
    Path("POSCAR").write_text(f"x\n1.0\n{NUMBERS}\n1 1 2\nDirect\n{rows}\n")
    Campaign(campaign("POSCAR")).orderings()
    assert [s[0] for s in read_crystal("prim.json")[0].species] == ["Li", "Co", "O", "O"]


def test_flags_of_selective_dynamics_are_not_fluorine():
    rows = "\n".join(f"{row} F F F" for row in ROWS.split("\n"))
    Path("POSCAR").write_text(f"x\n1.0\n{NUMBERS}\n1 1 2\nDirect\n{rows}\n")
    assert "names no elements" in refused(campaign("POSCAR"))["prim"]


DOUBLE = {"2x1x1": np.diag([2, 1, 1]), "skew": np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]),
          "3 cells": np.array([[1, -1, 0], [0, 1, -1], [1, 1, 1]])}  # fmt: skip


@pytest.mark.parametrize("shape", DOUBLE)
def test_a_cell_that_is_not_primitive_is_refused(shape):
    """Case nonprimitive_2x1x1: 10 orderings, of which 8 are different."""
    one = Structure(Lattice(RHOMBOHEDRAL), ["Li", "Co", "O", "O"], LCO)
    cells = round(abs(np.linalg.det(DOUBLE[shape])))
    (one * DOUBLE[shape]).get_sorted_structure().to("POSCAR")
    text = refused(campaign("POSCAR", units=cells))["prim.file"]
    assert f"holds {cells} primitive cells" in text
    assert "with prim.formula_units: 1" in text
    assert text.count("(") == 4  # the vectors, and what writes the cell
    vectors = [list(map(float, part.split(")")[0].split())) for part in text.split("(")[1:4]]
    assert abs(np.linalg.det(vectors)) == pytest.approx(one.volume, rel=1e-4)


def test_labels_make_a_cell_primitive():
    """Two sublattices of one element are two kinds of sites."""
    one = Structure(Lattice(RHOMBOHEDRAL), ["Li", "Co", "O", "O"], LCO)
    (one * DOUBLE["2x1x1"]).get_sorted_structure().to("POSCAR")
    sites = [{"label": f"Li{i}", "species": ["Li", "Va"], "indices": [i]} for i in (0, 1)]
    checked_file(campaign("POSCAR", units=2, sites=sites, max_cells=1, step=0.5))


def test_formula_units_of_a_double_cell():
    """Case formula_units_wrong: Li2Co2O4 with 1."""
    one = Structure(Lattice(RHOMBOHEDRAL), ["Li", "Co", "O", "O"], LCO)
    (one * DOUBLE["2x1x1"]).get_sorted_structure().to("POSCAR")
    text = refused(campaign("POSCAR", units=1))["prim.file"]
    assert "the 1 given make x count per Co2O4" in text
    assert "prim.formula_units: 1" in text


@pytest.mark.parametrize(("units", "said"), [(1, "the formula unit Co2O4"), (2, "")])
def test_formula_units_of_a_primitive_cell_with_two(units, said):
    p2("0.33333", "0.66667")
    path = campaign("crystal.cif", counted="Na", units=units, max_cells=1, step=1)
    found = told(path)
    assert ("prim.formula_units" in found) == bool(said)
    assert said in found
    if said:
        assert "holds 2 of the smallest, CoO2: set prim.formula_units: 2" in found


@pytest.mark.parametrize(("units", "choices"), [(3, "1, 2"), (4, "1, 2")])
def test_formula_units_that_divide_nothing(units, choices):
    p2("0.33333", "0.66667")
    text = refused(campaign("crystal.cif", counted="Na", units=units, max_cells=1, step=1))
    assert text["prim.formula_units"].endswith(f"use one of {choices}")
    assert "Co2O4" in text["prim.formula_units"]


def test_fractions_of_elements_that_share_sites_are_a_formula():
    """Na(Ni1/3Mn2/3)O2 counted per oxide pair: six in a cell of Ni2Mn4O12."""
    elements = ["Na"] * 6 + ["Ni"] * 2 + ["Co"] * 4 + ["O"] * 12
    frac = np.random.default_rng(0).permutation(
        np.array([[i, j, k] for i in range(2) for j in range(3) for k in range(4)]) / [2, 3, 4]
    )
    poscar(np.diag([5.0, 8, 10]), elements, frac)
    charges = {"Na": 1, "Ni": 3, "Co": 3, "O": -2}
    checked_file(campaign("POSCAR", counted="Na", units=6, max_cells=1, step=1, charges=charges))


def noisy(amount, seed=0):
    moved = np.array(LCO) + np.random.default_rng(seed).uniform(-amount, amount, (4, 3))
    return poscar(RHOMBOHEDRAL, ["Li", "Co", "O", "O"], moved)


def test_a_relaxed_structure_is_told_its_symmetry():
    """Case noise_P1: 28 orderings for 12, and no hint."""
    noisy(5e-4)
    path = campaign("POSCAR")
    text = told(path)
    assert "the space group is P1 (1 operations) at 1e-05 Å, and R-3m (12) at 0.0" in text
    assert "set prim.symmetry_tolerance_A: 0.0" in text
    many = len(Campaign(path).orderings())
    assert "WARNING: prim.symmetry_tolerance_A" in Path("prim.log").read_text()
    path = campaign("POSCAR", symmetry_tolerance_A=0.02)
    assert "prim.symmetry_tolerance_A" not in told(path)
    assert (many, len(Campaign(path).orderings())) == (28, 12)


def test_a_perfect_and_a_distorted_crystal_are_not_questioned():
    poscar(RHOMBOHEDRAL, ["Li", "Co", "O", "O"], LCO)
    assert told(campaign("POSCAR")) == ""
    noisy(0.05)
    assert "prim.symmetry_tolerance_A" not in told(campaign("POSCAR"))


def test_a_crystal_of_active_sites_alone_has_an_empty_ordering():
    """Case all_vacancy_end: the batch of inputs died at the empty cell."""
    poscar(np.diag([3.0, 3, 20]), ["Na"], [[0, 0, 0]])
    path = campaign("POSCAR", counted="Na", max_cells=4, step=0.25, charges={"Na": 1})
    one = Campaign(path)
    found = {o.id: o for o in one.orderings()}
    written = one.inputs()
    (empty,) = set(found) - set(written)
    assert found[empty].x == 0
    assert f"{empty} holds no atoms and has no input set" in Path("dft_batch.log").read_text()
    assert {round(s.composition["Na"] / found[n].cells, 2) for n, s in written.items()} == {
        0.25, 0.5, 0.75, 1}  # fmt: skip
    assert not Path("dft", empty).exists()
    assert json.loads(Path("prim.json").read_text())["sites"]


RULE = {"exclusions": [{"labels": ["Na", "Na"], "distance_A": 1.7}]}


def test_sites_too_close_are_refused_with_what_to_add():
    p2("0.33333", "0.66667")
    path = campaign("crystal.cif", counted="Na", units=2, max_cells=1, step=0.5, min_distance_A=1.7)
    text = refused(path)["prim"]
    assert "1.634 Å apart, closer than prim.min_distance_A = 1.7 Å" in text
    assert "prim.exclusions: [{labels: [Na, Na], distance_A: 1.64}]" in text


def test_exclusions_reach_the_inputs():
    """With Na on half of the prisms at most, as in P2-NaCoO2."""
    p2("0.33333", "0.66667")
    path = campaign("crystal.cif", counted="Na", units=2, max_cells=2, step=0.5, **RULE)
    assert "prim.exclusions" not in told(path)
    one = Campaign(path)
    one.orderings()
    assert "6 pairs of sites per cell are never both filled" in Path("prim.log").read_text()
    written = one.inputs()
    closest = []
    for structure in written.values():
        sodium = [i for i, site in enumerate(structure) if site.species_string == "Na"]
        pairs = structure.distance_matrix[np.ix_(sodium, sodium)][np.triu_indices(len(sodium), 1)]
        closest += list(pairs)
    assert min(closest) > 1.7
    path = campaign("crystal.cif", "free", counted="Na", units=2, max_cells=2, step=0.5)
    free = Campaign(path)
    assert len(free.orderings()) > len(written)


def edited(path, *edits):
    data = yaml.safe_load(path.read_text())
    for keys, value in edits:
        place = data
        *parents, key = keys.split("/")
        for parent in parents:
            place = place[parent]
        place[key] = value
    path.write_text(yaml.safe_dump(data))
    return path


def test_exclusions_say_what_they_do_not_go_with():
    p2("0.33333", "0.66667")
    path = campaign("crystal.cif", counted="Na", units=2, max_cells=2, step=0.5, **RULE)
    grid = {"start": 0, "stop": 2, "step": 0.5}
    found = refused(edited(path, ("orderings/compositions", grid), ("ranges/all/x", [0, 2]),
                           ("ranges/all/cool_to_K", 300)))  # fmt: skip
    assert "the state of infinite temperature" in found["ranges.all.cool_to_K"]
    assert found["orderings.compositions"].startswith("x = 1.5, 2 fills sites that prim.exclusions")
    assert "2 cells hold 1 at most" in found["orderings.compositions"]
    wrong = [{"labels": ["Na", "Va"], "distance_A": 2}]
    assert "use Na" in refused(edited(path, ("prim/exclusions", wrong)))["prim"]
    near = refused(edited(path, ("prim/exclusions", []), ("prim/min_distance_A", 0.1)))
    assert "0.1 " in near["prim.min_distance_A"]


def test_notices_are_printed_by_a_run(capsys):
    noisy(5e-4)
    path = campaign("POSCAR")
    Path("scripts").symlink_to(ROOT / "scripts")
    assert main(["--configfile", str(path), "--dry-run"]) == 0
    said = capsys.readouterr().err
    assert "case.yaml: NOTE: prim.symmetry_tolerance_A: the space group is P1" in said


def test_exclusions_are_kept_in_paths_and_sampling():
    """From an expansion fitted elsewhere to the sampled states: no pair is ever filled."""
    p2("0.33333", "0.66667")
    path = campaign("crystal.cif", counted="Na", units=2, max_cells=2, step=0.25, **RULE)
    short = {"equilibration_sweeps": 5, "blocks": 4, "block_sweeps": 5, "supercell": [4, 4, 2]}
    temperatures = [{"start": 300, "stop": 900, "step": 300}]
    edited(path, ("sampling", short), ("ranges/all/temperatures_K", temperatures))
    edited(path, ("ranges/all/expansion_file", "given.json"), ("ranges/all/mu_step_eV", 0.05))
    prim = read_prim("crystal.cif", [{"label": "Na", "species": ["Na", "Va"], "element": "Na"}], 2)
    orbits = enumerate_orbits(prim, find_space_group(prim, 1e-5), {2: 3.0})
    eci = np.array([0.02 * (orbit.order > 1) for orbit in orbits])
    write_expansion("given.json", prim, Expansion(orbits, eci), {})
    one = Campaign(path)
    one.orderings()
    of_range = {"range": "all"}
    one.call("imported_expansion", wildcards=of_range,
             output={"eci": "all.csv", "expansion": "expansion.json"},
             input={"prim": "prim.json", "expansion": "given.json"})  # fmt: skip
    one.call("paths", wildcards=of_range, output={"plan": "plan.h5"},
             input={"orderings": "orderings.csv", "expansion": "expansion.json"})  # fmt: skip
    one.call("sampling", wildcards=of_range | {"shard": "0"}, output={"record": "record.h5"},
             input={"expansion": "expansion.json", "plan": "plan.h5"}, record="growing.h5",
             shards=1)  # fmt: skip
    record, _ = contents("record.h5")
    number, energy = record["number"], record["energy_eV"]
    # Six filled prisms of a layer cost 0.36 eV; a single broken pair would add 4 eV at least.
    assert number.max() > 1.5
    assert energy.max() < 0.5
    assert "x = 0.667" in Path("paths.log").read_text()  # the honeycomb at 2/3, of three cells
