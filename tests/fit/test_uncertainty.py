"""The covariance of fitted interactions: coverage, draws, what no energy tells, the file."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from benchmarks.noisy_fit import Problem, trial

from navac.composition import in_range
from navac.crystal.symmetry import find_space_group
from navac.expansion.correlations import correlation_matrix
from navac.fit.fit import fit_expansion
from navac.fit.regression import Regression
from navac.fit.uncertainty import (
    UncertaintyError,
    draw_expansions,
    posterior,
    read_uncertainty,
    write_uncertainty,
)
from navac.hull import lower_hull
from navac.orderings.enumeration import enumerate_orderings

PAPER = {"x1to3": ((1, 3), 0.0297), "x3to4": ((3, 4), 0.0229)}
"""Composition range, and its RMS in the paper as eV per primitive cell."""
REPEATS = 12


@pytest.fixture(scope="module")
def orderings(prim):
    return enumerate_orderings(
        prim, find_space_group(prim, 1e-5), max_cells=2, compositions=np.arange(1, 4.1, 0.25),
        species="Na", charges={"Na": 1, "V": 2.5, "P": 5, "O": -2}, max_per_composition=70,
        random_share=0.5, seed=20221,
    )  # fmt: skip


@pytest.fixture(scope="module")
def problem(orderings, sodium_poor, sodium_rich):
    """Per range: the truth, compositions, correlations and energies without noise."""
    problems = {}
    for (name, (bounds, _)), truth in zip(PAPER.items(), (sodium_poor, sodium_rich), strict=True):
        some = [o for o in orderings if in_range(o.x, bounds)]
        averages = correlation_matrix(truth.orbits, some)
        energies = averages @ (truth.multiplicities * truth.eci)
        problems[name] = truth, np.array([o.x for o in some]), averages, energies
    return problems


def terms(expansion):
    return np.array([expansion.constant, *(expansion.multiplicities * expansion.eci)])


@pytest.fixture(scope="module")
def noisy_fits(problem):
    """Per range, fits with the paper's penalty to energies with its noise, each fresh."""
    fits = {}
    for name, (truth, _, averages, energies) in problem.items():
        noise = PAPER[name][1] * np.random.default_rng(7).standard_normal((REPEATS, len(energies)))
        fits[name] = [
            fit_expansion(truth.orbits, averages, energies + n, Regression(alpha=1e-4, folds=2))
            for n in noise
        ]
    return fits


def inside(errors, covariance):
    return np.abs(errors) <= 1.96 * np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("name", PAPER)
def test_true_interactions_lie_within_the_covariance(problem, noisy_fits, name):
    """95 % intervals; 68 terms of one fit err together, so that 12 fits are few."""
    truth, _, averages, _ = problem[name]
    held = np.array([
        inside(terms(fit.expansion) - terms(truth), posterior(fit, averages).covariance)
        for fit in noisy_fits[name]
    ])  # fmt: skip
    assert held.mean() > 0.92
    # Those that exist, which a selection may have missed, too.
    assert held[:, terms(truth) != 0].mean() > 0.9


@pytest.mark.parametrize("name", PAPER)
def test_true_transitions_lie_within_what_is_drawn(problem, noisy_fits, name):
    """The μ between the true ground states, as later steps will take it from draws."""
    _, x, averages, energies = problem[name]
    hull = lower_hull(x, energies, 2)
    ground = averages[hull.index]
    held = []
    for fit in noisy_fits[name]:
        drawn = draw_expansions(fit.expansion, posterior(fit, averages), 60, seed=1)
        levels = np.array([terms(one)[1:] @ ground.T for one in [fit.expansion, *drawn]])
        mu = np.diff(levels, axis=1) / (2 * np.diff(hull.x))
        held.append(np.abs(mu[0] - hull.transitions) <= 1.96 * mu[1:].std(axis=0))
        assert 1e-3 < mu[1:].std(axis=0).max() < 0.03
    assert np.mean(held) > 0.85


@pytest.mark.parametrize("name", PAPER)
def test_the_benchmark_in_small(problem, prim, name):
    """``benchmarks/noisy_fit.py`` on fewer orderings: scores, and the ground states found again."""
    truth, x, averages, energies = problem[name]
    seen = np.flatnonzero(np.arange(len(x)) % 8 != 3)
    noise = PAPER[name][1]
    small = Problem(truth, prim, noise, x, averages, energies, seen)
    found = [trial(small, Regression(alpha=1e-4, folds=2), seed, 0) for seed in range(6)]
    mean = {key: np.mean([f[key] for f in found]) for key in found[0]}
    assert mean["rms"] < 500 * noise < mean["loocv"] < mean["kfold"]
    assert mean["unseen"] < 500 * noise
    assert mean["covered_unseen"] > 0.85
    kept = {"x1to3": ("kept_1", "kept_2", "kept_3"), "x3to4": ("kept_3", "kept_4")}[name]
    assert all(mean[key] >= (0.5 if key == "kept_3" else 1) for key in kept)


