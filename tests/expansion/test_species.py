"""Sites of many species: numbers of functions, correlations and energies of other codes.

``tests/data/interchange/write_species_fixtures.py`` wrote the files with smol, icet and CASM.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteError, site_spaces
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.basis import in_basis, lattice_gas
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.correlations import correlation_matrix, function_averages
from navac.expansion.eci_table import COLUMNS, eci_table, read_eci_table
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.file import read_expansion, write_expansion
from navac.expansion.foreign.read import import_expansion
from navac.expansion.functions import count_by_sublattices, count_clusters, enumerate_functions
from navac.montecarlo.model import lattice_model
from navac.orderings.ordering import Ordering

DATA = Path(__file__).parents[1] / "data" / "interchange"
PRIMS = {
    name: Prim.from_dict(data)
    for name, data in json.loads((DATA / "species_prims.json").read_text()).items()
}
CUTOFFS = {
    "fcc": {2: 5.6, 3: 4.0, 4: 2.9},
    "salt": {2: 4.3, 3: 3.0},
    "spinel": {2: 4.0, 3: 3.0},
    "nasicon": {2: 5.0, 3: 4.9},
}
FILES = [f"{code}_{crystal}_species" for code in ("smol", "icet", "casm") for crystal in CUTOFFS]
FILES += ["smol_salt_indicator", "smol_spinel_legendre"]
BOX = Supercell(((2, 0, 0), (1, 2, 0), (0, 1, 2)))


def tolerance_of(name):
    return 1e-2 if name == "smol_nasicon_species" else 1e-5


def recorded(name):
    """The crystal, and per supercell: occupations and energies of the code."""
    data = json.loads((DATA / f"{name}_configurations.json").read_text())
    groups = [
        (
            Supercell(tuple(tuple(group["hnf"][i : i + 3]) for i in (0, 3, 6))),
            np.array([list(map(int, o)) for o in group["occupations"]]),
            group["energies_eV_per_cell"],
        )
        for group in data["groups"]
    ]
    return PRIMS[data["crystal"]], groups


def random_occupation(prim, supercell, count, seed=0):
    rng = np.random.default_rng(seed)
    sizes = [len(prim.species[site]) for site in prim.active]
    return np.concatenate([rng.integers(0, n, (count, supercell.size)) for n in sizes], axis=1)


def random_expansion(crystal, basis="chebyshev", tolerance=1e-5):
    prim = PRIMS[crystal]
    group = find_space_group(prim, tolerance)
    orbits = enumerate_functions(prim, group, CUTOFFS[crystal])
    eci = np.random.default_rng(1).standard_normal(len(orbits))
    return prim, group, Expansion(orbits, eci, 0.3, site_spaces(prim.species, basis))


# functions ----------------------------------------------------------------------------------

HIGH_ENTROPY = [
    (1e-2, {2: 6, 3: 5}, 26, 122, (45, 25, 5, 15, 20, 5)),
    (1e-2, {2: 7, 3: 5}, 37, 187, (85, 45, 10, 15, 20, 5)),
    (1e-2, {2: 8, 3: 6}, 58, 358, (85, 60, 13, 130, 55, 8)),
    (1e-2, {2: 10, 3: 6, 4: 5}, 97, 547, (175, 125, 30, 130, 55, 8)),
    (1e-5, {2: 10, 3: 6, 4: 5}, 170, 1042, (325, 250, 47, 250, 110, 14)),
]


@pytest.mark.parametrize(("tolerance", "cutoffs", "clusters", "functions", "parts"), HIGH_ENTROPY)
def test_functions_of_the_high_entropy_nasicon(tolerance, cutoffs, clusters, functions, parts):
    prim = PRIMS["nasicon"]
    orbits = enumerate_functions(prim, find_space_group(prim, tolerance), cutoffs)
    assert (count_clusters(orbits), len(orbits)) == (clusters, functions)
    found = count_by_sublattices(orbits, ["M" if x == "M" else "N" for x in prim.active_labels])
    assert tuple(found[k] for k in ("M M", "M N", "N N", "M M N", "M N N", "N N N")) == parts
    assert (found["M"], found["N"]) == (10 if tolerance < 1e-3 else 5, 2)


def test_icet_and_smol_count_the_same_functions():
    for entry in json.loads((DATA / "species_counts.json").read_text()):
        cutoffs = {int(k): v for k, v in entry["cutoffs_A"].items()}
        (ours,) = [
            list(row[2:4]) for row in HIGH_ENTROPY if row[:2] == (entry["tolerance_A"], cutoffs)
        ]
        assert entry["icet"] == entry["smol"] == ours


def test_binary_functions_are_the_clusters(prim, orbits):
    group = find_space_group(prim, 1e-5)
    assert enumerate_functions(prim, group, {2: 10.0, 3: 6.0, 4: 5.0}) == orbits
    assert all(o.functions == () for o in orbits)


def test_decorations_partition_the_functions():
    """Each cluster has every decoration once, over all orbits."""
    prim, group, expansion = random_expansion("salt")
    decorated = [c for o in expansion.orbits for c in o.decorated]
    assert len(set(decorated)) == len(decorated)
    sizes = [len(s) - 1 for s in expansion.spaces]
    bare = enumerate_orbits(prim, group, CUTOFFS["salt"])
    assert len(decorated) == sum(
        np.prod([sizes[s] for s, *_ in cluster]) for o in bare for cluster in o.clusters
    )
    assert [o.index for o in expansion.orbits] == list(range(2, 2 + len(expansion.orbits)))


def test_symmetry_carries_functions_with_sites():
    """Correlations of an ordering and of its images are the same."""
    prim, group, expansion = random_expansion("spinel")
    box = Supercell.diagonal(2, 2, 2)
    occupation = random_occupation(prim, box, 1)[0]
    active = {int(site): s for s, site in enumerate(prim.active)}
    images = []
    for rotation, site, cell in zip(
        group.rotations, group.image_site, group.image_cell, strict=True
    ):
        image = np.empty_like(occupation)
        for s, full in enumerate(prim.active):
            to = box.site(active[int(site[full])], box.cells @ rotation.T + cell[full])
            image[to] = occupation[box.site(s, box.cells)]
        images.append(image)
    averages = function_averages(expansion.orbits, expansion.spaces, box, np.array(images))
    assert len(np.unique(images, axis=0)) > 40
    np.testing.assert_allclose(averages, averages[:1].repeat(len(images), 0), atol=1e-12)
    # Without the functions of a site told apart, images would differ.
    wrong = [replace(o, functions=tuple(f[::-1] for f in o.functions)) for o in expansion.orbits]
    shuffled = function_averages(wrong, expansion.spaces, box, np.array(images[:2]))
    assert np.isnan(shuffled).any() or np.abs(shuffled - averages[:2]).max() > 1e-3


# correlations -------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["chebyshev", "trigonometric", "indicator"])
def test_correlations_by_hand(basis):
    """Products over clusters, one at a time."""
    prim, _, expansion = random_expansion("salt", basis)
    occupation = random_occupation(prim, BOX, 3)
    found = function_averages(expansion.orbits, expansion.spaces, BOX, occupation)
    for row, codes in enumerate(occupation):
        for column, orbit in enumerate(expansion.orbits):
            total = 0.0
            for cluster in orbit.decorated:
                for home in BOX.cells:
                    product = 1.0
                    for s, a, b, c, f in cluster:
                        site = int(BOX.site(s, home + np.array((a, b, c))))
                        product *= expansion.spaces[s].values[f, codes[site]]
                    total += product
            average = total / (orbit.multiplicity * BOX.size)
            assert found[row, column] == pytest.approx(average, abs=1e-12)


def test_a_code_without_species_is_refused():
    prim, _, expansion = random_expansion("salt")
    occupation = random_occupation(prim, BOX, 2)
    occupation[1, 9] = 2  # an anion site
    with pytest.raises(SiteError, match=r"site 9 holds the species of index 2.*lists 2"):
        expansion.energies_at(BOX, occupation)


def test_what_needs_binary_sites_refuses_others():
    *_, expansion = random_expansion("salt")
    message = "takes binary sites only, but sublattice 0 holds Li, Mn, Ti, Va"
    with pytest.raises(ExpansionError, match=f"the sampler {message}"):
        lattice_model(expansion, Supercell.diagonal(4, 4, 4))
    for call in (
        lambda: expansion.energies(BOX, np.ones((1, 16), np.int8)),
        lambda: expansion.at_random(np.zeros(1)),
    ):
        with pytest.raises(ExpansionError, match=message):
            call()


# other codes --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_energies_are_those_of_the_code(name):
    prim, groups = recorded(name)
    group = find_space_group(prim, tolerance_of(name))
    expansion, code = import_expansion(DATA / f"{name}.json", prim, group)
    assert code.lower() == name.split("_")[0]
    assert sum(len(energies) for *_, energies in groups) == 50
    for box, occupation, energies in groups:
        found = expansion.energies_at(box, occupation)
        np.testing.assert_allclose(found, energies, rtol=0, atol=1e-9)
    # The energies tell configurations apart, so that the comparison could fail.
    assert np.std(np.concatenate([energies for *_, energies in groups])) > 1e-3


@pytest.mark.parametrize("crystal", CUTOFFS)
@pytest.mark.parametrize("code", ["smol", "icet"])
def test_correlations_are_those_of_the_code(code, crystal):
    """With the species in its order, navac's functions are the code's, and their averages too."""
    name = f"{code}_{crystal}_species"
    prim, groups = recorded(name)
    theirs = ordered_as_theirs(name, prim)
    group = find_space_group(theirs, tolerance_of(name))
    orbits = enumerate_functions(theirs, group, CUTOFFS[crystal])
    spaces = site_spaces(theirs.species, "trigonometric")
    imported, _ = import_expansion(DATA / f"{name}.json", theirs, group)
    expansion = in_basis(imported, theirs, group, "trigonometric")
    assert [o.decorated for o in orbits] == [o.decorated for o in expansion.orbits]
    total = expansion.eci * expansion.multiplicities
    distance = np.abs(total[:, None] - coefficients(name))
    column = distance.argmin(axis=1)
    assert distance.min(axis=1).max() < 1e-12
    assert sorted(column) == list(range(len(orbits)))
    vectors = np.load(DATA / f"{name}_correlations.npz")["vectors"][:, 1:]
    assert (np.ptp(vectors, axis=0) > 1e-3).all()
    ours = [
        function_averages(orbits, spaces, box, recoded(prim, theirs, box, occupation))
        for box, occupation, _ in groups
    ]
    np.testing.assert_allclose(np.concatenate(ours), vectors[:, column], rtol=0, atol=1e-10)


def ordered_as_theirs(name, prim):
    """The prim with the species of each site in the order of the code."""
    data = json.loads((DATA / f"{name}.json").read_text())
    if "sites" in data:  # icet: by atomic number, vacancies first
        orders = [["Va" if x == "X" else x for x in s["species"]] for s in data["sites"]]
    else:  # smol: by electronegativity, vacancies last
        sites = data["cluster_subspace"]["structure"]["sites"]
        orders = [
            [x["element"] for x in sorted_as_smol(s["species"])] + ["Va"] * ("Va" in own)
            for s, own in zip(sites, prim.species, strict=True)
        ]
    assert [set(a) for a in orders] == [set(b) for b in prim.species]
    return replace(prim, species=tuple(map(tuple, orders)))


def sorted_as_smol(species):
    from pymatgen.core import Element

    return sorted(species, key=lambda x: Element(x["element"]))


def coefficients(name):
    """The code's coefficients per orbit of functions, eV per primitive cell."""
    data = json.loads((DATA / f"{name}.json").read_text())
    if "coefs" in data:
        return np.array(data["coefs"][1:])
    return len(data["sites"]) * np.array([o["parameter_eV_per_atom"] for o in data["orbits"]])


