"""Which paths are sampled: μ grids, temperatures, ground states of the published tables."""

from dataclasses import fields

import numpy as np
import pytest

from navac.config.fields import Grid
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.ground_states import ground_states
from navac.hull import Hull, lower_hull
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import Ordering
from navac.sampling.budget import BudgetError, Cost, check_hours, cost_of
from navac.sampling.grid import (
    COARSE,
    PathError,
    check_window,
    mu_grid,
    phase_names,
    plan_grid,
    stepped_over,
    temperature_steps,
    tiled,
)
from navac.sampling.plan import HOT_STEPS, read_plan, write_plan
from navac.sampling.scans import heated_once, plan_scans

NAMES = {"zeta": 1, "psi": 2, "omega": 3, "theta": 3.5, "sigma": 4}
CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}


def orderings(prim, max_cells, compositions):
    return enumerate_orderings(
        prim, find_space_group(prim, 1e-5), max_cells=max_cells, compositions=compositions,
        species="Na", charges=CHARGES,
    )  # fmt: skip


@pytest.fixture(scope="module")
def poor(prim, sodium_poor):
    """Ground states of Table S6: all fit the primitive cell."""
    return ground_states(sodium_poor, orderings(prim, 1, [1, 1.5, 2, 2.5, 3]), (1, 3), 2)


@pytest.fixture(scope="module")
def rich(prim, sodium_rich):
    """Ground states of Table S7: x = 3.5 has a period of two cells."""
    return ground_states(sodium_rich, orderings(prim, 2, [3, 3.5, 4]), (3, 4), 2)


@pytest.fixture(scope="module")
def plan(sodium_poor, poor):
    grid = mu_grid(poor[0], 0.00125, 0.03, 0.1)
    return plan_grid(
        sodium_poor, *poor, Supercell.diagonal(2, 2, 2), known=NAMES, grid=grid, margin=0.03,
        temperatures=np.array([50.0, 100]), cool_to=None,
    )  # fmt: skip


def test_the_grid_is_fine_around_the_transitions_and_coarse_beyond():
    step, margin, reach = 0.01, 0.035, 0.3
    hull = Hull(np.array([0.0, 1, 2]), np.array([0, -0.5, -0.757]), np.arange(3), 1)
    first, last = hull.transitions
    grid = mu_grid(hull, step, margin, reach)
    np.testing.assert_allclose(grid / step, np.rint(grid / step), rtol=0, atol=1e-9)
    gaps = np.rint(np.diff(grid) / step).astype(int)
    assert set(gaps) == {1, COARSE}
    fine = np.flatnonzero(gaps == 1)
    assert (gaps[fine[0] : fine[-1] + 1] == 1).all()
    low, high = grid[fine[0]], grid[fine[-1] + 1]
    # The fine part holds the margins and no more than one step beyond; the coarse the reach.
    assert first - margin - step < low <= first - margin
    assert last + margin <= high < last + margin + step
    assert first - reach - 1e-9 <= grid[0] < first - reach + COARSE * step
    assert last + reach - COARSE * step < grid[-1] <= last + reach + step


@pytest.mark.parametrize(("coldest", "part"), [(10.0, 4), (50.0, 2), (150.0, 1)])
def test_a_narrow_ground_state_is_resolved_as_far_as_the_coldest_temperature_tells(coldest, part):
    step = 0.002
    hull = Hull(np.array([0.0, 1, 2, 3]), np.array([0, -0.3, -0.599, -0.5]), np.arange(4), 1)
    low, high = hull.stable(1)
    coarse = mu_grid(hull, step, 0.03, 0.1)
    grid = mu_grid(hull, step, 0.03, 0.1, coldest)
    assert np.isin(coarse, grid).all()
    near = grid[np.abs(grid - (low + high) / 2) < 0.003]
    np.testing.assert_allclose(np.diff(near), step / part)
    # Only the windows of narrow ground states are finer: that of the other is as it was.
    far = coarse[(coarse > high + 0.02)]
    np.testing.assert_array_equal(grid[grid > high + 0.02], far)


def test_temperatures_join_segments_and_extra_ones_inside():
    segments = [Grid(start=10, stop=30, step=5).values(), Grid(start=30, stop=90, step=20).values()]
    got = temperature_steps(segments, [47, 70, 500, 1])
    np.testing.assert_array_equal(got, [10, 15, 20, 25, 30, 47, 50, 70, 90])
    # A stop that floating-point steps do not quite reach is still there, once.
    fine = temperature_steps([Grid(start=0.1, stop=0.7, step=0.1).values()], [0.3])
    np.testing.assert_array_equal(fine, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])


