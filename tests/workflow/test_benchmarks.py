"""The benchmark scripts run, and say what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PEERS = ("casm", "icet", "smol")
PACKAGES = {"libcasm", "casm", "icet", "smol", "ase", "sqsgenerator"}
"""Of the peers, in an environment of their own."""


def test_peers_that_are_not_installed_are_named(tmp_path):
    """Python without site-packages stands for an environment that lacks them."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec env -u PYTHONPATH "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    command = [sys.executable, str(BENCHMARKS / "engines.py"), "--engines", *PEERS,
               "--supercell", "2", "2", "2", "--smol-supercell", "2", "2", "2",
               "--peer-python", str(bare), "--output", str(tmp_path / "out/engines")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "out/engines.md").read_text()
    for package in ("libcasm-clexmonte casm-bset", "icet", "smol"):
        assert f"-m pip install {package}" in table
    assert (tmp_path / "out/engines.json").exists()


def modules():
    paths = [p.relative_to(BENCHMARKS).with_suffix("") for p in BENCHMARKS.rglob("*.py")]
    return sorted(".".join(p.parts) for p in paths if p.name != "__init__")


@pytest.mark.parametrize("module", modules())
def test_a_benchmark_imports(module):
    """All that it takes from the library is there; a peer's side of it may lack its peer."""
    script = f"""
import sys
sys.path.insert(0, {str(BENCHMARKS)!r})
try:
    import {module}
except ModuleNotFoundError as error:
    if error.name.split(".")[0] not in {PACKAGES}:
        raise
"""
    subprocess.run([sys.executable, "-c", script], check=True)
