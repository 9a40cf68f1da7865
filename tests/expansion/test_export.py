"""Exports to smol, icet and CASM: read again, and as those codes evaluated them."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.basis import in_basis
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.file import write_expansion
from navac.expansion.foreign.export import export, main
from navac.expansion.foreign.read import import_expansion
from navac.expansion.foreign.template import cutoffs, fill_icet
from navac.expansion.foreign.terms import InterchangeError
from navac.expansion.functions import candidate_functions

DATA = Path(__file__).parents[1] / "data" / "interchange"
PRIMS = {k: Prim.from_dict(v) for k, v in
         json.loads((DATA / "species_prims.json").read_text()).items()}  # fmt: skip
CHARGES = {"Li": 1.0, "Mn": 3.0, "Ti": 4.0, "O": -2.0, "F": -1.0}
BOX = Supercell(((2, 0, 0), (1, 2, 0), (0, 0, 1)))


def template(name):
    return json.loads((DATA / f"{name}.json").read_text())


def random_expansion(crystal, cutoffs_A, basis="indicator", scale=0.05):
    prim = PRIMS[crystal]
    group = find_space_group(prim, 1e-5)
    orbits, spaces = candidate_functions(prim, group, cutoffs_A, basis)
    eci = scale * np.random.default_rng(6).normal(size=len(orbits))
    return prim, group, Expansion(orbits, eci, -2.0, spaces)


def occupations(prim, number=6):
    rng = np.random.default_rng(3)
    sizes = [len(prim.species[site]) for site in prim.active]
    return np.concatenate([rng.integers(0, n, (number, BOX.size)) for n in sizes], axis=1)


@pytest.mark.parametrize(
    ("file", "crystal", "cutoffs_A", "basis"),
    [
        ("smol_fcc_species", "fcc", {2: 4.0, 3: 2.9}, "indicator"),
        ("icet_spinel_species", "spinel", {2: 3.6}, "trigonometric"),
        ("casm_salt_species", "salt", {2: 3.0}, "chebyshev"),
        ("casm_spinel_species", "spinel", {2: 3.6}, "indicator"),
    ],
)
def test_what_is_exported_has_the_same_energies(tmp_path, file, crystal, cutoffs_A, basis):
    """In the cell, the order of species and the basis of the other code, and read again."""
    prim, group, own = random_expansion(crystal, cutoffs_A, basis)
    path = tmp_path / "exported.json"
    path.write_text(json.dumps(export(own, prim, file, template(file))))
    found, code = import_expansion(path, prim, group)
    assert code.lower() == file.split("_")[0]
    some = occupations(prim)
    np.testing.assert_allclose(
        found.energies_at(BOX, some), own.energies_at(BOX, some), rtol=0, atol=1e-10
    )
    # Term by term, too: functions that the template has beyond those of the expansion are 0.
    again = in_basis(own, prim, group, "chebyshev")
    assert {o.prototype for o in found.orbits} == {o.prototype for o in again.orbits}


def test_a_binary_expansion_is_exported(tmp_path):
    """Between σ and CASM's occupation."""
    prim = read_prim(DATA / "fcc_prim.json", [], 1)
    group = find_space_group(prim, 1e-5)
    orbits, spaces = candidate_functions(prim, group, {2: 4.0, 3: 2.8})
    own = Expansion(orbits, 0.05 * np.random.default_rng(1).normal(size=len(orbits)), 1.0, spaces)
    path = tmp_path / "exported.json"
    path.write_text(json.dumps(export(own, prim, "t", template("casm_fcc_occupation"))))
    found, _ = import_expansion(path, prim, group)
    some = occupations(prim)
    np.testing.assert_allclose(
        found.energies_at(BOX, some), own.energies_at(BOX, some), rtol=0, atol=1e-10
    )


