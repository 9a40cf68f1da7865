"""Phases of planted states: by their order, whatever paths they are on."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics import differences, discovered, order
from navac.thermodynamics.assignment import assign
from navac.thermodynamics.discovered import NONE
from tests.thermodynamics.models import (
    CRYSTAL,
    DISORDERED,
    HIGH,
    LOW,
    MU,
    Sites,
    T,
    branches_in,
    plan_for,
)

PHASES = (LOW, HIGH, DISORDERED)
PLAN = plan_for([LOW, HIGH], DISORDERED)
SHAPE = (3, len(T), len(MU))
LATE = 12
"""The first temperature at which planted states may be in a phase that was not heated."""


def own():
    """Every branch in its own phase; the cooled one is not sampled at the lowest temperatures."""
    return np.broadcast_to(np.arange(3)[:, None, None], SHAPE).copy()


def gone_over():
    """Heated states are left for the stable phase where they are far above it, as paths are."""
    state = own()
    phi = np.array([p.phi(T[:, None], MU) for p in PHASES])
    for branch in (0, 1):
        left = phi[branch] - phi.min(axis=0) > 0.02
        state[branch][left] = phi.argmin(axis=0)[left]
    return state


def planted(state, phases=PHASES, plan=PLAN, **kind):
    return branches_in(plan, phases, state, **kind)


def waved(data, where, vector, amplitude=0.35):
    """The branches with a wave in some states."""
    found = []
    for b in data:
        wave, vectors = b.wave_amplitude.copy(), b.wave_vector.copy()
        wave[where], vectors[where] = amplitude, vector
        found.append(replace(b, wave_amplitude=wave, wave_vector=vectors))
    return tuple(found)


def without(data, where):
    """The branches without some states."""
    return tuple(
        replace(b, phi=np.where(where, np.nan, b.phi), stationary=b.stationary & ~where)
        for b in data
    )


def assigned(data, plan=PLAN, limits=(0.0, 4.0)):
    return assign(plan, data, CRYSTAL, smallest=0.1, formula_units=1, limits=limits)


def cold(state):
    """States of the cooled branch at the lowest temperatures."""
    where = np.zeros(SHAPE, bool)
    where[2, :4] = True
    return where


def test_states_are_in_the_phases_that_they_were_planted_in():
    """Also those of heated paths that went over to others."""
    state = gone_over()
    assert all((state[0] == k).any() for k in range(3))
    found = assigned(without(planted(state), cold(state)))
    assert found.names == ("low", "high", "disordered")
    np.testing.assert_array_equal(found.phase[~cold(state)], state[~cold(state)])
    assert (found.phase[cold(state)] == NONE).all()
    assert found.ordered_in_cell.tolist() == [True, True, False]
    assert not found.wave.any()
    assert not found.touching.any()
    assert not found.alike(0, 2)
    assert found.alike(0, 1)


def test_noise_does_not_matter():
    for seed in range(3):
        found = assigned(planted(gone_over(), seed=seed, snapshots=3))
        np.testing.assert_array_equal(found.phase, gone_over())


def test_labels_do_not_depend_on_the_order_of_branches():
    """The ground states in another order: every state has the same name."""
    state = gone_over()
    turned = plan_for([HIGH, LOW], DISORDERED)
    data = planted(state)
    swapped = tuple(replace(b, **{k: v[[1, 0, 2]] for k, v in vars(b).items()}) for b in data)
    one, other = assigned(data), assigned(swapped, turned)
    assert set(one.names) == set(other.names)
    named = [np.array([*a.names, ""])[a.phase] for a in (one, other)]
    np.testing.assert_array_equal(named[0], named[1][[1, 0, 2]])


def test_what_is_not_stationary_is_in_no_phase():
    state = gone_over()
    where = np.zeros(SHAPE, bool)
    where[0, 10:14, 5:9] = True
    data = tuple(replace(b, stationary=~where) for b in planted(state))
    found = assigned(data)
    assert (found.phase[where] == NONE).all()
    np.testing.assert_array_equal(found.phase[~where], state[~where])


MIXED = Sites(name="mixed", energy=0.055, levels=(0.005,) * 4)
"""Between both ordered phases in N, as slabs of two phases are; no order in the cell."""

WITH_MIXED = (*PHASES, MIXED)


def with_mixed(rows=np.s_[LATE : LATE + 8], columns=np.s_[10:25]):
    state = own()
    state[2] = 0
    state[0, rows, columns] = 3
    state[1] = 1
    where = state == 3
    data = planted(state, WITH_MIXED)
    return without(data, (np.arange(3) == 2)[:, None, None] & np.ones(SHAPE, bool)), where


def test_slabs_of_two_phases_have_the_longest_wave_and_are_left_out():
    data, where = with_mixed()
    found = assigned(waved(data, where, (1, 0, 0)))
    assert found.names == ("low", "high")
    assert (found.phase[where] == NONE).all()


def test_a_modulated_phase_is_found_by_a_wave_that_is_not_the_longest():
    """The same states with the wave of three to the supercell: only the wave differs."""
    data, where = with_mixed()
    found = assigned(waved(data, where, (3, 0, -3)))
    assert found.names == ("low", "high", "modulated")
    assert found.wave.tolist() == [[0, 0, 0], [0, 0, 0], [3, 0, -3]]
    assert found.order_of(2, CRYSTAL.supercell) == "concentration wave (3, 0, −3)/8"
    assert found.order_of(0, CRYSTAL.supercell) == "ordered within the cell"
    # Median filters round the corners.
    missed = where & (found.phase != 2)
    assert missed.sum() <= 4
    assert (found.phase[missed] == NONE).all()
    assert not (found.phase[~where] == 2).any()


def steepened(data, where, by):
    """The branches with equivalent sublattices filled differently in some states, N as it was.

    Args:
        by: ``[T]`` how differently.
    """
    amount = np.where(where, np.asarray(by)[:, None], 0)[..., None] * [1, -1, 1, -1]
    return tuple(replace(b, sublattice=b.sublattice + amount) for b in data)


@pytest.mark.parametrize(("jumps", "kept"), [(False, True), (True, False)])
def test_a_wave_that_becomes_steep_orders_the_cells_and_stays_the_same_phase(jumps, kept):
    """Unless the fillings change at once: then it is another structure, with a name of its own."""
    data, where = with_mixed()
    by = np.clip(0.06 * (LATE + 6 - np.arange(len(T))), 0, 0.36)
    by = np.where(by > 0.2, 0.36, 0.0) if jumps else by
    data = steepened(waved(data, where, (3, 0, -3)), where, by)
    found = assigned(data)
    cells_too = where & (by > 0.2)[:, None]
    assert cells_too.sum() > 30
    assert (found.phase[cells_too] == (2 if kept else 3)).mean() > 0.9
    assert found.names[2:] == (("modulated",) if kept else ("modulated", "modulated2"))
    assert (found.phase[where & (by < 0.1)[:, None]] == 2).mean() > 0.8


@pytest.mark.parametrize(
    ("columns", "vector", "names"),
    [
        (np.s_[10:25], (3, 0, -3), ("modulated",)),
        (np.s_[10:12], (3, 0, -3), ()),
        (np.s_[10:25], (1, 0, 0), ()),
    ],
    ids=["wide", "at two chemical potentials", "the longest wave"],
)
def test_ordered_cells_with_a_wave_are_a_phase_if_they_are_no_slabs(columns, vector, names):
    data, where = with_mixed(columns=columns)
    data = steepened(waved(data, where, vector), where, np.full(len(T), 0.36))
    found = assigned(data)
    assert found.names[2:] == names
    if names:
        assert (found.phase[where] == 2).mean() > 0.9
        assert found.ordered_in_cell[2]
    else:
        assert (found.phase[where] == NONE).all()


def test_a_wave_and_its_negative_are_the_same():
    data, where = with_mixed()
    half = where & (np.arange(len(MU)) % 2 == 0)
    found = assigned(waved(waved(data, where, (-3, 0, 3)), half, (3, 0, -3)))
    assert np.abs(found.wave[2]).tolist() == [3, 0, 3]


def test_states_without_wave_between_two_phases_are_a_disordered_one():
    data, where = with_mixed()
    found = assigned(data)
    assert found.names == ("low", "high", "disordered")
    np.testing.assert_array_equal(found.phase == 2, where)
    assert found.order_of(2, CRYSTAL.supercell) == "no order beyond the symmetry of the crystal"


def test_what_sampling_found_beyond_the_limits_is_no_phase():
    data, where = with_mixed()
    number = np.median(data[0].number[where])
    assert assigned(data, limits=(number - 0.1, 4.0)).names[2:] == ("disordered",)
    assert assigned(data, limits=(number + 0.1, 4.0)).names[2:] == ()


@pytest.mark.parametrize("columns", [1, 2])
def test_columns_that_are_frozen_in_are_no_phase(columns):
    """Paths at one or two chemical potentials that stay in another order."""
    data, where = with_mixed(columns=np.s_[15 : 15 + columns])
    assert where.any(axis=0).sum() >= discovered.FEWEST - 4
    found = assigned(data)
    assert found.names == ("low", "high")
    assert (found.phase[where] == NONE).all()


def test_a_narrow_tail_of_a_phase_is_left_out():
    """Two columns that stay in it at higher temperatures, but for those next to the wide part."""
    state = own()
    state[2] = 0
    state[0, LATE : LATE + 6, 10:25] = 3
    state[0, LATE + 6 : LATE + 14, 16:18] = 3
    data = planted(state, WITH_MIXED)
    data = without(data, np.arange(3)[:, None, None] + 0 * state == 2)
    found = assigned(data)
    assert found.names == ("low", "high", "disordered")
    rows = np.flatnonzero((found.phase == 2).any(axis=(0, 2)))
    assert rows.tolist() == list(range(LATE, LATE + 6 + 2))
    assert (found.phase[0, LATE + 8 : LATE + 14, 16:18] == NONE).all()


def test_without_a_least_width_frozen_columns_would_be_a_phase(monkeypatch):
    monkeypatch.setattr(discovered, "NARROWEST", 1)
    data, where = with_mixed(rows=np.s_[LATE:], columns=np.s_[15:16])
    assert assigned(data).names == ("low", "high", "disordered")
    assert where.sum() >= discovered.FEWEST


def test_few_states_are_no_phase():
    data, where = with_mixed(rows=np.s_[LATE : LATE + 3], columns=np.s_[10:13])
    assert where.sum() < discovered.FEWEST
    assert assigned(data).names == ("low", "high")


TWIN = Sites(name="twin", energy=LOW.energy, levels=LOW.levels[::-1])


def test_equivalent_sublattices_in_another_order_are_the_same_phase():
    """Only which of four equivalent sublattices is filled differs."""
    state = own()
    state[0, 8:16, 10:20] = 3
    found = assigned(planted(state, (*PHASES, TWIN)))
    assert found.names == ("low", "high", "disordered")
    assert (found.phase[0] == 0).all()


def half_waved(amplitude):
    """One phase, the upper half of whose temperatures has a wave; N and E go on as they were."""
    plan = plan_for([], DISORDERED)
    state = np.zeros((1, len(T), len(MU)), int)
    where = np.zeros(state.shape, bool)
    where[:, 15:, :] = True
    return assign(
        plan, waved(planted(state, [DISORDERED], plan), where, (3, 0, 0), amplitude), CRYSTAL,
        smallest=0.1, formula_units=1, limits=(0.0, 4.0),
    ), where  # fmt: skip


def test_a_wave_alone_tells_phases_apart():
    found, where = half_waved(0.35)
    assert set(found.names) == {"disordered", "modulated"}
    np.testing.assert_array_equal(found.phase == found.names.index("modulated"), where)


def test_without_the_threshold_of_waves_two_phases_merge(monkeypatch):
    """And without that of unlike amplitudes."""
    monkeypatch.setattr(order, "LEAST_WAVE", 10.0)
    monkeypatch.setattr(order, "UNLIKE", 10.0)
    found, _ = half_waved(0.35)
    assert found.names == ("disordered",)
    assert (found.phase == 0).all()


def test_without_thresholds_ordered_phases_merge(monkeypatch):
    """Two phases of the same N and E that differ in their order within the cell alone."""
    flat = Sites(name="flat", energy=0.0, levels=(-0.2, -0.2, 0.2, 0.2))
    loose = replace(flat, name="loose")
    state = own()
    state[0, LATE : LATE + 8, 10:25] = 3
    plan = plan_for([flat, HIGH], DISORDERED)
    data = planted(state, (flat, HIGH, DISORDERED, loose), plan)
    where = state == 3
    data = tuple(
        replace(b, sublattice=np.where(where[..., None], b.number[..., None] / 4, b.sublattice))
        for b in data
    )

    def found():
        return assigned(data, plan)

    there = found()
    assert there.names[0] == "flat"
    assert (there.phase[where] != 0).all()
    monkeypatch.setattr(order, "IN_CELL", 10.0)
    monkeypatch.setattr(order, "UNLIKE", 10.0)
    assert (found().phase[where] == 0).all()


HALF = Sites.ordered("half", 0.02, 2, 0.12)
"""Ordered as both ground states are, with two of four sublattices filled."""


def with_half():
    state = own()
    state[2], state[0, LATE : LATE + 8, 10:25] = 0, 3
    data = without(planted(state, (*PHASES, HALF)), np.arange(3)[:, None, None] + 0 * state == 2)
    return data, state == 3


def test_an_ordered_phase_that_no_ground_state_names_is_found():
    data, where = with_half()
    found = assigned(data)
    assert found.names == ("low", "high", "ordered")
    np.testing.assert_array_equal(found.phase == 2, where)


def test_without_regard_to_fillings_it_would_be_taken_for_a_ground_state(monkeypatch):
    monkeypatch.setattr(discovered, "OTHER", 10.0)
    data, where = with_half()
    found = assigned(data)
    assert found.names == ("low", "high")
    assert (found.phase[where] != NONE).all()


def late_jump():
    """A disordered phase whose energy jumps at some temperature, but not its N."""
    state = np.zeros((1, len(T), len(MU)), int)
    state[:, LATE:] = 1
    plan = plan_for([LOW], None)
    data = planted(state, [LOW, replace(LOW, energy=LOW.energy + 0.03)], plan)
    order_there = order.Order.of(data[0], CRYSTAL.labels, CRYSTAL.cells)
    return differences.differences(plan, data, order_there, 0.1, 1)


def test_a_jump_of_the_energy_tells_two_phases_apart(monkeypatch):
    """At the temperature of the jump and at no other."""
    apart = late_jump().in_T[0] >= 1
    assert apart[LATE - 1].all()
    assert not np.delete(apart, LATE - 1, axis=0).any()
    monkeypatch.setattr(differences, "SMALLEST_ENTROPY", 10.0)
    assert not (late_jump().in_T >= 1).any()


def side_by_side(amplitude):
    """One phase, at whose higher chemical potentials there is a wave."""
    plan = plan_for([], DISORDERED)
    state = np.zeros((1, len(T), len(MU)), int)
    where = np.zeros(state.shape, bool)
    where[..., 20:] = True
    data = waved(planted(state, [DISORDERED], plan), where, (3, 0, 0), amplitude)
    return assign(plan, data, CRYSTAL, smallest=0.2, formula_units=1, limits=(0.0, 4.0))


def test_phases_that_go_over_into_each_other_touch():
    """A weak wave that sets in without a jump of N or E, and a strong one."""
    weak, strong = side_by_side(0.22), side_by_side(0.35)
    assert set(weak.names) == set(strong.names) == {"disordered", "modulated"}
    assert weak.touching[:, 0, 1].all()
    assert not strong.touching.any()
    assert not weak.alike(0, 1)
