"""Descriptors and screening of HE-V."""

from pathlib import Path

import pandas as pd
import pytest

from tests.checkout import ROOT
from tests.scripts.conftest import Scripts


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")
    return Scripts("config/high_entropy.yaml", descriptors__screening__limits={"x": [3.0, 3.3]})


@pytest.fixture
def prim(scripts):
    return scripts.call(
        "prim", input={"crystal": "config/published/hev/prim.json"}, output={"prim": "prim.json"}
    ).prim


def figures(name):
    return {kind: f"figures/descriptors_{name}.{kind}" for kind in ("pdf", "png")}


def test_describe_compositions(scripts, prim, capsys):
    made = scripts.call(
        "descriptors",
        input={"prim": prim},
        output={
            "entropies": "descriptors/entropies.csv", "descriptors": "descriptors/descriptors.csv",
            **figures("entropies"),
        },
    )  # fmt: skip
    entropies = pd.read_csv(made.entropies).set_index(["composition", "part", "equation", "per"])
    assert entropies.entropy_R["HE-V", "M", 1, "site"] == pytest.approx(0.96469, abs=5e-6)
    assert entropies["class"]["HE-V", "M", 4, "formula unit"] == "high"
    assert entropies["minus_TS_1053K_eV"]["HE-V", "M", 4, "formula unit"] == pytest.approx(
        -0.1751, abs=5e-5
    )
    descriptors = pd.read_csv(made.descriptors).set_index(["composition", "descriptor"])
    assert descriptors.value["HE-V", "mean_charge_e"] == pytest.approx(2.9)
    assert descriptors.reason.isna().all()
    assert "HE-V by ICP: amounts on M are scaled by 1.024 to fill it" in capsys.readouterr().err
    assert all(Path(made.__getattr__(kind)).stat().st_size > 5000 for kind in ("pdf", "png"))


def test_screen_compositions(scripts, prim, capsys):
    made = scripts.call(
        "screening",
        input={"prim": prim},
        output={"table": "descriptors/screening.csv", **figures("screening")},
    )
    table = pd.read_csv(made.table)
    assert table.x.between(3, 3.3).all()
    assert table.score.is_monotonic_decreasing
    hev = table[table.composition == "Na3.2 V1.5 Al0.1 Cr0.1 Fe0.1 Mg0.1 Mn0.1"]
    assert hev.entropy_R.tolist() == pytest.approx([1.92939])
    assert "2002 neutral compositions" in capsys.readouterr().err
    assert all(Path(made.__getattr__(kind)).stat().st_size > 5000 for kind in ("pdf", "png"))
