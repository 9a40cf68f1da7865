"""Energies of orderings, and the expansions fitted to them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from navac.crystal.symmetry import find_space_group
from navac.energies.published import published_energies
from navac.energies.table import EnergyError, energies_in, mixing_energies, read_energies, rows_of
from navac.expansion.correlations import correlation_matrix
from navac.expansion.eci_table import eci_table, read_eci_table
from navac.fit.fit import FitError, fit_expansion
from navac.fit.regression import METHODS, Regression, solve
from navac.orderings.enumeration import enumerate_orderings
from navac.units import per_atom, per_formula_unit

RANGES = {"x1to3": (1, 3), "x3to4": (3, 4)}


@pytest.fixture(scope="session")
def orderings(prim):
    """Those of the default campaign."""
    return enumerate_orderings(
        prim, find_space_group(prim, 1e-5), max_cells=3, compositions=np.arange(1, 4.1, 0.25),
        species="Na", charges={"Na": 1, "V": 2.5, "P": 5, "O": -2}, max_per_composition=150,
        random_share=0.5, seed=20221,
    )  # fmt: skip


@pytest.fixture(scope="session")
def tables(sodium_poor, sodium_rich):
    """The published expansions with their constants and ranges."""
    rich = replace(sodium_rich, constant=-2.012586)
    return {"x1to3": (sodium_poor, "Table S6", (1, 3)), "x3to4": (rich, "Table S7", (3, 4))}


@pytest.fixture(scope="session")
def energies(orderings, tables):
    return published_energies(orderings, tables)


@pytest.fixture(scope="session")
def training(orderings, energies, sodium_poor, sodium_rich):
    """Per range: the published expansion, the correlations and the energies."""
    by_id = {o.id: o for o in orderings}
    data = {}
    for name, published in (("x1to3", sodium_poor), ("x3to4", sodium_rich)):
        rows = energies_in(energies, name, RANGES[name])
        averages = correlation_matrix(published.orbits, [by_id[i] for i in rows.id])
        data[name] = published, averages, rows.energy_eV_per_cell.to_numpy()
    return data


def worst_meV(fit, published):
    return 1000 * np.abs(fit.expansion.eci - published.eci).max()


@pytest.mark.parametrize("name", RANGES)
def test_the_published_interactions_are_recovered(training, tables, name):
    published, averages, energy = training[name]
    fit = fit_expansion(published.orbits, averages, energy, Regression(alpha=1e-5))
    # Orderings of up to three cells leave one combination undetermined at 3 ≤ x ≤ 4.
    assert fit.rank == {"x1to3": 68, "x3to4": 67}[name]
    assert worst_meV(fit, published) < 1e-6
    np.testing.assert_array_equal(np.flatnonzero(fit.expansion.eci), np.flatnonzero(published.eci))
    assert fit.n_terms == {"x1to3": 33, "x3to4": 20}[name]
    assert fit.expansion.constant == pytest.approx(tables[name][0].constant, abs=1e-9)
    np.testing.assert_allclose(fit.predicted, energy, rtol=0, atol=1e-9)


def test_the_papers_penalty_recovers_the_sodium_poor_table(training):
    published, averages, energy = training["x1to3"]
    fit = fit_expansion(published.orbits, averages, energy, Regression(alpha=1e-4))
    assert worst_meV(fit, published) < 0.5


def test_without_the_refit_what_is_kept_is_shrunk(training):
    published, averages, energy = training["x1to3"]
    shrunk = fit_expansion(published.orbits, averages, energy, Regression(alpha=1e-4, refit=False))
    again = fit_expansion(published.orbits, averages, energy, Regression(alpha=1e-4))
    size = np.abs(shrunk.expansion.multiplicities * shrunk.expansion.eci).sum()
    assert size < np.abs(published.multiplicities * published.eci).sum()
    assert worst_meV(shrunk, published) > 2 * worst_meV(again, published)
    assert shrunk.rms > 10 * again.rms


def test_noise_is_seen_in_the_scores(training):
    published, averages, energy = training["x1to3"]
    errors = 0.03 * np.random.default_rng(4).standard_normal(len(energy))
    fit = fit_expansion(published.orbits, averages, energy + errors, Regression(alpha=1e-5))
    share = (fit.n_terms + 1) / len(energy)
    assert share > 0.04
    noise = np.sqrt(np.mean(errors**2))
    assert fit.loocv > noise > fit.rms
    # Each term takes its share of the noise out of the residual, and puts it into predictions.
    assert fit.rms == pytest.approx(noise * np.sqrt(1 - share), rel=0.01)
    assert fit.loocv == pytest.approx(noise / np.sqrt(1 - share), rel=0.02)


def test_leaving_one_out_equals_fitting_without_it(training):
    published, averages, energy = training["x3to4"]
    rng = np.random.default_rng(8)
    chosen = rng.choice(len(energy), 60, replace=False)
    some = averages[chosen]
    noisy = energy[chosen] + 0.02 * rng.standard_normal(60)
    fit = fit_expansion(published.orbits, some, noisy, Regression(alpha=3e-3))
    terms = np.flatnonzero(fit.expansion.eci)
    assert len(terms) == fit.n_terms
    design = np.column_stack([np.ones(60), some[:, terms]])
    assert 3 < np.linalg.matrix_rank(design) == len(terms) + 1
    errors = []
    for i in range(60):
        rest = np.arange(60) != i
        coefficients = np.linalg.lstsq(design[rest], noisy[rest], rcond=None)[0]
        errors.append(noisy[i] - design[i] @ coefficients)
    assert fit.loocv == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9)


def test_too_few_energies_are_refused(training):
    published, averages, energy = training["x1to3"]
    with pytest.raises(FitError, match=r"8 energies cannot determine \d+ terms.*alpha_eV"):
        fit_expansion(published.orbits, averages[:8], energy[:8], Regression(alpha=1e-6))


@pytest.fixture(scope="module")
def noisy(training):
    """The sodium-poor energies with errors of the paper's size: x ≤ 3, 29.7 meV per cell."""
    published, averages, energy = training["x1to3"]
    errors = 0.0297 * np.random.default_rng(12).standard_normal(len(energy))
    return published, averages, energy + errors


