"""Moves and fillings by the names of a configuration."""

import numpy as np
import pytest

from navac.montecarlo.gas.moves import Coupled, Flips, Swaps
from navac.sampling.ensembles.fillings import FillingError, filling, random_fillings
from navac.sampling.ensembles.moves import MoveError, ensemble_of, names_of
from navac.sampling.ensembles.plan import plan_run, seed_of
from tests.expansion.test_species import PRIMS

PRIM = PRIMS["nasicon"]
METALS = PRIM.species[PRIM.labels.index("M")]
SODIUM = PRIM.species[int(PRIM.active[0])]
LABELS = [x for x in dict.fromkeys(PRIM.active_labels) if x != "M"]
MOVES = [
    {"swap": ["M"]},
    {"flip": list(METALS[:3]), "sites": ["M"]},
    {"coupled": [{"sites": ["M"], "species": [METALS[0], METALS[-1]]},
                 {"sites": LABELS[:1], "species": [SODIUM[1], SODIUM[0]]}]},
]  # fmt: skip


def test_labels_and_species_become_sublattices_and_codes():
    ensemble = ensemble_of(PRIM, MOVES)
    metals = tuple(s for s, x in enumerate(PRIM.active_labels) if x == "M")
    first = tuple(s for s, x in enumerate(PRIM.active_labels) if x == LABELS[0])
    last = len(METALS) - 1
    assert ensemble.moves == (
        Swaps(metals), Flips(metals, ((0, 1), (0, 2))),
        Coupled(metals, first, (((0, last), (1, 0)),)),
    )  # fmt: skip
    assert sorted(s for g in ensemble.groups for s in g) == list(range(len(PRIM.active)))
    names = names_of(MOVES)
    assert len(names) == sum(move.count for move in ensemble.moves)
    assert names[1] == f"flip {METALS[0]}/{METALS[1]} M"
    assert names[3].startswith(f"coupled {METALS[0]}/{METALS[-1]} M with ")


def test_a_move_without_its_site_is_refused():
    with pytest.raises(MoveError, match=r"moves\.1\.swap: no site .* labelled X"):
        ensemble_of(PRIM, [MOVES[0], {"swap": ["X"]}])


def test_fillings_have_the_amounts_and_differ():
    amounts = dict.fromkeys(METALS[1:], 0.3) | {SODIUM[0]: 2.5}
    filled = filling(PRIM, amounts, 27)
    found = random_fillings(filled, 27, 5, seed=3)
    sublattice = np.repeat(np.arange(len(PRIM.active)), 27)
    metals = np.array([x == "M" for x in PRIM.active_labels])[sublattice]
    for code in range(1, len(METALS)):
        wanted = 0.3 * 27 * PRIM.formula_units
        assert (np.abs((found[metals] == code).sum(axis=0) - wanted) < 1).all()
    assert ((found[~metals] == 0).sum(axis=0) == round(2.5 * 27 * PRIM.formula_units)).all()
    assert len(np.unique(found, axis=1).T) == 5
    # One start more leaves the others as they are.
    np.testing.assert_array_equal(random_fillings(filled, 27, 6, seed=3)[:, :5], found)
    assert any("are rounded to" in said for said in filled.rounded)


def test_amounts_that_fill_nothing():
    with pytest.raises(FillingError, match="exceed the"):
        filling(PRIM, dict.fromkeys(METALS[1:], 1.0) | {SODIUM[0]: 2}, 27)


def test_every_start_at_every_potential():
    ensemble = ensemble_of(PRIM, MOVES)
    plan = plan_run(PRIM, ensemble, "run", seed=1, starts=2, mu={"Na": [1.0, 2.0], "V": [0.5]},
                    temperatures=[300], equilibration=1, blocks=4, block_sweeps=1)  # fmt: skip
    assert plan.start.tolist() == [0, 1, 0, 1]
    assert plan.mu["Na"].tolist() == [1, 1, 2, 2]
    group = ensemble.group(0)
    code = PRIM.species[int(PRIM.active[0])].index("Na")
    assert plan.potentials[:, group, code].tolist() == [1, 1, 2, 2]
    assert len(np.unique(plan.keys, axis=0)) == 4
    assert seed_of(1, "run") != seed_of(1, "another")
