"""A result belongs to its settings: every key of the configuration, changed, reruns what it should.

The miniature campaign is finished, and then dry-run with one key changed after the other. The
table below says which rules read a key; what follows from those is rerun with them.
"""

import json
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase

import pytest
import yaml

from navac.campaign.code import LIBRARY
from navac.campaign.resolve import resolved
from navac.campaign.stages import STAGES
from navac.config import load_config
from tests.checkout import MINIATURE, ROOT, duplicate
from tests.workflow.dry_run import dry_runs, reruns_by_key

# What is made from what, in the miniature campaign.
FIGURES_OF_PHASES = {
    f"figure_{name}"
    for name in (
        "phase_diagram",
        "uncertainty",
        "order",
        "heat_capacity",
        "entropy",
        "voltage",
        "occupancies",
        "interactive",
    )
}
ROUNDS = {"round", "rounds", "round_published_energies", "round_dft_batch", "figure_rounds"}
FIGURES = FIGURES_OF_PHASES | {
    "figure_mixing_energies", "figure_expansion_errors", "figure_interactions",
    "figure_short_range_order",
}  # fmt: skip
FEEDS = {
    "prim": {
        "orderings", "dft_batch", "published_energies", "user_energies", "expansion",
        "imported_expansion", "potentials", "vasp_batch", "mlip_batch", "ground_states",
        "thermodynamics", "reproduction", "cell_parameters", *FIGURES, *ROUNDS,
    },
    "orderings": {
        "dft_batch", "published_energies", "user_energies", "expansion", "paths", "thermodynamics",
        "vasp_batch", "mlip_batch", "ground_states", *ROUNDS,
    },
    "round": {"published_energies", "expansion", "paths", "thermodynamics", *ROUNDS},
    "rounds": {"figure_rounds"},
    "dft_batch": {"potentials"},
    "potentials": {"vasp_batch", "ground_states"},
    "vasp_batch": {"vasp_energies"},
    "vasp_energies": {
        "expansion", "thermodynamics", "figure_mixing_energies", "reproduction", "ground_states",
        "cell_parameters",
    },
    "mlip_batch": {"mlip_energies"},
    "mlip_energies": {
        "expansion", "thermodynamics", "figure_mixing_energies", "reproduction", "cell_parameters",
    },
    "metal_reference": {"thermodynamics"},
    "published_energies": {
        "expansion", "thermodynamics", "figure_mixing_energies", "reproduction", "cell_parameters",
    },
    "user_energies": {
        "expansion", "paths", "thermodynamics", "figure_mixing_energies", "reproduction",
        "cell_parameters",
    },
    "expansion": {
        "paths", "sampling", "scanning", "thermodynamics", "figure_expansion_errors",
        "figure_interactions", "figure_short_range_order", "reproduction",
    },
    "imported_expansion": {"paths", "sampling", "scanning", "thermodynamics", "reproduction"},
    "paths": {"sampling", "scanning", "thermodynamics"},
    "sampling": {"scanning", "thermodynamics"},
    "scanning": {"thermodynamics"},
    "thermodynamics": {*FIGURES_OF_PHASES, "reproduction", "cell_parameters"},
    "cell_parameters": {"cell_cycling", "cell_particles", "cell_sensitivity"},
}  # fmt: skip

HOW = "how a job is run; no number depends on it"
USER = "read with the backend user alone; tests/workflow/test_user.py walks these keys"
MLIP = "read with the backend mlip alone; tests/workflow/test_mlip.py walks these keys"
LOOP = "read by rounds alone; tests/workflow/test_rounds.py walks these keys"
CELL = "read where cell.run is true; tests/workflow/test_cell.py walks these keys"
HIGH_ENTROPY = "read where it names something; tests/workflow/test_high_entropy.py walks them"
ENSEMBLES = "read where there are runs; tests/workflow/test_many_species.py walks these keys"
VASP = "read with the backend vasp alone; tests/workflow/test_vasp.py walks these keys"

# The rules of the miniature campaign.
RULES = set(STAGES) - {
    "potentials", "vasp_batch", "vasp_energies", "ground_states", "imported_expansion", "scanning",
    "user_energies", "mlip_batch", "mlip_energies", "metal_reference", "round_vasp_batch",
    "round_vasp_energies", "round_mlip_batch", "round_mlip_energies", "cell_parameters",
    "cell_cycling", "cell_particles", "cell_sensitivity", "descriptors", "screening",
    "extraction", "lobster_inputs", "bonding", "states", "hops", "barriers", "valence",
    "diffusivity", "ensemble", "ensemble_report", "ensemble_voltages", *ROUNDS,
}  # fmt: skip

