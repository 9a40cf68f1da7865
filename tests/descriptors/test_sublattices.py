"""A composition on its sites."""

import pytest

from navac.descriptors.sublattices import DescriptorError, fill
from tests.descriptors.nasicon import HEV, ICP, crystal


def test_sites_hold_what_is_given():
    filling = fill(crystal(), HEV)
    assert {one.label: one.sites for one in filling.sublattices} == {
        "Na1": 1, "Na2": 3, "M": 2, "P": 3, "O": 12
    }  # fmt: skip
    assert filling.of("M").shares["V"] == pytest.approx(0.75)
    assert filling.of("Na1").shares == pytest.approx({"Na": 0.8, "Va": 0.2})
    assert dict(filling.atoms) == pytest.approx(HEV | {"P": 3, "O": 12})
    assert filling.scaled == pytest.approx({"M": 1})


def test_a_sublattice_may_be_filled_first():
    filling = fill(crystal(), HEV, {"Na1": 1.0})
    assert filling.of("Na1").shares == pytest.approx({"Na": 1, "Va": 0})
    assert filling.of("Na2").shares["Na"] == pytest.approx(2.2 / 3)
    assert not filling.of("Na1").mixed


def test_measured_amounts_are_scaled_and_the_factor_is_kept():
    filling = fill(crystal(), ICP)
    assert sum(filling.of("M").shares.values()) == pytest.approx(1)
    assert filling.scaled["M"] == pytest.approx(2 / 1.954)


@pytest.mark.parametrize(
    ("amounts", "occupied", "said"),
    [
        (HEV | {"Ti": 0.1}, {}, "no active site may hold Ti"),
        (HEV | {"V": 1.2}, {}, "M: 1.7 atoms per formula unit"),
        (HEV | {"Na": 4.1}, {}, "Na1, Na2: 4.1 atoms"),
        (HEV | {"Na": 0.5}, {"Na1": 1.0}, "do not fit on 4 sites with the shares"),
        (HEV, {"Na1": 1.0, "Na2": 0.5}, "do not fit"),
    ],
)
def test_what_does_not_fit_is_refused(amounts, occupied, said):
    with pytest.raises(DescriptorError, match=said):
        fill(crystal(), amounts, occupied)
