"""Every way in which a configuration is refused: message with file, field and fix."""

import copy
import json
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError
from pymatgen.core import Structure

from navac.campaign import docs as config_docs
from navac.campaign.check import checked, checked_file
from navac.campaign.sampling_checks import excluded_phases, one_cell_hull
from navac.config import ConfigError
from navac.config.fields import Grid
from navac.hull import lower_hull

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config/config.yaml").read_text())


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def changed(*edits):
    """The default campaign with (dotted path, value) edits; ``...`` removes the key."""
    data = copy.deepcopy(DEFAULT)
    for path, value in edits:
        *parents, key = path.split("/")
        place = data
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return data


def problems(*edits):
    """(field, text) of every problem; each is a line of the message with the file in front."""
    with pytest.raises(ConfigError) as caught:
        checked(changed(*edits), "my/campaign.yaml")
    lines = [f"my/campaign.yaml: {field}: {text}" for field, text in caught.value.problems]
    assert str(caught.value).split("\n") == lines
    return list(caught.value.problems)


def grid(start, stop, step):
    return {"start": start, "stop": stop, "step": step}


R1, R3 = "ranges/x1to3", "ranges/x3to4"
POOR, RICH = "ranges.x1to3", "ranges.x3to4"
SPAN = grid(300, 500, 100)

