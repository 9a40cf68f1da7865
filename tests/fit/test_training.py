"""What is fitted to: bad rows are named, weights, outliers, reported ground states."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from navac.config.expansion import ExpansionSection
from navac.crystal.sites import spins
from navac.crystal.supercell import spanned
from navac.crystal.symmetry import find_space_group
from navac.fit.fit import FitError, fit_expansion
from navac.fit.range_fit import fit_range
from navac.fit.regression import Regression
from navac.fit.report import concerns, energies_table, scores
from navac.fit.training import Training, TrainingError, training_set
from navac.fit.weights import structure_weights
from navac.hull import compare_hulls
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.structures import decorate
from navac.orderings.symmetry import canonical_key, supercell_symmetry

CUTOFFS = {2: 10.0, 3: 6.0, 4: 5.0}


@pytest.fixture(scope="module")
def group(prim):
    return find_space_group(prim, 1e-5)


@pytest.fixture(scope="module")
def orderings(prim, group):
    """All of one cell, 1 ≤ x ≤ 3, and some of two."""
    return enumerate_orderings(
        prim, group, max_cells=2, compositions=np.arange(1, 3.1, 0.5), species="Na",
        charges={"Na": 1, "V": 2.5, "P": 5, "O": -2}, max_per_composition=40,
        random_share=0.5, seed=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def table(orderings, sodium_poor):
    """Published energies, 1 meV per cell of noise."""
    noise = 1e-3 * np.random.default_rng(0).standard_normal(len(orderings))
    energy = [sodium_poor.energies(o.supercell, spins(o.occupation[None]))[0] for o in orderings]
    return pd.DataFrame({
        "id": [o.id for o in orderings], "range": "", "x": [o.x for o in orderings],
        "energy_eV_per_cell": energy + noise, "provenance": "test",
    })  # fmt: skip


@pytest.fixture(scope="module")
def read(orderings, orbits, prim, group):
    return lambda rows, some=orderings: training_set(rows, some, orbits, prim, group)


@pytest.fixture(scope="module")
def fitted(orbits, prim):
    """Fit a training set as a configuration's expansion section says."""

    def fit(training, **settings):
        section = ExpansionSection(cutoffs_A=CUTOFFS, **settings)
        return fit_range(training, orbits, section, prim.formula_units, seed=1)

    return fit


def reasons(excluded):
    return [(d.id, d.reason) for d in excluded]


def with_energy(table, row, energy):
    some = table.copy()
    some.loc[row, "energy_eV_per_cell"] = energy
    return some


def tiled(ordering, vectors, name):
    """The same crystal in a larger supercell."""
    large = spanned(np.array(vectors) @ np.array(ordering.supercell.hnf))
    filled = ordering.occupation.reshape(-1, ordering.cells)[
        :, ordering.supercell.wrap(large.cells)
    ]
    hnf = tuple(n for row in large.hnf for n in row)
    return replace(ordering, id=name, hnf=hnf, occupation=filled.ravel())


def test_everything_is_fitted_to_where_nothing_is_wrong(table, read, orderings):
    training = read(table)
    assert training.orderings == tuple(orderings)
    assert training.excluded == ()
    np.testing.assert_array_equal(training.energies, table.energy_eV_per_cell)


def test_missing_energies_are_excluded_and_named(table, read):
    training = read(with_energy(table, 7, np.nan))
    assert reasons(training.excluded) == [(table.id[7], "missing energy")]
    assert len(training.energies) == len(table) - 1
    with pytest.raises(TrainingError, match="no energy is left"):
        read(table.assign(energy_eV_per_cell=np.nan))


def test_a_row_that_is_there_twice_counts_once(table, read):
    training = read(pd.concat([table, table[3:4]]))
    assert reasons(training.excluded) == [(table.id[3], "duplicate")]
    assert len(training.energies) == len(table)


def test_two_energies_of_an_ordering_are_refused(table, read):
    other = with_energy(table, 3, 1.0)[3:4]
    with pytest.raises(TrainingError, match=rf"more than one energy for {table.id[3]}; remove"):
        read(pd.concat([table, other]))


def test_energies_of_nothing_known_are_refused(table, read, orderings):
    with pytest.raises(TrainingError, match=rf"{orderings[0].id}, which are not among"):
        read(table, orderings[1:])
    with pytest.raises(TrainingError, match=rf"another x than the orderings for {table.id[0]}"):
        read(table.assign(x=table.x.where(table.index > 0, 2.5)))


