"""Concentration waves: found where they were put, and small without order."""

import numpy as np
import pytest

from navac.crystal.configurations import Configurations
from navac.crystal.supercell import Supercell
from navac.montecarlo.observers import concentration_waves
from navac.thermodynamics.order import inequivalence

BOX = Supercell.diagonal(8, 6, 4)


def waves(*configurations):
    return concentration_waves(BOX, Configurations.of(np.array(configurations)))


def modulated(k, phase=0.0):
    """``[site]`` species indices of two sublattices of BOX: one holds the first species where a
    wave of vector ``k`` is positive, the other everywhere."""
    wave = np.cos(2 * np.pi * (BOX.cells / BOX.diag @ np.array(k) + phase))
    return np.concatenate([wave <= 0, np.zeros(BOX.size, bool)]).astype(np.int8)


@pytest.mark.parametrize("k", [(1, 0, 0), (1, 0, -1), (-3, 2, 1), (4, 0, 2), (0, 3, 0)])
def test_a_wave_is_found(k):
    found = waves(modulated(k, 0.03))
    vector = found["wave_vector"][0]
    # k and −k are one wave, and −L/2 is L/2.
    same = [np.mod(s * np.array(k) - vector, BOX.diag) for s in (1, -1)]
    assert min(np.abs(d).sum() for d in same) == 0
    assert found["wave_amplitude"][0] > 0.25


def test_slabs_have_the_longest_wave():
    slabs = (BOX.cells[:, 0] >= 4).astype(np.int8)
    found = waves(slabs)
    assert found["wave_vector"][0].tolist() == [1, 0, 0]
    assert found["wave_amplitude"][0] == pytest.approx(1 / (8 * np.sin(np.pi / 8)), abs=1e-6)


def test_composition_and_order_within_the_cell_are_no_waves():
    filled = np.repeat([0, 1, 0], BOX.size).astype(np.int8)
    assert waves(filled)["wave_amplitude"] == 0


def test_disorder_has_small_waves_and_paths_are_kept_apart():
    rng = np.random.default_rng(1)
    disordered = (rng.random((2, 2 * BOX.size)) < 0.5).astype(np.int8)
    found = waves(disordered[0], modulated((0, 1, 0)), disordered[1])
    assert found["wave_amplitude"][[0, 2]].max() < 0.15 < found["wave_amplitude"][1]
    assert found["wave_vector"][1].tolist() == [0, 1, 0]


def test_order_within_the_cell_is_that_of_equivalent_sublattices():
    labels = ["A", "A", "B", "B", "B", "B"]
    even = [1, 1, 0.5, 0.5, 0.5, 0.5]
    halved = [1, 1, 1, 1, 0, 0]
    assert inequivalence(np.array([even, halved]), labels).tolist() == [0, 0.5]
