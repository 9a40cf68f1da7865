"""Paths of a range, their sampling in shares, and the scans of the paper's protocol."""

from pathlib import Path

import numpy as np

from navac.sampling.plan import read_plan
from navac.sampling.record import read_configurations, read_samples
from tests.scripts.conftest import MADE, Scripts


def paths(scripts, here, name="x1to3"):
    return scripts.call(
        "paths",
        wildcards={"range": name},
        input={"orderings": f"{here}/orderings/orderings.csv",
               "expansion": f"{here}/expansion/{name}_expansion.json"},
        output={"plan": f"{name}-paths.h5"},
    ).plan  # fmt: skip


def sampled(scripts, here, plan, shard=0, shards=1, name="x1to3"):
    return scripts.call(
        "sampling",
        wildcards={"range": name, "shard": str(shard)},
        input={"expansion": f"{here}/expansion/{name}_expansion.json", "plan": plan},
        output={"record": f"{name}-{shard}.h5"},
        record=f"{MADE}/records/{name}-{shard}.h5", shards=shards,
    ).record  # fmt: skip


def test_plan_paths(scripts, here):
    plan = read_plan(paths(scripts, here))
    assert plan.phases == ("zeta", "psi", "omega")
    # Na per primitive cell: two formula units at x = 1, 2, 3
    np.testing.assert_allclose(plan.number, [2, 4, 6])
    assert list(plan.temperatures) == [300, 450, 473, 600, 750, 900]
    assert plan.occupation.shape == (3, 8 * 64)
    # each phase is heated where it is stable at 0 K, or up to the margin beyond
    steps = np.diff(plan.energy) / np.diff(plan.number)
    np.testing.assert_allclose(steps, [-0.47396, -0.43785], atol=1e-4)
    assert (plan.mu[plan.branch == 0] < steps[0] + 0.04 + 1e-9).all()
    assert (plan.mu[plan.branch == 2] > steps[1] - 0.04 - 1e-9).all()
    said = Path("made/paths.log").read_text()
    assert "transitions at -0.4740, -0.4378 eV per atom" in said
    assert f"{len(plan.branch)} paths" in said


def test_a_share_of_the_paths_is_sampled_as_all_of_them_are(here):
    """A path's random numbers are its own, whichever job samples it."""
    scripts = Scripts(sampling__shards=8)
    record = sampled(scripts, here, paths(scripts, here), shard=3, shards=8)
    share, whole = read_samples([record]), read_samples([here / "sampling/x1to3-0.h5"])
    assert share.energy.shape[-1] == whole.energy.shape[-1] / 8
    for name in ("energy", "number", "acceptance", "sublattice"):
        np.testing.assert_array_equal(getattr(share, name), getattr(whole, name)[..., 3::8], name)
    assert "3 %" not in Path("made/sampling.log").read_text().splitlines()[-1]


def test_a_finished_record_is_not_sampled_again(scripts, here):
    """The script finds the record of an earlier job, and only publishes it."""
    (MADE / "records").mkdir()
    kept = (here / "sampling/records/x1to3-0.h5").read_bytes()
    (MADE / "records/x1to3-0.h5").write_bytes(kept)
    plan = f"{here}/sampling/x1to3-paths.h5"
    sampled(scripts, here, plan)
    one, other = (read_samples([p]) for p in (MADE / "x1to3-0.h5", here / "sampling/x1to3-0.h5"))
    np.testing.assert_array_equal(one.energy, other.energy)
    assert "0 %" not in Path("made/sampling.log").read_text().replace("100 %", "")


def test_scans_begin_where_the_heated_phases_are(here):
    """A scan's first condition is that of the heated phase, its last the end of the grid."""
    scripts = Scripts(sampling__protocol="paper", sampling__shards=4,
                      ranges__x1to3__mu_step_eV=0.05)  # fmt: skip
    plan = paths(scripts, here)
    heated = sampled(scripts, here, plan)
    assert len(read_plan(plan).branch) == 3  # one μ each
    assert read_configurations(heated).codes().shape == (6 * 3, 512)
    made = scripts.call(
        "scanning",
        wildcards={"range": "x1to3", "shard": "1"},
        input={"expansion": f"{here}/expansion/x1to3_expansion.json", "plan": plan,
               "heated": heated},
        output={"record": "x1to3-scan-1.h5"},
        record=f"{MADE}/records/x1to3-scan-1.h5", shards=4,
    )  # fmt: skip
    found = read_samples([made.record])
    assert np.isfinite(found.energy).all()
    assert np.abs(found.discrepancy).max() < 1e-9
    # x per cell of 2 formula units
    occupied = found.number[found.number > 0]
    assert occupied.min() > 2 - 0.5
    assert occupied.max() < 8