def test_the_tables_have_their_transitions_at_0_K(poor, rich):
    np.testing.assert_array_equal(poor[0].x, [1, 2, 3])
    np.testing.assert_allclose(poor[0].transitions, [-0.47396, -0.43785], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(rich[0].x, [3, 3.5, 4])
    np.testing.assert_allclose(rich[0].transitions, [0.9038, 0.9502], rtol=0, atol=2e-4)
    assert [s.cells for s in rich[1]] == [1, 2, 1]


def test_points_on_or_above_the_hull_are_no_ground_states():
    hull = lower_hull([0, 1, 1, 2, 3, 4], [0, -1, -2, -2.5, -3, -1], 2)
    np.testing.assert_array_equal(hull.index, [0, 2, 4, 5])
    assert hull.stable(0) == (-np.inf, -1)
    assert hull.stable(2) == pytest.approx((-0.25, 1))
    np.testing.assert_allclose(hull.above([1, 2.0], [-1.5, -2.5]), [0.5, 0])


def test_a_tiled_ordering_keeps_its_energy(sodium_rich, rich):
    hull, states = rich
    box = Supercell.diagonal(2, 2, 4)
    for state, energy in zip(states, hull.energy, strict=True):
        occupation = tiled(state, box)
        assert (occupation == 0).sum() / box.size == 2 * state.x
        got = sodium_rich.energies(box, spins(occupation[None]))[0]
        assert got == pytest.approx(energy, abs=1e-8)


def test_tiling_a_skewed_period():
    """Site for site: a period of two along the diagonal of a square."""
    checkers = Ordering("c2", (2, 0, 0, 1, 1, 0, 0, 0, 1), 0.5, np.array([0, 1], np.int8), 2, 0.0)
    box = Supercell.diagonal(2, 4, 1)
    np.testing.assert_array_equal(tiled(checkers, box).reshape(2, 4), [[0, 1, 0, 1], [1, 0, 1, 0]])


@pytest.mark.parametrize("box", [(2, 2, 1), (3, 3, 3)])
def test_a_box_that_does_not_hold_the_period_is_refused(rich, box):
    state = next(s for s in rich[1] if s.cells == 2)
    with pytest.raises(PathError, match=rf"{state.id}.*sampling\.supercell"):
        tiled(state, Supercell.diagonal(*box))


def test_phases_are_named_by_configuration_or_composition():
    assert phase_names(np.array([1, 2.5, 3.5]), NAMES) == ("zeta", "x2.50", "theta")


def test_every_phase_is_heated_where_it_is_stable_or_nearly(plan, poor):
    hull, _ = poor
    assert plan.phases == ("zeta", "psi", "omega")
    np.testing.assert_allclose(plan.energy, hull.energy, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(plan.number, [2, 4, 6])
    for k in range(3):
        low, high = hull.stable(k)
        mine = plan.mu[plan.branch == k]
        np.testing.assert_array_equal(
            mine, plan.mu_grid[(plan.mu_grid >= low - 0.03) & (plan.mu_grid <= high + 0.03)]
        )
    lowest = (plan.energy[:, None] - plan.number[:, None] * plan.mu_grid).argmin(axis=0)
    sampled = set(zip(plan.branch.tolist(), plan.mu_index.tolist(), strict=True))
    assert {(k, i) for i, k in enumerate(lowest.tolist())} <= sampled
    assert plan.nominal[[0, 2]].tolist() == plan.mu_grid[[0, -1]].tolist()
    assert plan.nominal[1] == pytest.approx((-0.47396 - 0.43785) / 2, abs=1e-5)


def test_phases_are_heated_and_the_disordered_state_is_cooled(sodium_poor, poor):
    T = np.array([400.0, 500, 600, 1000])
    plan = plan_grid(
        sodium_poor, *poor, Supercell.diagonal(2, 2, 2), known=NAMES,
        grid=mu_grid(poor[0], 0.00125, 0.03, 0.1), margin=0.03, temperatures=T, cool_to=600,
    )  # fmt: skip
    assert plan.cooled == 2
    assert plan.n_branches == 4
    np.testing.assert_array_equal(plan.mu[~plan.heats], plan.mu_grid)
    walks, at = plan.walks(), plan.grid_step()
    assert walks.temperature.shape == (HOT_STEPS + 1, len(plan.branch)) == at.shape
    heating, cooling = walks.temperature[:, 0], walks.temperature[:, -1]
    np.testing.assert_array_equal(heating[:4], T)
    assert np.isnan(heating[4:]).all()
    np.testing.assert_allclose(np.diff(1 / cooling[:HOT_STEPS]), 1 / 1000 / HOT_STEPS)
    assert cooling[0] == pytest.approx(1000 * HOT_STEPS)
    np.testing.assert_array_equal(cooling[HOT_STEPS - 1 :], [1000, 600])
    for step, path in zip(*np.nonzero(at >= 0), strict=True):
        assert walks.temperature[step, path] == T[at[step, path]]
    np.testing.assert_array_equal((at >= 0).sum(axis=0), np.where(plan.heats, 4, 2))
    np.testing.assert_array_equal(walks.mu, np.broadcast_to(plan.mu, at.shape))


def test_a_plan_is_read_as_it_was_written(plan, tmp_path):
    write_plan(tmp_path / "plan.h5", plan, species="K")
    again = read_plan(tmp_path / "plan.h5")
    assert again.phases == plan.phases
    for field in fields(plan)[1:]:
        one, other = (np.asarray(getattr(p, field.name)) for p in (plan, again))
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other, err_msg=field.name)
    assert [f.name for f in tmp_path.iterdir()] == ["plan.h5"]


FIVE = Hull(np.linspace(0, 1, 5), np.array([0, -0.05, -0.06, -0.05, 0]), np.arange(5), 1)
"""Transitions at −0.2, −0.04, 0.04 and 0.2 eV."""


@pytest.mark.parametrize(
    ("window", "missed"),
    [((-0.3, 0.3), 0), ((5.0, 6.0), 4), ((-6.0, -5.0), 4), ((-0.1, 0.3), 1), ((-0.3, 0.2), 1)],
)
def test_a_window_that_leaves_out_ground_states_is_refused(window, missed):
    grid = np.array([window[0], sum(window) / 2, window[1]])
    if not missed:
        check_window(FIVE, grid, "ranges.all.mu_eV")
        return
    with pytest.raises(PathError) as caught:
        check_window(FIVE, grid, "ranges.all.mu_eV")
    said = str(caught.value)
    assert said.startswith(f"ranges.all.mu_eV: {window[0]:g} to {window[1]:g} eV per atom")
    assert f"leaves out {missed} of 5 ground states" in said
    assert "start below -0.2000 and stop above 0.2000, or write null" in said


def test_a_step_that_steps_over_a_ground_state_is_noticed():
    assert stepped_over(FIVE, np.array([-0.3, -0.1, 0.0, 0.1, 0.3])) == []
    assert stepped_over(FIVE, np.array([-0.3, -0.1, 0.1, 0.3])) == [2]


def test_a_tiny_step_is_refused_before_the_grid_is_made():
    with pytest.raises(PathError, match=r"mu_step_eV 1e-09 makes 5e\+08 .* take a larger step"):
        mu_grid(FIVE, 1e-9, 0.05, 0.1)


def test_a_supercell_that_does_not_hold_a_ground_state_names_one_that_does(prim, sodium_rich, rich):
    with pytest.raises(PathError, match=r"3 × 3 × 3 cells does not hold .* x = 3.5 .* holds all"):
        plan_grid(
            sodium_rich, *rich, Supercell.diagonal(3, 3, 3), known=NAMES,
            grid=np.array([0.8, 1.0]), margin=0.03, temperatures=np.array([50.0]), cool_to=None,
        )  # fmt: skip


@pytest.mark.parametrize("cool_to", [None, 75.0])
def test_the_cost_of_a_plan_is_that_of_its_walks(sodium_poor, poor, cool_to):
    grid = mu_grid(poor[0], 0.01, 0.03, 0.1)
    plan = plan_grid(
        sodium_poor, *poor, Supercell.diagonal(2, 2, 2), known=NAMES, grid=grid, margin=0.03,
        temperatures=np.array([50.0, 100, 150]), cool_to=cool_to,
    )  # fmt: skip
    cost = cost_of(plan, 7, scans=False)
    assert cost.conditions == np.isfinite(plan.walks().temperature).sum()
    assert cost.flips == cost.conditions * 7 * 64
    once = heated_once(plan, {})
    scans = plan_scans(once)
    assert cost_of(once, 7, scans=True).conditions == (
        np.isfinite(once.walks().temperature).sum() + (scans.mu_index >= 0).sum()
    )


def test_what_costs_too_much_is_refused_with_the_numbers():
    cost = Cost(conditions=10**6, sweeps=1000, sites=32768, paths=100)
    check_hours(cost.core_hours, None, str(cost))
    check_hours(cost.core_hours, 100, str(cost))
    with pytest.raises(BudgetError, match=r"3.3e\+13 attempted flips.*18.2 core hours.*allows 10"):
        check_hours(cost.core_hours, 10, str(cost))
