"""What a site holds: one code everywhere, and what refuses a third species."""

import numpy as np
import pytest

from navac import NavacError
from navac.crystal.sites import BASES, SiteError, SiteSpace, binary, checked, site_spaces, spins
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


# site spaces --------------------------------------------------------------------------------

SPECIES = ("Li", "Mn", "Ti", "Ni", "Fe", "Va")


@pytest.mark.parametrize("basis", BASES)
def test_two_species_are_the_binary_case(basis):
    space = SiteSpace(("Na", "Va"), basis)
    if basis == "indicator":
        assert space.values.tolist() == [[1, 1], [1, 0]]
        assert space.names == ("Na",)
    else:
        assert space.values.tolist() == [[1, 1], [-1, 1]]  # to the bit
        assert space.is_spin


@pytest.mark.parametrize("n", range(2, 7))
@pytest.mark.parametrize("basis", BASES)
def test_a_basis_has_the_orthogonality_it_claims(basis, n):
    space = SiteSpace(SPECIES[:n], basis)
    overlap = space.values @ space.values.T / n
    off = np.abs(overlap - np.diag(np.diag(overlap))).max()
    expected = {
        "orthonormal": np.abs(overlap - np.eye(n)).max() < 1e-14,
        "orthogonal": off < 1e-14 and (n == 2 or np.abs(overlap - np.eye(n)).max() > 0.1),
        "none": off > 0.1,
    }
    assert expected[space.orthogonality]
    assert len(space.names) == n - 1
    assert np.linalg.matrix_rank(space.values) == n


def test_functions_of_three_species():
    """Sanchez, Ducastelle and Gratias for −1, 0, 1; van de Walle; and indicators."""
    values = SiteSpace(SPECIES[:3]).values
    sigma = np.array([-1, 0, 1])
    np.testing.assert_allclose(values[1], np.sqrt(3 / 2) * sigma, atol=1e-15)
    np.testing.assert_allclose(values[2], np.sqrt(2) * (1.5 * sigma**2 - 1), atol=1e-15)
    waves = SiteSpace(SPECIES[:3], "trigonometric")
    assert waves.names == ("cos1", "sin1")
    root = np.sqrt(3) / 2
    np.testing.assert_allclose(waves.values[1:], [[-1, 0.5, 0.5], [0, -root, root]], atol=1e-15)
    bits = SiteSpace(SPECIES[:3], "indicator")
    assert bits.names == ("Li", "Mn")
    assert bits.values[1:].tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("first", BASES)
@pytest.mark.parametrize("second", BASES)
def test_functions_are_sums_of_those_of_another_basis(first, second):
    one = SiteSpace(SPECIES, first)
    order = [3, 0, 5, 1, 4, 2]
    other = SiteSpace(tuple(SPECIES[k] for k in order), second)
    matrix = one.conversion(other)
    np.testing.assert_allclose(matrix.T @ other.values, one.values[:, order], atol=1e-14)
    np.testing.assert_allclose(other.conversion(one) @ matrix, np.eye(6), atol=1e-14)


def test_spaces_of_a_prim_are_those_of_its_active_sites():
    spaces = site_spaces([("O",), ("Na", "Va"), ("V", "Cr", "Mn")], "indicator")
    assert [s.species for s in spaces] == [("Na", "Va"), ("V", "Cr", "Mn")]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: SiteSpace(("Na", "Va"), "fourier"),
            "'fourier' is not the name of a basis",
        ),
        (lambda: SiteSpace(("Na",)), "a site space of 1 species .Na.; an active site has 2 to 128"),
        (lambda: SiteSpace(("Na", "Va", "Na")), "lists a species twice .Na, Va, Na.; remove one"),
        (
            lambda: SiteSpace(("Na", "Va")).code("K"),
            "K is not among the species Na, Va of",
        ),
        (
            lambda: SiteSpace(("Na", "Va")).conversion(SiteSpace(("Na", "K"))),
            "functions of the species Na, Va cannot be written in those of Na, K",
        ),
        (
            lambda: checked(np.array([[0, 3]]), np.array([2, 3])),
            "site 1 holds the species of index 3, but the prim lists 3 species for it",
        ),
        (lambda: checked(np.array([[-1, 0]]), np.array([2, 3])), "site 0 holds .* index -1"),
    ],
)
def test_what_a_site_cannot_hold_is_refused(make, message):
    with pytest.raises(SiteError, match=message):
        make()


def test_codes_are_kept():
    codes = np.array([[1, 2], [0, 0]], np.int8)
    assert checked(codes, np.array([2, 3])) is codes