def recoded(prim, other, box, occupation):
    """Codes of the same species in another prim's order."""
    result = np.empty_like(occupation)
    for s, site in enumerate(prim.active):
        codes = np.array([other.species[site].index(x) for x in prim.species[site]])
        rows = slice(s * box.size, (s + 1) * box.size)
        result[:, rows] = codes[occupation[:, rows]]
    return result


# bases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["chebyshev", "trigonometric", "indicator"])
@pytest.mark.parametrize("second", ["chebyshev", "trigonometric", "indicator"])
def test_a_change_of_basis_keeps_every_energy(first, second):
    prim, group, expansion = random_expansion("spinel", first)
    other = in_basis(expansion, prim, group, second)
    assert {s.basis for s in other.spaces} == {second}
    occupation = random_occupation(prim, BOX, 20)
    before = expansion.energies_at(BOX, occupation)
    np.testing.assert_allclose(other.energies_at(BOX, occupation), before, rtol=0, atol=1e-11)
    assert np.std(before) > 1
    back = in_basis(other, prim, group, first)
    assert [o.decorated for o in back.orbits] == [o.decorated for o in expansion.orbits]
    np.testing.assert_allclose(back.eci, expansion.eci, rtol=0, atol=1e-12)


def test_a_lattice_gas_counts_bits():
    """Energies from occupation bits alone."""
    prim, _, expansion = random_expansion("salt")
    constant, terms = lattice_gas(expansion, prim)
    occupation = random_occupation(prim, BOX, 4)
    for codes, energy in zip(occupation, expansion.energies_at(BOX, occupation), strict=True):
        total = 0.0
        for cluster, value in terms.items():
            held = np.ones(BOX.size, bool)
            for s, a, b, c, species in cluster:
                held &= codes[BOX.site(s, BOX.cells + np.array((a, b, c)))] == species - 1
            total += value * held.sum()
        assert constant + total / BOX.size == pytest.approx(energy, abs=1e-11)
    empty = np.concatenate(
        [np.full((1, BOX.size), len(prim.species[site]) - 1) for site in prim.active], axis=1
    )
    assert expansion.energies_at(BOX, empty)[0] == pytest.approx(constant, abs=1e-11)