# Key: the rules that read it, or why none does.
READ_BY: dict[str, set[str] | str] = {
    "campaign": RULES,
    "seed": {"orderings", "published_energies", "expansion", "sampling", "thermodynamics"},
    "species": {
        "prim", "orderings", "metal_reference", "expansion", "thermodynamics", "reproduction",
        *(FIGURES - {"figure_interactions", "figure_uncertainty"}),
    },
    "until": set(),  # it says which rules there are
    "axes": {"expansion"},
    "about.*": FIGURES,
    "prim.*": {"prim"},
    "orderings.charges": {"orderings", "dft_batch"},
    "orderings.*": {"orderings"},
    "dft.settings": {"dft_batch", "reproduction"},
    "dft.batches": {"dft_batch"},
    "dft.prerelax": {"dft_batch"},
    "dft.potcar_library": VASP,
    "energies.backend": {"potentials", "vasp_batch", "vasp_energies", "ground_states",
                         "reproduction"},
    "energies.noise_meV_per_fu": {"published_energies", "reproduction"},
    "energies.average_voltage_V": {"thermodynamics"},
    "energies.metal_eV_per_atom": {"thermodynamics"},
    "energies.vasp.*": VASP,
    "energies.user.*": USER,
    "energies.mlip.*": MLIP,
    "expansion.cutoffs_A": {"published_energies", "expansion"},
    "expansion.basis": {"published_energies", "expansion"},
    "expansion.*": {"expansion"},
    "rounds.max": {"published_energies", "expansion", "paths", "thermodynamics", *ROUNDS},
    "rounds.*": LOOP,
    "ranges.*.x": {
        "published_energies", "expansion", "paths", "thermodynamics", "reproduction",
        "figure_mixing_energies", "figure_expansion_errors", "figure_interactions",
        "figure_short_range_order",
    },
    "ranges.*.published_eci": {"published_energies", "expansion"},
    "ranges.*.constant_meV_per_cell": {"published_energies", "expansion"},
    "ranges.*.hamiltonian": {"expansion"},
    "ranges.*.expansion_file": {
        "published_energies", "imported_expansion", "paths", "thermodynamics", "reproduction",
        "figure_expansion_errors", "figure_interactions", "figure_short_range_order",
    },
    "ranges.*.windows": {"thermodynamics", "reproduction"},
    "ranges.*.supercell": {"paths", "sampling", "thermodynamics"},
    "ranges.*": {"paths"},
    "sampling.supercell": {"paths", "sampling", "thermodynamics"},
    "sampling.protocol": {"paths", "scanning"},
    "sampling.replicas_per_batch": HOW,
    "sampling.threads": HOW,
    "sampling.core_hours": HOW,
    "sampling.memory_mb": HOW,
    "sampling.*": {"sampling"},
    "thermodynamics.*_temperatures_K": {"paths", "thermodynamics"},
    "thermodynamics.*": {"thermodynamics"},
    "reproduction.published_numbers": {"reproduction"},
    "cell.*": CELL,
    "descriptors.*": HIGH_ENTROPY,
    "extraction.*": HIGH_ENTROPY,
    "electrons.*": HIGH_ENTROPY,
    "hops.*": HIGH_ENTROPY,
    "ensembles.*": ENSEMBLES,
    "figures.width_mm": FIGURES - {"figure_interactive"},
    "figures.composition_label": FIGURES - {"figure_interactions", "figure_uncertainty"},
    "figures.reference_electrode": {"figure_voltage", "figure_interactive"},
}  # fmt: skip

