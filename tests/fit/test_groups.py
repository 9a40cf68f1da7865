"""Regressions that tie the functions of a cluster, and what orderings leave unresolved."""

import numpy as np
import pytest

from navac.crystal.sites import site_spaces
from navac.crystal.symmetry import find_space_group
from navac.expansion.functions import candidate_functions, count_clusters
from navac.fit.fit import fit_expansion
from navac.fit.groups import function_groups, group_lasso, group_relevance
from navac.fit.regression import METHODS, Regression, solve
from navac.fit.resolution import function_name, resolving, unresolved
from tests.expansion.test_species import CUTOFFS, PRIMS

SALT = PRIMS["salt"]
GROUP = find_space_group(SALT, 1e-5)
ORBITS, SPACES = candidate_functions(SALT, GROUP, CUTOFFS["salt"])


def problem(n=150, noise=0.0, seed=0, groups=11, width=4, active=3):
    """A made-up design whose true interactions are those of a few groups."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), width)
    design = rng.normal(size=(n, labels.size))
    truth = np.where(labels < active, rng.normal(size=labels.size), 0.0)
    design -= design.mean(axis=0)
    energies = design @ truth + noise * rng.normal(size=n)
    return design, energies - energies.mean(), labels, truth


def test_groups_are_those_of_bare_clusters():
    groups = function_groups(ORBITS)
    assert len(set(groups)) == count_clusters(ORBITS)
    for one in set(groups):
        assert len({o.prototype for o, g in zip(ORBITS, groups, strict=True) if g == one}) == 1


def splits(count):
    return Regression(folds=5).splits(count)


def test_group_lasso_keeps_whole_groups():
    design, energies, labels, truth = problem(n=40, noise=0.05)
    found = group_lasso(design, energies, labels, splits)
    kept = [np.any(found[labels == g]) for g in range(11)]
    assert all(kept[:3])
    assert all(np.all(found[labels == g]) or not np.any(found[labels == g]) for g in range(11))
    np.testing.assert_allclose(found, truth, atol=0.25)


def test_group_lasso_at_its_optimum():
    """The conditions of optimality (Yuan and Lin), with groups orthonormalised."""
    from navac.fit.groups import _orthonormal, _path

    design, energies, labels, _ = problem(n=60, noise=0.3)
    blocks = _orthonormal(design, labels)
    penalty = 0.1
    found = list(_path(blocks, energies, np.array([1.0, penalty]), len(labels)))[-1]
    residual = energies - design @ found
    for columns, z, back in blocks:
        pull = z.T @ residual / len(energies)
        own = np.linalg.solve(back, found[columns])
        if np.any(own):
            np.testing.assert_allclose(pull, penalty * 2 * own / np.linalg.norm(own), atol=1e-4)
        else:
            assert np.linalg.norm(pull) <= penalty * 2 + 1e-4


def test_relevance_of_groups():
    design, energies, labels, truth = problem(n=40, noise=0.05)
    found, penalty = group_relevance(design, energies, labels)
    np.testing.assert_allclose(found, truth, atol=0.12)
    # One prior for each group.
    assert all(len(set(penalty[labels == g])) == 1 for g in range(11))
    assert np.isfinite(penalty[labels < 3]).all()
    assert penalty[labels < 3].max() < penalty[labels >= 3].min()


def test_groups_find_what_single_functions_do_not():
    """As many energies as terms, and noise: tied functions are told better."""
    errors = {"group": 0.0, "single": 0.0}
    for seed in range(5):
        design, energies, labels, truth = problem(n=30, noise=0.4, seed=seed)
        for name, groups in (("group", labels), ("single", np.arange(labels.size))):
            found, _ = group_relevance(design, energies, groups)
            errors[name] += float(((found - truth) ** 2).sum())
    assert errors["group"] < 0.8 * errors["single"]


@pytest.mark.parametrize("method", ["ridge", "ard", "lasso_cv", "group_lasso", "group_ard"])
def test_terms_without_penalty_are_not_shrunk(method):
    design, energies, labels, _ = problem(n=90, noise=0.01)
    large = design.copy()
    energies = energies + 500.0 * design[:, 40]
    regression = Regression(method, folds=5, groups=tuple(labels), free=(40,))
    found = solve(regression, large, energies, np.ones(90))
    assert found.totals[40] == pytest.approx(500.0, abs=0.05)
    assert np.abs(energies - found.predict(large)).max() < 0.2


def test_leverages_of_priors_are_those_of_leaving_out():
    design, energies, labels, _ = problem(n=40, noise=0.05)
    orbits = list(ORBITS[: labels.size])
    regression = Regression("group_ard", folds=5, groups=tuple(labels), free=(40, 41))
    fit = fit_expansion(orbits, design, energies, regression)
    penalty = np.zeros(labels.size)
    solution = solve(regression, design, energies, np.ones(40))
    penalty[:] = solution.ridge
    used = np.flatnonzero(solution.totals)
    for left_out in (0, 7, 21):
        rest = np.delete(np.arange(40), left_out)
        some = design[np.ix_(rest, used)]
        centre, level = some.mean(axis=0), energies[rest].mean()
        normal = (some - centre).T @ (some - centre) + np.diag(penalty[used])
        own = np.linalg.solve(normal, (some - centre).T @ (energies[rest] - level))
        expected = level + (design[left_out, used] - centre) @ own
        assert fit.loo_predicted[left_out] == pytest.approx(expected, abs=1e-6)


def test_blocks_are_left_out_together():
    blocks = tuple(np.arange(30) % 7)
    folds = list(Regression(folds=4, blocks=blocks).splits(30))
    assert len(folds) == 4
    assert sorted(np.concatenate([unseen for _, unseen in folds])) == list(range(30))
    for seen, unseen in folds:
        assert not {blocks[i] for i in seen} & {blocks[i] for i in unseen}
    part = Regression(blocks=blocks).part(np.arange(0, 30, 2))
    assert part.blocks == blocks[::2]
    one = Regression(folds=3, blocks=(1,) * 6).splits(6)
    assert [len(unseen) for _, unseen in one] == [2, 2, 2]


def test_every_method_of_the_configuration_is_there():
    from typing import get_args

    from navac.config.expansion import ExpansionSection

    kinds = ExpansionSection.model_fields["regression"].annotation
    assert set(get_args(kinds)) == set(METHODS)


def test_functions_that_no_ordering_resolves():
    rng = np.random.default_rng(0)
    averages = rng.normal(size=(20, 6))
    averages[:, 3] = 0.0  # never there
    averages[:, 5] = averages[:, 4]  # only their sum is seen
    assert unresolved(averages).tolist() == [3, 4, 5]
    candidates = np.tile(averages[:1], (4, 1))
    candidates[1, 3] = 0.2
    candidates[2, 5] += 1.0
    candidates[3, [3, 5]] += [0.1, 0.4]
    assert resolving(averages, candidates, 5).tolist() == [2, 1]
    assert resolving(averages, candidates, 1).tolist() == [2]
    assert unresolved(np.concatenate([averages, candidates[[2, 1]]])).tolist() == []
    assert resolving(averages, candidates[:1], 5).tolist() == []


def test_functions_have_names():
    names = {function_name(o, SPACES, SALT) for o in ORBITS}
    assert len(names) >= 0.9 * len(ORBITS)
    first = function_name(ORBITS[0], SPACES, SALT)
    assert first.endswith("point (t1)")
    assert any(" pair of " in name and name.endswith("Å (t1 t2)") for name in names)
    assert site_spaces(SALT.species) == SPACES
