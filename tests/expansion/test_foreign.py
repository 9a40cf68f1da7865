"""navac's own file of an expansion, relating cells to the prim, and every file that is refused."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion, write_expansion
from navac.expansion.foreign.cells import find_relations, onto_prim
from navac.expansion.foreign.read import import_expansion
from navac.expansion.foreign.terms import (
    InterchangeError,
    function_products,
    plain_species,
    site_function,
)
from navac.expansion.parsing import as_foreign

DATA = Path(__file__).parents[1] / "data" / "interchange"
BOX = Supercell(((2, 0, 0), (1, 2, 0), (0, 1, 2)))


@pytest.fixture(scope="module")
def group(prim):
    return find_space_group(prim, 1e-5)


@pytest.fixture(scope="module")
def fcc():
    return read_prim(DATA / "fcc_prim.json", [], 1)


@pytest.fixture
def own_file(prim, sodium_poor, tmp_path):
    path = tmp_path / "expansion.json"
    write_expansion(path, prim, replace(sodium_poor, constant=0.1), {"source": "Table S6"})
    return path


def sigma_of(sites, seed=0, count=6):
    return np.random.default_rng(seed).choice([-1, 1], (count, sites * BOX.size)).astype(np.int8)


# navac's own file ---------------------------------------------------------------------------


def test_own_file_reads_back_to_the_bit(own_file, prim, group, sodium_poor):
    crystal, expansion = read_expansion(own_file)
    assert crystal.to_dict() == prim.to_dict()
    assert expansion.orbits == sodium_poor.orbits
    np.testing.assert_array_equal(expansion.eci, sodium_poor.eci)
    assert expansion.constant == 0.1
    again, code = import_expansion(own_file, prim, group)
    assert (code, again.orbits) == ("navac", expansion.orbits)
    np.testing.assert_array_equal(again.eci, expansion.eci)


def test_a_file_of_version_1_is_read(own_file, sodium_poor):
    """As it was written before sites could hold more than two species."""
    data = json.loads(own_file.read_text())
    del data["site_functions"]
    own_file.write_text(json.dumps({**data, "version": 1}))
    _, expansion = read_expansion(own_file)
    assert expansion.orbits == sodium_poor.orbits
    assert expansion.spaces == ()
    np.testing.assert_array_equal(expansion.eci, sodium_poor.eci)


def test_own_file_explains_itself(own_file):
    data = json.loads(own_file.read_text())
    assert (data["format"], data["version"]) == ("navac-expansion", 3)
    assert data["units"] == {"energy": "eV", "length": "Å"}
    assert "product of the point functions" in data["convention"]
    assert data["site_functions"][0] == {
        "basis": "chebyshev", "orthogonality": "orthonormal", "species": ["Na", "Va"],
        "values": {"t1": [-1.0, 1.0]},
    }  # fmt: skip
    assert data["provenance"]["source"] == "Table S6"
    assert max(map(len, own_file.read_text().splitlines())) < 2000  # an orbit a line


def test_energy_from_the_file_alone(own_file, sodium_poor):
    """The convention of the file, followed by hand."""
    data = json.loads(own_file.read_text())
    sigma = sigma_of(8, count=1)[0]
    total = 0.0
    for orbit in data["orbits"]:
        for cluster in orbit["clusters"]:
            sites = [BOX.site(np.array(s), BOX.cells + np.array(cell)) for s, *cell in cluster]
            total += orbit["eci_eV"] * np.prod([sigma[i] for i in sites], axis=0).sum()
    energy = data["constant_eV_per_cell"] + total / BOX.size
    assert energy == pytest.approx(0.1 + sodium_poor.energies(BOX, sigma[None])[0], abs=1e-12)


# relating cells -----------------------------------------------------------------------------

TURN = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
TURN *= np.sign(np.linalg.det(TURN))
OTHER = np.array([[1, 1, 0], [0, 1, 0], [-1, 0, 1]])


def moved(prim, rotation=TURN, shift=(0.2, 0.3, 0.05), basis=OTHER, order=None, swap=False):
    """A prim on other lattice vectors, rotated, shifted, its sites and species reordered."""
    order = range(len(prim.frac)) if order is None else order
    frac = (prim.frac @ np.linalg.inv(basis) + shift) % 1
    species = [s[::-1] if swap else s for s in prim.species]
    return Prim(
        basis @ prim.lattice @ rotation, frac[list(order)], tuple(species[i] for i in order),
        tuple(prim.labels[i] for i in order), prim.formula_units,
    )  # fmt: skip


@pytest.mark.parametrize("swap", [False, True])
def test_there_and_back(prim, group, sodium_poor, tmp_path, swap):
    """Other lattice vectors, rotation, origin, order of sites and species, and back again.

    That the way there is right is seen in the energies of the other codes' files.
    """
    order = np.random.default_rng(3).permutation(len(prim.frac))
    other = moved(prim, order=order, swap=swap)
    theirs = onto_prim(as_foreign("here", prim, sodium_poor), other, find_space_group(other, 1e-5))
    write_expansion(tmp_path / "other.json", other, theirs, {})
    ours, code = import_expansion(tmp_path / "other.json", prim, group)
    assert code == "navac"
    sigma = sigma_of(8)
    np.testing.assert_allclose(
        ours.energies(BOX, sigma), sodium_poor.energies(BOX, sigma), rtol=0, atol=1e-12
    )
    used = {
        frozenset(o.clusters) for o, e in zip(sodium_poor.orbits, sodium_poor.eci, strict=True) if e
    }
    assert {frozenset(o.clusters) for o in ours.orbits} == used | {
        frozenset(o.clusters) for o in sodium_poor.orbits if o.order == 1
    }


def test_the_setting_of_the_prim_is_kept(prim, sodium_poor):
    """Among the relations by symmetry the plain one is taken, alone."""
    foreign = as_foreign("test", prim, sodium_poor)
    (relation,) = find_relations(foreign, prim)
    assert relation.kept
    np.testing.assert_array_equal(relation.site, np.arange(len(prim.frac)))


def test_active_sites_alone_are_enough(prim, group, sodium_poor):
    """The fixed sites may be left out where the setting is the prim's."""
    foreign = as_foreign("test", prim, sodium_poor)
    alone = replace(foreign, frac=prim.frac[:8], species=prim.species[:8])
    ours = onto_prim(alone, prim, group)
    sigma = sigma_of(8)
    np.testing.assert_allclose(
        ours.energies(BOX, sigma), sodium_poor.energies(BOX, sigma), rtol=0, atol=1e-9
    )


