"""Choices of orderings by information: against all subsets, and by hand."""

from itertools import combinations

import numpy as np
import pytest

from navac.fit.design import PRIOR, optimal_choice

RNG = np.random.default_rng(0)
AVERAGES = RNG.uniform(-1, 1, (12, 3))


def information(rows):
    design = np.column_stack([np.ones(len(AVERAGES)), AVERAGES])[list(rows)]
    return design.T @ design + PRIOR * np.eye(4)


SCORES = {
    "d_optimal": lambda rows: np.linalg.slogdet(information(rows))[1],
    "a_optimal": lambda rows: -np.trace(np.linalg.inv(information(rows))),
}


@pytest.mark.parametrize("criterion", SCORES)
@pytest.mark.parametrize("known", [(), (4, 7)])
def test_each_is_the_best_after_those_before(criterion, known):
    score = SCORES[criterion]
    chosen = optimal_choice(AVERAGES, 6, criterion=criterion, known=known).tolist()
    assert len(set(chosen) | set(known)) == 6 + len(known)
    for k, row in enumerate(chosen):
        before = [*known, *chosen[:k]]
        others = [r for r in range(12) if r not in before]
        assert score([*before, row]) == pytest.approx(max(score([*before, r]) for r in others))


@pytest.mark.parametrize("criterion", SCORES)
def test_near_the_best_subset_of_all(criterion):
    score = SCORES[criterion]
    chosen = optimal_choice(AVERAGES, 5, criterion=criterion)
    every = sorted(score(rows) for rows in combinations(range(12), 5))
    assert score(chosen) >= every[int(0.95 * len(every))]


def test_all_where_there_are_no_more():
    assert sorted(optimal_choice(AVERAGES, 99, known=(2,))) == [k for k in range(12) if k != 2]


def test_what_is_expected_to_be_small_counts_less():
    averages = np.array([[1.0, 0.0], [0.0, 1.2]])
    assert optimal_choice(averages, 1).tolist() == [1]
    assert optimal_choice(averages, 1, scale=np.array([1.0, 0.1])).tolist() == [0]