def test_a_published_binary_expansion_as_a_lattice_gas(prim, sodium_poor):
    constant, terms = lattice_gas(sodium_poor, prim)
    assert constant == pytest.approx(sodium_poor.energies_at(BOX, np.ones((1, 64), int))[0])
    # One Na on Na(1): its point and nothing else.
    one = np.ones((1, 64), int)
    one[0, 0] = 0
    point = terms[((0, 0, 0, 0, 1),)]
    difference = sodium_poor.energies_at(BOX, one)[0] - constant
    own_images = sum(
        value for cluster, value in terms.items()
        if len(cluster) > 1 and len({int(BOX.site(s, np.array(c))) for s, *c, _ in cluster}) == 1
        and {s for s, *_ in cluster} == {0}
    )  # fmt: skip
    assert difference * BOX.size == pytest.approx(point + own_images, abs=1e-12)


# own file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["chebyshev", "trigonometric", "indicator"])
def test_own_file_reads_back_to_the_bit(tmp_path, basis):
    prim, group, expansion = random_expansion("salt", basis)
    path = tmp_path / "expansion.json"
    write_expansion(path, prim, expansion, {})
    again_prim, again = read_expansion(path)
    assert again_prim.to_dict() == prim.to_dict()
    assert (again.orbits, again.spaces) == (expansion.orbits, expansion.spaces)
    np.testing.assert_array_equal(again.eci, expansion.eci)
    same, code = import_expansion(path, prim, group)
    assert code == "navac"
    assert same.orbits == expansion.orbits


