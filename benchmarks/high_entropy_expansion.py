"""How well the expansion of config/high_entropy.yaml knows orderings that it was not fitted to.

    python benchmarks/high_entropy_expansion.py

Reads the energies in config/published/hev/. A fit of the campaign's settings to those of the
campaign, with and without the random ones, predicts the orderings of unseen_energies.csv, by kinds.
Voltages of HE-V and of vanadium alone, between neighbouring contents, are shown by the model, by
that fit, and by fits that have left out the content that is predicted. Then fits to parts of all
energies, drawn by composition, predict the V-rich rest of two and five cells (ten draws). Errors
are in meV per atom.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from navac.config import load_config
from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.correlations import correlation_matrix
from navac.expansion.functions import candidate_functions
from navac.fit.groups import function_groups
from navac.fit.regression import Regression, solve
from navac.hull import mixture_hull
from navac.orderings.ordering import Ordering

ROOT = Path(__file__).parents[1]
TABLES = [ROOT / f"config/published/hev/{name}.csv" for name in ("energies", "unseen_energies")]
NEW = ("unseen", "arranged", "double")
RANDOM = "random"
SHARES = (0.5, 0.7, 0.9)
DRAWS = 10
FIXED = 30
"""Atoms of a primitive cell on sites that hold one species."""


def read() -> tuple[list[Ordering], np.ndarray]:
    """Orderings that have an energy, and these, eV per primitive cell."""
    rows = []
    for table in TABLES:
        with table.open(newline="") as file:
            rows += [row for row in csv.DictReader(file) if row["status"] == "done"]
    orderings = [
        Ordering(row["id"], tuple(map(int, row["hnf"].split())), float(row["x"]),
                 np.array(list(map(int, row["occupation"])), np.int8), 1, np.nan)
        for row in rows
    ]  # fmt: skip
    return orderings, np.array([float(row["energy_eV_per_cell"]) for row in rows])


def compositions(orderings: list[Ordering], prim: Prim) -> np.ndarray:
    """``[ordering, axis]`` composition of each: x, and the share of every metal."""
    sites = [len(prim.species[i]) for i in prim.active]
    points = []
    for one in orderings:
        codes = np.repeat(sites, len(one.occupation) // len(sites))
        metals = one.occupation[codes > 2]
        points.append((round(one.x, 4), *np.bincount(metals, minlength=max(sites)) / len(metals)))
    return np.array(points)


def errors(predicted: np.ndarray, energies: np.ndarray, atoms: np.ndarray) -> float:
    return float(1000 * np.sqrt(np.mean(((predicted - energies) / atoms) ** 2)))


def lowest(orderings: list[Ordering], energies: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Of each content the ordering of lowest energy, by falling content."""
    best: dict[float, int] = {}
    for k in np.flatnonzero(own):
        x = round(orderings[k].x, 4)
        if x not in best or energies[k] < energies[best[x]]:
            best[x] = int(k)
    return np.array([best[x] for x in sorted(best, reverse=True)])


def show_voltages(host: str, x: list[float], metal: float, energies: dict[str, np.ndarray]) -> None:
    """Mean voltages between neighbours, V, and how far they are from the first ones.

    Args:
        energies: by their source, ``[content]`` eV per primitive cell of two formula units.
    """
    contents = np.array(x)
    found = {
        name: metal + np.diff(values) / 2 / -np.diff(contents) for name, values in energies.items()
    }
    print(f"{host}: x, then V by {', '.join(found)}")
    for high, low, *volts in zip(contents[:-1], contents[1:], *found.values(), strict=True):
        print(f"  {high:g} to {low:g}: " + ", ".join(f"{v:.3f}" for v in volts))
    first = next(iter(found.values()))
    for name, volts in list(found.items())[1:]:
        away = 1000 * np.abs(volts - first)
        print(f"  {name}: {np.sqrt(np.mean(away**2)):.0f} mV, at most {away.max():.0f}")


def main() -> None:
    """Print all tables."""
    config = load_config(ROOT / "config/high_entropy.yaml")
    written = json.loads((ROOT / config.prim.file).read_text())
    prim = Prim.from_dict(written | {"formula_units": config.prim.formula_units})
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    section = config.expansion
    orbits, spaces = candidate_functions(prim, group, section.cutoffs_A, section.basis)
    orderings, energies = read()
    averages = correlation_matrix(orbits, orderings, spaces)
    kinds = np.array([one.id.split("-")[0] for one in orderings])
    points = compositions(orderings, prim)
    blocks = np.unique(points, axis=0, return_inverse=True)[1].reshape(-1)
    metals = sum(len(prim.species[i]) > 2 for i in prim.active)
    atoms = FIXED + metals + prim.formula_units * np.array([one.x for one in orderings])
    free = tuple(k for k, o in enumerate(orbits) if o.order == 1)
    regression = Regression(section.regression, folds=section.folds, seed=config.seed, free=free,
                            groups=tuple(function_groups(orbits).tolist()))  # fmt: skip

    def predict(known: np.ndarray) -> np.ndarray:
        above = mixture_hull(points[known], energies[known]).above(points[known], energies[known])
        scale = prim.formula_units * (section.hull_weight_meV_per_fu or np.inf) / 1000
        weights = np.exp(-above / scale)
        weights /= weights.mean()
        return solve(regression, averages[known], energies[known], weights).predict(averages)

    for others in ((*NEW, RANDOM), NEW):
        predicted = predict(~np.isin(kinds, others))
        said = "without" if RANDOM in others else "with"
        print(f"fitted to {(~np.isin(kinds, others)).sum()} others, {said} random ones:")
        for kind in others:
            own = kinds == kind
            off = 1000 * (predicted[own] - energies[own]) / atoms[own]
            print(f"  {kind}: {own.sum()} orderings, RMS {np.sqrt(np.mean(off**2)):.2f}, mean "
                  f"{off.mean():+.2f}, {off.min():+.1f} to {off.max():+.1f} meV/atom")  # fmt: skip
    known = ~np.isin(kinds, NEW)
    for host, kind in (("HE-V", "hev"), ("vanadium alone", "vanadium")):
        own = lowest(orderings, energies, kinds == kind)
        alone = np.array([predict(known & (blocks != blocks[k]))[k] for k in own])
        of = {"model": energies[own], "fit": predicted[own], "left out": alone}
        contents = [orderings[k].x for k in own]
        show_voltages(host, contents, config.energies.metal_eV_per_atom, of)
    rng = np.random.default_rng(1)
    near = np.isin(kinds, ("pair", "unseen", "hev", "arranged"))
    for share in SHARES:
        found = []
        for _ in range(DRAWS):
            some = rng.permutation(blocks.max() + 1)[: round(share * (blocks.max() + 1))]
            known = np.isin(blocks, some)
            test = near & ~known
            found.append((known.sum(), errors(predict(known)[test], energies[test], atoms[test])))
        number, error = np.mean(found, axis=0)
        print(f"fitted to {number:.0f}: {error:.2f} meV/atom of V-rich orderings of two and five "
              "cells")  # fmt: skip


if __name__ == "__main__":
    main()
