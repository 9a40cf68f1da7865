"""The benchmark scripts run, and say what is missing."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PEERS = ("casm", "icet", "smol")


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
