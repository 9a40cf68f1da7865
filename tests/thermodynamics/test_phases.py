"""Jumps, crossings and names of phases, on curves whose transitions are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from navac.thermodynamics.envelope import Envelope, envelope, jumps, tangent_crossing
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.phases import (
    PATIENCE,
    Coexistence,
    coexistences,
    continued,
    highest_temperature,
    merged,
    metastability_width,
    named_segments,
)
from tests.thermodynamics.plans import plan_of

STEP = 0.002
GRID = STEP * np.arange(-100, 101)


class Phase:
    """φ = φ₀ − n₀ μ − χ μ²/2: N rises linearly."""

    def __init__(self, phi, n, chi=0.0):
        self.phi0, self.n0, self.chi = phi, n, chi

    def phi(self, mu):
        return self.phi0 - self.n0 * mu - self.chi * mu**2 / 2

    def number(self, mu):
        return self.n0 + self.chi * mu


LOW, HIGH = Phase(0.0, 2.0, 3.0), Phase(0.06, 4.0, 1.0)
# φ equal: 0.06 − 2 μ + μ² = 0.
CROSSING = 1 - np.sqrt(1 - 0.06)


def along(nominal, names=None, steps=1):
    """A plan on the grid, from 300 K upwards."""
    return plan_of(GRID, nominal, 300.0 + np.arange(steps), names)


def branches_of(*phases, steps=1):
    def rows(values):
        return np.repeat(np.array(values)[:, None], steps, axis=1)

    number = rows([p.number(GRID) for p in phases])
    return Branches(
        phi=rows([p.phi(GRID) for p in phases]),
        number=number,
        energy=0 * number,
        susceptibility=rows([np.full(len(GRID), p.chi) for p in phases]),
        omega_variance=0 * number,
        sublattice=number[..., None] / 8,
        wave_amplitude=0 * number,
        stationary=np.ones(number.shape, bool),
    )


def curve(number, chi, *, mu=GRID, phi=None, stationary=True):
    n = len(mu)
    blank = np.zeros(n)
    return Envelope(
        mu=mu,
        branch=np.zeros(n, int),
        phi=blank if phi is None else phi,
        number=number,
        energy=blank,
        susceptibility=chi,
        omega_variance=blank,
        sublattice=np.zeros((n, 1)),
        wave_amplitude=blank,
        stationary=np.broadcast_to(stationary, n).copy(),
    )


def stable(*phases):
    return envelope(along([0.0] * len(phases)), branches_of(*phases), 0)


NO_NOISE = np.zeros(len(GRID))


def test_the_stable_branch_is_the_lowest():
    now = stable(LOW, HIGH)
    np.testing.assert_array_equal(now.branch, GRID > CROSSING)
    np.testing.assert_array_equal(
        now.number, np.where(GRID > CROSSING, HIGH.number(GRID), LOW.number(GRID))
    )
    assert (now.phi <= np.minimum(LOW.phi(GRID), HIGH.phi(GRID))).all()


def test_a_branch_that_was_not_sampled_is_not_stable():
    data = branches_of(LOW, HIGH)
    data.phi[1, 0, :150] = np.nan
    now = envelope(along([0.0] * 2), data, 0)
    assert now.branch.tolist() == [0] * 150 + [1] * 51


def test_a_jump_is_found_where_the_branches_cross():
    ((left, right),) = jumps(stable(LOW, HIGH), NO_NOISE, 0.1)
    assert right == left + 1
    assert GRID[left] <= CROSSING < GRID[right]
    mu, low, high = tangent_crossing(stable(LOW, HIGH), left, right)
    # Tangents miss the curves by χ Δμ²/2 over the difference in N.
    assert mu == pytest.approx(CROSSING, abs=3 * STEP**2 / 2 / 1.9)
    assert low == pytest.approx(LOW.number(CROSSING), abs=1e-5)
    assert high == pytest.approx(HIGH.number(CROSSING), abs=1e-5)


def test_the_crossing_is_the_common_tangent_of_the_free_energies():
    """F(N) = φ + μN of both phases; the edge of its convex hull that bridges from one to the other
    touches them at the boundaries, and its slope is the chemical potential."""
    points = np.concatenate([
        np.stack([p.number(GRID), p.phi(GRID) + GRID * p.number(GRID)], axis=1)
        for p in (LOW, HIGH)
    ])  # fmt: skip
    hull = ConvexHull(points)
    below = points[hull.simplices[hull.equations[:, 1] < 0]]
    bridge = below[np.ptp(below[..., 0], axis=1).argmax()]
    (n_low, f_low), (n_high, f_high) = bridge[bridge[:, 0].argsort()]
    now = stable(LOW, HIGH)
    mu, low, high = tangent_crossing(now, *jumps(now, NO_NOISE, 0.1)[0])
    assert (f_high - f_low) / (n_high - n_low) == pytest.approx(mu, abs=1e-5)
    # The hull touches at points of the grid, χ times a step apart.
    assert n_low == pytest.approx(low, abs=LOW.chi * STEP)
    assert n_high == pytest.approx(high, abs=HIGH.chi * STEP)


def test_tangents_of_linear_branches_cross_exactly():
    phases = Phase(0.0, 2.0), Phase(2 * 0.0313, 4.0)
    now = stable(*phases)
    ((left, right),) = jumps(now, NO_NOISE, 0.1)
    assert tangent_crossing(now, left, right) == pytest.approx((0.0313, 2, 4), abs=1e-12)
    # The same from points far from the crossing: nothing between them is used.
    assert tangent_crossing(now, left - 40, right + 30) == pytest.approx((0.0313, 2, 4), abs=1e-12)


def test_a_crossing_outside_its_interval_is_moved_to_the_end():
    phi = np.where(GRID > 0, 1.0 - 4 * GRID, -2 * GRID)
    now = curve(np.where(GRID > 0, 4.0, 2.0), NO_NOISE, phi=phi)
    ((left, right),) = jumps(now, NO_NOISE, 0.1)
    assert tangent_crossing(now, left, right)[0] == GRID[right]


@pytest.mark.parametrize("width", [1, 2, 10])
def test_a_steep_curve_is_no_jump_if_its_susceptibility_says_so(width):
    """N rises by two atoms within a few points; only the susceptibility tells it from a jump."""
    w = width * STEP
    number = 4 + np.tanh(GRID / w)
    chi = 1 / w / np.cosh(GRID / w) ** 2
    assert np.diff(number).max() > 0.09
    assert jumps(curve(number, chi), NO_NOISE, 0.08) == []
    assert jumps(curve(number, chi / 10), NO_NOISE, 0.08) != []


def test_a_jump_within_its_noise_is_none():
    number = np.where(GRID > 0, 2.2, 2.0)
    now = curve(number, NO_NOISE)
    assert len(jumps(now, NO_NOISE, 0.1)) == 1
    assert len(jumps(now, NO_NOISE + 0.2 / 3 / np.sqrt(2) * 0.99, 0.1)) == 1
    assert jumps(now, NO_NOISE + 0.2 / 3 / np.sqrt(2) * 1.01, 0.1) == []
    assert jumps(now, NO_NOISE, 0.25) == []


def test_a_jump_is_at_least_what_the_susceptibility_explains():
    """Of which 0.2 atoms are explained: a rise of 0.39 is none, one of 0.41 is."""
    chi = np.full(len(GRID), 0.2 / STEP)
    assert jumps(curve(np.where(GRID > 0, 0.39, 0.0), chi), NO_NOISE, 0.1) == []
    assert jumps(curve(np.where(GRID > 0, 0.41, 0.0), chi), NO_NOISE, 0.1) == [(100, 101)]


def test_points_that_are_not_stationary_lie_inside_the_jump():
    at = np.arange(len(GRID))
    number = np.select([at < 100, at < 104], [2.0, 3.0], 4.0)
    now = curve(number, NO_NOISE, stationary=(at < 100) | (at >= 104))
    assert jumps(now, NO_NOISE, 0.1) == [(99, 104)]


def test_a_stretch_of_few_points_is_part_of_the_transition():
    at = np.arange(len(GRID))
    short = curve(np.select([at < 100, at < 102], [2.0, 3.0], 4.0), NO_NOISE)
    assert jumps(short, NO_NOISE, 0.1) == [(99, 102)]
    longer = curve(np.select([at < 100, at < 103], [2.0, 3.0], 4.0), NO_NOISE)
    assert jumps(longer, NO_NOISE, 0.1) == [(99, 100), (102, 103)]


def test_a_state_of_both_phases_lies_inside_the_jump():
    """Whether the grid hits the transition does not matter: half of the jump is on either side."""
    number = np.where(GRID > 0.5 * STEP, 0.16, 0.0)
    number[100] = 0.08
    chi = np.full(len(GRID), 1.0)
    chi[100] = 2.1 * 0.16 / STEP
    assert jumps(curve(number, chi), NO_NOISE, 0.1) == [(99, 101)]
    # A peak that explains no more than the rise is a steep but single phase.
    chi[100] = 1.9 * 0.16 / STEP
    assert jumps(curve(number, chi), NO_NOISE, 0.1) == []


def test_stretches_hold_the_phases_whose_nominal_potential_lies_inside():
    plan = along([-0.15, -0.1, 0.15], names=("a", "b", "c"))
    assert named_segments(plan, []) == [("a", "b", "c")]
    assert named_segments(plan, [(99, 100), (120, 121)]) == [("a", "b"), (), ("c",)]
    # An edge belongs to the stretch before it.
    at_b = int(np.abs(GRID + 0.1).argmin())
    assert named_segments(plan, [(at_b, at_b + 1)]) == [("a", "b"), ("c",)]
    assert named_segments(plan, [(at_b - 1, at_b)]) == [("a",), ("b", "c")]


MIDDLE = Phase(0.03, 5.0)
THREE = Phase(0.0, 4.0), MIDDLE, Phase(0.08, 6.0)  # cross at 0.03 and 0.05


def found_in(phases, nominal, names, *, bounds=(0, 4), steps=1, noise=0.0):
    plan = along(nominal, names, steps)
    data = branches_of(*phases, steps=steps)
    return plan, coexistences(
        plan, [envelope(plan, data, k) for k in range(steps)],
        np.full((steps, len(GRID)), noise), 0.1, 2, bounds,
    )  # fmt: skip


def test_a_phase_between_the_known_ones_is_named_by_its_composition():
    """The branch in the middle starts from a known phase but is stable far from its home."""
    plan, found = found_in(THREE, [-0.2, 0.2, 0.2], ("psi", "other", "omega"), steps=2)
    assert [(c.step, c.low, c.high) for c in found] == [
        (0, "psi", "x2.50"), (0, "x2.50", "other"), (1, "psi", "x2.50"), (1, "x2.50", "other"),
    ]  # fmt: skip
    assert [c.mu for c in found[:2]] == pytest.approx([0.03, 0.05], abs=1e-12)
    assert [(c.n_low, c.n_high) for c in found[:2]] == [(4, 5), (5, 6)]
    assert not merged(plan, found, 0, "psi", "omega")
    assert merged(plan, found, 0, "other", "omega")
    assert not merged(plan, found, 0, "psi", "x2.50")
    assert merged(plan, [], 0, "psi", "omega")


def test_a_known_phase_keeps_its_name():
    _, found = found_in(THREE, [-0.2, 0.04, 0.2], ("psi", "chi", "omega"))
    assert [(c.low, c.high) for c in found] == [("psi", "chi"), ("chi", "omega")]


def regions(*rows):
    """Jumps (step, n_low, n_high) between stretches that the potentials name psi and omega."""
    return [region(step, "psi", "omega", low, high) for step, low, high in rows]


def region(step, low, high, n_low, n_high):
    return Coexistence(
        step=step, left=0, right=0, low=low, high=high, mu=0.0, n_low=n_low, n_high=n_high
    )


def test_a_region_keeps_its_names_while_it_overlaps():
    found = regions((0, 2.0, 3.0), (1, 2.2, 2.9), (4, 2.4, 2.7))
    assert continued(found) == found


def test_a_region_elsewhere_is_named_for_the_side_that_moved():
    """At the third temperature, psi has given way to something at 2.6; omega has moved little."""
    after = continued(regions((0, 2.0, 2.8), (1, 2.1, 2.7), (2, 2.65, 2.8), (3, 2.6, 2.75)))
    assert [c.low == "psi" for c in after] == [True, True, False, False]
    assert after[2].low == after[3].low
    assert {c.high for c in after} == {"omega"}


def test_a_region_after_a_long_gap_is_another():
    later = 2 + PATIENCE
    apart = continued(regions((0, 2.0, 3.0), (later, 2.3, 2.9), (later + 1, 2.3, 2.8)))
    assert apart[0].low == "psi"
    assert apart[1].low == apart[2].low != "psi"


def test_a_region_inside_another_continues_it():
    """What the potentials call psi + omega is what was omega + chi one temperature before."""
    chi = region(0, "omega", "chi", 3.0, 4.0)
    *_, last = continued([*regions((0, 2.0, 3.0)), chi, *regions((1, 3.2, 3.9))])
    assert (last.low, last.high) == ("omega", "chi")


def test_only_jumps_where_the_expansion_holds_are_kept():
    def kept(bounds):
        _, found = found_in(THREE, [-0.2, 0.04, 0.2], ("psi", "chi", "omega"), bounds=bounds)
        return [(c.low, c.high) for c in found]

    assert kept((2, 2.6)) == [("psi", "chi")]
    assert kept((2.6, 4)) == [("chi", "omega")]
    assert kept((3.1, 4)) == []


def test_the_highest_temperature_is_midway_to_the_first_without():
    T = np.array([100.0, 110, 120, 140, 160, 180, 220, 300, 380, 460, 900])

    def top(*present):
        return highest_temperature(T, np.isin(np.arange(len(T)), present))

    assert top(0, 1, 2) == (130, 2)
    assert top(*range(len(T))) == (900, 10)
    assert top(0, 1 + PATIENCE) == (170, 4)
    assert top(0, 2 + PATIENCE) == (105, 0)
    assert top(4, 5, 10) == (200, 5)
    assert top(3, 7) == (150, 3)  # few steps, but from 140 to 300 K
    assert top(8, 10) == (900, 10)  # one step, however wide
    nothing, step = top()
    assert np.isnan(nothing)
    assert step == -1


def test_metastability_width_is_how_far_a_branch_keeps_its_phase():
    """The low phase stays for four steps beyond the crossing, the high one for none."""
    plan = along([GRID[0], GRID[-1]], names=("low", "high"))
    data = branches_of(LOW, HIGH)
    number = data.number.copy()
    after = np.flatnonzero(GRID > CROSSING)
    number[0, 0, after[4:]] = HIGH.number(GRID)[after[4:]]
    number[1, 0, : after[0]] = LOW.number(GRID)[: after[0]]
    (found,) = coexistences(plan, [stable(LOW, HIGH)], np.zeros((1, len(GRID))), 0.5, 1, (0, 9))
    up, down = metastability_width(plan, replace(data, number=number), found)
    assert up == pytest.approx(GRID[after[3]] - found.mu)
    assert down == 0
    assert np.isnan(metastability_width(plan, data, replace(found, low="x2.50"))[0])
    data.stationary[0, 0, after[2:]] = False
    assert metastability_width(plan, data, found)[0] == pytest.approx(GRID[after[1]] - found.mu)
