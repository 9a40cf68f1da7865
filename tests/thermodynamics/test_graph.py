"""What is wrong with planted phase diagrams, and nothing with right ones."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.faults import faults
from navac.thermodynamics.graph import Corner, Graph, Region
from navac.thermodynamics.regions import End

COLD, T_E, T_C, HOT = 100.0, 400.0, 700.0, 800.0
AT = {"a": 1.0, "b": 2.0, "c": 3.0}
"""x of every phase at the eutectoid temperature."""

EUTECTOID = Corner(
    kind="invariant", phases=("a", "b", "c"), temperature=T_E, x=(1.0, 2.0, 3.0), mu=0.0, above=True
)


def end(kind, T, low, high, mu=0.0):
    return End(kind=kind, temperature=T, stderr=1.0, values=(low, high, mu))


def region(low, high, begins, ends, *, stderr=0.001):
    """Straight sides between both ends."""
    T = np.linspace(begins.temperature, ends.temperature, 5)
    part = np.linspace(0, 1, 5)[:, None]
    x = (1 - part) * begins.values[:2] + part * np.array(ends.values[:2])
    return Region(
        low=low, high=high, temperature=T, x=x, stderr=np.full((5, 2), stderr), begins=begins,
        ends=ends,
    )  # fmt: skip


def at_eutectoid(low, high):
    return end("invariant", T_E, AT[low], AT[high])


BELOW = region("a", "c", end("sampled", COLD, 0.9, 3.1), at_eutectoid("a", "c"))
LEFT = region("a", "b", at_eutectoid("a", "b"), end("critical", T_C, 1.5, 1.5))
RIGHT = region("b", "c", at_eutectoid("b", "c"), end("sampled", HOT, 2.5, 2.9))
RIGHT_DIAGRAM = Graph(
    regions=(BELOW, LEFT, RIGHT), corners=(EUTECTOID,), one=frozenset({frozenset("ab")})
)


def with_regions(*regions, corners=(EUTECTOID,), one=RIGHT_DIAGRAM.one):
    return Graph(regions=regions, corners=corners, one=one)


def only(graph):
    (sentence,) = faults(graph)
    return sentence


def test_nothing_is_wrong_with_a_eutectoid():
    assert faults(RIGHT_DIAGRAM) == []


def test_nothing_is_wrong_with_a_peritectoid():
    """The same, upside down: the middle phase is there below."""
    corner = replace(EUTECTOID, above=False)
    left = region("a", "b", end("sampled", COLD, 1.2, 1.9), at_eutectoid("a", "b"))
    right = region("b", "c", end("sampled", COLD, 2.1, 2.8), at_eutectoid("b", "c"))
    above = region("a", "c", at_eutectoid("a", "c"), end("sampled", HOT, 1.3, 2.6))
    assert faults(with_regions(left, right, above, corners=(corner,))) == []


def congruent(T, above=False):
    return Corner(
        kind="congruent", phases=("a", "b"), temperature=T, x=(2.0, 2.0), mu=0.0, above=above
    )


def lens(first, last):
    """A phase inside another, between two temperatures."""
    return region("a", "b", first, last), region("b", "a", first, last)


def test_nothing_is_wrong_with_a_congruent_point():
    point = end("congruent", T_E, 2.0, 2.0)
    left = region("a", "b", end("sampled", COLD, 1.0, 1.8), point)
    right = region("b", "a", end("sampled", COLD, 2.2, 3.0), point)
    corners = (congruent(T_E),)
    assert faults(with_regions(left, right, corners=corners)) == []
    assert only(with_regions(left, corners=corners, one=())).endswith("b+a is missing below it")
    # Unless that region has no width that is resolved.
    assert faults(with_regions(left, corners=corners)) == []


def test_a_closed_lens_and_a_closed_loop_are_no_islands():
    points = end("congruent", T_E, 2.0, 2.0), end("congruent", T_C, 2.0, 2.0)
    corners = congruent(T_E, above=True), congruent(T_C)
    assert faults(with_regions(*lens(*points), corners=corners)) == []
    loop = region("a", "b", end("critical", T_E, 2, 2), end("critical", T_C, 2, 2))
    assert faults(with_regions(loop, corners=())) == []


def test_nothing_is_wrong_with_no_region_at_all():
    assert faults(Graph(regions=(), corners=())) == []


def test_an_open_end_is_refused():
    opened = replace(RIGHT, ends=end("unresolved", HOT, 2.5, 2.9))
    assert only(with_regions(BELOW, LEFT, opened)) == (
        "b+c (400 to 800 K) ends at 800.0 K openly: how is not resolved"
    )


def test_an_end_of_unknown_kind_is_refused():
    opened = replace(RIGHT, ends=end("somewhere", HOT, 2.5, 2.9))
    assert "ends at 800.0 K by 'somewhere'" in only(with_regions(BELOW, LEFT, opened))


@pytest.mark.parametrize("change", [
    {"temperature": T_E + 5}, {"x": (1.0, 2.0, 3.2)}, {"phases": ("a", "b", "d")},
    {"kind": "congruent", "phases": ("a", "c"), "x": (1.0, 1.0)},
])  # fmt: skip
def test_an_end_that_touches_nothing_is_refused(change):
    """An invariant point at another temperature, at another x, of another phase, of another
    kind."""
    found = faults(with_regions(BELOW, LEFT, RIGHT, corners=(replace(EUTECTOID, **change),)))
    assert sum("touches nothing" in sentence for sentence in found) >= 1
    assert any(s.startswith("b+c (400 to 800 K) begins at 400.0 K") for s in found)


def test_a_critical_point_has_one_composition():
    apart = region("a", "b", at_eutectoid("a", "b"), end("critical", T_C, 1.4, 1.6))
    assert "its sides 0.2 apart in x" in only(with_regions(BELOW, apart, RIGHT))


def test_an_island_is_refused():
    island = region(
        "c", "d", end("unresolved", 500.0, 3.4, 3.6), end("unresolved", 520.0, 3.45, 3.55)
    )
    found = faults(with_regions(BELOW, LEFT, RIGHT, island))
    assert sum("an island" in s for s in found) == 1
    assert any(s.startswith("c+d (500 to 520 K): an island") for s in found)
    assert sum("openly" in s for s in found) == 2


def test_an_open_end_of_what_is_connected_is_no_island():
    opened = replace(LEFT, ends=end("unresolved", T_C, 1.4, 1.6))
    assert not any("island" in s for s in faults(with_regions(BELOW, opened, RIGHT)))


def test_regions_that_are_connected_with_each_other_alone_may_be_an_island():
    """Without the region below, nothing leads to the edge of what was sampled, and one is open."""
    left = replace(LEFT, ends=end("unresolved", T_C, 1.4, 1.6))
    right = region("b", "c", at_eutectoid("b", "c"), end("critical", HOT, 2.7, 2.7))
    found = faults(with_regions(left, right))
    assert any("a+b (400 to 700 K), b+c (400 to 800 K): an island" in s for s in found)


def test_four_phases_at_one_point_are_refused():
    other = replace(EUTECTOID, phases=("b", "c", "d"), x=(2.0, 3.0, 3.5), whole=False)
    assert only(with_regions(BELOW, LEFT, RIGHT, corners=(EUTECTOID, other))).endswith(
        "4 phases at one point (a, b, c, d)"
    )
    for elsewhere in ({"mu": 0.1}, {"temperature": T_E + 1}):
        apart = replace(other, **elsewhere)
        assert faults(with_regions(BELOW, LEFT, RIGHT, corners=(EUTECTOID, apart))) == []


def test_a_point_of_four_phases_is_refused():
    four = replace(EUTECTOID, phases=("a", "b", "c", "d"), x=(1.0, 2.0, 3.0, 3.5))
    assert "4 phases where there are 3" in only(with_regions(BELOW, LEFT, RIGHT, corners=(four,)))
    twice = replace(EUTECTOID, phases=("a", "b", "a"), x=(1.0, 2.0, 3.0))
    assert any("3 phases where" in s for s in faults(with_regions(LEFT, corners=(twice,))))


def test_an_adjoining_region_on_the_wrong_side_is_refused():
    """All three regions above the three-phase line."""
    above = region("a", "c", at_eutectoid("a", "c"), end("sampled", HOT, 0.9, 3.1))
    found = faults(with_regions(above, LEFT, RIGHT))
    assert any(s.endswith("a+c is above it, on the wrong side") for s in found)


def test_a_corner_upside_down_is_refused():
    """Eutectoid regions around a peritectoid: each of them is on the wrong side."""
    found = faults(with_regions(BELOW, LEFT, RIGHT, corners=(replace(EUTECTOID, above=False),)))
    assert sum("on the wrong side" in s for s in found) == 3


def test_a_missing_region_is_refused():
    assert only(with_regions(LEFT, RIGHT)).endswith("a+c is missing below it")
    beyond = replace(EUTECTOID, whole=False)
    assert faults(with_regions(LEFT, RIGHT, corners=(beyond,))) == []


def test_phases_on_the_wrong_sides_of_their_region_are_refused():
    turned = replace(
        LEFT, low="b", high="a", begins=end("invariant", T_E, 2.0, 1.0)
    )  # fmt: skip
    found = faults(with_regions(BELOW, turned, RIGHT))
    assert any("a+b has its phases on the wrong sides" in s for s in found)


def test_a_corner_whose_phases_are_not_in_order_is_refused():
    swapped = replace(EUTECTOID, phases=("a", "c", "b"), x=(1.0, 3.0, 2.0))
    found = faults(with_regions(BELOW, LEFT, RIGHT, corners=(swapped,)))
    assert any("does not rise" in s for s in found)


def test_neighbours_share_the_phase_between_them():
    """Across the field between two regions there is one phase, under one name or two that are
    one."""
    right = replace(RIGHT, low="d")
    there = (BELOW, LEFT, right)
    corners = (replace(EUTECTOID, whole=False),)
    found = faults(with_regions(*there, corners=corners))
    assert any("but b and d are not one phase" in s for s in found)
    one = RIGHT_DIAGRAM.one | {frozenset("be"), frozenset("ed")}
    found = faults(with_regions(*there, corners=corners, one=one))
    assert not any("not one phase" in s for s in found)


def test_regions_that_meet_in_a_point_are_no_neighbours_at_its_temperature():
    """A lens in the field of c ends exactly at the temperature of the eutectoid."""
    first = congruent(250.0, above=True)
    first = replace(first, phases=("c", "d"), x=(3.5, 3.5), mu=0.1)
    ends = end("congruent", 250.0, 3.5, 3.5), end("congruent", T_E, 3.5, 3.5)
    inner = region("c", "d", *ends), region("d", "c", *ends)
    last = replace(first, temperature=T_E, above=False)
    wide = replace(BELOW, temperature=np.linspace(COLD, T_E, 5))
    there = with_regions(wide, LEFT, RIGHT, *inner, corners=(EUTECTOID, first, last))
    assert faults(there) == []


def test_overlapping_regions_are_refused():
    shift = np.array([-1.0, 0.0])
    wide = replace(RIGHT, x=RIGHT.x + shift * (RIGHT.temperature > T_E)[:, None])
    found = faults(with_regions(BELOW, LEFT, wide))
    assert sum("overlap at" in s for s in found) == 1
    assert any(s.startswith("a+b") and "overlap at 475 K" in s for s in found)


def test_an_overlap_within_errors_is_none():
    shift = np.array([-0.7, 0.0])
    shifted = replace(RIGHT, x=RIGHT.x + shift * (RIGHT.temperature > T_E)[:, None])
    assert any("overlap" in s for s in faults(with_regions(BELOW, LEFT, shifted)))
    unsure = replace(shifted, stderr=0 * RIGHT.stderr + 0.5)
    assert faults(with_regions(BELOW, LEFT, unsure)) == []


def test_an_end_below_its_begin_is_refused():
    reversed_ = replace(RIGHT, begins=at_eutectoid("b", "c"), ends=end("sampled", COLD, 2.5, 2.9))
    found = faults(with_regions(BELOW, LEFT, reversed_))
    assert any("b+c ends at 100 K, below its begin at 400 K" in s for s in found)
    assert any("below its begin" in s for s in faults(with_regions(
        BELOW, LEFT, replace(RIGHT, temperature=RIGHT.temperature[::-1])
    )))  # fmt: skip
