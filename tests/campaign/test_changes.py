"""What a run will do and why, in sentences; changes of code that somebody vouches for."""

from dataclasses import replace
from pathlib import Path

import pytest

from navac.campaign import code
from navac.campaign.changes import Change, changes, differences, duration, sentences
from navac.campaign.provenance import beside, write_provenance
from navac.campaign.rules import Rules
from navac.campaign.vouch import main as vouch
from navac.campaign.vouched import Vouched, Voucher
from navac.config import load_config
from tests.campaign.test_provenance import made
from tests.checkout import ROOT

CONFIG = ROOT / "config/miniature.yaml"


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """The rules of the miniature campaign, run in an empty folder."""
    config = load_config(CONFIG)
    monkeypatch.chdir(tmp_path)
    Path("scripts").symlink_to(ROOT / "scripts")
    return Rules(config)


def finish(rules, **changed):
    """Outputs of every job with the provenance they would have."""
    for rule, wildcards in rules.jobs():
        name = "-".join([rule, *wildcards.values()])
        path = rules.results / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        facts = {
            "rule": rule, "wildcards": dict(wildcards), "settings": rules.settings(rule, wildcards),
            "code": rules.code(rule), "modules": rules.parts(rule), "seconds": 10.0,
        }  # fmt: skip
        write_provenance(path, made(**facts | changed.get(rule, {})))


def said(rules):
    return list(sentences(changes(rules), sum(1 for _ in rules.jobs())))


def test_a_new_campaign_runs_every_stage(rules):
    assert said(rules) == ["Nothing is there yet: every stage will run."]


def test_a_finished_campaign_has_nothing_to_do(rules):
    finish(rules)
    assert changes(rules) == []
    assert said(rules) == []


def test_a_changed_setting_is_named_with_what_follows(rules):
    finish(rules)
    sampling = rules.config.sampling.model_copy(update={"block_sweeps": 20})
    later = Rules(rules.config.model_copy(update={"sampling": sampling}), rules.scripts)
    lines = said(later)
    assert lines[0] == "To be done:"
    assert lines[1] == "  sampling of x1to3, x3to4: sampling.block_sweeps 2 → 20"
    assert lines[2].startswith("  and what follows from it: thermodynamics, ")
    assert "figure phase diagram" in lines[2]
    assert "figure mixing energies" not in lines[2]
    # Sampling goes on: 18 further sweeps per block, after 5 + 2 per block of them took 10 s.
    blocks = rules.config.sampling.blocks
    found = {c.rule: c.seconds for c in changes(later)}
    assert found["sampling"] == pytest.approx(10 * 18 * blocks / (5 + 2 * blocks))
    assert lines[3].startswith("  about ")


def test_sampling_anew_takes_as_long_as_it_took(rules):
    """Of an expansion that changed nothing of the samples is kept."""
    finish(rules, expansion={"code": "older"})
    found = {c.rule: c.seconds for c in changes(rules)}
    assert found["sampling"] == pytest.approx(10)
    assert found["expansion"] == pytest.approx(10)


def test_a_changed_module_is_named(rules):
    older = dict(rules.parts("figure_order")) | {"navac.figures.order": "0"}
    finish(rules, figure_order={"modules": older, "code": code.digest(older)})
    assert said(rules)[1] == "  figure order: code of navac.figures.order changed"


def test_what_is_missing_is_named(rules):
    finish(rules)
    (rules.results / "thermodynamics.txt").unlink()
    lines = said(rules)
    assert lines[1] == "  thermodynamics: thermodynamics.txt missing"
    beside(rules.results / "prim.txt").unlink()
    assert "  crystal: not done yet" in said(rules)


def test_a_changed_file_of_the_user_is_named(rules, tmp_path):
    source = tmp_path / "crystal.cif"
    source.write_text("old")
    finish(rules, prim={"inputs": {"crystal.cif": "0123"}})
    assert said(rules)[1] == "  crystal: crystal.cif changed"
    source.unlink()
    assert said(rules)[1] == "  crystal: crystal.cif is gone"


def test_differences_are_shown_short():
    found = list(differences({"a": 1, "b": [1] * 50, "c": 0}, {"a": 2, "b": [2] * 50, "d": None}))
    assert found[0] == "a 1 → 2"
    assert all(len(text) < 150 for text in found)
    assert found[2:] == ["c is gone", "d null is new"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.3, "12 s"), (200, "3 min"), (7200, "2.0 h")]
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_who_vouches_for_a_change_of_code_is_believed_and_recorded(rules, capsys):
    """The rule counts as unchanged; the next change needs a statement of its own."""
    older = dict(rules.parts("sampling")) | {"navac.montecarlo.sweep": "0"}
    old = code.digest(older)
    finish(rules, sampling={"modules": older, "code": old})
    assert {c.rule for c in changes(rules)} >= {"sampling", "thermodynamics"}
    assert vouch(["sampling", "--because", "a comment", "--configfile", str(CONFIG)]) == 0
    assert "1 older digests of its code" in capsys.readouterr().out
    again = Rules(rules.config, rules.scripts)
    assert again.code("sampling") == old
    assert changes(again) == []
    [voucher] = again.execution("sampling")({}, 1)["vouched"]
    assert (voucher["old"], voucher["because"]) == (old, "a comment")
    assert again.code("thermodynamics") == rules.code("thermodynamics")


def test_vouching_for_what_is_no_rule_or_needs_none(rules, capsys):
    assert vouch(["smpling", "--because", "x", "--configfile", str(CONFIG)]) == 2
    assert "smpling is not a rule; use one of prim, " in capsys.readouterr().err
    finish(rules)
    assert vouch(["sampling", "--because", "x", "--configfile", str(CONFIG)]) == 0
    assert "every result was made with the present code" in capsys.readouterr().out


def test_statements_lead_to_the_oldest_code():
    one = Voucher("sampling", "a", "b", "", "")
    known = Vouched((one, replace(one, old="b", new="c"), replace(one, rule="paths", old="x")))
    assert known.representative("sampling", "c") == "a"
    assert known.representative("sampling", "a") == "a"
    assert known.representative("sampling", "d") == "d"
    assert known.representative("paths", "b") == "x"
    back = Vouched((one, replace(one, old="b", new="a")))  # there and back again
    assert back.representative("sampling", "b") in "ab"


def test_seconds_are_left_out_where_nothing_is_known():
    lines = list(sentences([Change("prim", {}, ("not done yet",), None)], 20))
    assert lines == ["To be done:", "  crystal: not done yet"]
