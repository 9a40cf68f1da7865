"""Copies of this checkout, and one in which the miniature campaign is finished."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).parents[1]
MINIATURE = "config/miniature.yaml"
FILES = ("Snakefile", "workflow", "scripts", "envs", "config", "pyproject.toml", "constraints.txt")


def checkout(copy: Path) -> Path:
    """A copy of the files of this checkout, as a fresh clone would have them."""
    copy.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    return copy


def environment(folder: Path) -> dict[str, str]:
    """Variables with which Python takes the library of a copy."""
    return os.environ | {"PYTHONPATH": str(folder / "workflow")}


def run(folder: Path, *arguments: str, module: str = "navac.campaign.run", check: bool = True):
    """Run a command of the library in a copy; returns the finished process."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=folder, env=environment(folder),
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def finished_miniature(shared: Path) -> Path:
    """A copy in which the miniature campaign is finished, made once for all workers.

    Whoever changes something in it takes a copy of it first, see :func:`duplicate`.
    """
    folder, mark = shared / "miniature", shared / "miniature.done"
    with open(shared / "miniature.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            shutil.rmtree(folder, ignore_errors=True)
            run(checkout(folder), "--configfile", MINIATURE)
            mark.touch()
    return folder


def duplicate(finished: Path, copy: Path) -> Path:
    """A copy of a finished campaign, times of files and all."""
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def datasets(path: Path) -> dict[str, np.ndarray]:
    """Every dataset of an HDF5 file, by name."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: found.update({name: item[()]})
            if isinstance(item, h5py.Dataset) else None
        )  # fmt: skip
    return found
