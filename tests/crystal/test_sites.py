"""What a site holds: one code everywhere, and what refuses a third species."""

import numpy as np
import pytest

from navac import NavacError
from navac.crystal.sites import SiteError, binary, spins
from navac.orderings.symmetry import pack, unpack


def test_the_first_species_is_minus_one():
    occupation = np.array([[0, 1, 1, 0]], np.int8)
    assert spins(occupation).tolist() == [[-1, 1, 1, -1]]
    assert spins(occupation).dtype == np.int8
    assert binary(occupation) is occupation


@pytest.mark.parametrize("convert", [binary, spins, pack])
@pytest.mark.parametrize("code", [2, 127, -1])
def test_a_third_species_is_refused_with_its_site(convert, code):
    occupation = np.zeros((5, 7), np.int8)
    occupation[3, 4] = code
    with pytest.raises(SiteError, match=rf"site 4 holds the species of index {code}.*prim.sites"):
        convert(occupation)
    assert issubclass(SiteError, NavacError)


@pytest.mark.parametrize("convert", [binary, spins, pack])
def test_no_ordering_is_not_refused(convert):
    assert len(convert(np.zeros((0, 7), np.int8))) == 0


def test_patterns_are_unpacked_to_what_was_packed():
    occupation = np.random.default_rng(0).integers(0, 2, (50, 62)).astype(np.int8)
    np.testing.assert_array_equal(unpack(pack(occupation), 62), occupation)