REFUSED = {
    # keys and types
    "unknown key": ("sampling/suprcell", [8, 8, 8], "sampling.suprcell", "did you mean supercell"),
    "start of no phase": (
        f"{R1}/start_mu_eV", {"chi": -0.5}, f"{POOR}.start_mu_eV.chi", "use one of ranges.x1to3.ph",
    ),
    "wrong unit in the key": (
        "sampling/box_nm", 5, "sampling.box_nm", "use one of supercell, protocol, rule",
    ),
    "key of another unit": (
        f"{R1}/mu_step_meV", 1, f"{POOR}.mu_step_meV", "did you mean mu_step_eV",
    ),
    "unknown section": ("samplng", {}, "samplng", "did you mean sampling"),
    "missing key": ("prim/formula_units", ..., "prim.formula_units", "add it (formula units in"),
    "unit in the value": (
        f"{R1}/temperatures_K", [SPAN | {"start": "300 K"}], f"{POOR}.temperatures_K.0.start",
        "write the number alone",
    ),
    "quoted number": ("expansion/alpha_eV", "0.1", "expansion.alpha_eV", "without quotes"),
    "truth for a number": (f"{R1}/mu_step_eV", True, f"{POOR}.mu_step_eV", "not a number"),
    "not finite": (f"{R1}/mu_step_eV", float("inf"), f"{POOR}.mu_step_eV", "derived grid: step"),
    "half a cell": ("orderings/max_cells", 1.5, "orderings.max_cells", "give: largest supercell"),
    "text for truth": ("expansion/refit", "yes", "expansion.refit", "fit the selected terms"),
    "truth for text": ("species", False, "species", "give: species whose amount"),
    "value for a section": ("sampling", 3, "sampling", "give: Monte Carlo"),
    "section for a value": ("species", {"Na": 1}, "species", "give: species whose amount"),
    "penalty in meV": ("expansion/alpha_eV", 1.0, "expansion.alpha_eV", "L1 penalty of lasso"),
    "regression": (
        "expansion/regression", "ols", "expansion.regression", "ridge; ard, group_ard",
    ),
    "one fold": ("expansion/folds", 1, "expansion.folds", "at least 2"),
    "weight of zero": (
        "expansion/hull_weight_meV_per_fu", 0, "expansion.hull_weight_meV_per_fu", "null for none",
    ),
    "outliers everywhere": (
        "expansion/outlier_sigmas", 1, "expansion.outlier_sigmas", "at least 3",
    ),
    "cutoff of points": ("expansion/cutoffs_A", {1: 5.0}, "expansion.cutoffs_A", "remove 0 and 1"),
    "cutoffs in pm": ("expansion/cutoffs_A", {2: 1000}, "expansion.cutoffs_A", "in Å"),
    "further orderings that are not there": (
        "orderings/more", "no/such.csv", "orderings.more", "give a path from the folder",
    ),
    "box of a range too small to colour": (
        f"{R3}/supercell", [1, 7, 7], f"{RICH}.supercell", "",
    ),
    "campaign is no folder": ("campaign", "a/b", "campaign", "its folder under results"),
    "phase is no name": (f"{R1}/phases", {"a+b": 1}, f"{POOR}.phases.a+b", "the name should"),
    "replicas": (
        "sampling/replicas_per_batch", 0, "sampling.replicas_per_batch", "greater than or equal",
    ),
    "rule": ("sampling/rule", "glauber", "sampling.rule", "metropolis or heat_bath"),
    "other backend": ("energies/backend", "gpaw", "energies.backend", "vasp"),
    # grids
    "temperatures fall": (
        f"{R1}/temperatures_K", [grid(1000, 150, 10)],
        f"{POOR}.temperatures_K.0", "goes the wrong way; swap",
    ),
    "negative step": (
        f"{R1}/temperatures_K", [grid(1000, 150, -10)],
        f"{POOR}.temperatures_K.0.step", "greater than 0",
    ),
    "segments overlap": (
        f"{R1}/temperatures_K", [SPAN, SPAN | {"start": 400}], f"{POOR}.temperatures_K",
        "start it later or sort",
    ),
    "temperatures in C": (
        f"{R1}/temperatures_K", [grid(-100, 900, 100)], f"{POOR}.temperatures_K",
        "give temperatures in K",
    ),
    "no temperatures": (f"{R1}/temperatures_K", [], f"{POOR}.temperatures_K", "add a segment"),
    "step misses stop": (
        "orderings/compositions", grid(1, 4, 0.7), "orderings.compositions",
        "end at 3.8 or 4.5",
    ),
    "compositions do not rise": (
        "orderings/compositions", [1, 3, 2], "orderings.compositions", "sort them",
    ),
    "one composition": ("orderings/compositions", [1], "orderings.compositions", "add one"),
    "composition in no cell": (
        "orderings/compositions", [1, 1.1, 3, 4], "orderings.compositions", "raise orderings",
    ),
    "mu window empty": (
        f"{R1}/mu_eV", grid(-0.4, -0.4, 0.01), f"{POOR}.mu_eV", "raise stop",
    ),
    "mu window excludes": (
        f"{R1}/mu_eV", grid(-0.44, -0.3, 0.01), f"{POOR}.mu_eV",
        "excludes the phase zeta, which is stable from -inf to -0.4740 eV per atom; start below",
    ),
    "mu of the paper": (
        f"{R3}/mu_eV", grid(6.5, 9.5, 0.1), f"{RICH}.mu_eV",
        "excludes the phase omega",
    ),
    # ranges
    "no ranges": ("ranges", {}, "ranges", "add one"),
    "range backwards": (f"{R1}/x", [3, 1], f"{POOR}.x", "write [lowest, highest]"),
    "phase outside": (
        f"{R1}/phases", {"sigma": 4}, f"{POOR}.phases.sigma", "correct it, or move the phase",
    ),
    "phase of two x": (
        f"{R3}/phases", {"omega": 3.5}, f"{RICH}.phases.omega", "different names",
    ),
    "two names": (f"{R1}/phases", {"a": 1, "b": 1}, f"{POOR}.phases.b", "keep one of the names"),
    "window outside": (f"{R1}/windows", {"w": [2, 3.5]}, f"{POOR}.windows.w", "narrow it"),
    "window backwards": (f"{R1}/windows", {"w": [2, 1]}, f"{POOR}.windows.w", "[lowest, highest]"),
    "window name": (f"{R1}/windows", {"a/b": [1, 2]}, f"{POOR}.windows.a/b", "without /"),
    "window twice": (
        f"{R3}/windows", {"zeta+psi": [3, 4]}, f"{RICH}.windows.zeta+psi", "rename one",
    ),
    "ranges overlap": (f"{R3}/x", [2, 4], f"{RICH}.x", "start at 3"),
    "no structures": (
        "orderings/compositions", grid(1, 3, 0.25), f"{RICH}.x",
        "widen the range or orderings.compositions",
    ),
    # what is reported
    "voltage too hot": (
        "thermodynamics/voltage_temperatures_K", [1200], "thermodynamics.voltage_temperatures_K",
        "1200 K is above the highest sampled temperature, 1000 K; remove it or extend",
    ),
    "entropy too cold": (
        "thermodynamics/entropy_temperatures_K", [5, 300], "thermodynamics.entropy_temperatures_K",
        "5 K is below the lowest sampled temperature, 10 K; remove it",
    ),
    "electronic range": (
        "thermodynamics/electronic_entropy/range", "x2", "thermodynamics.electronic_entropy.range",
        "use one of x1to3, x3to4",
    ),
    "electronic x": (
        "thermodynamics/electronic_entropy/x_oxidised", 3,
        "thermodynamics.electronic_entropy.x_oxidised", "swap them",
    ),
    # files
    "no crystal": ("prim/file", "config/no.json", "prim.file", "no.json does not exist; give"),
    "crystal is none": ("prim/file", "config/config.yaml", "prim", "not a crystal structure"),
    "JSON is no crystal": (
        "prim/file", "workflow/schemas/config.schema.json", "prim", "or give a POSCAR or CIF",
    ),
    "sites of JSON": (
        "prim/sites", [{"label": "Na1", "species": ["Na", "Va"], "element": "Na"}], "prim",
        "remove prim.sites",
    ),
    "sites named twice": (
        "prim/sites", [{"label": "a", "species": ["Na"], "element": "Na", "indices": [0]}],
        "prim.sites.0", "give one of indices, element",
    ),
    "no table": (
        f"{R1}/published_eci", "config/no.csv", f"{POOR}.published_eci", "does not exist; give",
    ),
    "table left out": (f"{R1}/published_eci", None, f"{POOR}.published_eci", "name the table"),
    "table is none": (
        f"{R1}/published_eci", "config/published/nxvp/prim.json", f"{POOR}.published_eci",
        "correct it",
    ),
    "table of other cutoffs": (
        "expansion/cutoffs_A", {2: 5.0}, f"{POOR}.published_eci", "expansion.cutoffs_A",
    ),
    "table of another group": (
        "prim/symmetry_tolerance_A", 0.01, f"{POOR}.published_eci", "prim.symmetry_tolerance_A",
    ),
    "no expansion": (
        f"{R1}/expansion_file", "config/no.json", f"{POOR}.expansion_file", "does not exist; give",
    ),
    "expansion is none": (
        f"{R1}/expansion_file", "config/published/nxvp/prim.json", f"{POOR}.expansion_file",
        "is not an expansion of a known form",
    ),
    "expansion of another crystal": (
        f"{R3}/expansion_file", "tests/data/interchange/icet_fcc.json", f"{RICH}.expansion_file",
        "icet_fcc.json (icet): the prim's cell is",
    ),
    "no settings": ("dft/settings", "no.yaml", "dft.settings", "give scan_u or the path"),
    "no k-points": ("orderings/max_cells", 7, "dft.settings", "have no orderings so large"),
    "no potentials": ("dft/potcar_library", "/no/such", "dft.potcar_library", "or write null"),
    # models, and the metal of the voltage
    "no reference": ("energies/average_voltage_V", None, "energies.average_voltage_V", "give it"),
    "two references": (
        "energies/metal_eV_per_atom", -1.3, "energies.metal_eV_per_atom", "write null for one",
    ),
    "no module": (
        "energies/mlip/calculator", "mace calculators", "energies.mlip.calculator", "module:Class",
    ),
    "optimiser": ("energies/mlip/optimiser", "BFGS", "energies.mlip.optimiser", "FIRE or LBFGS"),
    "strain beyond the mapping": (
        "energies/mlip/max_strain", 0.2, "energies.mlip.max_strain", "less than or equal to 0.1",
    ),
    "no time to relax": (
        "energies/mlip/hours", 0.05, "energies.mlip.spare_minutes", "give less, or more hours",
    ),
    "weights of no known level": (
        "dft/prerelax", {"options": {"path": "mine.pth"}}, "dft.prerelax.level", "name it",
    ),
    # particles and cells
    "no source": (
        "cell/radius_um", {"value": 1, "source": " "}, "cell.radius_um.source", "name the public",
    ),
    "D of nothing": (
        "cell/diffusivity_m2_per_s", {"value": 0, "source": "x"}, "cell.diffusivity_m2_per_s.value",
        "greater than 0",
    ),
    # crystal
    "species": ("species", "Li", "species", "sites Na1, Na2 may hold [Na, Va]; make it [Li, Va]"),
    "charge missing": (
        "orderings/charges", {"Na": 1, "V": 2.5, "P": 5}, "orderings.charges", "for O; add it",
    ),
    "charge idle": ("orderings/charges/Li", 1, "orderings.charges", "Li is not in the crystal"),
    "too full": (
        "orderings/compositions", grid(1, 5, 0.25), "orderings.compositions",
        "x = 4.25, 4.5, 4.75, 5 is outside 0 to 4",
    ),
    "fraction of an atom": (
        "orderings/compositions", grid(1, 4, 0.125), "orderings.compositions",
        "is not a whole number of atoms in up to 3 cells; use multiples of",
    ),
    "box of one cell": ("sampling/supercell", [1, 2, 2], "sampling.supercell", "own images"),
    "box without the phase": (
        f"{R1}/phases", {"fifth": 1.2}, "sampling.supercell", "use another supercell",
    ),
}  # fmt: skip