def test_noise_is_recovered(noisy_fits):
    for name, fits in noisy_fits.items():
        assert np.mean([fit.noise for fit in fits]) == pytest.approx(PAPER[name][1], rel=0.05)


def test_without_selection_it_is_that_of_least_squares(problem, noisy_fits):
    """Where the data are many, priors do not matter: noise² (XᵀX)⁻¹."""
    _, _, averages, _ = problem["x1to3"]
    fit = noisy_fits["x1to3"][0]
    few = replace(fit, expansion=replace(
        fit.expansion, orbits=fit.expansion.orbits[:10], eci=fit.expansion.eci[:10]
    ))  # fmt: skip
    design = np.column_stack([np.ones(len(averages)), averages[:, :10]])
    weights = np.random.default_rng(0).uniform(0.5, 1.5, len(design))
    found = posterior(few, averages[:, :10], weights)
    exact = fit.noise**2 * np.linalg.inv(design.T * weights @ design)
    np.testing.assert_allclose(found.covariance, exact, atol=0.02 * np.abs(exact).max())
    np.testing.assert_array_equal(found.index, [1, *range(2, 12)])


def test_what_no_energy_tells_is_left_to_the_prior(problem):
    """Exact energies determine what they can to nothing, and leave the rest as wide as it was."""
    truth, _, averages, energies = problem["x3to4"]
    fit = fit_expansion(truth.orbits, averages, energies, Regression(alpha=1e-5, folds=2))
    assert fit.rank < 68
    values, vectors = np.linalg.eigh(posterior(fit, averages).covariance)
    width = np.abs(truth.multiplicities * truth.eci).max()
    assert (values > 1e-12).sum() == 68 - fit.rank
    assert 0.3 * width < np.sqrt(values[-1]) < 2 * width
    open_ = vectors[:, values > 1e-12]
    assert np.abs(np.column_stack([np.ones(len(averages)), averages]) @ open_).max() < 1e-6


def test_draws_have_the_covariance_and_depend_on_their_number_alone(problem, noisy_fits):
    _, _, averages, _ = problem["x1to3"]
    fit = noisy_fits["x1to3"][0]
    uncertainty = posterior(fit, averages)
    drawn = np.array([terms(d) for d in draw_expansions(fit.expansion, uncertainty, 2000, 3)])
    off = (drawn.mean(axis=0) - terms(fit.expansion)) / uncertainty.stderr
    assert np.abs(off).max() < 4 / np.sqrt(2000)
    # Along every axis of the covariance.
    values, vectors = np.linalg.eigh(uncertainty.covariance)
    along = (drawn - terms(fit.expansion)) @ vectors
    np.testing.assert_allclose(along.var(axis=0), values, rtol=0.2)
    few = draw_expansions(fit.expansion, uncertainty, 3, 3)
    np.testing.assert_array_equal([terms(d) for d in few], drawn[:3])
    assert (
        drawn[:3] != [terms(d) for d in draw_expansions(fit.expansion, uncertainty, 3, 4)]
    ).any()


def test_the_file_reads_back(problem, noisy_fits, tmp_path):
    _, _, averages, _ = problem["x3to4"]
    fit = noisy_fits["x3to4"][0]
    uncertainty = posterior(fit, averages)
    path = tmp_path / "covariance.h5"
    write_uncertainty(path, uncertainty, '{"seed": 5}')
    again = read_uncertainty(path)
    np.testing.assert_array_equal(again.covariance, uncertainty.covariance)
    assert again.noise == uncertainty.noise
    with h5py.File(path) as file:
        assert file.attrs["seed"] == 5
        assert set(file.attrs) >= {"navac_version", "schema_version", "provenance"}
    one, two = (draw_expansions(fit.expansion, u, 1, 0)[0] for u in (again, uncertainty))
    np.testing.assert_array_equal(one.eci, two.eci)
    fewer = replace(fit.expansion, orbits=fit.expansion.orbits[:9], eci=fit.expansion.eci[:9])
    with pytest.raises(UncertaintyError, match="other orbits than the expansion; fit it again"):
        draw_expansions(fewer, again, 1, 0)
