"""Structures and energies from elsewhere, as the rule reads them."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from navac.energies.table import read_energies
from navac.files import write_json
from navac.orderings.ordering import read_orderings
from tests.energies.made_up import forty, lithium_cobaltate, write_entries, write_xyz
from tests.energies.test_user import planted
from tests.scripts.conftest import Scripts

PRIM, GROUP = lithium_cobaltate()


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Calls the rule on a file of structures."""
    monkeypatch.chdir(tmp_path)
    record = {"tolerance_A": GROUP.tolerance}
    write_json("prim.json", {"space_group": record, **PRIM.to_dict()})

    def called(made, write=write_xyz):
        file = write(Path(), made)
        scripts = Scripts(written_campaign(file))
        return scripts.call(
            "user_energies",
            input={"prim": "prim.json", "enumerated": [], "files": [file]},
            output={"energies": "energies.csv", "orderings": "orderings.csv",
                    "mapping": "mapping.csv"},
        )  # fmt: skip

    return called


def written_campaign(file: str) -> str:
    """A configuration in the current folder; its path."""
    Path("mine.yaml").write_text(yaml.safe_dump(campaign(file)))
    return str(Path("mine.yaml").absolute())


def campaign(files) -> dict:
    """Of lithium cobaltate, small in every respect."""
    return {
        "campaign": "mine", "seed": 1, "species": "Li",
        "prim": {"file": "lco.json", "formula_units": 1, "symmetry_tolerance_A": 1e-3},
        "energies": {"backend": "user", "average_voltage_V": 4.0, "user": {"files": files}},
        "expansion": {"cutoffs_A": {2: 5.1}, "alpha_eV": 1e-5},
        "ranges": {"all": {
            "x": [0, 1], "phases": {"empty": 0, "full": 1}, "windows": {"whole": [0, 1]},
            "temperatures_K": [{"start": 200, "stop": 600, "step": 200}],
            "mu_step_eV": 0.02, "mu_margin_eV": 0.05, "mu_reach_eV": 0.1,
        }},
        "sampling": {"supercell": [4, 4, 4], "replicas_per_batch": 32, "equilibration_sweeps": 5,
                     "blocks": 5, "block_sweeps": 2, "carried_sweeps": 2},
        "thermodynamics": {
            "smallest_jump_x": 0.05, "voltage_temperatures_K": [300],
            "occupancy_temperatures_K": [300], "entropy_temperatures_K": [300],
            "heat_capacity_temperatures_K": [400],
        },
    }  # fmt: skip


def test_read_user_energies(call):
    written, _ = planted(forty(PRIM, GROUP))
    made = call(written, write_entries)
    table = read_energies(made.energies)
    orderings = {o.id: o for o in read_orderings(made.orderings)}
    assert set(table.id) == set(orderings)
    assert len(table) == 40
    assert all(np.isnan(o.ewald_eV_per_cell) for o in orderings.values())
    ends = table[table.x.isin([0, 1])].energy_eV_per_cell
    np.testing.assert_allclose(ends, 0, atol=1e-12)
    log = Path("made/user_energies.log").read_text()
    assert "44 structures: 40 used, 1 duplicate, 3 refused" in log
    assert log.count("is not used, ") == 4
    assert len(Path(made.mapping).read_text().splitlines()) == 45


def test_what_cannot_be_used_at_all_is_an_error(call):
    made = [m for m in forty(PRIM, GROUP) if m.ordering.x < 1]
    with pytest.raises(SystemExit, match="no structure at x = 1 can be used"):
        call(made)
