"""The stage of particles and cells in the workflow: turned on by one key, rerun by its own keys."""

import json

import pytest
import yaml

from navac.campaign.resolve import resolved
from navac.cell.packages import NEEDED
from navac.config import load_config
from tests.checkout import MINIATURE, duplicate, run
from tests.scripts.test_cell import BESIDE, CELL
from tests.workflow.dry_run import reruns_by_key
from tests.workflow.test_settings import following

pytestmark = pytest.mark.cell
CONFIG = "config/miniature_cell.yaml"
SET, CYCLES, CHARGES, VARIES = (
    {f"cell_{name}"} for name in ("parameters", "cycling", "particles", "sensitivity")
)  # fmt: skip
FURTHER = SET | CYCLES | CHARGES | VARIES
OTHER = {"value": 2.0, "factor": None, "source": "another"}

# Key: the rules that read it, and another value.
KEYS = {
    "cell.run": (set(), False),
    "cell.temperature_K": (SET, None),
    "cell.x": (SET, [1, 2.5]),
    "cell.open_circuit_file": (SET, None),
    "cell.volumes_A3_per_fu": (SET, {1: 219.0, 3: 234.0}),
    "cell.volumes_source": (SET, "another"),
    "cell.diffusivity_m2_per_s.value": (SET, 2e-14),
    "cell.diffusivity_m2_per_s.factor": (SET, 2),
    "cell.diffusivity_m2_per_s.source": (SET, "another"),
    "cell.diffusivity_kind": (SET, "jump"),
    "cell.diffusivity_file": (SET, None),
    "cell.diffusivity_scale": (SET, 0.5),
    "cell.coherent": (SET, True),
    "cell.barrier_meV_per_fu": (SET, OTHER),
    "cell.exchange_current_A_per_m2": (SET, OTHER),
    "cell.beside.name": (SET, "another"),
    "cell.beside.x": (SET, [1.3, 3.1]),
    "cell.beside_file": (SET, None),
    "cell.rates_C": (CYCLES | VARIES, [0.5]),
    "cell.electrode": (CYCLES | VARIES, {"Separator porosity": 0.5}),
    "cell.voltage_limits_V": (CYCLES | VARIES, [2.0, 4.0]),
    "cell.gitt.rate_C": (CYCLES, 0.5),
    "cell.gitt.pulse_minutes": (CYCLES, 6),
    "cell.gitt.rest_minutes": (CYCLES, 20),
    "cell.gitt.pulses": (CYCLES, 5),
    "cell.particle_rate_C": (CHARGES | VARIES, 2),
    "cell.mesh_radial": (CHARGES | VARIES, 30),
    "cell.meshes": (CHARGES, {"octahedron": "config/particles/octahedron.vtu"}),
}
ALIKE = ("radius_um", "young_modulus_GPa", "poisson_ratio", "interface_nm")
"""Given numbers that are read as the diffusivity is."""


@pytest.fixture(scope="module")
def finished(miniature, tmp_path_factory):
    """The miniature campaign with the stage, begun from the campaign without it."""
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is missing; make cell installs it")
    folder = duplicate(miniature, tmp_path_factory.mktemp("cell") / "copy")
    data = yaml.safe_load((folder / MINIATURE).read_text())
    data["cell"] = CELL | {"beside": BESIDE}
    (folder / CONFIG).write_text(yaml.safe_dump(data))
    done = run(folder, "--configfile", CONFIG)
    return folder, done.stdout + done.stderr


def test_only_the_stage_is_done(finished):
    """What the campaign had without it stays."""
    folder, said = finished
    assert "parameters of the cell, cells, particles, sensitivity of the cell" in said
    assert "rule sampling" not in said
    made = {path.name for path in (folder / "results/miniature/cell").iterdir() if path.is_file()}
    assert made == {
        "parameters.json", "beside.json", "bpx.json", "rates.csv", "curves.csv", "titration.csv",
        "particles.csv", "profiles.csv", "sensitivity.csv", "uncertainty.csv",
    }  # fmt: skip
    figures = {path.name for path in (folder / "results/miniature/figures").glob("cell_*")}
    assert "cell_film.gif" in figures
    assert len(figures) == 13
    again = run(folder, "--configfile", CONFIG)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_provenance_goes_back_to_the_settings(finished):
    kept = finished[0] / "results/miniature/cell/.provenance/particles.csv.json"
    lineage = json.loads(kept.read_text())["lineage"]
    assert lineage["cell.x"] == [1.0, 3.0]
    assert lineage["sampling.blocks"] == 5


@pytest.fixture(scope="module")
def reruns(finished):
    values = {key: value for key, (_, value) in KEYS.items() if value is not None}
    return reruns_by_key(finished[0], CONFIG, values)


@pytest.mark.parametrize("key", [key for key, (_, value) in KEYS.items() if value is not None])
def test_a_changed_key_reruns_what_depends_on_it_and_nothing_else(reruns, key):
    expected = following(KEYS[key][0], FURTHER)
    assert reruns[key] == (expected, expected)


def test_every_key_of_the_section_is_in_the_table(finished):
    keys = {k for k in resolved(load_config(finished[0] / CONFIG)) if k.startswith("cell.")}
    known = tuple(KEYS) + tuple(f"cell.{name}." for name in ALIKE) + ("cell.beside.",)
    assert [key for key in keys if not key.startswith(known)] == []
