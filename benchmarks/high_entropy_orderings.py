"""The further orderings of config/high_entropy.yaml, written beside its crystal.

    python benchmarks/high_entropy_orderings.py

The orderings that config/high_entropy.yaml chooses itself tell interactions of pairs, and are rich
in dopants. These are rich in vanadium, as HE-V is: vanadium alone at every sodium content, three V
with one dopant in a cell, and six V with two dopants in two cells. Most are of low Ewald energy.
HE-V itself is there in five cells at nine contents: one arrangement of the metals, of low Ewald
energy at x = 3.2, and for each content sodium of low Ewald energy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from navac.config import load_config
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.orderings.charges import balanced_charges
from navac.orderings.ewald import build_ewald, unit_charge_matrix
from navac.orderings.groups import group_sites, site_groups
from navac.orderings.mixtures import Drawing, enumerate_mixtures, rooms
from navac.orderings.ordering import Ordering, write_orderings
from navac.orderings.swaps import EwaldLandscape, anneal
from navac.orderings.symmetry import distinct_supercells, smallest_images, supercell_symmetry
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


CONTENTS = (0.0, 0.6, 1.2, 1.7, 2.2, 2.7, 3.2, 3.6, 4.0)
HE_V = {"V": 15, "Cr": 1, "Mn": 1, "Fe": 1, "Al": 1, "Mg": 1}
"""Metals of five cells."""
REPLICAS, STEPS = 64, 4000


def exact(prim: Prim, group: SpaceGroup, states: dict[str, tuple[float, ...]]) -> list[Ordering]:
    """HE-V in five cells, at every content."""
    supercell = max(distinct_supercells(5, group), key=lambda one: shortest(prim, one))
    sodium, metals = group_sites(site_groups(prim), supercell.size)
    matrix = unit_charge_matrix(prim, supercell)
    symmetry = supercell_symmetry(prim, group, supercell)
    rng = np.random.default_rng(1)
    frozen, found = None, []
    for x in sorted(CONTENTS, key=lambda x: abs(x - 3.2)):
        atoms = {**HE_V, "Na": round(10 * x), "P": 30, "O": 120}
        # Without sodium no state of V balances the rest: a uniform background does.
        charges = balanced_charges(atoms, states) or balanced_charges({**atoms, "Na": 2}, states)
        start = np.zeros((REPLICAS, len(sodium) + len(metals)), np.int8)
        filling = np.ones(len(sodium), np.int8)
        filling[: atoms["Na"]] = 0
        start[:, sodium] = rng.permuted(np.tile(filling, (REPLICAS, 1)), axis=1)
        if frozen is None:
            codes = np.repeat(np.arange(6, dtype=np.int8), list(HE_V.values()))
            start[:, metals] = rng.permuted(np.tile(codes, (REPLICAS, 1)), axis=1)
        else:
            start[:, metals] = frozen
        landscape = EwaldLandscape.of(build_ewald(prim, supercell, charges, matrix), start)
        moving = [sodium, metals] if frozen is None else [sodium]
        best, value = anneal(landscape, moving, steps=STEPS, keep=1, rng=rng)
        frozen = best[0, metals]
        hnf = tuple(int(n) for row in supercell.hnf for n in row)
        _, fixed, _ = smallest_images(symmetry, best)
        images = len(symmetry.permutations) // int(fixed[0])
        energy = float(value[0]) / supercell.size
        found.append(Ordering(f"hev-c5-x{x:.1f}", hnf, x, best[0], images, energy))
    return found


def shortest(prim: Prim, supercell: Supercell) -> float:
    """The shortest lattice vector of a supercell, Å."""
    steps = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3), axis=-1).reshape(-1, 3)
    lengths = np.linalg.norm(steps @ np.array(supercell.hnf) @ prim.lattice, axis=1)
    return float(lengths[lengths > 1e-6].min())


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
    found += exact(prim, group, wanted_of("Na", None, [], charges).states)
    write_orderings(ROOT / "config/published/hev/further_orderings.csv", found)
    print(f"{len(found)} orderings")


if __name__ == "__main__":
    main()
