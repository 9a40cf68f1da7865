"""The further orderings of config/high_entropy.yaml, written beside its crystal.

    python benchmarks/high_entropy_orderings.py

The orderings that config/high_entropy.yaml chooses itself tell interactions of pairs, and are rich
in dopants. These are rich in vanadium, as HE-V is: vanadium alone at every sodium content, three V
with one dopant in a cell, and six V with two dopants in two cells. Most are of low Ewald energy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from navac.config import load_config
from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.orderings.mixtures import Drawing, enumerate_mixtures, rooms
from navac.orderings.ordering import Ordering, write_orderings
from navac.orderings.wanted import Wanted, wanted_of

ROOT = Path(__file__).parents[1]
METALS = ("V", "Cr", "Mn", "Fe", "Al", "Mg")
DOPED = (0, 1, 2, 2.5, 3, 3.5, 4)
"""Sodium contents of cells with one dopant; those that no charge of V balances are left out."""
HALVES = (2, 2.5, 3, 3.5, 4)
"""Sodium contents of the large cells, two for each pair of dopants."""


def amounts(**metals: float) -> dict[str, float]:
    """Amounts of all metals per formula unit."""
    return dict.fromkeys(METALS, 0.0) | metals


def chosen(
    prim: Prim, group: SpaceGroup, wanted: Wanted, size: int, each: int, prefix: str
) -> list[Ordering]:
    """Orderings of cells of one size: at each composition the lowest, or that and another."""
    drawing = Drawing(beyond=20_000, random=2, low_energy=2)
    places = [r for r in rooms(prim, group, wanted, size, drawing) if r.supercell.size == size]
    found = enumerate_mixtures(
        prim, group, places, species="Na", drawing=drawing, max_per_composition=each,
        random_share=0.5, always_keep_cells=0, seed=1,
    )  # fmt: skip
    return [Ordering(**vars(one) | {"id": f"{prefix}-{one.id}"}) for one in found]


def main() -> None:
    """Write the table."""
    config = load_config(ROOT / "config/high_entropy.yaml")
    written = json.loads((ROOT / config.prim.file).read_text())
    prim = Prim.from_dict(written | {"formula_units": config.prim.formula_units})
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    charges = config.orderings.charges

    def wanted(metals: dict[str, float], x: Sequence[float] | None) -> Wanted:
        return wanted_of("Na", x, [amounts(**metals)], charges)

    found = chosen(prim, group, wanted({"V": 2.0}, None), 1, 2, "vanadium")
    for dopant in METALS[1:]:
        found += chosen(prim, group, wanted({"V": 1.5, dopant: 0.5}, DOPED), 1, 1, "doped")
    for k, pair in enumerate(combinations(METALS[1:], 2)):
        metals = {"V": 1.5} | dict.fromkeys(pair, 0.25)
        x = sorted((HALVES[k % 5], HALVES[(k + 2) % 5]))
        found += chosen(prim, group, wanted(metals, x), 2, 1, "pair")
    write_orderings(ROOT / "config/published/hev/further_orderings.csv", found)
    print(f"{len(found)} orderings")


if __name__ == "__main__":
    main()
