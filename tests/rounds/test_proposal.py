"""What a round asks for: predicted ground states, then what is uncertain, nothing twice."""

import numpy as np
import pytest

from navac.fit.uncertainty import Uncertainty
from navac.hull import lower_hull
from navac.rounds.proposal import (
    GROUND_STATE,
    UNCERTAIN,
    Candidates,
    ground_state_rows,
    propose,
)

KNOWN = lower_hull([0.0, 1.0], [0.0, 0.0], 1)
ENDS = np.zeros((2, 3))


def candidates(above, averages):
    """At x = 1/2, so far above the line between the known ends, of three terms."""
    x = np.full(len(above), 0.5)
    return Candidates.of(x, np.array(above), np.array(averages, float), KNOWN, ENDS)


def uncertainty(*stderr, noise=1e-4):
    return Uncertainty(np.arange(1, 5), np.diag([0.0, *np.square(stderr)]), noise)


def test_the_deepest_ground_state_is_first():
    some = Candidates.of(
        np.array([0.25, 0.5, 0.75]), np.array([-0.02, -0.03, 0.01]), np.eye(3), KNOWN, ENDS
    )
    hull = lower_hull([0, 0.25, 0.5, 0.75, 1], [0, -0.02, -0.03, 0.01, 0], 1)
    hull = type(hull)(hull.x, hull.energy, np.array([-1, 0, 1, -1]), 1)
    assert ground_state_rows(some, hull, 1e-3) == [1, 0]
    assert ground_state_rows(some, hull, 0.025) == [1]


def test_the_energy_above_the_hull_is_what_counts():
    """A term that shifts the hull's ends as well is no uncertainty."""
    ends = np.array([[1.0, 0, 0], [1.0, 0, 0]])
    some = Candidates.of(np.array([0.5]), np.zeros(1), np.array([[1.0, 0, 0]]), KNOWN, ends)
    assert propose(some, [], uncertainty(1.0, 0, 0), count=1) == []


def test_the_most_uncertain_that_may_be_below_the_hull():
    some = candidates([0.0, 0.01, 1.0], np.eye(3))
    asked = propose(some, [], uncertainty(0.02, 0.03, 0.4), count=3)
    # The third is most uncertain, and still cannot be a ground state.
    assert [(a.row, a.why) for a in asked] == [(1, UNCERTAIN), (0, UNCERTAIN)]
    assert [a.stderr for a in asked] == pytest.approx([0.03, 0.02])


def test_one_question_is_asked_once():
    """Two candidates that depend on one term: the energy of one tells the other's."""
    some = candidates([0.0, 0.0, 0.0], [[1, 0, 0], [0.9, 0, 0], [0, 0.1, 0]])
    asked = propose(some, [], uncertainty(0.05, 0.05, 0.05), count=3)
    assert [a.row for a in asked] == [0, 2]


def test_a_quarter_is_for_what_is_uncertain():
    above = [-0.05, -0.04, -0.03, -0.02, 0.0]
    some = candidates(above, [[1, 0, 0]] * 4 + [[0, 1, 0]])
    asked = propose(some, [0, 1, 2, 3], uncertainty(0.05, 0.05, 0.05), count=4)
    assert [a.why for a in asked] == [GROUND_STATE] * 3 + [UNCERTAIN]
    # Without anything uncertain the room is for the others.
    known = propose(some, [0, 1, 2, 3], uncertainty(0, 0, 0), count=4)
    assert [a.row for a in known] == [0, 1, 2, 3]


def test_nothing_may_be_asked_for():
    some = candidates([-0.05], [[1, 0, 0]])
    assert propose(some, [0], uncertainty(0.05, 0, 0), count=0) == []
