"""Configurations keep every code in a few bits, and refuse what these cannot hold."""

import numpy as np
import pytest

from navac.crystal.configurations import Configurations
from navac.crystal.sites import SiteError


@pytest.mark.parametrize(("species", "digits"), [(2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (128, 7)])
@pytest.mark.parametrize("sites", [1, 8, 27])
def test_codes_come_back_from_as_few_bits_as_they_need(species, digits, sites):
    codes = np.random.default_rng(1).integers(0, species, (5, sites)).astype(np.int8)
    found = Configurations.of(codes, species)
    assert found.bits.shape == (5, digits, -(-sites // 8))
    np.testing.assert_array_equal(found.codes(), codes)
    assert found.codes().dtype == np.int8
    np.testing.assert_array_equal(list(found), codes)


def test_some_of_them_are_taken_and_replaced():
    codes = np.random.default_rng(1).integers(0, 6, (7, 13)).astype(np.int8)
    found = Configurations.of(codes, 6)
    kept, some = found.copy(), np.array([4, 1])
    assert len(found) == 7
    np.testing.assert_array_equal(found[some].codes(), codes[some])
    found[some] = found[2:4]
    codes[some] = codes[2:4]
    np.testing.assert_array_equal(found.codes(), codes)
    assert (kept.codes() != codes).any()


def test_there_may_be_none():
    none = Configurations.of(np.zeros((0, 9), np.int8), 3)
    assert (len(none), list(none), none.codes().shape) == (0, [], (0, 9))


@pytest.mark.parametrize(("codes", "species"), [([0, 2], 2), ([-1, 0], 2), ([4, 0], 3)])
def test_codes_without_a_place_are_refused(codes, species):
    with pytest.raises(SiteError, match=rf"code (2|-1|4) on a site that holds {species} species"):
        Configurations.of(np.array([codes], np.int8), species)
