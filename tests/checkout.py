"""Copies of this checkout, with campaigns that are finished in them or being run."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import psutil
import yaml

ROOT = Path(__file__).parents[1]
MINIATURE = "config/miniature.yaml"
WORKSTATION = "workflow/profiles/workstation"
RUNNER = "navac.campaign.run"
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


def run(folder: Path, *arguments: str, module: str = RUNNER, check: bool = True):
    """Run a command of the library in a copy; returns the finished process."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=folder, env=environment(folder),
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def start(
    folder: Path, output: Path, *arguments: str, module: str = RUNNER, **variables: str
) -> subprocess.Popen:
    """Start a command of the library in a copy.

    Args:
        output: file for what it prints; a job that outlives the command can still use it.
        variables: further ones of the environment.
    """
    with open(output, "a") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments], cwd=folder,
            env=environment(folder) | variables, stdout=stream, stderr=subprocess.STDOUT,
        )  # fmt: skip


def kill(process: subprocess.Popen, recursive: bool = True) -> None:
    """SIGKILL a campaign with its jobs, or without those of Snakemake."""
    top = psutil.Process(process.pid)
    for victim in (top, *top.children(recursive)):
        with suppress(psutil.NoSuchProcess):  # jobs end while this goes on
            victim.kill()
    process.wait()


def made_once(shared: Path, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first of all workers makes.

    Whoever changes something in it takes a copy of it first, see :func:`duplicate`.
    """
    folder, mark = shared / name, shared / f"{name}.done"
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            mark.touch()
    return folder


def configuration(folder: Path, name: str, **changed) -> str:
    """The miniature campaign with other values under dotted keys.

    Args:
        changed: with two underscores for a dot.
    """
    data = yaml.safe_load((folder / MINIATURE).read_text())
    for key, value in changed.items():
        *parents, last = key.split("__")
        at = data
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data))
    return path.name


def with_longer_blocks(folder: Path) -> str:
    """The miniature campaign with blocks twice as long."""
    return configuration(folder, "longer", sampling__block_sweeps=4)


def without_samples(finished: Path, copy: Path) -> Path:
    """A copy of a finished campaign as it is before sampling."""
    shutil.rmtree(duplicate(finished, copy) / "results/miniature/sampling")
    return copy


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