def test_own_file_on_another_prim(tmp_path):
    """Species and sites in another order."""
    prim, _, expansion = random_expansion("salt", "indicator")
    write_expansion(tmp_path / "a.json", prim, expansion, {})
    other = replace(
        prim,
        frac=prim.frac[::-1],
        labels=prim.labels[::-1],
        species=(prim.species[1][::-1], ("Ti", "Va", "Li", "Mn")),
    )
    there, _ = import_expansion(tmp_path / "a.json", other, find_space_group(other, 1e-5))
    occupation = random_occupation(prim, BOX, 10)
    halves = np.split(occupation, 2, axis=1)
    moved = np.concatenate(
        [1 - halves[1], np.array([2, 3, 0, 1])[halves[0]]], axis=1
    )  # of Li, Mn, Ti, Va in the other order
    np.testing.assert_allclose(
        there.energies_at(BOX, moved), expansion.energies_at(BOX, occupation), rtol=0, atol=1e-11
    )


REFUSED = {
    "another basis": (
        lambda d: d["site_functions"][0].update(basis="trigonometric"),
        r"site_functions\[0\].values: are not those of the functions cos1, sin1, cos2",
    ),
    "an unknown basis": (
        lambda d: d["site_functions"][0].update(basis="fourier"),
        "basis: 'fourier' is not the name of a basis; choose one of chebyshev, trig",
    ),
    "other species": (
        lambda d: d["site_functions"][1].update(species=["F", "O"]),
        "species: are F, O, but the site of the prim holds O, F",
    ),
    "a function": (
        lambda d: d["orbits"][3]["functions"].__setitem__(0, ["t1", "t7"]),
        r"orbits\[3\].functions: do not name a point function of every site",
    ),
    "a decoration twice": (
        lambda d: d["orbits"].append({**d["orbits"][-1], "index": 99}), "is there twice",
    ),
    "an old version": (lambda d: d.update(version=1), "version: is 1, but a site may hold Li"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_own_files_are_refused_with_field_and_fix(case, tmp_path):
    prim, _, expansion = random_expansion("salt")
    path = tmp_path / "expansion.json"
    write_expansion(path, prim, expansion, {})
    data = json.loads(path.read_text())
    change, message = REFUSED[case]
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(Exception, match=message) as caught:
        read_expansion(path)
    assert str(caught.value).startswith(str(path))


def test_orderings_of_different_supercells():
    prim, _, expansion = random_expansion("salt")
    some = []
    for k, hnf in enumerate([((1, 0, 0), (0, 1, 0), (0, 0, 1)), BOX.hnf]):
        codes = random_occupation(prim, Supercell(hnf), 2, seed=k).astype(np.int8)
        some += [Ordering(f"{k}", tuple(np.ravel(hnf).tolist()), 0.0, o, 1, 0.0) for o in codes]
    matrix = correlation_matrix(expansion.orbits, some[::-1], expansion.spaces)
    energies = expansion.constant + matrix @ (expansion.multiplicities * expansion.eci)
    one_by_one = [expansion.energies_at(o.supercell, o.occupation[None])[0] for o in some]
    np.testing.assert_allclose(energies[::-1], one_by_one, rtol=0, atol=1e-12)


# tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["chebyshev", "indicator"])
def test_a_table_names_the_functions(tmp_path, basis):
    prim, group, expansion = random_expansion("salt", basis)
    table = eci_table(expansion)
    assert list(table.columns[:-1]) == list(COLUMNS)
    assert set(" ".join(table.functions).split()) == {
        name for space in expansion.spaces for name in space.names
    }
    table.sample(frac=1, random_state=3).to_csv(tmp_path / "eci.csv", index=False)
    orbits = enumerate_functions(prim, group, CUTOFFS["salt"])
    again = read_eci_table(tmp_path / "eci.csv", orbits, expansion.spaces)
    assert again.orbits == expansion.orbits
    np.testing.assert_allclose(again.eci, expansion.eci, rtol=0, atol=1e-12)


def test_a_binary_table_has_the_columns_of_the_paper(sodium_poor):
    assert tuple(eci_table(sodium_poor).columns) == COLUMNS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="functions"), "row 2, functions: is not a column of the table"),
        (lambda t: t.assign(functions="t1 t9"), "row 2, functions: 't1 t9' does not name"),
        (lambda t: t.assign(functions="t1"), "functions: 't1' does not name a point"),
        (lambda t: t.assign(index=range(2, 2 + len(t)), functions="t1 t2"), "equivalent to"),
    ],
)
def test_a_table_with_wrong_functions_is_refused(tmp_path, change, message):
    prim, group, expansion = random_expansion("salt")
    table = eci_table(expansion)
    pairs = table[(table.order == 2) & (table.sites == "0 0")]
    kept = change(pairs.head(3))
    kept.to_csv(tmp_path / "eci.csv", index=False)
    with pytest.raises(ExpansionError, match=message):
        read_eci_table(
            tmp_path / "eci.csv",
            enumerate_functions(prim, group, CUTOFFS["salt"]),
            expansion.spaces,
        )
