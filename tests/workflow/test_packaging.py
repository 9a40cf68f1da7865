"""The wheel: it builds, carries the data files, and works away from the checkout."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OFFLINE = ("No matching distribution", "Temporary failure", "ConnectionError", "Max retries")


def setuptools_is_new():
    """Whether the installed setuptools can build; else an isolated build fetches one."""
    try:
        return int(version("setuptools").split(".")[0]) >= 77
    except PackageNotFoundError:
        return False


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if importlib.util.find_spec("build") is None:
        pytest.skip("build is not installed (pip install build)")
    # A copy: setuptools leaves folders beside the sources.
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "workflow", source / "workflow",
                    ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))  # fmt: skip
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(source / "dist")]
    command += ["--no-isolation"] * setuptools_is_new()
    built = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    text = built.stdout + built.stderr
    if built.returncode and any(words in text for words in OFFLINE):
        pytest.skip("setuptools cannot be fetched: no package index is reachable")
    assert built.returncode == 0, text
    (path,) = (source / "dist").glob("*.whl")
    return path


def test_wheel_has_every_module_and_data_file(wheel):
    library = ROOT / "workflow"
    wanted = {
        p.relative_to(library).as_posix()
        for pattern in ("*.py", "*.yaml")
        for p in (library / "navac").rglob(pattern)
    }
    assert "navac/vasp/scan_u.yaml" in wanted
    with zipfile.ZipFile(wheel) as file:
        assert wanted <= set(file.namelist())
        assert not [name for name in file.namelist() if name.startswith(("tests", "scripts"))]


def test_wheel_works_away_from_the_checkout(wheel, tmp_path):
    target, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([sys.executable, *install, str(target), str(wheel)], check=True)
    program = (
        "import navac, navac.config, navac.vasp.settings\n"
        "from navac.config.campaign import Config\n"
        "from navac.vasp.inputs import load_settings\n"
        "assert all(f.description for f in Config.model_fields.values())\n"
        "load_settings('pbe_u')\n"
        "print(navac.__file__, navac.__version__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == [str(target / "navac" / "__init__.py"), PROJECT["version"]]


def test_citation_has_the_version_and_licence_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == [{"name": "navac developers"}]


def test_catalogue_names_a_configuration_that_exists():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    _, config = usage["mandatory-flags"]["flags"].split()
    assert (ROOT / config).is_file()
    assert set(usage["software-stack-deployment"]) == {"conda", "apptainer", "apptainer+conda"}