FOLLOWED = {"table of another group", "table of other cutoffs", "no structures", "too full",
            "no k-points", "mu of the paper"}  # fmt: skip
"""Mistakes with several consequences, each worth naming; the others are one line."""


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_field_and_fix(case):
    path, value, field, fix = REFUSED[case]
    found = problems((path, value))
    assert any(f == field and fix in text for f, text in found), found
    assert len(found) == 1 or case in FOLLOWED, found


METAL = "energies.metal_eV_per_atom"


@pytest.mark.parametrize(
    ("backend", "average", "metal", "refused"),
    [
        ("published", 2.8, None, None),
        ("published", None, None, ("energies.average_voltage_V", "have no total energies")),
        ("published", None, -1.3, (METAL, "give average_voltage_V instead")),
        ("vasp", 2.8, None, None),
        ("vasp", None, -1.3, None),
        ("vasp", None, None, (METAL, "the backend vasp does not compute the metal")),
        ("mlip", None, None, None),
        ("mlip", None, -1.3, None),
        ("mlip", 2.8, None, None),
        ("mlip", 2.8, -1.3, (METAL, "write null for one")),
    ],
)
def test_a_voltage_has_one_reference_that_its_backend_can_serve(backend, average, metal, refused):
    edits = (
        ("energies/backend", backend), ("energies/average_voltage_V", average),
        ("energies/metal_eV_per_atom", metal),
    )  # fmt: skip
    if refused is None:
        config = checked(changed(*edits))
        computes = backend == "mlip" and average is None and metal is None
        assert config.energies.computes_metal is computes
        return
    [(field, text)] = problems(*edits)
    assert field == refused[0]
    assert refused[1] in text