# Another valid value of every key.
OTHER: dict[str, object] = {
    "campaign": "another",
    "seed": 2,
    "species": None,  # no other species is on the sites of this crystal
    "until": None,  # without sampling there are fewer rules, and none runs again
    "axes": None,  # x tells every composition of this crystal
    "about.title": "Another title",
    "about.material": "NaxV2P3O12",
    "about.notes": ["The cell is small."],
    "about.sources": [{"citation": "A. Author, A Journal 1, 1 (2001)"}],
    "about.counterparts": {"voltage": "Fig. 1 of a paper"},
    "prim.file": "variants/prim.json",
    "prim.sites": None,  # the crystal is navac's JSON, which names its sites
    "prim.formula_units": None,  # the compositions of the campaign are those of two
    "prim.symmetry_tolerance_A": 1e-4,
    "prim.min_distance_A": 0.7,
    "prim.exclusions": None,  # the published orderings fill neighbours
    "orderings.max_cells": 3,
    "orderings.compositions": {"start": 1, "stop": 4, "step": 0.5},
    "orderings.amounts": None,  # one species on the sites
    "orderings.drawn.beyond": 1000,
    "orderings.drawn.random": 5,
    "orderings.drawn.low_energy": 5,
    "orderings.drawn.special": None,  # asks for cutoffs_A
    "orderings.choice": None,  # asks for total and cutoffs_A
    "orderings.cutoffs_A": {2: 6.0},
    "orderings.max_per_composition": 50,
    "orderings.random_share": 0.4,
    "orderings.total": 500,
    "orderings.charges": {"Na": 1, "V": 2.4, "P": 5, "O": -2},
    "orderings.always_keep_cells": 2,
    "orderings.more": "config/published/nxvp/further_orderings.csv",
    "dft.settings": "pbe_u",
    "dft.potcar_library": "config",
    "dft.batches": 3,
    "dft.prerelax": {"calculator": "ase.calculators.emt:EMT"},
    "energies.backend": "vasp",
    "energies.noise_meV_per_fu": 1.0,
    "energies.average_voltage_V": 3.0,
    "energies.metal_eV_per_atom": None,  # published interactions have no total energies
    "expansion.basis": None,  # the published tables have no names of functions
    "expansion.cutoffs_A": None,  # the published tables are those of these cutoffs
    "expansion.charges": None,  # a campaign with charges ends with its expansion
    "expansion.regression": "ridge",
    "expansion.alpha_eV": 1e-4,
    "expansion.max_terms_share": 0.5,
    "expansion.refit": False,
    "rounds.max": 1,
    "rounds.budget": 1000,
    "rounds.per_round": 2,
    "rounds.max_cells": 2,
    "rounds.commensurate": True,
    "rounds.hull_meV_per_fu": 1.0,
    "rounds.loocv_meV_per_fu": 1.0,
    "rounds.voltage_mV": 1.0,
    "expansion.folds": 5,
    "expansion.fold_by": "composition",
    "expansion.hull_weight_meV_per_fu": 100.0,
    "expansion.balance_compositions": True,
    "expansion.outlier_sigmas": 5.0,
    "sampling.supercell": [4, 4, 8],
    "sampling.protocol": "paper",
    "sampling.rule": "heat_bath",
    "sampling.replicas_per_batch": 128,
    "sampling.equilibration_sweeps": 6,
    "sampling.blocks": 6,
    "sampling.block_sweeps": 4,
    "sampling.carried_sweeps": 1,
    "sampling.precision": {"x": 0.01},
    "sampling.refuse_unreliable": True,
    "sampling.threads": 1,
    "sampling.core_hours": 2000.0,
    "sampling.memory_mb": 3000,
    "sampling.shards": 2,
    "thermodynamics.voltage_temperatures_K": [10, 300, 400],
    "thermodynamics.occupancy_temperatures_K": [500],
    "thermodynamics.entropy_temperatures_K": [700],
    "thermodynamics.heat_capacity_temperatures_K": [620],
    "thermodynamics.smallest_jump_x": 0.04,
    "thermodynamics.resamples": 20,
    "thermodynamics.expansion_uncertainty": {"noise_meV_per_fu": 10.0},
    "thermodynamics.electronic_entropy.range": "x3to4",
    "thermodynamics.electronic_entropy.sites_per_formula_unit": 1,
    "thermodynamics.electronic_entropy.x_oxidised": 0.9,
    "thermodynamics.electronic_entropy.x_reduced": 3.1,
    "reproduction.published_numbers": "variants/numbers.csv",
    "figures.width_mm": 100,
    "figures.composition_label": "$x$",
    "figures.reference_electrode": "Li/Li⁺",
    "ranges.x1to3.x": [0.75, 3],
    "ranges.x1to3.published_eci": "variants/eci_x1to3.csv",
    "ranges.x1to3.constant_meV_per_cell": 1.0,
    "ranges.x1to3.hamiltonian": "published",
    "ranges.x1to3.expansion_file": "variants/x1to3_expansion.json",
    "ranges.x1to3.phases": {"zeta": 1, "psi": 2},
    "ranges.x1to3.windows": {"zeta+psi": [1, 2]},
    "ranges.x1to3.supercell": [4, 4, 8],
    "ranges.x1to3.temperatures_K": [{"start": 300, "stop": 1050, "step": 150}],
    "ranges.x1to3.cool_to_K": 600,
    "ranges.x1to3.start_mu_eV": {"psi": -0.45},
    "ranges.x1to3.mu_eV": {"start": -0.6, "stop": -0.3, "step": 0.01},
    "ranges.x1to3.mu_step_eV": 0.02,
    "ranges.x1to3.mu_margin_eV": 0.05,
    "ranges.x1to3.mu_reach_eV": 0.15,
    "ranges.x3to4.x": [3, 4.1],
    "ranges.x3to4.published_eci": "variants/eci_x3to4.csv",
    "ranges.x3to4.constant_meV_per_cell": 1.0,
    "ranges.x3to4.hamiltonian": "published",
    "ranges.x3to4.expansion_file": "variants/x3to4_expansion.json",
    "ranges.x3to4.phases": {"omega": 3, "sigma": 4},
    "ranges.x3to4.windows": {"omega+theta": [3, 3.5]},
    "ranges.x3to4.supercell": [4, 4, 8],
    "ranges.x3to4.temperatures_K": [{"start": 20, "stop": 270, "step": 50}],
    "ranges.x3to4.cool_to_K": 150,
    "ranges.x3to4.start_mu_eV": {"sigma": 0.95},
    "ranges.x3to4.mu_eV": {"start": 0.8, "stop": 1.1, "step": 0.01},
    "ranges.x3to4.mu_step_eV": 0.02,
    "ranges.x3to4.mu_margin_eV": 0.05,
    "ranges.x3to4.mu_reach_eV": 0.15,
}

