"""The crystal, and its orderings."""

import json
from collections import Counter
from math import comb
from pathlib import Path

from navac.crystal.symmetry import read_crystal
from navac.orderings.ordering import read_orderings
from tests.scripts.conftest import Scripts


def test_write_prim(scripts):
    made = scripts.call(
        "prim",
        input={"crystal": "config/published/nxvp/prim.json"},
        output={"prim": "prim.json"},
    )
    prim, group = read_crystal(made.prim)
    assert (group.symbol, group.international_number, len(group)) == ("R3c", 161, 6)
    assert (len(prim.species), len(prim.active), prim.formula_units) == (42, 8, 2)
    assert json.loads(Path(made.prim).read_text())["space_group"]["tolerance_A"] == 1e-5


WHOLE = {"orderings__max_cells": 1, "orderings__compositions": {"start": 1, "stop": 4, "step": 0.5}}


def orderings(scripts, here, more=None):
    made = scripts.call(
        "orderings",
        input={"prim": f"{here}/prim/prim.json", "more": more or []},
        output={"orderings": "orderings.csv"},
    )
    return read_orderings(made.orderings)


def test_enumerate_orderings(here):
    """The orderings of one cell, counted with their images, are all the ways of filling it."""
    found = orderings(Scripts(**WHOLE), here)
    counted = Counter()
    for one in found:
        counted[round(2 * one.x)] += one.degeneracy
        assert (one.occupation == 0).sum() == 2 * one.x
    assert counted == {n: comb(8, n) for n in range(2, 9)}


def test_further_orderings_are_added_once(here):
    file = "config/published/nxvp/further_orderings.csv"
    scripts = Scripts(**WHOLE, orderings__more=file)
    found = orderings(scripts, here, more=file)
    known = {one.id: one.cells for one in read_orderings(file)}
    # those of one cell are among the enumerated ones
    added = [name for name, cells in known.items() if cells > 1]
    assert added[:2] == ["stacking-a5-x3.400", "stacking-a2-x3.500"]
    assert [one.id for one in found][-len(added) :] == added
    said = Path("made/orderings.log").read_text()
    assert f"{len(added)} further orderings from {file}; its other" in said
    assert f"{len(known) - len(added)} are enumerated already" in said
