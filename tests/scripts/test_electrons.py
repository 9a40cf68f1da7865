"""Input of LOBSTER, and its lists summed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell
from navac.results import schema
from navac.results.read import read_records
from tests.checkout import ROOT
from tests.descriptors.nasicon import crystal
from tests.electrons.test_bonds import REAL, write_list
from tests.scripts.conftest import Scripts

ASKED = {"centres": ["V", "Ti"], "ligand": "O", "within_A": 2.6}


def nvp():
    """Six Na and four V in a primitive cell."""
    codes = np.array([0] * 6 + [1] * 2 + [0] * 4, np.int8)
    identity = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    return calculation_cell(crystal(), Ordering("one", identity, 3.0, codes, 1, np.nan))


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")
    folders = {name: str(write_list(tmp_path / name, name)) for name in ("HE-V", "NVP")}
    outputs = {**folders, "BaTiO3": str(REAL / "BaTiO3"), "AlN": str(REAL / "AlN")}
    structures = {"good": "good.vasp", "odd": str(REAL / "BaTiO3/CONTCAR.gz")}
    return Scripts(
        "config/high_entropy.yaml",
        electrons={**ASKED, "outputs": outputs, "structures": structures},
        dft={"settings": "pbe_u"},
    )


def test_sum_bonds(scripts, capsys):
    made = scripts.call(
        "bonding",
        input={"lists": []},
        output={
            "bonds": "electrons/bonds.csv", "shells": "electrons/shells.csv",
            "pdf": "figures/bonding.pdf", "png": "figures/bonding.png",
        },
    )  # fmt: skip
    shells = pd.read_csv(made.shells)
    mean = shells.groupby("calculation").mean_of_calculation_eV.first()
    assert mean.to_dict() == pytest.approx(
        {"HE-V": -6.797, "NVP": -5.997, "BaTiO3": -21.235}, abs=5e-4
    )
    assert len(pd.read_csv(made.bonds)) == 36 + 36 + 6
    said = capsys.readouterr().err
    assert "AlN is left out" in said
    assert "no bond of V, Ti to O" in said
    assert Path(made.png).stat().st_size > 5000


def test_write_lobster_inputs(scripts, tmp_path, capsys):
    prim = scripts.call(
        "prim", input={"crystal": "config/published/hev/prim.json"}, output={"prim": "prim.json"}
    ).prim
    nvp().to(str(tmp_path / "good.vasp"), fmt="poscar")
    made = scripts.call(
        "lobster_inputs",
        input={"prim": prim, "dft": [], "structures": []},
        output={"table": "electrons/inputs.csv"},
        root="made/electrons/inputs",
    )
    table = pd.read_csv(made.table)
    assert table.name.tolist() == ["good"]
    assert table.bands.tolist() == [180]
    assert (Path(table.directory[0]) / "lobsterin").is_file()
    assert "WARNING: odd is left out: " in capsys.readouterr().err


def test_draw_states(tmp_path, monkeypatch, capsys):
    """Two calculations side by side; one that did not converge is named."""
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")
    vasp = ROOT / "tests/data/vasp"
    states = {"one": "plus_u", "two": "r2scan", "unconverged": "electrons", "poor": "smeared"}
    scripts = Scripts(
        "config/high_entropy.yaml",
        electrons__states={name: str(vasp / folder) for name, folder in states.items()},
    )
    made = scripts.call(
        "states", input={"runs": []},
        output={"states": "electrons/states.h5", "pdf": "figures/states.pdf",
                "png": "figures/states.png"},
    )  # fmt: skip
    found = read_records(made.states, schema.DensityOfStates)
    assert set(found) == {"one", "two"}
    for record in found.values():
        parts = np.sum(list(record.elements.values()), axis=0)
        # Spheres about the atoms hold a part of the states, a quarter in metallic aluminium.
        assert 0.2 < parts.sum() / record.total_per_eV.sum() < 1
    said = capsys.readouterr().err
    assert "one: GGA+U, gap 1.796 eV" in said
    assert "unconverged is left out" in said
    assert "poor is left out" in said
    assert "LORBIT" in said
    assert Path(made.png).stat().st_size > 5000