def test_a_model_of_unknown_level_is_refused_where_it_is_used():
    """With another backend it is idle."""
    own = ("energies/mlip/calculator", "mace.calculators:MACECalculator")
    checked(changed(own))
    [(field, text)] = problems(own, ("energies/backend", "mlip"),
                               ("energies/average_voltage_V", None))  # fmt: skip
    assert field == "energies.mlip.level"
    assert "of mace.calculators:MACECalculator with these options is not known here" in text


def test_input_sets_need_settings_and_only_they_do():
    checked(changed(("dft/settings", None)))
    [(field, text)] = problems(("dft/settings", None), ("energies/backend", "vasp"))
    assert field == "dft.settings"
    assert "MPScanRelaxSet" in text
    [(field, _)] = problems(("dft/settings", None), ("dft/prerelax", {}))
    assert field == "dft.prerelax"


def test_table_is_needed_by_a_published_hamiltonian():
    found = problems((f"{R1}/published_eci", None), (f"{R1}/hamiltonian", "published"))
    assert [f for f, _ in found] == [f"{POOR}.published_eci"]
    assert "write fitted" in found[0][1]


def test_an_expansion_fitted_elsewhere_is_one_entry():
    """Beside the published table, and as the only expansion that a range has."""
    file = "tests/data/interchange/casm_nasicon.json"
    config = checked(changed((f"{R1}/expansion_file", file)))
    assert config.ranges["x1to3"].expansion_file == Path(file)
    checked(changed((f"{R1}/expansion_file", file), (f"{R1}/published_eci", None)))
    found = problems((f"{R1}/expansion_file", file), (f"{R1}/hamiltonian", "published"))
    assert [f for f, _ in found] == [f"{POOR}.hamiltonian"]
    assert "write fitted, or null for the file" in found[0][1]


def test_pickled_expansions_are_refused(tmp_path):
    pickled = tmp_path / "fitted.ce"
    pickled.write_bytes(b"anything")
    ((field, text),) = problems((f"{R1}/expansion_file", str(pickled)))
    assert field == f"{POOR}.expansion_file"
    assert "python -m navac.expansion.foreign.icet" in text