# Nothing reads these in the miniature campaign, although the model has them: they cannot be
# changed alone into a valid campaign. What they feed is asserted from the rules' own settings.
FIXED = {key for key, value in OTHER.items() if value is None}


def read_by(key: str) -> set[str] | str:
    return next(rules for pattern, rules in READ_BY.items() if fnmatchcase(key, pattern))


def following(rules: set[str], there: set[str]) -> set[str]:
    """Rules with all that is made from what they make, of those that there are."""
    found, waiting = rules & there, list(rules & there)
    while waiting:
        new = FEEDS.get(waiting.pop(), set()) & there - found
        found |= new
        waiting += new
    return found


def there_are(key: str) -> set[str]:
    """Rules that the campaign has with this key changed."""
    if key == "energies.backend":
        vasp = {"potentials", "vasp_batch", "vasp_energies", "ground_states"}
        return RULES - {"published_energies"} | vasp
    if key == "rounds.max":
        return RULES | ROUNDS
    if key == "sampling.protocol":
        return RULES | {"scanning"}
    if key.endswith(".expansion_file"):
        return RULES | {"imported_expansion"}
    return RULES


def keys_of_the_model() -> set[str]:
    """Keys as a user may write them, of the miniature campaign with all its defaults."""
    derived = {"reported_temperatures_K", "energies.title", "energies.user.content"}
    return {
        key for key in resolved(load_config(ROOT / MINIATURE))
        if key not in derived and not key.endswith((".position", ".searched_in"))
    }  # fmt: skip


@pytest.fixture(scope="module")
def finished(miniature, tmp_path_factory):
    """A copy of this checkout in which the miniature campaign is finished."""
    copy = duplicate(miniature, tmp_path_factory.mktemp("settings") / "copy")
    variants = copy / "variants"
    variants.mkdir()
    published = copy / "config/published/nxvp"
    for name in ("prim.json", "eci_x1to3.csv", "eci_x3to4.csv", "numbers.csv"):
        shutil.copy(published / name, variants / name)
    for name in ("x1to3", "x3to4"):
        shutil.copy(
            copy / f"results/miniature/expansion/{name}_expansion.json",
            variants / f"{name}_expansion.json",
        )
    return copy


@pytest.fixture(scope="module")
def reruns(finished):
    """By key, what Snakemake would run and what navac says, with its value changed."""
    values = {key: value for key, value in OTHER.items() if value is not None}
    return reruns_by_key(finished, MINIATURE, values)


