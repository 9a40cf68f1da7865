"""Order within the cell and over several, from planted fillings and waves."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics import order
from navac.thermodynamics.order import Crystal, Order, inequivalence, wave_name
from tests.thermodynamics.models import CRYSTAL, LOW, MU, T, branches_in, plan_for

LABELS = ("A", "A", "A", "B", "B")
HEXAGONAL = Crystal(
    labels=LABELS,
    lattice=np.array([[3.0, 0, 0], [-1.5, 1.5 * np.sqrt(3), 0], [0, 0, 10.0]]),
    supercell=(12, 12, 2),
)


def test_inequivalence_is_the_spread_within_a_label():
    """Different labels may be filled as they like; the label that is ordered most counts."""
    assert inequivalence(np.array([0.3, 0.3, 0.3, 0.9, 0.9]), LABELS) == 0
    assert inequivalence(np.array([0.3, 0.3, 0.3, 1.0, 0.0]), LABELS) == 0.5
    assert inequivalence(np.array([1.0, 0.0, 0.0, 0.6, 0.4]), LABELS) == pytest.approx(
        np.sqrt(2) / 3
    )
    assert inequivalence(np.zeros((4, 7, 5)), LABELS).shape == (4, 7)


@pytest.mark.parametrize(
    ("vector", "supercell", "name"),
    [
        ((1, 0, -1), (12, 12, 12), "(1, 0, −1)/12"),
        ((2, 0, -2), (24, 24, 24), "(1, 0, −1)/12"),
        ((1, 0, 0), (12, 8, 8), "(1, 0, 0)/12"),
        ((3, 2, 0), (12, 12, 12), "(3, 2, 0)/12"),
        ((6, 0, 4), (12, 12, 12), "(3, 0, 2)/6"),
        ((6, 6, 0), (12, 12, 12), "(1, 1, 0)/2"),
        ((1, 1, 0), (12, 8, 8), "(2, 3, 0)/24"),
    ],
)
def test_a_wave_has_the_same_name_in_any_supercell(vector, supercell, name):
    assert wave_name(np.array(vector), supercell) == name


def test_wave_numbers_are_inverse_wavelengths():
    """Of a hexagonal lattice: a wave along b* has the distance of rows, a√3/2, as its period."""
    numbers = HEXAGONAL.wave_number(np.array([[12, 0, 0], [0, 12, 0], [0, 0, 1], [1, 0, 0]]))
    row = 3.0 * np.sqrt(3) / 2
    np.testing.assert_allclose(1 / numbers, [row, row, 20.0, 12 * row])
    assert 1 / HEXAGONAL.longest == pytest.approx(12 * row)
    assert HEXAGONAL.cells == 288


def test_the_longest_wave_is_not_always_along_an_axis():
    """In a skewed cell, the sum of two reciprocal vectors may be shorter than both."""
    skewed = replace(HEXAGONAL, lattice=np.array([[3.0, 0, 0], [1.5, 1.5 * np.sqrt(3), 0],
                                                  [0, 0, 1.0]]))  # fmt: skip
    axes = skewed.wave_number(np.eye(3, dtype=int))
    obtuse = skewed.wave_number(np.array([1, 1, 0]))
    assert obtuse == pytest.approx(axes[0])
    sheared = replace(skewed, lattice=np.array([[3.0, 0, 0], [2.9, 0.8, 0], [0, 0, 0.1]]))
    assert sheared.longest < sheared.wave_number(np.eye(3, dtype=int)).min()


def planted(**changes):
    plan = plan_for([LOW], None)
    (data,) = branches_in(plan, [LOW], np.zeros((1, len(T), len(MU)), int), resamples=0)
    return replace(data, **changes)


def order_of(data, labels=CRYSTAL.labels, cells=CRYSTAL.cells):
    return Order.of(data, labels, cells)


def test_a_filled_sublattice_is_order_in_the_cell():
    found = order_of(planted())
    assert found.in_cell.all()
    assert not found.wave.any()
    assert not order_of(planted(sublattice=np.full((1, len(T), len(MU), 4), 0.4))).in_cell.any()


def test_fillings_do_not_depend_on_which_equivalent_sublattice_is_filled():
    data = planted()
    turned = replace(data, sublattice=data.sublattice[..., [2, 3, 0, 1]])
    np.testing.assert_array_equal(order_of(data).fillings, order_of(turned).fillings)
    labels = ("A", "A", "B", "B")
    assert (order_of(data, labels).fillings != order_of(turned, labels).fillings).any()


def amplitudes(background=0.04, **planted_at):
    values = np.full((1, len(T), len(MU)), background)
    for where, amplitude in planted_at.values():
        values[where] = amplitude
    return values


def test_a_wave_is_beyond_that_of_random_occupations():
    block = np.s_[0, 5:12, 8:20]
    found = order_of(planted(wave_amplitude=amplitudes(a=(block, 0.3))))
    inside = np.zeros((len(T), len(MU)), bool)
    inside[5:12, 8:20] = True
    # The median takes corners off.
    assert (found.wave[0] != inside).sum() <= 4
    assert not order_of(planted(wave_amplitude=amplitudes(a=(block, 0.20)))).wave.any()


def test_in_a_small_supercell_random_occupations_have_larger_waves():
    data = planted(wave_amplitude=amplitudes(0.3))
    assert order_of(data, cells=512).wave.all()
    assert not order_of(data, cells=64).wave.any()


def test_single_outliers_of_the_last_configuration_are_no_order():
    data = planted(wave_amplitude=amplitudes(a=(np.s_[0, 9, 9], 0.5), b=(np.s_[0, 20, 3], np.nan)))
    found = order_of(data)
    assert not found.wave.any()
    sampled = np.isfinite(data.wave_amplitude)
    np.testing.assert_allclose(found.amplitude, np.where(sampled, 0.04, 0))


def test_a_wave_shows_where_nothing_was_sampled_beside_it():
    amplitude = np.full((1, len(T), len(MU)), np.nan)
    amplitude[0, np.arange(len(T)), np.arange(len(T)) // 2] = 0.3
    found = order_of(planted(wave_amplitude=amplitude))
    np.testing.assert_array_equal(found.wave, np.isfinite(amplitude))


def test_unlike_order_is_beyond_one():
    """Half of the rows have a wave that others have not, and one column other fillings."""
    wave = amplitudes(0.22)
    wave[0, 15:] = 0.20
    data = planted(wave_amplitude=wave)
    data.sublattice[:] = [0.5, 0.5, 0.5, 0.5]
    data.sublattice[0, :, 30:] = [0.5 + order.UNLIKE * 1.05, 0.5, 0.5, 0.5]
    found = order_of(data)

    def apart(a, b, **kind):
        return float(found.unlike((0, *a), (0, *b), **kind))

    assert apart((5, 5), (6, 9)) == 0
    assert apart((5, 5), (20, 5)) == np.inf
    assert apart((5, 5), (20, 5), waves=False) == pytest.approx(0.1)
    assert apart((5, 5), (5, 35)) == pytest.approx(1.05)


def test_order_in_the_cell_and_none_are_unlike_however_small_the_difference():
    data = planted()
    # The standard deviation of one of four that differs by d is d √3/4.
    least = order.IN_CELL * 4 / np.sqrt(3)
    data.sublattice[:] = [0.5 + 0.98 * least, 0.5, 0.5, 0.5]
    data.sublattice[0, :, 20:] = [0.5 + 1.02 * least, 0.5, 0.5, 0.5]
    found = order_of(data)
    assert found.unlike((0, 5, 19), (0, 5, 18)) == 0
    assert found.unlike((0, 5, 19), (0, 5, 20), waves=False) == np.inf
