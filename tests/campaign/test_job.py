"""A job: settings, messages, outputs with their provenance, and ends in one sentence."""

import errno
import json
import os
from pathlib import Path

import pytest

from navac import NavacError
from navac.campaign.job import Job, disk_problem, run
from navac.campaign.provenance import read_provenance
from navac.campaign.rules import Rules
from navac.config import load_config
from navac.settings import Settings
from tests.checkout import ROOT
from tests.fake_job import handed


@pytest.fixture(scope="module")
def rules():
    return Rules(load_config(ROOT / "config/miniature.yaml"), scripts=ROOT / "scripts")


@pytest.fixture
def job(rules, tmp_path, monkeypatch):
    """What a script of the rule prim is handed, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crystal.json").write_text("{}")
    return handed(
        rules, "prim", input={"crystal": "crystal.json"}, output={"prim": "out/prim.json"}
    )


def write(job: Job) -> None:
    Path(job.output.prim).parent.mkdir(parents=True, exist_ok=True)
    Path(job.output.prim).write_text("{}")
    job.say("written")


def test_outputs_get_their_provenance(job, rules, capsys):
    run(write, job)
    found = read_provenance("out/prim.json")
    assert found.rule == "prim"
    assert found.settings == json.loads(json.dumps(rules.settings("prim")))
    assert found.code == rules.code("prim")
    assert found.modules == rules.parts("prim")
    assert set(found.inputs) == {"crystal.json"}
    assert "  prim: written" in capsys.readouterr().err
    assert Path("out/prim.log").read_text() == "  prim: written\n"
    assert not list(Path(".snakemake/navac").glob("*.json"))


def test_others_see_what_is_running(job):
    seen = []

    def look(job: Job) -> None:
        write(job)
        seen.extend(json.loads(f.read_text()) for f in Path(".snakemake/navac").glob("*.json"))

    run(look, job)
    assert [(one["job"], one["pid"]) for one in seen] == [("prim", os.getpid())]


def test_an_error_of_navac_ends_with_its_message(job):
    def fail(job: Job) -> None:
        raise NavacError("the file, the field, the fix")

    with pytest.raises(SystemExit, match=r"prim: the file, the field, the fix\n\(traceback in "):
        run(fail, job)
    assert "Traceback" in Path("out/prim.log").read_text()
    assert read_provenance("out/prim.json") is None


def test_a_bug_shows_its_traceback(job):
    def fail(job: Job) -> None:
        raise ValueError("operands could not be broadcast together")

    with pytest.raises(ValueError, match="broadcast"):
        run(fail, job)


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, r"out/prim\.json: the disk is full \(\d+ MB free\); make room"),
     (errno.EACCES, r"out/prim\.json: cannot be written \(permission denied\); change its"),
     (errno.EROFS, r"out/prim\.json: cannot be written \(read-only file system\)")],
)  # fmt: skip
def test_a_disk_that_refuses_ends_in_one_sentence(job, number, said):
    def fail(job: Job) -> None:
        raise OSError(number, os.strerror(number), job.output.prim)

    with pytest.raises(SystemExit, match=said) as caught:
        run(fail, job)
    assert "\n" not in str(caught.value)


def test_hdf5_says_a_full_disk_in_words():
    error = OSError("Can't write data (file write failed: errno = 28, error message = 'No space")
    assert "the disk is full" in disk_problem(error, "a.h5")
    assert disk_problem(OSError("Can't decompress data"), "a.h5") is None


def test_a_job_refuses_inputs_of_other_settings(job, rules):
    from navac.campaign.provenance import write_provenance
    from tests.campaign.test_provenance import made

    write_provenance("crystal.json", made(settings={"prim.formula_units": 7}))
    with pytest.raises(SystemExit, match=r"crystal\.json: was made with prim\.formula_units 7"):
        run(write, job)


def test_settings_are_those_of_the_rule_alone():
    settings = Settings({"sampling.blocks": 4, "ranges.b.x": [2, 3], "ranges.a.x": [3, 4]})
    assert settings.sampling.blocks == 4
    assert list(settings.ranges) == ["b", "a"]  # by rising x
    with pytest.raises(AttributeError, match=r"sampling\.rule is not among the settings"):
        _ = settings.sampling.rule
    both = settings.sampling | Settings({"threads": 2})
    assert (both.blocks, both.threads) == (4, 2)
