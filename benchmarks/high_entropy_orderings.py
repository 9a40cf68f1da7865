"""The further orderings of config/high_entropy.yaml, written beside its crystal.

    python benchmarks/high_entropy_orderings.py

The orderings that config/high_entropy.yaml chooses itself tell interactions of pairs, and are rich
in dopants. These are rich in vanadium, as HE-V is: vanadium alone at every sodium content, three V
with one dopant in a cell, and six V with two dopants in two cells. Most are of low Ewald energy.
HE-V itself is there in five cells at nine contents: one arrangement of the metals, of low Ewald
energy at x = 3.2, and for each content sodium of low Ewald energy.

A second table, unseen_orderings.csv, shows how well the expansion knows what it was not fitted to:
six V and two dopants in two cells with metals and sodium at random (`unseen`), HE-V in five cells
with metals at random and sodium of low Ewald energy (`arranged`), and vanadium alone in two cells
(`double`). Orderings like the first of these are in the fit too (`random`): metals and sodium at
random, in one cell of three V and a dopant, and in two of six V and two dopants.
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
from navac.orderings.mixtures import Drawing, enumerate_mixtures
from navac.orderings.ordering import Ordering, write_orderings
from navac.orderings.rooms import rooms
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
    places = [
        r for r in rooms(prim, group, wanted, size, drawing.beyond) if r.supercell.size == size
    ]
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


UNSEEN = (1.25, 1.75, 2.25, 2.75, 3.25)
"""Sodium contents of two cells with dopants at random, one for each pair of dopants."""
ARRANGED = (3.2, 2.2, 1.2, 2.7, 1.7, 3.6)
"""Sodium contents of HE-V with metals at random, twice over."""
DOUBLE = (1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5)


def unseen(prim: Prim, group: SpaceGroup, states: dict[str, tuple[float, ...]]) -> list[Ordering]:
    """Six V and two dopants in two cells, everything at random."""
    rng = np.random.default_rng(2)
    cells = distinct_supercells(2, group)
    found = []
    for k, pair in enumerate(combinations(METALS[1:], 2)):
        metals = {"V": 6} | {s: int(s in pair) for s in METALS[1:]}
        x = UNSEEN[k % len(UNSEEN)]
        name = f"unseen-c2-{''.join(pair)}-x{x:.2f}"
        found.append(low(prim, group, states, cells[k % len(cells)], metals, x, rng, name, 0))
    return found


def arranged(prim: Prim, group: SpaceGroup, states: dict[str, tuple[float, ...]]) -> list[Ordering]:
    """HE-V in five cells of any shape, metals at random, sodium of low Ewald energy."""
    rng = np.random.default_rng(3)
    cells = distinct_supercells(5, group)
    return [
        low(prim, group, states, cells[k % len(cells)], HE_V, x, rng, f"arranged-c5-{k:02d}-x{x}",
            STEPS)
        for k, x in enumerate(2 * ARRANGED)
    ]  # fmt: skip


def low(
    prim: Prim, group: SpaceGroup, states: dict[str, tuple[float, ...]], supercell: Supercell,
    metals: dict[str, int], x: float, rng: np.random.Generator, name: str, steps: int,
) -> Ordering:  # fmt: skip
    """Metals at random, and sodium annealed by its Ewald energy; at random too for no steps."""
    size = supercell.size
    sodium, places = group_sites(site_groups(prim), size)
    amount = round(2 * size * x)
    charges = balanced_charges({**metals, "Na": amount, "P": 6 * size, "O": 24 * size}, states)
    start = np.zeros((REPLICAS, len(sodium) + len(places)), np.int8)
    filling = np.ones(len(sodium), np.int8)
    filling[:amount] = 0
    start[:, sodium] = rng.permuted(np.tile(filling, (REPLICAS, 1)), axis=1)
    codes = np.repeat(np.arange(len(METALS), dtype=np.int8), [metals[s] for s in METALS])
    start[:, places] = rng.permutation(codes)
    landscape = EwaldLandscape.of(
        build_ewald(prim, supercell, charges, unit_charge_matrix(prim, supercell)), start
    )
    best, value = start[:1], landscape.value[:1]
    if steps:
        best, value = anneal(landscape, [sodium], steps=steps, keep=1, rng=rng)
    symmetry = supercell_symmetry(prim, group, supercell)
    _, fixed, _ = smallest_images(symmetry, best)
    hnf = tuple(int(n) for row in supercell.hnf for n in row)
    images = len(symmetry.permutations) // int(fixed[0])
    return Ordering(name, hnf, x, best[0], images, float(value[0]) / size)


SCATTERED = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5)
"""Sodium contents of the random orderings of the fit: none of those in :data:`UNSEEN`."""
HOSTS = (None, "Cr", "Mn", "Fe", "Al", "Mg")
"""Dopants in the random orderings of one cell; every sixth has none, and only a few fillings, which
are in the fit by themselves."""


def scattered(
    prim: Prim, group: SpaceGroup, states: dict[str, tuple[float, ...]]
) -> list[Ordering]:
    """One cell of three V and a dopant, two of six V and two, everything at random."""
    rng = np.random.default_rng(4)
    cells = distinct_supercells(2, group)
    small, large = [], []
    for k, pair in enumerate(2 * list(combinations(METALS[1:], 2))):
        metals = {"V": 6} | {s: int(s in pair) for s in METALS[1:]}
        x = SCATTERED[(2 * k + k // 10) % len(SCATTERED)]
        name = f"random-c2-{''.join(pair)}-{k // 10}-x{x:.2f}"
        large.append(low(prim, group, states, cells[k % len(cells)], metals, x, rng, name, 0))
        if (dopant := HOSTS[k % len(HOSTS)]) is not None:
            metals = {"V": 3} | {s: int(s == dopant) for s in METALS[1:]}
            x = SCATTERED[(k + k // len(HOSTS)) % len(SCATTERED)]
            name = f"random-c1-{dopant}-{k // len(HOSTS)}-x{x:.2f}"
            [one] = distinct_supercells(1, group)
            small.append(low(prim, group, states, one, metals, x, rng, name, 0))
    return small + large


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
    states = wanted_of("Na", None, [], charges).states
    found += exact(prim, group, states)
    tests = unseen(prim, group, states) + arranged(prim, group, states)
    tests += chosen(prim, group, wanted({"V": 2.0}, DOUBLE), 2, 2, "double")
    found += scattered(prim, group, states)
    for name, some in (("further", found), ("unseen", tests)):
        write_orderings(ROOT / f"config/published/hev/{name}_orderings.csv", some)
        print(f"{len(some)} {name} orderings")


if __name__ == "__main__":
    main()
