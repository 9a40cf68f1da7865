"""Sodium taken out of NVP and of a host without energies."""

from pathlib import Path

import pandas as pd
import pytest

from navac.orderings.ordering import write_orderings
from tests.checkout import ROOT
from tests.scripts.conftest import Scripts
from tests.thermodynamics.test_extraction import METAL, energy, ordering

HOSTS = {
    "NVP": {"metals": {"V": 2}, "reference_x": 3, "electrons": 1},
    "HE-V": {"metals": {"V": 1.5, "Cr": 0.5}, "reference_x": 3.2, "electrons": 3},
}


END = -4.0
"""Slope of the line that mixing energies lack, eV per Na."""


def test_extract_species(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")
    scripts = Scripts(
        "config/high_entropy.yaml",
        **{"extraction__hosts": HOSTS, "energies__metal_eV_per_atom": METAL},
    )
    prim = scripts.call(
        "prim", input={"crystal": "config/published/hev/prim.json"}, output={"prim": "prim.json"}
    ).prim
    orderings = [ordering(f"x{n}", n) for n in range(9)]
    write_orderings("made/orderings.csv", orderings)
    pd.DataFrame({
        "id": [o.id for o in orderings], "range": "", "x": [o.x for o in orderings],
        "energy_eV_per_cell": [2 * (energy(o.x) - END * o.x) for o in orderings],
        "provenance": "made up",
        "total_energy_eV_per_cell": [2 * energy(o.x) for o in orderings],
    }).to_csv("made/energies.csv", index=False)  # fmt: skip
    pd.DataFrame({
        "id": [o.id for o in orderings], "x": [o.x for o in orderings],
        "predicted_eV_per_cell": [0.02 * o.x for o in orderings],
    }).to_csv("made/predicted.csv", index=False)  # fmt: skip
    made = scripts.call(
        "extraction",
        input={
            "prim": prim, "orderings": "made/orderings.csv", "energies": "made/energies.csv",
            "metal": [], "predicted": ["made/predicted.csv"],
        },
        output={
            "contents": "extraction/contents.csv", "voltages": "extraction/voltages.csv",
            "capacities": "extraction/capacities.csv", "pdf": "figures/extraction.pdf",
            "png": "figures/extraction.png",
        },
    )  # fmt: skip
    voltages = pd.read_csv(made.voltages)
    assert voltages.voltage_V.tolist() == pytest.approx([1.7, 3.4, 4.2])
    # By the expansion mixing energies are 0.01 eV times x: a voltage of METAL - END - 0.01.
    assert voltages.expansion_voltage_V.tolist() == pytest.approx([METAL - END - 0.01] * 3)
    assert voltages.oxidised.tolist() == ["V 2.50 → 3.00", "V 3.00 → 4.00", "V 4.00 → 4.50"]
    capacities = pd.read_csv(made.capacities).set_index("host").capacity_mAh_per_g
    assert capacities["NVP"] == pytest.approx(58.81, abs=0.005)
    said = capsys.readouterr().err
    assert "HE-V: energies at no x" in said
    assert "HE-V is left out" in said
    assert "NVP: 3.400 V, by the expansion 2.690, x = 3 to 1 (V 3.00 → 4.00)" in said
    assert Path(made.png).stat().st_size > 5000