@pytest.fixture
def caesium():
    """Two active sites on the places of CsCl, told apart by a fixed atom."""
    frac = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0]])
    species = (("Na", "Va"), ("Na", "Va"), ("O",))
    return Prim(4 * np.eye(3), frac, species, ("A", "B", "O"), 1)


def test_ambiguous_settings_are_refused(caesium):
    """Without the fixed atom a shifted cell lies on the prim in two ways."""
    group = find_space_group(caesium, 1e-5)
    orbits = enumerate_orbits(caesium, group, {2: 4.1})
    unequal = Expansion(orbits, np.arange(1.0, 1 + len(orbits)))
    foreign = as_foreign("their.json", caesium, unequal)
    shifted = replace(foreign, frac=foreign.frac + 0.1)
    sigma = sigma_of(2)
    np.testing.assert_allclose(
        onto_prim(shifted, caesium, group).energies(BOX, sigma), unequal.energies(BOX, sigma)
    )
    bare = replace(shifted, frac=shifted.frac[:2], species=foreign.species[:2])
    with pytest.raises(InterchangeError, match=r"their.json.*several ways.*with the fixed sites"):
        onto_prim(bare, caesium, group)


# site functions -----------------------------------------------------------------------------


def test_any_function_of_a_binary_site_is_linear_in_sigma():
    assert site_function([0, 1]) == (0.5, 0.5)  # an occupation
    constant, terms = function_products([(4.0, [(0, 0, 0, 0), (1, 0, 0, 0)], [(0.5, 0.5)] * 2)])
    assert constant == 1.0
    assert terms == {
        ((0, 0, 0, 0, 1),): 1.0, ((1, 0, 0, 0, 1),): 1.0,
        ((0, 0, 0, 0, 1), (1, 0, 0, 0, 1)): 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        (["Na+", "vacA0+"], ("Na", "Va")),
        (["X", "Na"], ("Va", "Na")),
        (["Na1+", "Va"], ("Na", "Va")),
        (["V3+", "V4+"], ("V3+", "V4+")),
        (["V"], ("V",)),
    ],
)
def test_names_of_species(names, plain):
    assert plain_species(names) == plain


# refused ------------------------------------------------------------------------------------


def edited(name, *edits):
    """A recorded file as data, with (dotted path, value) edits; ``...`` removes a key."""
    data = copy.deepcopy(json.loads((DATA / f"{name}.json").read_text()))
    for path, value in edits:
        *parents, key = path.split("/")
        place = data
        for parent in parents:
            place = place[int(parent) if isinstance(place, list) else parent]
        key = int(key) if isinstance(place, list) else key
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return data


