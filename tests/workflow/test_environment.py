"""One set of versions: the constraints of pip and the environments of conda."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normal(name):
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement):
    return normal(re.match(r"[\w.-]+", requirement).group())


def lines(path):
    text = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in text if line]


CONSTRAINTS = {
    normal(name): version
    for name, version in (line.split("==") for line in lines(ROOT / "constraints.txt"))
}


OTHERWISE = {"pytorch": "torch"}
"""Packages that conda and pip name differently."""


def conda(path):
    """Name and version of the packages of an environment, Python apart."""
    listed = yaml.safe_load(path.read_text())["dependencies"]
    assert all(isinstance(d, str) for d in listed), "a pip section would escape this test"
    pairs = [re.fullmatch(r"([\w.-]+)(?:==?(\S+))?", d).groups() for d in listed]
    return {OTHERWISE.get(normal(name), normal(name)): version for name, version in pairs}


def test_there_is_an_environment():
    assert ROOT / "envs" / "navac.yaml" in ENVIRONMENTS


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda p: p.name)
def test_conda_and_pip_install_the_same_versions(path):
    packages = conda(path)
    python = packages.pop("python")
    assert packages
    assert packages == {name: CONSTRAINTS.get(name) for name in packages}
    lowest = re.fullmatch(r">=3\.(\d+)", PROJECT["requires-python"]).group(1)
    assert int(python.split(".")[1]) >= int(lowest)


def test_every_dependency_is_in_the_environment():
    assert {name_of(d) for d in PROJECT["dependencies"]} <= set(conda(ROOT / "envs/navac.yaml"))


@pytest.mark.parametrize("extra", ["test", "slurm", "docs", "mlip", "sevenn", "cell", "hops"])
def test_every_dependency_has_its_version(extra):
    needed = PROJECT["dependencies"] + PROJECT["optional-dependencies"][extra]
    assert {name_of(d) for d in needed} <= set(CONSTRAINTS)


def test_versions_meet_the_requirements_of_the_project():
    from packaging.requirements import Requirement

    for text in PROJECT["dependencies"]:
        requirement = Requirement(text)
        version = CONSTRAINTS[normal(requirement.name)]
        assert requirement.specifier.contains(version), f"{text} but {version}"


def test_constraints_are_names_and_versions_only():
    """No index addresses, hashes or options: any index that has the versions will do."""
    text = (ROOT / "constraints.txt").read_text()
    for word in ("index-url", "--hash", "find-links", "trusted-host", "://", "@"):
        assert word not in text
    for line in lines(ROOT / "constraints.txt"):
        assert re.fullmatch(r"[\w.-]+==[\w.+!]+", line), line
    listed = [line.split("==")[0] for line in lines(ROOT / "constraints.txt")]
    assert len({normal(name) for name in listed}) == len(listed)