def test_all_problems_are_listed_at_once():
    """Problems of single fields do not hide those between fields, or of files and crystal."""
    found = problems(
        ("sampling/suprcell", [4, 4, 4]),  # unknown key
        ("energies/noise_meV_per_fu", -1),  # value of a field
        ("thermodynamics/resamples", "many"),  # type of a field
        (f"{R3}/x", [4, 3]),  # a range that cannot be used ...
        (f"{R1}/phases/sigma", 4),  # ... beside one that can, and is outside its range
        (f"{R1}/mu_eV", grid(0, 1, 0.5)),  # needs crystal and table
        ("sampling/supercell", [1, 7, 7]),  # needs the orbits
        ("dft/potcar_library", "/no/such"),  # a file
    )
    assert {f for f, _ in found} >= {
        "sampling.suprcell", "energies.noise_meV_per_fu", "thermodynamics.resamples", f"{RICH}.x",
        f"{POOR}.phases.sigma", f"{POOR}.mu_eV", "sampling.supercell", "dft.potcar_library",
    }  # fmt: skip
    assert len(found) == len(set(found))


def test_without_the_crystal_the_rest_is_still_checked():
    found = problems(("prim", ...), ("expansion", 3), (f"{R1}/windows", {"w": [0, 1]}))
    assert [f for f, _ in found] == ["prim", "expansion", f"{POOR}.windows.w"]


def test_a_range_may_have_a_box_of_its_own():
    config = checked(changed((f"{R3}/supercell", [10, 10, 10])))
    assert config.supercell("x1to3") == (12, 12, 12)
    assert config.supercell("x3to4") == (10, 10, 10)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("a,1,1 0 0 0 1 0 0 0 1,1.0,00111111,1,0.0", None),
        ("a,1,1 0 0 0 1 0 0 0 1,1.5,00111111,1,0.0", "x is 1.5, the occupation holds 1 Na"),
        ("a,1,1 0 0 0 1 0 0 0 1,1.0,0011,1,0.0", "the crystal has 8 active sites"),
        (
            "a,1,1 0 0 0 1 0 0 0 1,1.0,00111112,1,0.0",
            "site 7 holds the species of index 2, but the prim lists 2",
        ),
    ],
)
def test_further_orderings(tmp_path, row, text):
    path = tmp_path / "more.csv"
    path.write_text(f"id,cells,hnf,x,occupation,degeneracy,ewald_eV_per_cell\n{row}\n")
    edit = "orderings/more", str(path)
    if text is None:
        assert checked(changed(edit)).orderings.more == path
    else:
        ((field, said),) = problems(edit)
        assert field == "orderings.more"
        assert text in said


def test_crystal_from_poscar(tmp_path, prim):
    """Site entries decorate it; one that does not fit is refused."""
    poscar = tmp_path / "POSCAR"
    elements = [species[0] for species in prim.species]
    Structure(prim.lattice, elements, prim.frac).to(str(poscar), fmt="poscar")
    sites = [{"label": "Na1", "species": ["Na", "Va"], "indices": [0, 1]},
             {"label": "Na2", "species": ["Na", "Va"], "indices": [2, 3, 4, 5, 6, 7]}]  # fmt: skip
    edits = ("prim/file", str(poscar)), ("prim/sites", sites)
    assert checked(changed(*edits)).prim.sites[1].label == "Na2"
    (field, text), *more = problems(edits[0])
    assert field == "prim.sites"
    assert "add an entry with species: [Na, Va]" in text
    assert not more
    (field, text), *_ = problems(*edits, ("prim/sites", [sites[0] | {"indices": [99]}]))
    assert field == "prim"
    assert "matches no site" in text


def test_defaults_are_valid_and_checked_quickly():
    start = time.perf_counter()
    config = checked_file("config/config.yaml")
    assert time.perf_counter() - start < 4
    assert checked_file("config/config.yaml") == config
    assert config.ranges["x1to3"].phases == {"zeta": 1, "psi": 2, "omega": 3}
    assert config.thermodynamics.temperatures_K == (10, 263, 300, 473, 500, 680, 800, 920, 1000)


def test_every_campaign_that_is_shipped_is_valid_and_has_a_folder_of_its_own():
    paths = sorted(Path("config").glob("*.yaml"))
    names = [checked_file(path).campaign for path in paths]
    assert {"nxvp", "nxvp-16", "nxvp-16-scans", "nxvp-paper", "miniature", "standin"} <= set(names)
    assert len(set(names)) == len(paths)


def test_exponents_without_a_point_are_numbers(tmp_path):
    """YAML 1.1 reads 1e-5 as text."""
    path = tmp_path / "campaign.yaml"
    text = Path("config/config.yaml").read_text().replace("1.0e-5", "1e-5")
    assert yaml.safe_load(text)["prim"]["symmetry_tolerance_A"] == "1e-5"
    path.write_text(text)
    assert checked_file(path).prim.symmetry_tolerance_A == 1e-5