def test_energies_are_those_that_the_other_codes_found(tmp_path):
    """``write_exports.py`` recorded what smol, icet and CASM say of what navac wrote for them."""
    spec = importlib.util.spec_from_file_location("write_exports", DATA / "write_exports.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.expansions(tmp_path)
    recorded = json.loads((DATA / "exports.json").read_text())
    assert len(recorded) == len(script.CODES) * len(script.CRYSTALS)
    for name, energies in recorded.items():
        code, crystal = name.split()
        groups = json.loads((tmp_path / f"{crystal}_orderings.json").read_text())
        own = np.concatenate([group["navac"] for group in groups])
        np.testing.assert_allclose(energies[code], own, rtol=0, atol=1e-9)
        assert own.std() > 0.1


def test_charges_go_to_smol_alone(tmp_path):
    prim, group, own = random_expansion("salt", {2: 3.0}, "chebyshev")
    charged = replace(own, electrostatics=Electrostatics(prim, CHARGES, 0.2))
    path = tmp_path / "exported.json"
    path.write_text(json.dumps(export(charged, prim, "t", template("smol_salt_ewald"))))
    found, _ = import_expansion(path, prim, group)
    some = occupations(prim)
    np.testing.assert_allclose(
        found.energies_at(BOX, some), charged.energies_at(BOX, some), rtol=0, atol=1e-9
    )
    bare = export(own, prim, "t", template("smol_salt_ewald"))
    assert bare["coefs"][-1] == 0
    others = replace(own, electrostatics=Electrostatics(prim, CHARGES | {"Mn": 2.0}))
    with pytest.raises(InterchangeError, match="make the template with the same"):
        export(others, prim, "t", template("smol_salt_ewald"))
    for name in ("smol_salt_species", "icet_salt_species", "casm_salt_species"):
        with pytest.raises(ExpansionError, match="takes clusters only"):
            export(charged, prim, name, template(name))


@pytest.mark.parametrize(
    ("crystal", "cutoffs_A", "file", "said"),
    [
        ("fcc", {2: 6.9}, "smol_fcc_species", r"cannot describe the interaction of M–M of 6\.\d+"),
        ("salt", {2: 3.0}, "icet_fcc_species", "its cell is|the prim's cell is|its active sites"),
    ],
)  # fmt: skip
def test_a_template_that_does_not_fit_is_refused(crystal, cutoffs_A, file, said):
    prim, _, own = random_expansion(crystal, cutoffs_A)
    with pytest.raises(InterchangeError, match=said):
        export(own, prim, file, template(file))


def test_a_template_of_no_known_form_is_refused():
    prim, _, own = random_expansion("fcc", {2: 4.0})
    with pytest.raises(InterchangeError, match="t: is not a template of a known form"):
        export(own, prim, "t", {"format": "other"})


def test_the_command(tmp_path, capsys):
    prim, _, own = random_expansion("fcc", {2: 4.0})
    write_expansion(tmp_path / "own.json", prim, own, {"source": "random"})
    main([str(tmp_path / "own.json"), str(DATA / "casm_fcc_species.json"),
          str(tmp_path / "eci.json")])  # fmt: skip
    assert "wrote" in capsys.readouterr().out
    assert cutoffs(json.loads((tmp_path / "own.json").read_text())) == {
        2: pytest.approx(3.9, abs=0.01)
    }
    with pytest.raises(SystemExit, match="usage"):
        main([])
    with pytest.raises(SystemExit, match="cannot be read"):
        main([str(tmp_path / "own.json"), str(tmp_path / "no.json"), str(tmp_path / "eci.json")])


def test_a_live_icet_file(tmp_path):
    """Exported to a .ce file, which icet evaluates."""
    icet = pytest.importorskip("icet", reason="icet is not installed: its energies are recorded")
    from ase import Atoms

    prim, _, own = random_expansion("fcc", {2: 4.0})
    atoms = Atoms("Cu", cell=prim.lattice, pbc=True)
    space = icet.ClusterSpace(atoms, [5.6, 4.0, 2.9], ["Cu", "Au", "Pd"])
    ce, filled = str(tmp_path / "template.ce"), str(tmp_path / "filled.ce")
    icet.ClusterExpansion(space, [0.0] * len(space)).write(ce)
    exported = export(own, prim, "t", template("icet_fcc_species"))
    (tmp_path / "exported.json").write_text(json.dumps(exported))
    fill_icet(ce, str(tmp_path / "exported.json"), filled)
    energy = own.energies_at(Supercell.diagonal(1, 1, 1), np.array([[0]]))[0]
    assert icet.ClusterExpansion.read(filled).predict(atoms) == pytest.approx(energy, abs=1e-9)