@pytest.mark.parametrize("method", METHODS)
def test_every_regression_sees_through_noise(noisy, method):
    published, averages, energy = noisy
    fit = fit_expansion(published.orbits, averages, energy, Regression(method))
    total = published.multiplicities * (fit.expansion.eci - published.eci)
    assert 1000 * np.sqrt(np.mean(total**2)) < 8
    assert fit.rms < fit.loocv <= 1.001 * fit.kfold
    assert fit.kfold == pytest.approx(0.0297, rel=0.1)
    assert fit.noise == pytest.approx(0.0297, rel=0.07)
    assert fit.n_terms == 67 if method == "ridge" else 30 < fit.n_terms < 60


@pytest.mark.parametrize("method", ["lasso_cv", "ard", "adaptive_lasso"])
def test_what_selects_finds_the_published_terms_without_noise(training, method):
    published, averages, energy = training["x1to3"]
    fit = fit_expansion(published.orbits, averages, energy, Regression(method))
    np.testing.assert_array_equal(np.flatnonzero(fit.expansion.eci), np.flatnonzero(published.eci))
    assert worst_meV(fit, published) < 1e-6


@pytest.mark.parametrize("refit", [True, False])
def test_whole_weights_are_repetitions(noisy, refit):
    averages, energies = (part[::4] for part in noisy[1:])
    times = np.random.default_rng(5).integers(1, 4, len(energies))
    rows = np.repeat(np.arange(len(energies)), times)
    regression = Regression(alpha=1e-3, refit=refit)
    weighted = solve(regression, averages, energies, times / times.mean())
    repeated = solve(regression, averages[rows], energies[rows], np.ones(len(rows)))
    np.testing.assert_allclose(weighted.totals, repeated.totals, atol=1e-4)
    assert weighted.constant == pytest.approx(repeated.constant, abs=1e-4)


@pytest.mark.parametrize("method", ["lasso", "ridge"])
def test_weighted_leaving_one_out_equals_fitting_without_it(noisy, method):
    """For the terms and the penalty that the whole set has chosen."""
    published, averages, energy = (noisy[0], *(part[:120] for part in noisy[1:]))
    weights = np.random.default_rng(6).uniform(0.2, 1.8, 120)
    weights /= weights.mean()
    regression = Regression(method, alpha=3e-3)
    whole = solve(regression, averages, energy, weights)
    chosen = np.flatnonzero(whole.totals)
    fit = fit_expansion(published.orbits, averages, energy, regression, weights)
    for i in (0, 17, 119):
        rest = np.arange(120) != i
        centre = np.average(averages[rest], axis=0, weights=weights[rest])[chosen]
        level = np.average(energy[rest], weights=weights[rest])
        some = averages[rest][:, chosen] - centre
        total = np.linalg.solve(
            some.T * weights[rest] @ some + whole.ridge * np.eye(len(chosen)),
            some.T @ (weights[rest] * (energy[rest] - level)),
        )
        without = level + (averages[i, chosen] - centre) @ total
        assert fit.loo_predicted[i] == pytest.approx(without, abs=1e-9)


def test_the_only_ordering_of_its_kind_cannot_be_left_out(training):
    """The one of x = 4 alone determines a term, and a penalty keeps that from its energy."""
    published, averages, energy = training["x3to4"]
    noise = 0.0229 * np.random.default_rng(3).standard_normal(len(energy))
    fit = fit_expansion(published.orbits, averages, energy + noise, Regression(refit=False))
    assert fit.rms < fit.loocv < 2 * fit.rms


def test_scores_in_the_papers_units(prim):
    """SI S2-3: 14.85 meV/f.u. are 0.71 meV/atom, 22.4 are 1.07, 18.9 are 0.9."""
    for fu, atom in ((14.85, 0.71), (22.4, 1.07), (11.45, 0.55), (18.9, 0.9)):
        cell = fu * prim.formula_units / 1000
        assert per_formula_unit(cell, prim) == pytest.approx(fu)
        assert per_atom(cell, prim) == pytest.approx(atom, abs=0.0051)


