"""Hops of an ordering of HE-V's crystal, and barriers by a calculator without weights."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.crystal.prim import Prim
from navac.files import write_json
from navac.orderings.ordering import Ordering, write_orderings
from tests.checkout import ROOT
from tests.hops.test_ends import ordering
from tests.scripts.conftest import Scripts

HOPS = {"ordering": "one", "reach_A": 4.6, "images": 1}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")


def test_list_hops(capsys):
    scripts = Scripts("config/high_entropy.yaml", hops=HOPS, dft={"settings": "pbe_u"})
    prim = scripts.call(
        "prim", input={"crystal": "config/published/hev/prim.json"}, output={"prim": "prim.json"}
    ).prim
    write_orderings("made/orderings.csv", [ordering("00110000", "0000")])
    made = scripts.call(
        "hops",
        input={"prim": prim, "orderings": "made/orderings.csv", "dft": []},
        output={"hops": "hops/hops.csv"},
        root="made/hops/neb",
    )
    table = pd.read_csv(made.hops, dtype={"hop": str})
    assert table.kind.tolist() == ["Na1-Na2-3.33", "Na2-Na2-4.50"]
    assert Path("made/hops/neb/001/02/POSCAR").is_file()
    assert "12 per primitive cell; hops up to here lead on in 3 dimensions" in (
        capsys.readouterr().err
    )


def test_find_barriers(capsys):
    """Copper around a vacancy: one hop converges, and with too few steps none does."""
    copper = Prim(
        3.61 * np.eye(3), np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]),
        (("Cu", "Va"),) * 4, ("Cu",) * 4, 4,
    )  # fmt: skip
    Path("made").mkdir()
    write_json("made/prim.json", copper.to_dict() | {"space_group": {"tolerance_A": 1e-5}})
    codes = np.array([1] + [0] * 7, np.int8)
    write_orderings("made/orderings.csv", [
        Ordering("one", (2, 0, 0, 0, 1, 0, 0, 0, 1), 7 / 8, codes, 1, np.nan)
    ])  # fmt: skip
    emt = {"calculator": "ase.calculators.emt:EMT", "level": None, "options": {}}
    asked = HOPS | {"reach_A": 3.0, "barriers": True, "most": 1, "max_force_eV_per_A": 0.1}
    out = {
        "barriers": "hops/barriers.csv", "paths": "hops/paths.csv",
        "pdf": "figures/barriers.pdf", "png": "figures/barriers.png",
    }  # fmt: skip
    handed = {"prim": "made/prim.json", "orderings": "made/orderings.csv", "weights": []}
    scripts = Scripts("config/high_entropy.yaml", species="Cu", hops=asked, energies__mlip=emt)
    made = scripts.call("barriers", input=handed, output=out)
    [row] = pd.read_csv(made.barriers).itertuples()
    assert row.status == "done"
    assert 0.3 < row.barrier_eV < 1.5
    assert len(pd.read_csv(made.paths)) == 3
    few = Scripts(
        "config/high_entropy.yaml", species="Cu", hops=asked | {"max_steps": 1},
        energies__mlip=emt,
    )  # fmt: skip
    with pytest.raises(SystemExit, match="no band has converged"):
        few.call("barriers", input=handed, output=out)
    assert "has not converged" in capsys.readouterr().err
