"""Two phases in equilibrium, by name: which jumps count, where two phases become one."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.coexistence import coexistences, metastability_width, one_from
from navac.thermodynamics.equilibria import stable_phases
from navac.thermodynamics.invariants import CONGRUENT, INVARIANT, Invariant
from tests.thermodynamics.known import Phase, assignment_of, branches_of, fields_of

GRID = 0.002 * np.arange(-100, 101)
THREE = Phase(0.0, 4.0), Phase(0.03, 5.0), Phase(0.08, 6.0)
"""They cross at 0.03 and 0.05."""


def found_in(phases, names, *, steps=1, smallest=0.1, touching=(), errors=()):
    fields = fields_of(phases, 300.0 + 10 * np.arange(steps), GRID, errors=errors)
    assignment = assignment_of(names, steps, len(GRID), touching=touching)
    found = coexistences(fields, stable_phases(fields), assignment, smallest)
    return fields, assignment, found


def test_every_neighbour_is_found_by_name_at_every_temperature():
    _, _, found = found_in(THREE, ("psi", "modulated", "omega"), steps=2)
    assert [(c.step, c.low, c.high) for c in found] == [
        (0, "psi", "modulated"), (0, "modulated", "omega"),
        (1, "psi", "modulated"), (1, "modulated", "omega"),
    ]  # fmt: skip
    assert [c.mu for c in found[:2]] == pytest.approx([0.03, 0.05], abs=1e-12)
    assert [(c.n_low, c.n_high) for c in found[:2]] == [(4, 5), (5, 6)]
    for c in found:
        assert c.right == c.left + 1
        assert GRID[c.left] <= c.mu <= GRID[c.right]


@pytest.mark.parametrize(
    ("jump", "touching", "counts"),
    [
        (0.11, [(0, 0, 1)], True),
        (0.09, [(0, 0, 1)], False),  # the one continues the other
        (0.09, [], True),  # their order differs, and so little is resolved
        (0.03, [], True),
        (0.01, [], False),
    ],
)
def test_how_large_a_jump_must_be(jump, touching, counts):
    phases = Phase(0.0, 4.0, 1.0), Phase(0.0, 4.0 + jump, 1.0)
    _, _, found = found_in(phases, ("a", "b"), touching=touching)
    assert bool(found) == counts


@pytest.mark.parametrize(
    ("small", "filled"),
    [((4,), True), ((4, 5), True), ((4, 5, 6), False), ((1,), False), ((8,), False)],
)
def test_a_jump_that_is_too_small_for_a_while_counts_between_larger_ones(small, filled):
    """There the two phases seem to be one; on both sides they differ at two temperatures."""
    phases = Phase(0.0, 4.0, 1.0), Phase(0.0, 4.09, 1.0)
    touching = [(step, 0, 1) for step in small]
    _, _, found = found_in(phases, ("a", "b"), steps=10, touching=touching)
    steps = [c.step for c in found]
    assert steps == [k for k in range(10) if filled or k not in small]


@pytest.mark.parametrize(
    ("small", "one", "kept"),
    [
        (range(3, 8), (), range(10)),
        (range(5, 10), (7, 8, 9), range(7)),  # up to where the phases are one
        (range(6, 10), (), range(6)),  # nothing tells what comes beyond
        (range(4), (), range(4, 10)),
        (range(10), (8, 9), ()),
    ],
)
def test_phases_that_never_continue_each_other_differ_from_larger_jump_to_larger_jump(
    small, one, kept
):
    """However little they differ on the way: a jump of 0.01, which is not resolved."""
    larger, smaller = (
        fields_of((Phase(0.0, 4.0, 1.0), Phase(0.0, n, 1.0)), 300.0 + 10 * np.arange(10), GRID)
        for n in (4.2, 4.01)
    )
    where = np.isin(np.arange(10), list(small))[:, None]
    fields = replace(larger, **{
        name: np.where(where, getattr(smaller, name), getattr(larger, name))
        for name in ("phi", "number", "energy")
    })  # fmt: skip
    touching = [(step, 0, 1) for step in one]
    assignment = assignment_of(("a", "b"), 10, len(GRID), touching=touching)
    found = coexistences(fields, stable_phases(fields), assignment, 0.1)
    assert [c.step for c in found] == list(kept)


@pytest.mark.parametrize(("above", "filled"), [(False, True), (True, False)])
def test_a_region_reaches_up_to_the_invariant_point_that_it_ends_in(above, filled):
    names = ("psi", "modulated", "omega")
    phases = Phase(0.0, 4.0, 1.0), Phase(0.0, 4.09, 1.0), Phase(0.08, 6.0)
    fields = fields_of(phases, 300.0 + 10 * np.arange(8), GRID)
    assignment = assignment_of(names, 8, len(GRID), touching=[(7, 0, 1)])
    point = Invariant(
        kind=INVARIANT, phases=(0, 1, 2), temperature=375.0, stderr=1.0, number=(4.0, 4.1, 6.0),
        mu=0.0, step=7, above=above,
    )  # fmt: skip
    found = coexistences(fields, [[0, 1, 2]] * 8, assignment, 0.1, [point])
    there = [c.step for c in found if (c.low, c.high) == names[:2]]
    assert there == list(range(8 if filled else 7))


SHRINKING = (0.2, 0.2, 0.2, 0.01, 0.01, 0.01, 0.01)


def shrinking(*, touching=(), errors=0.0, point=None, jumps=SHRINKING):
    """The temperatures at which two phases are in equilibrium whose jumps in N are given.

    Args:
        errors: of φ at the first temperature.
    """
    count = len(jumps)
    fields = fields_of((Phase(0.0, 4.0, 1.0), Phase(0.0, 4.2, 1.0), Phase(0.08, 6.0)),
                       300.0 + 10 * np.arange(count), GRID, errors=np.zeros(200))  # fmt: skip
    for step, jump in enumerate(jumps):
        phase = Phase(0.0, 4.0 + jump, 1.0)
        fields.phi[:, 1, step] = phase.phi(GRID)
        fields.number[:, 1, step] = 4.0 + jump
    fields.number[1:, 1, 0] += errors * np.random.default_rng(0).standard_normal((200, 1))
    assignment = assignment_of(("a", "b", "c"), count, len(GRID), touching=touching)
    found = coexistences(fields, [[0, 1, 2]] * count, assignment, 0.1, point)
    return [c.step for c in found if (c.low, c.high) == ("a", "b")]


INVARIANT_AT_THE_END = Invariant(
    kind=INVARIANT, phases=(0, 1, 2), temperature=365.0, stderr=1.0, number=(4.0, 4.1, 6.0),
    mu=0.0, step=6, above=False,
)  # fmt: skip


@pytest.mark.parametrize(
    "point",
    [
        INVARIANT_AT_THE_END,
        replace(INVARIANT_AT_THE_END, kind=CONGRUENT, phases=(0, 1), number=(4.0, 4.0)),
    ],
)
def test_a_region_that_shrinks_reaches_up_to_the_point_that_it_ends_in(point):
    """Even where states of the one phase continue those of the other here and there."""
    touching = [(step, 0, 1) for step in (3, 5)]
    assert shrinking(touching=touching, point=[point]) == list(range(7))
    assert shrinking(touching=touching, point=[]) == [0, 1, 2]
    below = replace(point, above=True)  # there it would begin
    assert shrinking(touching=touching, point=[below]) == [0, 1, 2]


@pytest.mark.parametrize(("errors", "kept"), [(1.0, True), (0.0, False)])
def test_what_is_not_known_of_the_lowest_temperature_does_not_end_a_region(errors, kept):
    """A jump that is not resolved there because of errors, and one that is too small."""
    jumps = (0.2 if errors else 0.01, *[0.2] * 6)
    assert shrinking(errors=errors, point=[], jumps=jumps) == list(range(0 if kept else 1, 7))


def test_a_jump_within_its_error_is_none():
    """N of one side is known to 0.2: what φ moves by, times the ∂N/∂μ of a soft phase."""
    phases = Phase(0.0, 2.0, 30.0), Phase(0.0, 2.3, 1.0)
    off = np.random.default_rng(1).standard_normal(500)
    assert found_in(phases, ("a", "b"), errors=1e-4 * off)[2]
    assert not found_in(phases, ("a", "b"), errors=2e-3 * off)[2]


LOW, HIGH = Phase(0.0, 2.0, 3.0), Phase(0.06, 4.0, 1.0)


def test_metastability_width_is_how_far_a_phase_was_sampled_beyond_the_transition():
    """The low phase stays for four steps beyond the crossing, the high one for none."""
    fields, assignment, (c,) = found_in((LOW, HIGH), ("low", "high"))
    after = np.flatnonzero(c.mu < GRID)
    fields.sampled[0, 0, after[4:]] = False
    fields.sampled[1, 0, : after[0]] = False
    up, down = metastability_width(fields, c, assignment.names)
    assert up == pytest.approx(GRID[after[3]] - c.mu)
    assert down == 0
    # what comes after a hole is another path's
    fields.sampled[0, 0, after[2]] = False
    up, _ = metastability_width(fields, c, assignment.names)
    assert up == pytest.approx(GRID[after[1]] - c.mu)


STEPS = 8


def merging(touching, *, invariants=(), smallest=0.1, between=(), alike=True):
    """The step from which on two phases are one that differ by less and less.

    Args:
        between: temperatures at which states were sampled at every N between the two.
    """
    pairs = [(Phase(0.0, 4 - d), Phase(0.0, 4 + d)) for d in 0.4 - 0.04 * np.arange(STEPS)]
    fields = fields_of((LOW, HIGH), 300.0 + 10 * np.arange(STEPS), GRID)
    for step, phases in enumerate(pairs):
        for k, phase in enumerate(phases):
            fields.phi[:, k, step], fields.number[:, k, step] = phase.phi(GRID), phase.n
        fields.susceptibility[:] = 0
    number = fields.number[0].copy()
    fields.sampled[0, :, 105:] = fields.sampled[1, :, :96] = False
    for step in between:
        fields.sampled[0, step, 98:], fields.sampled[1, step, :103] = False, False
        number[:, step, 98:103] = 4 + 0.05 * np.linspace(-1, 1, 5)
    assignment = assignment_of(
        ("poor", "rich"), STEPS, len(GRID), touching=[(step, 0, 1) for step in touching]
    )
    assignment = replace(assignment, ordered_in_cell=np.array([False, not alike]))
    found = coexistences(fields, stable_phases(fields), assignment, 0.1)
    assert [c.step for c in found] == list(range(STEPS))
    data = branches_of(fields.phi[0], number)
    return one_from(fields, data, assignment, found, invariants, smallest)


def test_phases_are_one_from_where_they_continue_each_other_without_a_jump():
    """Being of the same order, they are so as far down from the top as they do."""
    assert merging([]) == {}
    assert merging([5, 6, 7]) == {("poor", "rich"): 5}
    assert merging([2, 7]) == {("poor", "rich"): 7}
    assert merging([2, 3]) == {}


def test_phases_of_other_order_are_one_only_where_no_jump_is_left():
    """N differs by 0.8 at first, by 0.08 less at each temperature, by 0.48 at the fifth."""
    everywhere = range(STEPS)
    assert merging(everywhere, alike=False) == {}
    assert merging(everywhere, alike=False, smallest=0.5) == {("poor", "rich"): 4}
    # at most of the higher temperatures they have to continue each other too
    assert merging([4, 6, 7], alike=False, smallest=0.5) == {("poor", "rich"): 4}
    assert merging([4, 7], alike=False, smallest=0.5) == {("poor", "rich"): 7}


def test_phases_of_the_same_order_with_states_at_everything_between_are_one():
    assert merging([], between=[6, 7]) == {("poor", "rich"): 6}
    # at a lower temperature alone such states may be slabs of both
    assert merging([], between=[3]) == {}


def test_a_region_that_ends_at_an_invariant_point_is_not_closed():
    point = Invariant(
        kind=INVARIANT, phases=(0, 1, 2), temperature=375.0, stderr=1.0, number=(3.0, 4.0, 5.0),
        mu=0.0, step=STEPS - 1, above=True,
    )  # fmt: skip
    assert merging([6, 7], invariants=[point]) == {}
    for other in (
        replace(point, step=2), replace(point, phases=(2, 3, 4)), replace(point, kind=CONGRUENT),
    ):  # fmt: skip
        assert merging([6, 7], invariants=[other]) == {("poor", "rich"): 6}
