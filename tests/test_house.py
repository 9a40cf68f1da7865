"""The house: packages in their order, imports only upwards in the table, and what stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

from navac.campaign import code

LIBRARY = code.LIBRARY
ORDER = (
    "settings", "config", "crystal", "units", "composition", "hull", "files", "rows", "results",
    "orderings", "descriptors", "expansion", "energies", "vasp", "electrons", "hops", "fit",
    "montecarlo", "sampling", "rounds", "thermodynamics", "figures", "cell", "reproduction",
    "campaign",
)  # fmt: skip
"""A room knows those before it, and none after it."""


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(path: Path) -> set[str]:
    """Modules of the library that a file imports, for type checkers too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & set(MODULES)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_room_has_its_place():
    assert {room(m) for m in MODULES} - {""} == set(ORDER)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_knows_only_rooms_before_its_own(module):
    if room(module) == "":
        assert imported(MODULES[module]) == set()
        return
    place = ORDER.index(room(module))
    below = {m for m in imported(MODULES[module]) if room(m) and ORDER.index(room(m)) > place}
    assert not below, f"{module} imports {sorted(below)}"


def test_no_module_imports_itself_by_a_detour():
    graph = nx.DiGraph(
        (m, other) for m, path in MODULES.items() for other in imported(path)
        if other != m and not m.startswith(f"{other}.")
    )  # fmt: skip
    assert list(nx.simple_cycles(graph)) == []


def loaded(statement: str) -> set[str]:
    """Modules that are loaded after a statement in a new interpreter."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_configuration_is_pure_data():
    there = loaded("import navac.config")
    own = {m for m in there if m.startswith("navac.")}
    assert all(m.split(".")[1] == "config" for m in own)
    assert not there & {"jax", "pymatgen", "numpy", "scipy", "h5py", "snakemake", "spglib"}


def test_help_loads_nothing_heavy():
    there = loaded("import navac.campaign.run")
    assert not there & {"jax", "pymatgen", "numpy", "pandas", "h5py", "snakemake", "pydantic"}


def test_no_import_changes_global_state():
    """Neither JAX's settings nor matplotlib's, nor signals, change by importing the library."""
    script = (
        "import signal\nbefore = signal.getsignal(signal.SIGTERM)\n"
        "import jax\nwide = jax.config.jax_enable_x64\n"
        "import spglib\nold = spglib.error.OLD_ERROR_HANDLING\n"
        "import matplotlib\nstyle = dict(matplotlib.rcParams)\n"
        + "".join(f"import {name}\n" for name in MODULES)
        + "assert signal.getsignal(signal.SIGTERM) is before\n"
        "assert dict(matplotlib.rcParams) == style\n"
        "assert jax.config.jax_enable_x64 is wide\n"
        "assert spglib.error.OLD_ERROR_HANDLING is old\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("script", sorted((LIBRARY.parents[1] / "scripts").glob("*.py")),
                         ids=lambda path: path.stem)  # fmt: skip
def test_a_script_knows_no_configuration(script):
    """It sees only its params and inputs."""
    assert not {m for m in code.modules_of(script) if room(m) == "config"}