@pytest.mark.parametrize(("change", "stays"), [(-0.01, "again"), (0.01, "first")])
def test_of_equivalent_orderings_the_lower_energy_stays(
    table, read, orderings, prim, group, change, stays
):
    """One tiled in a larger cell, one turned by symmetry."""
    one = orderings[3]
    turn = supercell_symmetry(prim, group, one.supercell).permutations[-1]
    moved = np.empty_like(one.occupation)
    moved[turn] = one.occupation
    tile = tiled(one, [[2, 0, 0], [1, 1, 0], [0, 0, 1]], "tiled")
    turned = replace(one, id="turned", occupation=moved)
    assert tile.cells == 2 * one.cells
    for again in (tile, turned):
        row = table[3:4].assign(id=again.id) + pd.DataFrame(
            {"id": "", "range": "", "x": 0.0, "energy_eV_per_cell": change, "provenance": ""}, [3]
        )
        training = read(pd.concat([table, row]), [*orderings, again])
        ((gone, reason, detail),) = training.excluded
        assert reason == "equivalent"
        assert {gone, detail.split("same as ")[1].split(",")[0]} == {one.id, again.id}
        assert gone == (one.id if stays == "again" else again.id)


def test_equal_correlations_alone_do_not_make_orderings_equivalent(
    read, table, orbits, group, prim
):
    training = read(table)
    rows = pd.Series([row.tobytes() for row in np.round(training.averages, 6) + 0.0])
    alike = np.flatnonzero(rows.duplicated(keep=False))
    assert len(alike) > 5
    keys = {canonical_key(prim, group, o.supercell, o.occupation) for o in training.orderings}
    assert len(keys) == len(training.orderings)


def test_relaxed_structures_that_are_another_ordering_are_excluded(
    table, read, orderings, prim, tmp_path
):
    files = [""] * len(table)
    for row, shown in ((2, 2), (5, 6)):  # row 5 has the structure of row 6
        path = tmp_path / f"{row}.vasp"
        structure = decorate(prim, orderings[shown].supercell, orderings[shown].occupation)
        structure.to(str(path), fmt="poscar")
        files[row] = str(path)
    files[8] = str(tmp_path / "nothing.vasp")
    assert orderings[5].x == orderings[6].x
    training = read(table.assign(structure=files))
    assert reasons(training.excluded) == [(table.id[5], "unmapped"), (table.id[8], "unmapped")]
    assert "ions moved to other sites" in training.excluded[0].detail


def test_outliers_are_named_and_excluded_on_request(table, read, fitted):
    training = read(with_energy(table, 9, table.energy_eV_per_cell[9] + 2))
    kept = fitted(training)
    assert reasons(kept.suspects) == [(table.id[9], "outlier")]
    assert kept.training.excluded == ()
    without = fitted(training, outlier_sigmas=6)
    assert reasons(without.training.excluded) == [(table.id[9], "outlier")]
    assert "meV per primitive cell from what the others predict" in kept.suspects[0].detail
    assert without.suspects == ()
    assert without.fit.rms < 2e-3 < 50 * without.fit.rms < kept.fit.rms
    assert fitted(read(table), outlier_sigmas=6).training.excluded == ()


def test_weights(table, read, prim):
    training = read(table)
    alike = structure_weights(training, None, False, prim.formula_units)
    np.testing.assert_array_equal(alike, 1)
    balanced = structure_weights(training, None, True, prim.formula_units)
    per_x = pd.Series(balanced).groupby(training.x).sum()
    np.testing.assert_allclose(per_x, len(table) / len(per_x))
    low = structure_weights(training, 0.1, False, prim.formula_units)
    at = {o.id: i for i, o in enumerate(training.orderings)}
    ground, other = at["c1-h00-x1.00-0000"], at["c1-h00-x1.00-0002"]
    gap = training.energies[other] - training.energies[ground]
    assert low[other] / low[ground] == pytest.approx(np.exp(-gap / 0.1))
    assert low.mean() == pytest.approx(1)


def test_weights_draw_the_fit_to_low_energies(table, read, orbits):
    """Where the expansion is too small for the data, it is right where the weight is."""
    training = read(table)
    weights = structure_weights(training, 0.1, False, 2)
    errors = [
        training.energies
        - fit_expansion(
            orbits[:5], training.averages[:, :5], training.energies, Regression(alpha=1e-6), some
        ).predicted
        for some in (None, weights)
    ]
    low = weights > 1
    assert np.mean(errors[1][low] ** 2) < 0.5 * np.mean(errors[0][low] ** 2)
    assert np.mean(errors[1] ** 2) > np.mean(errors[0] ** 2)