def test_every_key_is_in_the_tables():
    keys = keys_of_the_model()
    unread = {k for k in keys if isinstance(read_by(k), str)}
    assert {k for k in unread if read_by(k) is VASP} == {
        k for k in keys if k.startswith("energies.vasp.") or k == "dft.potcar_library"
    }
    assert {k for k in unread if read_by(k) is USER} == {
        k for k in keys if k.startswith("energies.user.")
    }
    backends = (
        "energies.vasp.",
        "energies.user.",
        "energies.mlip.",
        "cell.",
        "descriptors.",
        "extraction.",
        "electrons.",
        "hops.",
        "ensembles.",
    )
    assert {k for k in keys if not k.startswith(backends)} == set(OTHER)


@pytest.mark.parametrize("key", sorted(set(OTHER) - FIXED))
def test_a_changed_key_reruns_what_depends_on_it_and_nothing_else(reruns, key):
    rules, said = reruns[key]
    expected = read_by(key)
    expected = set() if isinstance(expected, str) else following(expected, there_are(key))
    assert rules == expected
    assert said == expected


@pytest.mark.parametrize("key", sorted(FIXED))
def test_what_cannot_be_changed_alone_is_among_the_settings_of_its_rules(key):
    readers = {
        rule for rule, stage in STAGES.items()
        if any(fnmatchcase(key, k) or key.startswith(f"{k}.") for k in stage.keys)
    }  # fmt: skip
    assert readers & RULES == read_by(key) & RULES


def test_a_comment_and_the_order_of_keys_change_nothing(finished):
    data = yaml.safe_load((finished / MINIATURE).read_text())
    turned = dict(reversed(data.items()))
    turned["ranges"] = dict(reversed(data["ranges"].items()))
    path = finished / "variants/turned.yaml"
    path.write_text("# another comment\n" + yaml.safe_dump(turned, sort_keys=False))
    [(rules, said)] = dry_runs(finished, [("variants/turned.yaml", "", "")])
    assert (rules, said) == (set(), set())


IMPORTING = """
import json, os, runpy, sys
# Modules of others, loaded once for all scripts.
import custodian.vasp.handlers, h5py, jax, matplotlib.figure, networkx, pandas, pydantic
import pymatgen.io.vasp, scipy.optimize, scipy.stats, sklearn.linear_model, spglib
assert "navac" not in sys.modules
for script in sys.argv[1:]:
    if os.fork() == 0:
        runpy.run_path(f"scripts/{script}.py")
        print(json.dumps([script, [m for m in sys.modules if m.split(".")[0] == "navac"]]))
        sys.stdout.flush()
        os._exit(0)
    assert os.wait()[1] == 0, script
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """By script, the library modules that an interpreter without any loads with it."""
    scripts = sorted({stage.script for stage in STAGES.values()})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORTING, *scripts],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {script: set(modules) for script, modules in map(json.loads, done.stdout.splitlines())}
    assert set(found) == set(scripts)
    return found


@pytest.fixture(scope="module")
def importers(loaded) -> dict[str, frozenset[str]]:
    """By library module, the rules of the campaign whose script imports it."""
    found = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[module] = frozenset(r for r in RULES if module in loaded[STAGES[r].script])
    return found


def changed_lines(modules) -> list[tuple[str, str, str]]:
    """Variants with a line more in each of some modules."""
    paths = [LIBRARY.parent / module.replace(".", "/") for module in modules]
    files = [path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for path in paths]
    return [
        (MINIATURE, f"workflow/{file.relative_to(LIBRARY.parent)}", "\n# a changed line\n")
        for file in files
    ]


def test_a_changed_line_is_other_code_to_the_rules_that_import_its_module(finished, importers):
    """And to no others; navac says that these run again, with what follows from them."""
    found = dry_runs(finished, changed_lines(importers), dry=False)
    for (module, direct), (changed, said) in zip(importers.items(), found, strict=True):
        assert changed == direct, module
        assert said == following(set(direct), RULES), module


def test_other_code_reruns_the_rules_that_import_it_and_what_follows(finished, importers):
    """Snakemake knows rules by their code alone: one module for each set of rules will do."""
    one_each = {direct: module for module, direct in importers.items()}
    assert len(one_each) > 20
    found = dry_runs(finished, changed_lines(one_each.values()))
    for (direct, module), (rules, said) in zip(one_each.items(), found, strict=True):
        assert rules == following(set(direct), RULES), module
        assert said == rules, module


def test_data_of_the_library_belong_to_its_code(finished):
    [(rules, said)] = dry_runs(
        finished, [(MINIATURE, "workflow/navac/vasp/scan_u.yaml", "\n# a changed line\n")]
    )
    assert rules == said == {"dft_batch", "reproduction"}
