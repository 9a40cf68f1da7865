"""A campaign of another material, from a crystal file to the report: it speaks of itself."""

import re
import runpy
import warnings
import zipfile

import h5py
import pytest
import yaml
from matplotlib.text import Text
from pymatgen.core import Structure

from navac.campaign.check import checked_file
from navac.campaign.job import Job
from navac.campaign.rules import Rules
from navac.crystal.decoration import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.eci_table import eci_table
from navac.expansion.expansion import Expansion
from navac.figures import curves
from tests.checkout import ROOT, checkout, run
from tests.fake_job import handed

SITES = [{"label": "Li", "species": ["Li", "Va"], "element": "Li"}]
CUTOFFS = {2: 5.7}
PAIRS_EV = (0.02, 0.008, 0.004)
"""Repulsion of lithium ions by distance; more distant pairs do not interact."""

CONFIG = {
    "campaign": "lco",
    "seed": 1,
    "species": "Li",
    "about": {
        "sources": [{"citation": "J. Akimoto et al., J. Solid State Chem. 141, 298 (1998)"}],
        "counterparts": {"voltage": "Fig. 9 of a book on batteries"},
    },
    "prim": {"file": "lco.vasp", "sites": SITES, "formula_units": 1},
    "orderings": {
        "max_cells": 6,
        "max_per_composition": 20,
        "compositions": {"start": 0, "stop": 1, "step": 1 / 6},
        "charges": {"Li": 1, "Co": 3.5, "O": -2},
    },
    "energies": {"average_voltage_V": 4.0},
    "expansion": {"cutoffs_A": CUTOFFS, "alpha_eV": 1e-5},
    "ranges": {
        "all": {
            "x": [0, 1],
            "published_eci": "eci.csv",
            "windows": {"whole": [0, 1]},
            "temperatures_K": [{"start": 100, "stop": 500, "step": 100}],
            "cool_to_K": 300,
            "mu_step_eV": 0.01,
            "mu_margin_eV": 0.04,
            "mu_reach_eV": 0.12,
        }
    },
    "sampling": {
        "supercell": [6, 6, 6],
        "replicas_per_batch": 64,
        "equilibration_sweeps": 5,
        "blocks": 4,
        "block_sweeps": 2,
        "carried_sweeps": 2,
    },
    "thermodynamics": {
        f"{what}_temperatures_K": [300] for what in ("voltage", "occupancy", "entropy")
    } | {"heat_capacity_temperatures_K": [300]},
}  # fmt: skip

FOREIGN = re.compile(r"\b(Na|NxVP|NASICON|NaSICON|Wang|vanadium|sodium)\b|V2\(PO4\)|V\$_2")
"""What a campaign of LixCoO2 has nothing to do with."""

DATA: dict[str, str | list[str]] = {
    "mixing_energies": "energies/energies.csv",
    "expansion_errors": ["expansion/all_energies.csv"],
    "interactions": ["expansion/all.csv", "expansion/all_covariance.h5"],
    "short_range_order": ["expansion/all_order.csv", "expansion/all_hull.csv"],
    **dict.fromkeys(("phase_diagram", "order", "heat_capacity", "entropy"),
                    "thermodynamics/phase_diagram.h5"),
    **dict.fromkeys(("voltage", "occupancies"), "thermodynamics/voltage.h5"),
}  # fmt: skip
"""What every figure is drawn from."""


