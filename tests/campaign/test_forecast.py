"""Expected times: of campaigns whose times are known, and how they follow the settings."""

from pathlib import Path

import pytest
import yaml

from navac.campaign.check import checked, checked_file
from navac.campaign.forecast import MACHINE, Expected, competition, forecast

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _where_nothing_has_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("miniature", 2),
        ("config", 15),
        ("licoo2", 5),
        ("intermediate", 30),
        ("paper", 24 * 60),
    ],
)
def test_within_a_factor_of_two_of_what_campaigns_took(name, minutes):
    """On 2 quiet cores; the two largest by their flips and the rate of benchmarks/README.md."""
    found = forecast(checked_file(f"config/{name}.yaml"), busy=1)
    seconds = sum(e.wall(2) or 0 for e in found.rules.values()) + MACHINE.report
    assert minutes / 2 < seconds / 60 < 2 * minutes


def miniature(**sampling):
    data = yaml.safe_load((ROOT / "config/miniature.yaml").read_text())
    data["sampling"] |= sampling
    return forecast(checked(data), busy=1)


def test_orderings_are_counted():
    found = miniature()
    assert (found.orderings.number, found.orderings.exact) == (671, True)
    assert 42 < found.orderings.atoms < 84


def looped(**rounds):
    data = yaml.safe_load((ROOT / "config/licoo2.yaml").read_text())
    data["rounds"] |= rounds
    return forecast(checked(data), busy=1)


def test_rounds_are_counted():
    none, some, more = looped(max=0), looped(max=4, per_round=5), looped(max=8, per_round=5)
    assert "round" not in none.rules
    assert some.rules["round_mlip_batch"].how.startswith("some 10 relaxations")
    assert none.seconds < some.seconds < more.seconds
    further = [found.rules["round_mlip_batch"].wall(2) for found in (some, more)]
    assert further[1] == pytest.approx(2 * further[0])


def test_a_round_waits_for_the_one_before():
    """Many cores help within a round only."""
    rules = looped(max=6).rules
    assert rules["round"].wall(64) == rules["round"].wall(2) == 6 * rules["round"].seconds
    assert rules["round_mlip_batch"].wall(64) == rules["round_mlip_batch"].wall(2)


def test_the_budget_bounds_the_rounds():
    found = looped(budget=55).rules["round_mlip_batch"]
    assert found.how.startswith("some 7 relaxations")  # beside the 48 enumerated ones


def test_a_search_of_all_supercells_takes_longer():
    assert looped(commensurate=False).job("round") > looped().job("round")


def test_longer_sampling_takes_longer():
    short, long = miniature(block_sweeps=100_000), miniature(block_sweeps=1_000_000)
    assert long.job("sampling") / short.job("sampling") == pytest.approx(10, rel=0.2)
    assert long.job("expansion") == short.job("expansion")


def test_jobs_share_the_cores():
    assert Expected("sampling", 4, 10.0, threads=2).wall(2) == 40
    assert Expected("figure", 4, 10.0).wall(2) == 20
    assert Expected("figure", 1, 10.0).wall(64) == 10
    assert Expected("vasp_batch", 4, None).wall(2) is None


def test_a_busy_machine_takes_longer():
    config = checked_file("config/miniature.yaml")
    quiet, busy = forecast(config, busy=1), forecast(config, busy=3)
    assert busy.seconds == pytest.approx(3 * quiet.seconds)
    assert busy.job("sampling") == pytest.approx(3 * quiet.job("sampling"))


def test_other_work_shares_the_cores(monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 9.0, 9.0))
    assert competition(2) == 1
    monkeypatch.setattr("os.getloadavg", lambda: (6.0, 0.0, 0.0))
    assert competition(2) == 4
