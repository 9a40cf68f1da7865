"""Rock salt with four species on one sublattice, two on the other: VASP input, relaxations."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pymatgen.io.vasp.inputs import Incar, Poscar

from navac.orderings.ordering import Ordering, write_orderings
from tests.scripts.conftest import MADE, Scripts

CRYSTAL = """rock salt
2.1
0 1 1
1 0 1
1 1 0
Li O
1 1
Direct
0 0 0
0.5 0.5 0.5
"""
CAMPAIGN = {
    "campaign": "salt", "until": "expansion", "species": "Li",
    "prim": {"file": "salt.vasp", "formula_units": 1, "sites": [
        {"label": "M", "species": ["Li", "Mn", "Ti", "Va"], "element": "Li"},
        {"label": "X", "species": ["O", "F"], "element": "O"},
    ]},
    "orderings": {"max_cells": 3,
                  "charges": {"Li": 1, "Mn": [2, 3, 4], "Ti": [3, 4], "O": -2, "F": -1}},
    "dft": {"settings": "settings.yaml", "batches": 1},
    "energies": {"backend": "mlip", "mlip": {
        "calculator": "tests.energies.mlip.wells:Wells", "level": "wells", "relax_cell": False,
        "batches": 1, "spare_minutes": 0,
    }},
    "expansion": {"cutoffs_A": {2: 4.3}},
    "ranges": {"all": {"x": [0, 1]}},
}  # fmt: skip
SETTINGS = {
    "base": "MPRelaxSet", "incar": {"LMAXMIX": 4}, "max_stress_GPa": 0.3,
    "potcar": {"required_text": None, "titels": "PBE", "release_folders": ["POT_GGA_PAW_PBE"]},
    "species": {"Mn": {"oxidation_moments_muB": {2: 4.6, 3: 3.8, 4: 2.9}}},
}  # fmt: skip
CODES = {"Li": 0, "Mn": 1, "Ti": 2, "Va": 3, "O": 0, "F": 1}


def ordering(name: str, *species: str) -> Ordering:
    """Three cells in a row: what the cations sites hold, then the anion sites."""
    codes = np.array([CODES[one] for one in species], np.int8)
    hnf = (1, 0, 0, 0, 1, 0, 0, 0, 3)
    return Ordering(name, hnf, species.count("Li") / 3, codes, 1, 0.0)


SOME = [
    ordering("oxide", "Li", "Mn", "Mn", "O", "O", "O"),  # Mn(II) and Mn(III)
    ordering("mixed", "Li", "Mn", "Va", "F", "O", "F"),  # Mn(III)
    ordering("titanium", "Mn", "Ti", "Va", "O", "O", "O"),  # Mn(III), Ti(III)
]


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("salt.vasp").write_text(CRYSTAL)
    Path("settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    Path("salt.yaml").write_text(yaml.safe_dump(CAMPAIGN))
    scripts = Scripts(str(tmp_path / "salt.yaml"))
    scripts.call("prim", input={"crystal": "salt.vasp"}, output={"prim": "prim.json"})
    write_orderings(MADE / "orderings.csv", SOME)
    return scripts


def test_input_for_vasp(scripts):
    """Blocks, potentials and U per species; moments of the states that make an ordering neutral."""
    scripts.call(
        "dft_batch", wildcards={"batch": "0"},
        input={"prim": f"{MADE}/prim.json", "orderings": f"{MADE}/orderings.csv", "dft": []},
        output={"batch": "batch.csv"}, root=f"{MADE}/inputs",
    )  # fmt: skip
    for name, labels, u, moments in (
        ("oxide", ["Li_sv", "Mn_pv", "O"], [0, 3.9, 0], {"Mn": [3.8, 4.6]}),
        ("mixed", ["Li_sv", "Mn_pv", "O", "F"], [0, 3.9, 0, 0], {"Mn": [3.8]}),
        ("titanium", ["Ti_pv", "Mn_pv", "O"], [0, 3.9, 0], {"Mn": [3.8], "Ti": [0.6]}),
    ):
        folder = MADE / "inputs" / name
        incar, poscar = Incar.from_file(folder / "INCAR"), Poscar.from_file(folder / "POSCAR")
        assert (folder / "POTCAR.spec").read_text().split() == labels
        assert [label.split("_")[0] for label in labels] == poscar.site_symbols
        assert incar["LDAUU"] == u
        symbols = [site.specie.symbol for site in poscar.structure]
        found = list(zip(symbols, incar["MAGMOM"], strict=True))
        assert {e: sorted(m for s, m in found if s == e) for e in moments} == moments
    said = (MADE / "dft_batch.log").read_text()
    assert "no species.Ti.oxidation_moments_muB: ions of Ti start from 0.6 μB" in said
    assert "species.Mn" not in said


def test_relaxations(scripts):
    """Every atom of both sublattices is found at its site again."""
    made = scripts.call(
        "mlip_batch", wildcards={"batch": "0"},
        input={"prim": f"{MADE}/prim.json", "orderings": f"{MADE}/orderings.csv", "weights": []},
        output={"results": "mlip.csv"}, runs=f"{MADE}/relaxations", structures=f"{MADE}/relaxed",
    )  # fmt: skip
    rows = pd.read_csv(made.results).set_index("id")
    assert set(rows.index) == {one.id for one in SOME}
    assert (rows.total_energy_eV_per_cell.abs() < 1e-3).all()
    for name, atoms in (("mixed", "Li1 Mn1 O1 F2"), ("titanium", "Mn1 Ti1 O3")):
        relaxed = Poscar.from_file(MADE / "relaxed" / f"{name}.vasp").structure
        wanted = Counter({part[:-1]: int(part[-1]) for part in atoms.split()})
        assert Counter(site.specie.symbol for site in relaxed) == wanted