def write_campaign(folder):
    """The crystal, its interactions and the configuration; the end members are on the hull."""
    with warnings.catch_warnings():  # pymatgen says which of the file's symmetries it takes
        warnings.simplefilter("ignore")
        crystal = Structure.from_file(ROOT / "config/crystals/LiCoO2.cif")
    crystal = crystal.get_primitive_structure()
    crystal.to(str(folder / "lco.vasp"), fmt="poscar")
    prim = read_prim(folder / "lco.vasp", SITES, 1)
    orbits = enumerate_orbits(prim, find_space_group(prim, 1e-3), CUTOFFS)
    eci, left = [], iter(PAIRS_EV)
    for orbit in orbits:
        eci.append(-0.05 if orbit.order == 1 else next(left, 0.0))
    eci_table(Expansion(orbits, eci)).to_csv(folder / "eci.csv", index=False)
    path = folder / "lco.yaml"
    path.write_text(yaml.safe_dump(CONFIG | {"prim": CONFIG["prim"] | {
        "symmetry_tolerance_A": 1e-3,
    }}))  # fmt: skip
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The finished campaign, and what it said."""
    folder = checkout(tmp_path_factory.mktemp("another") / "copy")
    done = run(folder, "--configfile", write_campaign(folder).name)
    return folder / "results/lco", done.stdout + done.stderr


def test_it_ends_in_figures_and_a_report(finished):
    results, _ = finished
    figures = {f.stem for f in (results / "figures").glob("*.pdf")}
    assert {"phase_diagram", "voltage", "mixing_energies", "interactions"} <= figures
    assert (results / "report.zip").stat().st_size > 100_000
    assert not (results / "dft").exists()


def test_its_report_names_its_material_and_sources(finished, tmp_path):
    results, _ = finished
    with zipfile.ZipFile(results / "report.zip") as archive:
        archive.extractall(tmp_path)
    page = next(tmp_path.rglob("report.html")).read_text(encoding="utf-8")
    captions = re.findall(r'"caption": "((?:[^"\\]|\\.)*)"', page)
    first = re.search(r'w_desc = "((?:[^"\\]|\\.)*)"', page)[1]
    assert len(captions) >= 9
    for text in (first, *captions):
        assert not FOREIGN.search(text), text
    assert "takes LixCoO2 from its crystal" in first
    assert "<li>J. Akimoto et al., J. Solid State Chem. 141, 298 (1998)</li>" in first
    assert not any("<ol" in text or "system-message" in text for text in (first, *captions))
    ending = [text for text in captions if "Counterpart of" in text]
    assert len(ending) == 1
    assert "Counterpart of Fig. 9 of a book on batteries." in ending[0]
    assert "in V vs. Li/Li" in " ".join(ending[0].replace("\\n", " ").split())


def test_its_messages_and_tables_name_nothing_else(finished):
    results, said = finished
    files = [f for end in ("json", "csv", "log") for f in results.rglob(f"*.{end}")]
    texts = [said, *(f.read_text() for f in files)]
    assert len(texts) > 20
    assert [found[0] for text in texts if (found := FOREIGN.search(text))] == []


def names_and_attributes(path):
    """Every name, attribute and text in an HDF5 file."""
    found = []
    with h5py.File(path) as file:
        found += [f"{name} {value}" for name, value in file.attrs.items()]
        file.visititems(
            lambda name, item: found.extend([name, *(f"{k} {v}" for k, v in item.attrs.items())])
        )
    return found


def test_its_files_name_its_species(finished):
    results, _ = finished
    files = [*results.glob("thermodynamics/*.h5"), *results.glob("sampling/*.h5")]
    assert len(files) == 4
    for path in files:
        texts = names_and_attributes(path)
        assert [t for t in texts if FOREIGN.search(t)] == [], path
    assert any(t == "species Li" for f in files for t in names_and_attributes(f))


def test_its_figures_name_its_material(finished, tmp_path, monkeypatch):
    results, _ = finished
    folder = results.parents[1]
    monkeypatch.chdir(folder)
    drawn = {}
    monkeypatch.setattr(curves, "save", lambda figure, stem: drawn.update({stem.name: figure}))
    rules = Rules(checked_file("lco.yaml"), scripts=folder / "scripts")
    script = runpy.run_path(str(folder / "scripts/draw_figures.py"))["main"]
    for name, data in DATA.items():
        many = [f"results/lco/{d}" for d in ([data] if isinstance(data, str) else data)]
        snakemake = handed(
            rules, f"figure_{name}", figure=name,
            input={"data": many[0] if isinstance(data, str) else many,
                   "prim": "results/lco/prim/prim.json"},
            output={kind: str(tmp_path / f"{name}.{kind}") for kind in ("pdf", "png", "csv")},
        )  # fmt: skip
        with open(tmp_path / "log", "w") as log:
            script(Job(snakemake, log))
    assert set(drawn) == set(DATA)
    for name, figure in drawn.items():
        texts = [t.get_text() for t in figure.findobj(Text)]
        assert [t for t in texts if FOREIGN.search(t)] == [], name
        if name != "interactions":
            assert "$x$ in Li$_x$CoO$_2$" in texts, name
    assert "Voltage (V vs. Li/Li⁺)" in [t.get_text() for t in drawn["voltage"].findobj(Text)]
