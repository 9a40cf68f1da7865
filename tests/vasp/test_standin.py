"""The stand-in stops where VASP would; with its fake potentials."""

import subprocess
import sys
from pathlib import Path

import pytest
from pymatgen.io.vasp.outputs import Oszicar, Vasprun

from navac.orderings.structures import calculation_cell
from navac.vasp.inputs import load_settings, write_input_set
from navac.vasp.output import read_calculation
from tests.vasp.test_run import STANDIN, THREE

POTENTIALS = STANDIN / "potentials"


@pytest.fixture
def folder(tmp_path, prim):
    cell = calculation_cell(prim, THREE[0])
    write_input_set(tmp_path, cell, load_settings("scan_u"), 1, POTENTIALS)
    return tmp_path


def vasp(folder):
    done = subprocess.run(
        [sys.executable, STANDIN / "run.py"], cwd=folder, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def edit(path: Path, old: str, new: str):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.filterwarnings("ignore:.*POTCAR")  # pymatgen knows the true potentials
def test_what_it_writes_is_read_by_pymatgen(folder):
    status, output = vasp(folder)
    assert status == 0
    assert "STAND-IN, no calculation of VASP" in output
    run = Vasprun(folder / "vasprun.xml", parse_potcar_file=True)
    assert run.converged
    assert run.incar["METAGGA"].upper() == "SCAN"
    assert len(run.ionic_steps) >= 2
    assert Oszicar(folder / "OSZICAR").final_energy == pytest.approx(run.final_energy, abs=1e-5)
    found = read_calculation(folder)
    assert len(found.moments) == 36
    # V as d, O as p states: the projected densities add up to the total one
    dos = found.dos
    parts = sum(sum(d.densities.values()) for d in dos.get_element_dos().values())
    total = sum(dos.densities.values())
    assert abs(parts - total).max() < 0.02 * total.max()


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("INCAR", "LDAUU = 0.0 1.0 0.0 0.0", "LDAUU = 1.0", "Error reading item 'LDAUU'"),
        ("INCAR", "MAGMOM = 2*0.6 4*5.0 30*0.6", "MAGMOM = 2*0.6", "Error reading item 'MAGMOM'"),
        ("INCAR", "ENCUT = 520", "ENCUT = high", "Error reading item 'ENCUT'"),
        ("POSCAR", "Na V P O", "V Na P O", "POSCAR and POTCAR are incompatible"),
        ("KPOINTS", "Gamma", "Line", "Error reading KPOINTS"),
        ("POSCAR", "2 4 6 24", "2 4 6 99", "POSCAR"),
    ],
)
def test_wrong_input_is_refused(folder, name, old, new, message):
    edit(folder / name, old, new)
    status, output = vasp(folder)
    assert status == 1
    assert message in output
    assert not (folder / "vasprun.xml").exists()


@pytest.mark.parametrize("name", ["INCAR", "KPOINTS", "POSCAR", "POTCAR"])
def test_missing_input_is_refused(folder, name):
    (folder / name).unlink()
    status, output = vasp(folder)
    assert status == 1
    assert "ERROR" in output
    assert name in output


def test_the_library_is_fake_and_marked_so():
    files = [p for p in POTENTIALS.rglob("*") if p.is_file()]
    assert len(files) == 4
    for path in files:
        assert "FAKE: written for tests of navac, holds no potential" in path.read_text()
        assert path.stat().st_size < 1000
