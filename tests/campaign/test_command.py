"""The command line: what it says, what it refuses, and its exit status."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from navac.campaign import run
from navac.campaign.command import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_help_loads_nothing_heavy():
    script = (
        "import sys\nfrom navac.campaign.command import main\n"
        "try:\n    main(['new', '--help'])\nexcept SystemExit: pass\nprint('MODULES', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    said, _, there = done.stdout.partition("MODULES")
    assert "--species" in said
    heavy = {"jax", "pymatgen", "numpy", "pandas", "h5py", "snakemake", "pydantic", "ase"}
    assert not set(there.split()) & heavy


@pytest.mark.parametrize("command", ["new", "check", "run", "status"])
def test_every_command_has_its_help(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"navac {command}" in capsys.readouterr().out


def test_a_good_configuration_says_what_it_will_do(capsys):
    assert main(["check", "config/miniature.yaml"]) == 0
    said = capsys.readouterr().out
    assert "config/miniature.yaml: no problem found" in said
    assert "671 orderings of up to 2 cells" in said
    assert "x1to3: x = 1 to 3, sampled in 4×4×4 cells" in said
    assert "expected time of the whole campaign" in said


def test_every_problem_of_a_bad_configuration_is_named(tmp_path, capsys):
    data = yaml.safe_load((ROOT / "config/miniature.yaml").read_text())
    data["sampling"]["supercell"] = [4, 4]
    data["orderings"]["charges"] = {"Na": 1}
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(data))
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().err
    assert f"{path}: sampling.supercell" in said
    assert "no charge for O, P, V" in said


def test_check_of_a_missing_file(capsys):
    assert main(["check", "config/nowhere.yaml"]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "run"])
def test_a_bad_configuration_stops_the_other_commands(capsys, command):
    assert main([command, "config/nowhere.yaml"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_run_is_what_make_run_is(monkeypatch):
    given = []
    monkeypatch.setattr(run, "main", lambda arguments: given.append(arguments) or 0)
    assert main(["run", "config/miniature.yaml", "--dry-run", "--cores", "1"]) == 0
    assert given == [[
        "--configfile", "config/miniature.yaml", "--profile", "workflow/profiles/workstation",
        "--dry-run", "--cores", "1",
    ]]  # fmt: skip


def test_other_commands_take_no_other_options(capsys):
    with pytest.raises(SystemExit):
        main(["status", "config/miniature.yaml", "--cores", "1"])
    assert "--cores" in capsys.readouterr().err


def test_the_command_is_installed():
    """The entry point names a function that exists."""
    import tomllib

    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"navac": "navac.campaign.command:main"}