def test_what_is_said_of_a_fit(table, read, fitted, prim, orderings, orbits):
    rows = with_energy(with_energy(table, 7, np.nan), 9, 3.0)
    result = fitted(read(rows), outlier_sigmas=6)
    listed = energies_table(result, rows, orderings)
    assert listed.id.tolist() == table.id.tolist()
    assert listed.left_out[[7, 9, 10]].tolist() == ["missing energy", "outlier", ""]
    assert listed.weight[[7, 9, 10]].tolist() == [0, 0, 1]
    found = scores(result, listed, prim)
    assert found["orderings"] == len(table) - 2
    assert found["rms_meV_per_atom"] == pytest.approx(found["rms_meV_per_fu"] * 2 / 42)
    assert {d["reason"] for d in found["left_out"]} == {"missing energy", "outlier"}
    assert {"c1-h00-x1.00-0000", "c1-h00-x2.00-0000"} <= set(found["ground_states_kept"])
    said = "\n".join(concerns(found, len(orbits)))
    assert f"energies excluded from the fit (missing energy): 1, {table.id[7]}" in said
    assert f"energies excluded from the fit (outlier): 1, {table.id[9]}" in said
    assert f"determine {found['rank']} of 68 terms" in said


def test_fewer_energies_than_terms_are_said(table, read, fitted, prim, orderings, orbits):
    some = table[::4]
    result = fitted(read(some), alpha_eV=0.02)
    found = scores(result, energies_table(result, some, orderings), prim)
    said = list(concerns(found, len(orbits)))
    assert f"fewer energies ({len(some)}) than terms (68)" in said


def test_hulls_are_compared_over_all_orderings():
    x = np.array([1, 1.5, 2, 3, 2.5, 1])
    energy = np.array([0, -1.0, -1.2, 0, np.nan, 0.5])
    predicted = np.array([0, -0.4, -1.2, 0, -2, 0.5])
    check = compare_hulls(x, energy, predicted)
    assert check.kept.tolist() == [0, 3]
    assert check.lost.tolist() == [1, 2]
    np.testing.assert_allclose(check.lost_by, [2 / 3 - 0.4, 4 / 3 - 1.2])
    assert check.spurious.tolist() == [4]
    np.testing.assert_allclose(check.spurious_by, [2 - 0.6])
    equal = compare_hulls(x[:4], energy[:4], energy[:4])
    assert equal.kept.tolist() == [0, 1, 2, 3]
    assert len(equal.lost) == len(equal.spurious) == 0


def test_a_ground_state_beside_one_that_the_expansion_cannot_tell_from_it_is_kept():
    x, energy = np.array([0, 1.0, 1.0, 2.0]), np.array([0, -0.9, -1.0, 0])
    check = compare_hulls(x, energy, np.array([0, -1.0, -1.0, 0]))
    assert check.kept.tolist() == [0, 2, 3]
    assert len(check.spurious) == 0


def test_a_training_set_of_nothing_is_refused(table, read):
    training = read(table)
    with pytest.raises(TrainingError, match="no energy is left"):
        Training((), training.energies[:0], training.averages[:0]).without([])


def test_few_energies_select_fewer_terms_than_they_are(table, read, fitted):
    """30 energies with a weak penalty select 30 terms, which is refused, or fewer if asked for."""
    few = read(table.sample(30, random_state=1))
    with pytest.raises(FitError, match="30 energies cannot determine"):
        fitted(few, alpha_eV=1e-5)
    found = fitted(few, alpha_eV=1e-5, max_terms_share=0.6)
    assert 5 < found.fit.n_terms <= 18
    rest = read(table)
    predicted = found.fit.expansion.constant + rest.averages @ (
        found.fit.expansion.multiplicities * found.fit.expansion.eci
    )
    assert np.std(predicted - rest.energies) < 0.5 * np.std(rest.energies)


def test_enough_energies_keep_their_penalty(table, read, fitted):
    whole = read(table)
    plain, limited = (fitted(whole, **more).fit for more in ({}, {"max_terms_share": 0.85}))
    np.testing.assert_array_equal(plain.expansion.eci, limited.expansion.eci)