def test_a_fitted_table_is_read_as_it_was_written(training, orbits, tmp_path):
    published, averages, energy = training["x1to3"]
    fit = fit_expansion(published.orbits, averages, energy, Regression(alpha=1e-5))
    eci_table(fit.expansion).to_csv(tmp_path / "eci.csv", index=False)
    again = read_eci_table(tmp_path / "eci.csv", orbits)
    np.testing.assert_allclose(again.eci, fit.expansion.eci, rtol=0, atol=1e-12)
    assert again.constant == pytest.approx(fit.expansion.constant, abs=1e-12)


def test_shared_orderings_have_an_energy_per_range(energies, orderings):
    shared = sorted(o.id for o in orderings if o.x == 3)
    assert len(shared) > 50
    at_3 = energies[energies.x == 3]
    for name in RANGES:
        assert sorted(at_3[at_3.range == name].id) == shared
        inside = energies_in(energies, name, RANGES[name])
        assert not inside.id.duplicated().any()
        low, high = RANGES[name]
        assert sorted(inside.id) == sorted(o.id for o in orderings if low <= o.x <= high)
    poor, rich = (at_3[at_3.range == n].energy_eV_per_cell.min() for n in RANGES)
    assert poor == pytest.approx(-1.83338, abs=1e-5)
    assert rich == pytest.approx(0.15858 - 2.012586, abs=1e-5)
    assert energies[energies.x == 4].energy_eV_per_cell.item() == pytest.approx(0, abs=1e-6)


def test_noise_belongs_to_the_ordering(orderings, tables):
    def noisy(some, seed=3):
        table = published_energies(some, tables, noise_eV_per_cell=0.02, seed=seed)
        return table.set_index(["range", "id"]).energy_eV_per_cell

    some = orderings[::7]
    one, again = noisy(some), noisy(some[::-1][: len(some) // 2])
    pd.testing.assert_series_equal(one[again.index], again, rtol=0, atol=1e-12)
    plain = published_energies(some, tables).set_index(["range", "id"])
    noise = one - plain.energy_eV_per_cell
    assert noise.std() == pytest.approx(0.02, rel=0.2)
    assert abs(noise.mean()) < 3 * 0.02 / np.sqrt(len(noise))
    assert (noisy(some, seed=4) != one).all()
    # The two energies of an ordering at x = 3 err independently.
    both = noise.unstack("range").dropna()
    assert (both.x1to3 != both.x3to4).all()


def table(*rows):
    return pd.DataFrame(rows, columns=["id", "range", "x", "energy_eV_per_cell"]).assign(
        provenance="test"
    )


def test_rows_of_no_range_serve_every_range():
    some = table(("a", "", 1.0, 0.0), ("b", "", 3.0, -1.0), ("c", "x3to4", 3.0, -2.0),
                 ("d", "", 4.0, 0.0))  # fmt: skip
    assert list(energies_in(some, "x1to3", (1, 3)).id) == ["a", "b"]
    assert list(energies_in(some, "x3to4", (3, 4)).id) == ["b", "c", "d"]


def test_rows_without_an_energy_have_none_in_a_range():
    some = table(("a", "", 1.0, 0.0), ("b", "", 3.0, np.nan))
    assert list(energies_in(some, "x1to3", (1, 3)).id) == ["a"]
    assert list(rows_of(some, "x1to3", (1, 3)).id) == ["a", "b"]
    with pytest.raises(EnergyError, match="no energies for range x3to4"):
        energies_in(some[:1], "x3to4", (3, 4))


def test_an_energies_file_without_a_column_is_refused(energies, tmp_path):
    path = tmp_path / "energies.csv"
    energies.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_energies(path), energies, check_dtype=False)
    energies.drop(columns="range").to_csv(path, index=False)
    with pytest.raises(EnergyError, match=r"energies\.csv: columns \['range'\] are missing"):
        read_energies(path)


def test_energies_for_every_range_and_failed_ones_survive_the_file(tmp_path):
    path = tmp_path / "energies.csv"
    table(("a", "", 1.0, 0.0), ("b", "", 3.0, np.nan)).to_csv(path, index=False)
    again = read_energies(path)
    assert list(again.range) == ["", ""]
    assert np.isnan(again.energy_eV_per_cell[1])


def test_mixing_energies_vanish_at_the_ends(energies):
    mixing = mixing_energies(energies, (1, 4))
    for x in (1, 4):
        assert mixing[energies.x == x].min() == pytest.approx(0, abs=1e-12)
    some = table(
        ("a", "", 1.0, 2.0), ("a2", "", 1.0, 2.5), ("b", "", 2.0, 1.0), ("c", "", 4.0, 8.0)
    )
    np.testing.assert_allclose(mixing_energies(some, (1, 4)), [0, 0.5, -3, 0], atol=1e-12)
    with pytest.raises(EnergyError, match="end member"):
        mixing_energies(some, (1, 5))
