"""A campaign on an expansion fitted elsewhere: one entry, nothing fitted, the same paths."""

from dataclasses import replace

import numpy as np
import pytest
import yaml

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.file import read_expansion, write_expansion
from navac.expansion.foreign.cells import onto_prim
from navac.expansion.ground_states import ground_states
from navac.expansion.parsing import as_foreign
from navac.orderings.ordering import read_orderings
from navac.sampling.plan import read_plan
from tests.checkout import MINIATURE, checkout, run


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, prim, sodium_poor):
    """The miniature campaign, x ≤ 3 from a file written for another setting of the crystal."""
    folder = checkout(tmp_path_factory.mktemp("imported") / "copy")
    basis = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 1]])
    other = Prim(basis @ prim.lattice, prim.frac @ np.linalg.inv(basis) + 0.2, prim.species,
                 prim.labels, 2)  # fmt: skip
    shifted = replace(sodium_poor, constant=0.25)
    theirs = onto_prim(as_foreign("S6", prim, shifted), other, find_space_group(other, 1e-5))
    write_expansion(folder / "their.json", other, theirs, {"source": "Table S6"})
    config = yaml.safe_load((folder / MINIATURE).read_text())
    config["ranges"]["x1to3"]["expansion_file"] = "their.json"
    del config["ranges"]["x1to3"]["published_eci"]
    (folder / "config/mine.yaml").write_text(yaml.safe_dump(config))
    results = folder / "results/miniature"
    targets = [results / "sampling/x1to3-paths.h5", results / "energies/energies.csv"]
    done = run(folder, *(str(t.relative_to(folder)) for t in targets), "--cores", "1",
               "--configfile", "config/mine.yaml", module="snakemake")  # fmt: skip
    return results, done.stderr


def test_nothing_is_fitted(campaign):
    results, output = campaign
    assert "rule expansion:" not in output
    assert "interactions from their.json, written by navac; nothing fitted" in output
    assert {f.name for f in (results / "expansion").glob("x*")} == {
        "x1to3.csv", "x1to3_expansion.json",
    }  # fmt: skip


def test_the_range_samples_what_the_file_says(campaign, prim, sodium_poor):
    results, _ = campaign
    crystal, expansion = read_expansion(results / "expansion/x1to3_expansion.json")
    np.testing.assert_allclose(crystal.frac, prim.frac)
    supercell = Supercell.diagonal(2, 2, 1)
    sigma = np.random.default_rng(0).choice([-1, 1], (10, 32))
    np.testing.assert_allclose(
        expansion.energies(supercell, sigma),
        0.25 + sodium_poor.energies(supercell, sigma),
        atol=1e-12,
    )


def test_paths_and_energies_follow_from_it(campaign, sodium_poor):
    results, _ = campaign
    orderings = read_orderings(results / "orderings/orderings.csv")
    hull, _ = ground_states(sodium_poor, orderings, (1, 3), 2)
    plan = read_plan(results / "sampling/x1to3-paths.h5")
    assert plan.phases == ("zeta", "psi", "omega")
    np.testing.assert_allclose(plan.energy, 0.25 + hull.energy, atol=1e-8)
    energies = (results / "energies/energies.csv").read_text()
    assert "navac their.json" in energies
