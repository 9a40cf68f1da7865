"""``navac new``: crystals of many kinds become configurations that the check accepts."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from navac.campaign.check import checked
from navac.campaign.command import main
from navac.campaign.new.chemistry import limits
from navac.campaign.new.geometry import most_filled
from navac.campaign.new.primitive import Cell
from navac.campaign.new.sizes import compositions
from navac.config.explain import ConfigError

CRYSTALS = Path(__file__).parents[2] / "config" / "crystals"


def cubic(group, a, species, coordinates):
    return Structure.from_spacegroup(group, Lattice.cubic(a), species, coordinates)


def layered():
    """LiCoO2, as in config/crystals."""
    return Structure.from_spacegroup(
        "R-3m", Lattice.hexagonal(2.8161, 14.0536), ["Co", "Li", "O"],
        [[0, 0, 0], [0, 0, 0.5], [0, 0, 0.23951]],
    )  # fmt: skip


def spinel():
    """LiMn2O4: Berg and Thomas, Solid State Ionics 126, 227 (1999); origin at -43m."""
    return cubic("Fd-3m", 8.248, ["Li", "Mn", "O"],
                 [[0, 0, 0], [0.625, 0.625, 0.625], [0.3882, 0.3882, 0.3882]])  # fmt: skip


def nasicon(occupancy=2 / 3):
    """Na3V2(PO4)3: Zatovsky, Acta Cryst. E66, i12 (2010)."""
    return Structure.from_spacegroup(
        "R-3c", Lattice.hexagonal(8.7288, 21.8042),
        [{"Na": 0.805}, {"Na": occupancy}, "V", "P", "O", "O"],
        [[0, 0, 0], [0.6371, 0, 0.25], [0, 0, 0.14706], [0.2960, 0, 0.25],
         [0.0164, 0.2063, 0.1925], [0.1895, 0.1729, 0.0859]],
    )  # fmt: skip


def olivine():
    """LiFePO4: Streltsov et al., Acta Cryst. B49, 147 (1993)."""
    return Structure.from_spacegroup(
        "Pnma", Lattice.orthorhombic(10.332, 6.010, 4.692), ["Li", "Fe", "P", "O", "O", "O"],
        [[0, 0, 0], [0.28222, 0.25, 0.97472], [0.09486, 0.25, 0.41820],
         [0.09678, 0.25, 0.74279], [0.45710, 0.25, 0.20602], [0.16558, 0.04646, 0.28478]],
    )  # fmt: skip


def rutile():
    """TiO2."""
    return Structure.from_spacegroup(
        "P4_2/mnm",
        Lattice.tetragonal(4.5937, 2.9587),
        ["Ti", "O"],
        [[0, 0, 0], [0.3048, 0.3048, 0]],
    )


def problems(data):
    try:
        checked(data, "made.yaml")
    except ConfigError as error:
        return list(error.problems)
    return []


def made(tmp_path, crystal, *options, backend="mlip"):
    """Run the command on a file or structure; returns its status, the YAML and its text."""
    if isinstance(crystal, Structure):
        path = tmp_path / "crystal.cif"
        crystal.to(filename=str(path), fmt="cif")
    else:
        path = crystal
    output = tmp_path / "made.yaml"
    status = main(["new", str(path), "--output", str(output), "--backend", backend, *options])
    text = output.read_text()
    return status, yaml.safe_load(text), text


CASES = {
    "layered": (CRYSTALS / "LiCoO2.cif", ["--species", "Li"]),
    "two sites": (CRYSTALS / "Na0.74CoO2.cif", []),
    "alloy": (CRYSTALS / "CuAu.vasp", ["--species", "Cu/Au"]),
    "spinel": (spinel(), ["--species", "Li"]),
    "nasicon": (nasicon(), []),
    "olivine": (olivine(), ["--species", "Li"]),
    "rutile": (rutile(), ["--species", "O"]),
}
FOUND = {
    # formula units, active sites by sublattice, x, one of the charges
    "layered": (1, {"Li_3": 1}, [0, 1], ("Co", 3)),
    "two sites": (2, {"Na_2": 2}, [0, 1], ("Co", 3.25)),
    "alloy": (1, {"Cu_4": 1}, [0, 1], ("Cu", 0)),
    "spinel": (2, {"Li_8": 2}, [0, 1], ("Mn", 3.5)),
    "nasicon": (2, {"Na_6": 2, "Na_18": 6}, [0, 4], ("P", 5)),
    "olivine": (4, {"Li_4": 4}, [0, 1], ("Fe", 2)),
    "rutile": (2, {"O_4": 4}, [1, 2], ("Ti", 4)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_crystal_becomes_a_campaign(tmp_path, name):
    crystal, options = CASES[name]
    _, data, text = made(tmp_path, crystal, *options)
    assert problems(data) == []
    units, sites, x, (ion, charge) = FOUND[name]
    assert data["prim"]["formula_units"] == units
    # The letter of a Wyckoff position may depend on the origin.
    assert {s["label"][:-1]: len(s["indices"]) for s in data["prim"]["sites"]} == sites
    assert data["ranges"]["all"]["x"] == x
    assert data["orderings"]["charges"][ion] == pytest.approx(charge)
    assert "GUESSED" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_primitive_cell_is_written_and_said(tmp_path, capsys):
    made(tmp_path, CRYSTALS / "LiCoO2.cif", "--species", "Li")
    cell = Structure.from_file(tmp_path / "made.vasp")
    assert cell.formula == "Li1 Co1 O2"
    assert "3 primitive cells: reduced, 12 → 4 sites" in capsys.readouterr().out
    assert SpacegroupAnalyzer(cell, 1e-3).get_space_group_number() == 166


def test_a_supercell_with_strange_axes_is_the_same_crystal(tmp_path):
    """Skewed, larger, shifted and with coordinates outside the cell."""
    given = layered().get_primitive_structure()
    given.make_supercell([[2, 1, 0], [0, 1, 0], [1, 0, 1]])
    given.translate_sites(list(range(len(given))), [0.3, 1.7, -0.2], to_unit_cell=False)
    (tmp_path / "POSCAR").write_text(given.to(fmt="poscar"))
    _, data, _ = made(tmp_path, tmp_path / "POSCAR", "--species", "Li")
    assert Structure.from_file(tmp_path / "made.vasp").formula == "Li1 Co1 O2"
    assert problems(data) == []


def test_an_ordered_alloy_becomes_its_parent_lattice(tmp_path):
    ordered = Structure.from_spacegroup(
        "P4/mmm", Lattice.tetragonal(3.966 / 2**0.5, 3.966), ["Cu", "Au"],
        [[0, 0, 0], [0.5, 0.5, 0.5]],
    )  # fmt: skip
    _, data, _ = made(tmp_path, ordered, "--species", "Au/Cu")
    assert data["species"] == "Au"
    assert [s["species"] for s in data["prim"]["sites"]] == [["Au", "Cu"]]
    assert len(Structure.from_file(tmp_path / "made.vasp")) == 1
    assert "voltage_temperatures_K" not in data["thermodynamics"]


def test_oxidation_states_in_the_file_are_charges(tmp_path):
    given = spinel()
    given.add_oxidation_state_by_element({"Li": 1, "Mn": 3.5, "O": -2})
    path = tmp_path / "charged.cif"
    given.to(filename=str(path), fmt="cif")
    _, data, text = made(tmp_path, path, "--species", "Li")
    assert data["orderings"]["charges"] == {"Li": 1, "Mn": 3.5, "O": -2}
    assert "oxidation states in the file" in text


def refused(capsys, *arguments):
    assert main(["new", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_an_ordered_crystal_needs_to_be_told_what_moves(tmp_path, capsys):
    said = refused(capsys, CRYSTALS / "LiCoO2.cif", "-o", tmp_path / "a.yaml")
    assert "--species Li (3 of 12 sites)" in said
    assert not (tmp_path / "a.yaml").exists()


def test_nothing_is_overwritten(tmp_path, capsys):
    made(tmp_path, CRYSTALS / "CuAu.vasp", "--species", "Cu/Au")
    (tmp_path / "made.yaml").write_text("mine")
    arguments = (CRYSTALS / "CuAu.vasp", "--species", "Cu/Au", "-o", tmp_path / "made.yaml")
    assert "made.yaml exists" in refused(capsys, *arguments)
    assert (tmp_path / "made.yaml").read_text() == "mine"
    main(["new", *map(str, arguments), "--force"])
    assert "GUESSED" in (tmp_path / "made.yaml").read_text()


def test_the_crystal_itself_is_never_overwritten(tmp_path, capsys):
    crystal = tmp_path / "mine.vasp"
    shutil.copy(CRYSTALS / "CuAu.vasp", crystal)
    before = crystal.read_text()
    said = refused(capsys, crystal, "--species", "Cu/Au", "-o", tmp_path / "mine.yaml", "--force")
    assert "give another --output" in said
    assert crystal.read_text() == before


def test_mixed_host_sites_beside_vacancies_need_a_choice(tmp_path, capsys):
    """Never silently one of the two species."""
    given = Structure.from_spacegroup(
        "R-3m", Lattice.hexagonal(2.85, 14.2), [{"Li": 0.9}, {"Co": 0.5, "Ni": 0.5}, "O"],
        [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.24]],
    )  # fmt: skip
    path = tmp_path / "mixed.cif"
    given.to(filename=str(path), fmt="cif")
    said = refused(capsys, path, "-o", tmp_path / "a.yaml")
    assert "Co and Ni" in said
    assert "--fix" in said
    said = refused(capsys, path, "--species", "Li", "-o", tmp_path / "a.yaml")
    assert "shared by Co, Ni" in said
    _, data, _ = made(tmp_path, path, "--fix", "Ni")
    assert [s["species"] for s in data["prim"]["sites"]] == [["Li", "Va"]]
    assert set(data["orderings"]["charges"]) == {"Li", "Ni", "O"}


def test_a_third_species_on_an_active_site_is_refused(tmp_path, capsys):
    given = Structure.from_spacegroup(
        "R-3m", Lattice.hexagonal(2.85, 14.2), [{"Li": 0.8, "Ni": 0.1}, "Co", "O"],
        [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.24]],
    )  # fmt: skip
    path = tmp_path / "antisite.cif"
    given.to(filename=str(path), fmt="cif")
    assert "--species" in refused(capsys, path, "-o", tmp_path / "a.yaml")
    said = refused(capsys, path, "--species", "Li", "-o", tmp_path / "a.yaml")
    assert "--fix Ni" in said


def test_a_species_that_is_not_there_is_refused(tmp_path, capsys):
    said = refused(capsys, CRYSTALS / "LiCoO2.cif", "--species", "Na", "-o", tmp_path / "a.yaml")
    assert "holds no Na; use --species with one of Co, Li, O" in said


def test_a_file_that_is_no_crystal_is_refused(tmp_path, capsys):
    path = tmp_path / "POSCAR"
    path.write_text("nothing\n")
    assert str(path) in refused(capsys, path, "--species", "Li", "-o", tmp_path / "a.yaml")
    assert "does not exist" in refused(capsys, tmp_path / "no.cif", "-o", tmp_path / "a.yaml")


def test_own_energies_need_their_place(tmp_path, capsys):
    arguments = (CRYSTALS / "LiCoO2.cif", "--species", "Li", "--backend", "user")
    assert "--energies" in refused(capsys, *arguments, "-o", tmp_path / "a.yaml")
    _, data, _ = made(tmp_path, CRYSTALS / "LiCoO2.cif", "--species", "Li", "--energies", "mine/*",
                      backend="user")  # fmt: skip
    assert data["energies"]["user"] == {"files": "mine/*"}


def test_without_the_metal_voltages_say_what_they_are_relative_to(tmp_path):
    crystal, options = CASES["layered"]
    _, data, text = made(tmp_path, crystal, *options, backend="vasp")
    assert data["energies"]["average_voltage_V"] == 0
    assert data["figures"]["reference_electrode"] == "the mean over x"
    assert "energy of the metal" in text
    _, data, _ = made(tmp_path, crystal, *options, "--metal-energy", "-1.9", "--force",
                      backend="vasp")  # fmt: skip
    assert data["energies"] == {"backend": "vasp", "metal_eV_per_atom": -1.9}
    assert "figures" not in data


def test_every_ordering_fits_the_supercell(tmp_path):
    """Whatever its period: up to max_cells cells along any direction."""
    for name in ("layered", "spinel"):
        crystal, options = CASES[name]
        folder = tmp_path / name
        folder.mkdir()
        _, data, _ = made(folder, crystal, *options)
        sides = data["sampling"]["supercell"]
        for cells in range(1, data["orderings"]["max_cells"] + 1):
            assert all(side % cells == 0 for side in sides)


def test_a_model_is_asked_for_what_the_fit_lacks(tmp_path):
    """In supercells that can be sampled; other sources of energies take too long for one run."""
    crystal, options = CASES["layered"]
    _, data, _ = made(tmp_path, crystal, *options)
    assert data["rounds"]["max"] > 1
    assert data["rounds"]["max_cells"] > data["orderings"]["max_cells"]
    assert data["rounds"]["commensurate"] is True
    crystal, options = CASES["nasicon"]
    _, data, _ = made(tmp_path, crystal, *options, "--force")
    assert data["rounds"]["max_cells"] == data["orderings"]["max_cells"] == 2
    crystal, options = CASES["layered"]
    _, data, _ = made(tmp_path, crystal, *options, "--force", backend="vasp")
    assert "rounds" not in data


def test_compositions_are_those_of_all_small_cells():
    assert compositions(1, 1, 4, 0, 1) == (
        0, 0.25, 0.3333333333, 0.5, 0.6666666667, 0.75, 1
    )  # fmt: skip
    assert compositions(2, 4, 1, 0.4, 1.2) == (0.5, 1)


def cell(sites, allowed):
    return Cell(
        lattice=np.eye(3) * 4.0, frac=np.array(sites, float), allowed=tuple(allowed),
        labels=tuple(s[0] for s in allowed), symbol="", number=1, cells=1, notes=(),
    )  # fmt: skip


def test_charges_bound_the_composition():
    """One Fe per two Li sites: Fe 2+ at x = 1, Fe 3+ at x = 0, with an anion of −3."""
    made_up = cell(
        [[0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]],
        [("Li", "Va"), ("Li", "Va"), ("Fe",), ("N",)],
    )
    low, high, why = limits(made_up, "Li", {"Li": 1, "Fe": 2, "N": -3}, 2)
    assert (low, high) == (0, 1)
    assert "Fe +2 to +3" in why
    low, high, why = limits(made_up, "Li", {"Li": 1, "Fe": 2, "N": -4}, 2)
    assert (low, high) == (1, 2)
    assert limits(made_up, "Li", {"Li": 1, "Fe": 2, "N": -9}, 2)[:2] == (0, 2)


def test_close_sites_bound_the_composition():
    """Of two sites 1 Å apart one is filled; the periodic image counts."""
    pair = cell([[0, 0, 0], [0.75, 0, 0]], [("Li", "Va")] * 2)
    assert most_filled(pair, 1.5) == 1
    assert most_filled(pair, 0.5) == 2