SPACE = "cluster_subspace"
THIRD = [{"element": "Na", "occu": 0.3}, {"element": "K", "occu": 0.3}]
REFUSED = {
    "smol: a field": ("smol_nasicon", [("coefs", ...)], "coefs is missing; write the file again"),
    "smol: an inner field": (
        "smol_nasicon", [(f"{SPACE}/orbits/2/3/sites", ...)],
        r"cluster_subspace.orbits.2\[3\].sites is missing",
    ),
    "smol: three species": (
        "smol_nasicon", [(f"{SPACE}/structure/sites/4/species", THIRD)],
        "site_bases: have not one function fewer than the sites have species",
    ),
    "smol: another term": (
        "smol_nasicon", [(f"{SPACE}/external_terms", [{"@class": "DipoleTerm"}])],
        r"external_terms: DipoleTerm\(total\) is not supported; fit with the total EwaldTerm",
    ),
    "smol: Potts": (
        "smol_nasicon", [(f"{SPACE}/@class", "PottsSubspace")], "PottsSubspace is not supported",
    ),
    "smol: functions": (
        "smol_nasicon", [(f"{SPACE}/orbits/1/0/_bit_combos", [[[0]], [[1]]])],
        "coefs: .* for the constant and",
    ),
    "smol: coefficients": ("smol_nasicon", [("coefs", [1.0])], "coefs: 1 coefficients for"),
    "casm: a field": ("casm_nasicon", [("site_functions", ...)], "site_functions is missing"),
    "casm: no coefficients": (
        "casm_fcc_occupation",
        [(f"orbits/{k}/cluster_functions/0/eci", ...) for k in range(9)],
        "no function has an eci: this is the basis set alone; name eci.json",
    ),
    "casm: three functions": (
        "casm_nasicon", [("site_functions/5/occ/basis/\\phi_{5,2}", {"Na": 0.0, "Va": 0.0})],
        "occ.basis: does not have one function per species of the site",
    ),
    "casm: strain": (
        "casm_nasicon", [("prim/dofs", {"GLstrain": {}})], "dofs: GLstrain is not supported",
    ),
    "casm: displacements": (
        "casm_nasicon", [("prim/basis/3/dofs", {"disp": {}})],
        r"prim.basis\[3\].dofs: disp is not supported",
    ),
    "casm: local": (
        "casm_nasicon", [("bspecs/cluster_specs/phenomenal", {})], "phenomenal: is a local",
    ),
    "casm: sums": (
        "casm_nasicon",
        [("orbits/3/cluster_functions/0/\\Phi_{3}", "[(\\phi) * (\\phi)] + [(\\phi)]")],
        "is not a sum of products of one function per site",
    ),
    "casm: another group": (
        "casm_nasicon", [("orbits/5/mult", 12)], "they were made with 6 symmetry operations",
    ),
    "casm: unequal functions": (
        "casm_nasicon",
        [("site_functions/5/occ/basis/\\phi_{5,1}", {"Na": -1.0, "Va": 1.0})],
        "differs from that of the equivalent site 4; list the occupants",
    ),
    "icet: version": ("icet_nasicon", [("version", 3)], "version: is 3, not 2; make the file"),
    "icet: a field": ("icet_nasicon", [("orbits", ...)], "orbits is missing"),
    "icet: three species": (
        "icet_nasicon", [("sites/0/species", ["X", "Na", "K"])],
        "functions: are not one fewer than the species",
    ),
    # of another form
    "smol: matrix": (
        "smol_nasicon", [(f"{SPACE}/structure/lattice/matrix", "cubic")],
        "is not of the form that smol writes .*write it again",
    ),
    "casm: sites": (
        "casm_nasicon", [("orbits/3/prototype/sites", [[4, 0]])], "is not of the form that CASM",
    ),
    "icet: clusters": (
        "icet_nasicon", [("orbits/3/clusters", 4)], "is not of the form that icet",
    ),
    # the crystal
    "other sites": (
        "icet_fcc", [], "its active sites hold 1 × .*, the prim's 8 ×|its cell|the prim's cell is",
    ),
    "other species": (
        "icet_nasicon", [(f"sites/{k}/species", ["X", "K"]) for k in range(8)],
        r"its active sites hold 8 × \[K, Va\], the prim's 8 × \[Na, Va\]; it was fitted for",
    ),
    "other lattice": (
        "icet_nasicon", [("lattice_A/0/0", 7.0)], "its lattice .* is not the prim's .* another",
    ),
    "other positions": (
        "icet_nasicon", [("sites/3/frac", [0.1, 0.2, 0.3])], "do not lie on the prim's within",
    ),
    "other fixed atoms": (
        "icet_nasicon", [("sites/9/species", ["Ti"])], "do not lie on the prim's within",
    ),
    # no expansion at all
    "something else": ("fcc_prim", [], "is not an expansion of a known form"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_foreign_files_are_refused_with_file_field_and_fix(case, prim, group, tmp_path):
    """File, field and fix."""
    name, edits, message = REFUSED[case]
    path = tmp_path / "their.json"
    path.write_text(json.dumps(edited(name, *edits)))
    with pytest.raises(InterchangeError, match=message) as caught:
        import_expansion(path, prim, group)
    assert str(caught.value).startswith(str(path))


OWN_REFUSED = {
    "version": (("version", 99), "version: is 99; this navac reads 1, 2, 3: write"),
    "no version": (("version", ...), "version is missing"),
    "no prim": (("prim", {"lattice_A": []}), "prim: is not a prim .*it needs lattice_A"),
    "no ECI": (("orbits/4/eci_eV", ...), r"orbits\[4\].eci_eV is missing"),
    "ECI is text": (("orbits/4/eci_eV", "1"), r"orbits\[4\].eci_eV: '1' is not a number"),
    "a cluster twice": (
        ("orbits/0/clusters/1", [[2, 1, 0, 0]]),
        r"orbits\[0\].clusters: \(\(2, 0, 0, 0\),\) is there twice",
    ),
    "sites beyond": (("orbits/0/clusters/0", [[8, 0, 0, 0]]), "name sublattices beyond the 8"),
    "no orbits": (("orbits", []), "orbits: is empty, and an expansion has one cluster at least"),
    "no list of orbits": (("orbits", {"index": 2}), "orbits: is not a list; write the file again"),
    "an orbit without clusters": (
        ("orbits/4/clusters", []), r"orbits\[4\].clusters: are none, or of different orders",
    ),
    "half a site": (
        ("orbits/4/clusters/0/0", [1, 0, 0]), r"orbits\[4\].clusters: is not a list of clusters",
    ),
    "clusters are text": (("orbits/4/clusters", "all"), r"orbits\[4\].clusters: is not a list"),
    "a number for clusters": (("orbits/4/clusters", 7), r"orbits\[4\].clusters: is not a list"),
    "ECI is null": (("orbits/4/eci_eV", None), r"orbits\[4\].eci_eV: None is not a number"),
    "ECI is nan": (("orbits/4/eci_eV", float("nan")), r"orbits\[4\].eci_eV: nan is not a number"),
    "constant is text": (("constant_eV_per_cell", "0"), "constant_eV_per_cell: '0' is not a num"),
    "index is text": (("orbits/4/index", "6"), r"orbits\[4\].index: '6' is not an integer"),
    "index twice": (("orbits/4/index", 2), r"index: 2 is there twice, first in orbits\[0\].index"),
    "length is text": (("orbits/4/min_length_A", "3"), r"orbits\[4\].min_length_A: '3' is not a"),
    "three species": (
        ("prim/sites/2/species", ["Na", "Va", "K"]),
        r"site_functions\[2\].species: are Na, Va, but the site .* holds Na, Va, K",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OWN_REFUSED)
def test_own_files_are_refused_with_file_field_and_fix(case, own_file, prim, group, monkeypatch):
    edit, message = OWN_REFUSED[case]
    monkeypatch.setattr("tests.expansion.test_foreign.DATA", own_file.parent)
    own_file.write_text(json.dumps(edited(own_file.stem, edit)))
    with pytest.raises(InterchangeError, match=message) as caught:
        import_expansion(own_file, prim, group)
    assert str(caught.value).startswith(str(own_file))


def test_of_another_format(own_file):
    own_file.write_text('{"format": "other"}')
    with pytest.raises(InterchangeError, match="format: is 'other', not 'navac-expansion'"):
        read_expansion(own_file)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is not whole JSON"), ("[1]", "does not hold a JSON object"), (None, "cannot be read")],
)
def test_unreadable_files(tmp_path, prim, group, text, message):
    path = tmp_path / "their.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InterchangeError, match=message):
        import_expansion(path, prim, group)


@pytest.mark.parametrize("name", ["smol_fcc_legendre", "casm_nasicon", "icet_nasicon"])
def test_truncated_files(name, tmp_path, prim, group):
    path = tmp_path / "their.json"
    whole = (DATA / f"{name}.json").read_text()
    path.write_text(whole[: len(whole) // 2])
    with pytest.raises(InterchangeError, match=r"is not whole JSON .*write or copy the file again"):
        import_expansion(path, prim, group)


def test_pickles_are_not_opened(tmp_path, prim, group):
    """The message says what to run, and the file need not exist for it."""
    with pytest.raises(
        InterchangeError, match=r"holds pickles.*python -m navac.expansion.foreign.icet"
    ):
        import_expansion(tmp_path / "fitted.ce", prim, group)


def test_a_larger_cell_is_refused(prim, group, sodium_poor):
    foreign = as_foreign("their.json", prim, sodium_poor)
    larger = replace(foreign, lattice=np.diag([2, 1, 1]) @ prim.lattice)
    with pytest.raises(InterchangeError, match="its cell is 2 times the prim's; use one primitive"):
        onto_prim(larger, prim, group)
