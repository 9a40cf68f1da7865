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
    # The longer hop would need 26 steps: it is named, and the shorter one goes on.
    some = asked | {"reach_A": 3.7, "most": 2, "max_steps": 15}
    two = Scripts("config/high_entropy.yaml", species="Cu", hops=some, energies__mlip=emt)
    short, long = pd.read_csv(two.call("barriers", input=handed, output=out).barriers).itertuples()
    assert (short.status, long.status) == ("done", "failed")
    assert "the band has not converged to 0.1 eV/Å in 15 steps" in long.reason
    few = Scripts(
        "config/high_entropy.yaml", species="Cu", hops=asked | {"max_steps": 1},
        energies__mlip=emt,
    )  # fmt: skip
    with pytest.raises(SystemExit, match="no band has converged"):
        few.call("barriers", input=handed, output=out)
    assert "has not converged" in capsys.readouterr().err


BARRIERS = """kind,from,to,around,status,barrier_eV,back_eV
Na1-Na2-3.33,Na1,Na2,V4,done,0.3,0.2
Na1-Na2-3.33,Na1,Na2,Cr1V3,done,0.4,0.2
Na1-Na2-3.33,Na1,Na2,Cr2V2,failed,,
"""


def prim_of(scripts):
    return scripts.call(
        "prim", input={"crystal": "config/published/hev/prim.json"}, output={"prim": "prim.json"}
    ).prim


def test_estimate_diffusivity(capsys):
    """A table that the section ``cell`` can read."""
    from navac.cell.diffusivity import read_dependence

    Path("barriers.csv").write_text(BARRIERS)
    scripts = Scripts(
        "config/high_entropy.yaml", hops__barriers_file="barriers.csv",
        hops__temperatures_K=[300, 1000],
    )  # fmt: skip
    handed = {"prim": prim_of(scripts), "barriers": "barriers.csv"}
    out = {
        "table": "hops/diffusivity.csv", "pdf": "figures/diffusivity.pdf",
        "png": "figures/diffusivity.png", "at_300K": "hops/300K.csv", "at_1000K": "hops/1000K.csv",
    }  # fmt: skip
    made = scripts.call("diffusivity", input=handed, output=out)
    table = pd.read_csv(made.table)
    assert set(table.temperature_K) == {300, 1000}
    means = table.groupby("temperature_K").diffusivity_m2_per_s.mean()
    assert means[1000] > 100 * means[300] > 0
    assert "2 barriers, 0.250 to 0.300 eV" in capsys.readouterr().err
    read = read_dependence(made.at_300K, (1, 3), 1e-14, "jump")
    assert read.ratio[40] == pytest.approx(table.diffusivity_m2_per_s[40] / 1e-14, rel=1e-4)
    few = Scripts(
        "config/high_entropy.yaml", hops__barriers_file="barriers.csv",
        hops__temperatures_K=[300], hops__reach_A=3,
    )  # fmt: skip
    with pytest.raises(SystemExit, match="within 3 Å"):
        few.call("diffusivity", input=handed, output=out)


VALENCE = {
    "percolation": "hops/percolation.csv", "hops": "hops/valence.csv",
    "cube": "hops/valence.cube", "pdf": "figures/valence.pdf", "png": "figures/valence.png",
}  # fmt: skip


@pytest.mark.hops
def test_map_valence(capsys):
    Path("made").mkdir()
    Path("barriers.csv").write_text(BARRIERS.replace("Cr2V2,failed", "Cr2V2,done"))
    write_orderings("made/orderings.csv", [ordering("00110000", "0000")])
    asked = HOPS | {
        "valence": True,
        "resolution_A": 0.3,
        "around_A": 5,
        "barriers_file": "barriers.csv",
    }
    scripts = Scripts("config/high_entropy.yaml", hops=asked)
    handed = {"prim": prim_of(scripts), "orderings": "made/orderings.csv",
              "barriers": "barriers.csv"}  # fmt: skip
    made = scripts.call("valence", input=handed, output=VALENCE)
    percolation = pd.read_csv(made.percolation)
    assert percolation.energy_eV.between(1.3, 2).all()
    hops = pd.read_csv(made.hops)
    assert hops.kind.tolist() == ["Na1-Na2-3.33", "Na2-Na2-4.50"]
    assert hops.elastic_band_eV.tolist()[0] == 0.3
    # On so coarse a grid equal hops differ; percolation has to pass the worst of some way.
    assert 0.8 * percolation.energy_eV[2] < hops.barrier_eV[0] <= percolation.energy_eV[2]
    assert "goes on without end in 3 dimensions" in capsys.readouterr().err


def test_without_bvlain_the_map_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("navac.hops.valence.find_spec", lambda name: None)
    scripts = Scripts("config/high_entropy.yaml", hops=HOPS | {"valence": True})
    with pytest.raises(SystemExit, match="`make hops`"):
        scripts.call("valence", input={"prim": [], "orderings": [], "barriers": []}, output=VALENCE)
