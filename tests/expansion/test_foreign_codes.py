"""Expansions written by smol, CASM and icet, against what those codes themselves say of them.

The files in ``data/interchange`` come from ``write_fixtures.py`` there: random coefficients, the
crystal handed over in another setting, 50 random configurations with the code's own energies.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from navac.crystal.decoration import read_prim
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.correlations import correlations
from navac.expansion.foreign.read import import_expansion
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler

DATA = Path(__file__).parents[1] / "data" / "interchange"
FILES = (
    "smol_nasicon", "smol_nasicon_indicator", "smol_fcc_legendre",
    "casm_nasicon", "casm_fcc_occupation", "casm_fcc_composition",
    "icet_nasicon", "icet_fcc",
)  # fmt: skip


@pytest.fixture(scope="module")
def crystals(prim):
    return {"nasicon": prim, "fcc": read_prim(DATA / "fcc_prim.json", [], 1)}


def recorded(name):
    """The crystal, and per supercell: σ, energies and correlations of the code."""
    data = json.loads((DATA / f"{name}_configurations.json").read_text())
    groups = []
    for group in data["groups"]:
        box = Supercell(tuple(tuple(group["hnf"][i : i + 3]) for i in (0, 3, 6)))
        sigma = spins(np.array([list(map(int, o)) for o in group["occupations"]]))
        groups.append((box, sigma, group["energies_eV_per_cell"], group.get("correlations")))
    return data["crystal"], groups


def imported(name, prim, tolerance=1e-5):
    return import_expansion(DATA / f"{name}.json", prim, find_space_group(prim, tolerance))


@pytest.mark.parametrize("name", FILES)
def test_energies_are_those_of_the_code(crystals, name):
    crystal, groups = recorded(name)
    expansion, code = imported(name, crystals[crystal])
    assert code.lower() == name.split("_")[0]
    assert sum(len(sigma) for _, sigma, _, _ in groups) == 50
    for box, sigma, energies, _ in groups:
        np.testing.assert_allclose(expansion.energies(box, sigma), energies, rtol=0, atol=1e-9)
    # The energies tell configurations apart, so that the comparison could fail.
    assert np.std([e for _, _, energies, _ in groups for e in energies]) > 1e-3


@pytest.mark.parametrize(
    ("name", "tolerance", "cutoffs"),
    [
        ("smol_nasicon", 1e-2, {2: 7.0, 3: 5.0, 4: 5.0}),
        ("icet_nasicon", 1e-5, {2: 7.0, 3: 5.0, 4: 5.0}),
        ("icet_fcc", 1e-5, {2: 6.0, 3: 4.0, 4: 3.0}),
    ],
)
def test_correlations_are_those_of_the_code(crystals, name, tolerance, cutoffs):
    """Same orbits as navac enumerates, same averages; icet's −1 is the last species for Na/X."""
    crystal, groups = recorded(name)
    prim = crystals[crystal]
    expansion, code = imported(name, prim, tolerance)
    orbits = enumerate_orbits(prim, find_space_group(prim, tolerance), cutoffs)
    assert [o.clusters for o in orbits] == [o.clusters for o in expansion.orbits]
    flipped = code == "icet" and prim.species[0] == ("Na", "Va")
    sign = np.array([(-1) ** o.order if flipped else 1 for o in orbits])
    column = [1 + int(k) for k in matching(name, sign * expansion.eci, orbits, len(prim.species))]
    assert sorted(column) == list(range(1, len(orbits) + 1))
    assert sum(len(sigma) for _, sigma, _, _ in groups) == 50
    # Every orbit tells configurations apart, so that the comparison could fail.
    assert (np.ptp(np.vstack([g[3] for g in groups]), axis=0)[column] > 1e-3).all()
    for box, sigma, _, theirs in groups:
        theirs = np.array(theirs)
        np.testing.assert_allclose(theirs[:, 0], 1, rtol=0, atol=1e-12)
        ours = sign * correlations(orbits, box, sigma)
        np.testing.assert_allclose(ours, theirs[:, column], rtol=0, atol=1e-10)


def matching(name, eci, orbits, atoms):
    """Position of each orbit in the code's vector, by its random coefficient."""
    data = json.loads((DATA / f"{name}.json").read_text())
    if "coefs" in data:
        coefficients = np.array(data["coefs"][1:])
    else:
        coefficients = atoms * np.array([o["parameter_eV_per_atom"] for o in data["orbits"]])
    total = eci * [o.multiplicity for o in orbits]
    distance = np.abs(total[:, None] - coefficients)
    assert distance.min(axis=1).max() < 1e-12
    return distance.argmin(axis=1)


def test_less_symmetric_interactions_divide_the_orbits(crystals):
    """CASM found R3c; on the R-3c of 0.01 Å its orbits are halves, and the energies the same."""
    crystal, groups = recorded("casm_nasicon")
    fine, _ = imported("casm_nasicon", crystals[crystal])
    coarse, _ = imported("casm_nasicon", crystals[crystal], tolerance=1e-2)
    assert len(coarse.orbits) == len(fine.orbits)
    box, sigma, energies, _ = groups[-1]
    np.testing.assert_allclose(coarse.energies(box, sigma), energies, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["smol_nasicon_indicator", "casm_nasicon"])
def test_the_engine_takes_them(crystals, name):
    """Sampled energies are those of the imported expansion."""
    expansion, _ = imported(name, crystals["nasicon"])
    model = lattice_model(expansion, Supercell.diagonal(4, 4, 4))
    assert model.n_sublattices == 8
    start = np.random.default_rng(1).integers(0, 2, (model.n_sites, 8)).astype(np.int8)
    sampler = Sampler(model, replicas=8, blocks=1)
    T, mu, keys = np.full(8, 2000.0), np.zeros(8), path_keys(1, np.arange(8))
    end, found = sampler.run(start, T, mu, keys, 0, 2, 1)
    assert (end != start).any(axis=0).all()
    assert (found.discrepancy == 0).all()
    energies = expansion.energies(model.supercell, spins(end).T)
    np.testing.assert_allclose(found.energy[-1], energies, rtol=0, atol=1e-5)


def test_a_live_icet_file(tmp_path, prim):
    """A .ce file written here by icet, through icet, onto navac's prim."""
    icet = pytest.importorskip("icet", reason="icet is not installed: its recorded dump is tested")
    from ase import Atoms

    from navac.expansion.foreign.icet import main

    symbols = [["Na", "X"] if len(s) > 1 else list(s) for s in prim.species]
    atoms = Atoms([s[0] for s in symbols], cell=prim.lattice, pbc=True, scaled_positions=prim.frac)
    space = icet.ClusterSpace(atoms, [6.0, 4.6], symbols, symprec=1e-5, position_tolerance=1e-3)
    parameters = np.random.default_rng(4).standard_normal(len(space)) / 1000
    icet.ClusterExpansion(space, parameters).write(str(tmp_path / "fitted.ce"))
    main([str(tmp_path / "fitted.ce"), str(tmp_path / "fitted.json")])
    expansion, _ = import_expansion(tmp_path / "fitted.json", prim, find_space_group(prim, 1e-5))
    sigma = np.random.default_rng(5).choice([-1, 1], (5, 8))
    for some in sigma:
        filled = atoms.copy()
        for site, s in zip(prim.active, some, strict=True):
            filled[int(site)].symbol = "Na" if s < 0 else "X"
        energy = len(atoms) * space.get_cluster_vector(filled) @ parameters
        ours = expansion.energies(Supercell.diagonal(1, 1, 1), some[None])[0]
        assert ours == pytest.approx(energy, abs=1e-9)