def test_resolved_configuration_reads_back():
    """As JSON, where keys are text and paths are strings."""
    config = checked_file("config/config.yaml")
    assert checked(json.loads(config.to_json())) == config


def test_input_is_not_changed():
    data = changed(("sampling/suprcell", 1))
    before = copy.deepcopy(data)
    with pytest.raises(ConfigError):
        checked(data)
    assert data == before


def test_configuration_is_frozen():
    config = checked_file("config/config.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        config.sampling.blocks = 3


@pytest.mark.parametrize(
    ("text", "fix"),
    [("a: [1", "is not YAML"), ("- 1", "start from config/config.yaml"), ("", "holds no keys")],
)
def test_unreadable_files(tmp_path, text, fix):
    path = tmp_path / "campaign.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=fix) as caught:
        checked_file(path)
    assert str(caught.value).startswith(f"{path}: file: ")


def test_missing_file():
    with pytest.raises(ConfigError, match=r"no/such\.yaml: file: cannot be read .*; give a path"):
        checked_file("no/such.yaml")


def test_hull_of_one_cell(prim, sodium_poor):
    """The published 0 K transitions, at −0.474 and −0.438 eV per atom."""
    hull = one_cell_hull(prim, sodium_poor, "Na", (1, 3))
    assert hull.x.tolist() == [1, 2, 3]
    np.testing.assert_allclose(hull.transitions, [-0.47396, -0.43785], atol=1e-5)


def test_window_must_touch_every_stable_phase():
    hull = lower_hull([1, 1.5, 2, 3], [0, 0.5, -1, 0], formula_units=1)  # transitions −1 and +1
    phases = {"a": 1, "above the hull": 1.5, "b": 2, "c": 3}
    found = {w: [t for _, t in excluded_phases(hull, phases, w, "mu")]
             for w in [(-2, 2), (-0.5, 0.5), (-9, -1), (1, 9)]}  # fmt: skip
    assert [len(f) for f in found.values()] == [0, 2, 2, 2]
    assert "start below -1.0000" in found[-0.5, 0.5][0]
    assert "stop above 1.0000" in found[-0.5, 0.5][1]


def test_grid_values():
    assert Grid(start=1, stop=2, step=0.25).values() == (1, 1.25, 1.5, 1.75, 2)
    assert Grid(start=-0.3, stop=0.3, step=0.1).values()[-1] == 0.3
    assert len(Grid(start=-0.6, stop=-0.3, step=0.00125).values()) == 241


def test_default_campaign_and_schema_are_in_sync_with_the_model():
    renew = "run `python -m navac.campaign.docs`"
    for path, title in config_docs.CAMPAIGNS.items():
        assert path.read_text() == config_docs.render(checked_file(path), title), renew
    assert config_docs.SCHEMA.read_text() == config_docs.schema(), renew


def test_rendering_changes_no_value(tmp_path):
    """Whatever needs quotes, a point or lines of its own in YAML 1.1."""
    long = [grid(100 * k + 1, 100 * k + 91, 10) for k in range(9)]
    data = changed(
        ("figures/reference_electrode", "no"), ("figures/composition_label", "'x': # \"y\""),
        ("expansion/alpha_eV", 2e-7), ("energies/noise_meV_per_fu", 1.5e-9),
        (f"{R1}/mu_eV", grid(-0.5, -0.4, 0.01)), (f"{R3}/temperatures_K", long),
        ("thermodynamics/electronic_entropy", None), ("seed", 0),
    )  # fmt: skip
    config = checked(data)
    path = tmp_path / "campaign.yaml"
    path.write_text(config_docs.render(config, "A title."))
    assert checked_file(path) == config
    assert max(map(len, path.read_text().splitlines())) <= 100


def test_every_field_is_described_in_one_line():
    schema = json.loads(config_docs.schema())
    for model in (schema, *schema["$defs"].values()):
        for key, field in model["properties"].items():
            assert 0 < len(field.get("description", "")) < 95, (model["title"], key)
            assert "\n" not in field["description"]


def test_schema_agrees_with_the_model():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(config_docs.SCHEMA.read_text())
    for name in ("config", "miniature"):
        data = json.loads(json.dumps(yaml.safe_load(Path(f"config/{name}.yaml").read_text())))
        jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError, match="suprcell"):
        jsonschema.validate({**DEFAULT, "sampling": {"suprcell": [1, 1, 1]}}, schema)
