"""``navac status``: what is done, running, failed, stopped and out of date, and why."""

import json
import os
import re
from pathlib import Path

import pytest
import yaml

from navac.campaign import job as jobs
from navac.campaign.changes import made_jobs
from navac.campaign.logs import log_path, read_log
from navac.campaign.rules import Rules
from navac.campaign.run import LOCK
from navac.campaign.stages import STAGES
from navac.campaign.status import status, store_notes, table
from navac.config.campaign import Config, load_config
from tests.checkout import duplicate

ROOT = Path(__file__).parents[2]
TRACEBACK = """\
  sampling x3to4 0:  40 %, 1:20 left
Traceback (most recent call last):
  File "navac/campaign/job.py", line 150, in run
    main(job)
navac.montecarlo.forecast.MemoryShortage: 12 paths need 5 GiB; lower
sampling.replicas_per_batch
"""


@pytest.fixture
def campaign(tmp_path, miniature, monkeypatch):
    """A finished miniature to change things in."""
    monkeypatch.chdir(duplicate(miniature, tmp_path / "copy"))
    return load_config("config/miniature.yaml")


def stage(config, name):
    return next(s for s in status(config).stages if s.name == name)


def undo(rule, **wildcards):
    """Remove the outputs of a job, and that it was ever made."""
    for made in made_jobs(Path("results/miniature")):
        if (made.provenance.rule, made.provenance.wildcards) == (rule, wildcards):
            for output in map(Path, made.outputs):
                output.unlink()
                (output.parent / ".provenance" / f"{output.name}.json").unlink()


def said(config):
    return "\n".join(table(status(config)))


def test_a_finished_campaign(campaign):
    found = status(campaign)
    assert found.jobs == (25, 25)
    assert found.left == 0
    text = said(campaign)
    assert "miniature: all 25 jobs are done" in text
    assert re.search(r"sampling +2/2 done, took \d", text)
    assert re.search(r"figures +12/12 done", text)


def test_nothing_is_there_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    data = yaml.safe_load((ROOT / "config/miniature.yaml").read_text())
    found = status(Config.model_validate(data | {"campaign": "never-run"}))
    assert found.jobs == (0, 25)
    assert found.left > 30
    assert not any(s.failed or s.running or s.outdated for s in found.stages)


def test_a_failed_job_says_why(campaign):
    undo("sampling", range="x3to4", shard="0")
    Path("results/miniature/logs/sampling-x3to4-0.log").write_text(TRACEBACK)
    ((job, why, path),) = stage(campaign, "sampling").failed
    assert job == "sampling x3to4 0"
    assert why == "MemoryShortage: 12 paths need 5 GiB; lower sampling.replicas_per_batch"
    assert path.name == "sampling-x3to4-0.log"
    text = said(campaign)
    assert re.search(r"sampling +1/2 done, 1 failed", text)
    assert why in text
    # What was made from it is not failed: it waits.
    assert re.search(r"thermodynamics +0/1 done, 1 left", text)


def test_a_running_job_says_how_far_it_is(campaign):
    undo("sampling", range="x1to3", shard="0")
    log = Path("results/miniature/logs/sampling-x1to3-0.log")
    log.write_text("  sampling x1to3 0:  40 %, 2:31 left  μ = −0.4\n")
    jobs.RUNNING.mkdir(parents=True, exist_ok=True)
    mark = jobs.RUNNING / f"{os.getpid()}.json"
    mark.write_text(json.dumps({"job": "sampling x1to3 0", "pid": os.getpid(), "since": 0}))
    found = stage(campaign, "sampling")
    assert found.running == [("sampling x1to3 0", "40 %, 3 min left")]
    assert found.left == pytest.approx(151)
    # Of another campaign that runs in this folder, nothing is taken for this one's.
    LOCK.write_text("The campaign other (process 1)\n")
    assert not stage(campaign, "sampling").running
    LOCK.write_text("The campaign miniature (process 1)\n")
    assert stage(campaign, "sampling").running
    # A process that is gone is no running job.
    mark.write_text(json.dumps({"job": "sampling x1to3 0", "pid": 2**22 + 1, "since": 0}))
    found = stage(campaign, "sampling")
    assert not found.running
    assert found.stopped[0][0] == "sampling x1to3 0"


def test_a_changed_setting_is_told_as_such(campaign):
    data = campaign.model_dump()
    data["sampling"]["block_sweeps"] = 4
    changed = Config.model_validate(data)
    found = stage(changed, "sampling")
    assert found.done == 0
    assert found.outdated == [
        (f"sampling {name} 0", "sampling.block_sweeps 2 → 4") for name in ("x1to3", "x3to4")
    ]
    assert found.left > 0
    assert "Out of date:" in said(changed)


def test_every_rule_has_its_log():
    config = load_config(ROOT / "config/miniature.yaml")
    for rule in STAGES:
        wildcards = {"range": "a", "shard": "0", "batch": "0", "round": "0", "run": "a"}
        assert log_path(Rules(config).results, rule, wildcards) is not None, rule


def test_logs_of_finished_jobs_are_where_status_looks(campaign):
    rules = Rules(campaign)
    for rule, wildcards in rules.jobs():
        found = read_log(log_path(rules.results, rule, wildcards))
        assert found is not None, rule
        assert not found.failure


def test_failed_orderings_are_named(tmp_path):
    for k in range(6):
        state = {"status": "failed" if k else "done", "reason": f"no minimum {k}"}
        (tmp_path / f"c1-h00-x{k}.json").write_text(json.dumps(state))
    (tmp_path / "other.json").write_text("[1]")
    assert store_notes(tmp_path) == [
        "orderings: 1 done, 5 failed",
        "  c1-h00-x1: no minimum 1", "  c1-h00-x2: no minimum 2", "  c1-h00-x3: no minimum 3",
        "  and 2 more failed",
    ]  # fmt: skip
    assert store_notes(tmp_path / "none") == []
