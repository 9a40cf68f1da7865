"""How many energies does an expansion of six metals need, and which?

    python benchmarks/many_species_fit.py [--repeats 3] [--functions 187] [--regressions ...]

The crystal is NaxV2(PO4)3 with V, Cr, Mn, Fe, Al and Mg on the metal site. The truth are random
sparse interactions of realistic size, the noise is Gaussian, 5 meV per formula unit. Fitted are 50
to 400 energies of orderings in five primitive cells, chosen in four ways; predicted are orderings
that nobody has fitted to, with 5 % of each dopant. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import Orbit
from navac.expansion.correlations import function_averages
from navac.expansion.functions import candidate_functions, count_clusters
from navac.expansion.special import special_orderings
from navac.fit.design import optimal_choice
from navac.fit.fit import fit_expansion
from navac.fit.groups import function_groups
from navac.fit.regression import METHODS, Regression, solve
from navac.fit.uncertainty import posterior
from navac.orderings.groups import SiteGroup, group_sites, site_groups
from navac.orderings.swaps import random_occupations
from navac.orderings.symmetry import distinct_supercells

PRIMS = Path(__file__).parents[1] / "tests/data/interchange/species_prims.json"
CUTOFFS = {122: {2: 6.0, 3: 5.0}, 187: {2: 7.0, 3: 5.0}, 358: {2: 8.0, 3: 6.0}}
"""Cutoffs, Å, by the number of functions."""
CELLS = 5
NOMINAL = (15, 1, 1, 1, 1, 1)
"""V, Cr, Mn, Fe, Al, Mg in five primitive cells: 5 % of each dopant."""
NOISE_MEV = 5.0
NUMBERS = [50, 100, 200, 400]
DESIGNS = ["nominal", "equimolar", "optimal", "special"]
POOL = 3000
UNSEEN = 300
INSIDE = 1.96  # standard errors that hold 95 % of a Gaussian


@dataclass(frozen=True)
class Problem:
    """The crystal and its functions.

    Attributes:
        groups: of sites, the metals first.
        supercells: distinct ones of five cells.
    """

    prim: Prim
    orbits: tuple[Orbit, ...]
    spaces: tuple[SiteSpace, ...]
    groups: tuple[SiteGroup, ...]
    supercells: list[Supercell]

    def averages(self, drawn: list[tuple[int, np.ndarray]]) -> np.ndarray:
        """``[ordering, orbit]`` correlations of (supercell, codes)."""
        found = np.empty((len(drawn), len(self.orbits)))
        which = np.array([k for k, _ in drawn])
        for k, supercell in enumerate(self.supercells):
            rows = np.flatnonzero(which == k)
            if len(rows):
                codes = np.stack([drawn[i][1] for i in rows])
                found[rows] = function_averages(self.orbits, self.spaces, supercell, codes)
        return found


def problem(functions: int) -> Problem:
    """The NASICON with its functions, under R-3c."""
    prim = Prim.from_dict(json.loads(PRIMS.read_text())["nasicon"])
    group = find_space_group(prim, 1e-2)
    orbits, spaces = candidate_functions(prim, group, CUTOFFS[functions])
    assert len(orbits) == functions
    groups = tuple(sorted(site_groups(prim), key=lambda g: -len(g.species)))
    return Problem(prim, orbits, spaces, groups, distinct_supercells(CELLS, group))


def true_interactions(orbits: tuple[Orbit, ...], rng: np.random.Generator) -> np.ndarray:
    """``[orbit]`` total interactions, eV: most clusters interact, near ones more than far ones."""
    groups = function_groups(orbits)
    found = np.zeros(len(orbits))
    for g in np.unique(groups):
        own = np.flatnonzero(groups == g)
        order, length = orbits[own[0]].order, orbits[own[0]].max_length
        size = {1: 0.5, 2: 0.15, 3: 0.03}[order] * np.exp(-max(0.0, length - 3.0) / 2.0)
        there = order == 1 or rng.random() < 0.7
        found[own] = there * size * rng.normal(size=len(own)) * (rng.random(len(own)) < 0.7)
    return found


def metals(rich: bool, rng: np.random.Generator) -> tuple[int, ...]:
    """A composition of the metals: nominal, or anything between V-rich and equimolar."""
    if not rich:
        return NOMINAL
    share = rng.dirichlet(np.full(6, 2.0)) * rng.random() + np.eye(6)[0]
    return tuple(rng.multinomial(4 * CELLS, share / share.sum()).tolist())


def drawn(one: Problem, number: int, rich: bool, rng) -> list[tuple[int, np.ndarray]]:
    """Random orderings: supercell, sodium and metals at random."""
    some = []
    for _ in range(number):
        sodium = int(rng.integers(20, 41)) if rich else 32
        counts = (metals(rich, rng), (sodium, 40 - sodium))
        sites = group_sites(one.groups, CELLS)
        (codes,) = random_occupations(sites, counts, 1, rng)
        some.append((int(rng.integers(len(one.supercells))), codes))
    return some


def special(one: Problem, number: int, rng) -> list[tuple[int, np.ndarray]]:
    """Special quasi-random orderings of compositions between V-rich and equimolar."""
    some = []
    for _ in range(number):
        sodium = int(rng.integers(20, 41))
        k = int(rng.integers(len(one.supercells)))
        codes, _ = special_orderings(
            one.orbits, one.spaces, one.supercells[k], one.groups,
            (metals(True, rng), (sodium, 40 - sodium)),
            number=1, rng=rng, replicas=4, steps=60,
        )  # fmt: skip
        some.append((k, codes[0]))
    return some


def designs(one: Problem, rng, most: int, wanted: list[str]) -> dict[str, np.ndarray]:
    """``[ordering, orbit]`` correlations of what is fitted to, in the order of its choice."""
    found = {}
    if "nominal" in wanted:
        found["random, 5 % dopants"] = one.averages(drawn(one, most, False, rng))
    if "equimolar" in wanted or "optimal" in wanted:
        number = POOL if "optimal" in wanted else most
        pool = one.averages(drawn(one, number, True, rng))
        if "equimolar" in wanted:
            found["random, to equimolar"] = pool[:most]
        if "optimal" in wanted:
            found[f"D-optimal of {POOL}"] = pool[optimal_choice(pool, most)]
    if "special" in wanted:
        found["special quasi-random"] = one.averages(special(one, most, rng))
    return found


def main() -> None:
    """Fit, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--regressions", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--functions", type=int, choices=list(CUTOFFS), default=187)
    parser.add_argument("--designs", nargs="+", choices=DESIGNS, default=DESIGNS)
    parser.add_argument("--numbers", nargs="+", type=int, default=NUMBERS)
    arguments = parser.parse_args()
    numbers = arguments.numbers
    one = problem(arguments.functions)
    free = tuple(k for k, o in enumerate(one.orbits) if o.order == 1)
    ties = tuple(function_groups(one.orbits).tolist())
    sigma = NOISE_MEV * one.prim.formula_units / 1000
    errors: dict[tuple, list[float]] = {}
    covered: dict[tuple, list[float]] = {}
    seconds = dict.fromkeys(arguments.regressions, 0.0)
    for seed in range(arguments.repeats):
        rng = np.random.default_rng(seed)
        truth = true_interactions(one.orbits, rng)
        unseen = one.averages(drawn(one, UNSEEN, False, rng))
        for name, averages in designs(one, rng, max(numbers), arguments.designs).items():
            noisy = averages @ truth + sigma * rng.standard_normal(len(averages))
            for n in numbers:
                for method in arguments.regressions:
                    # Least squares of as many terms as energies would predict nothing.
                    refit = method != "group_lasso"
                    regression = Regression(method, 1e-4, refit, 5, seed, ties, free)
                    start = perf_counter()
                    found = solve(regression, averages[:n], noisy[:n], np.ones(n))
                    seconds[method] += perf_counter() - start
                    off = found.predict(unseen) - unseen @ truth
                    rms = 1000 * np.sqrt(np.mean(off**2)) / one.prim.formula_units
                    errors.setdefault((name, n, method), []).append(rms)
            for method in set(arguments.regressions) & {"group_ard", "ridge"}:
                regression = Regression(method, folds=5, seed=seed, groups=ties, free=free)
                share = coverage(one, regression, averages, noisy, truth)
                covered.setdefault((name, method), []).append(share)
            print(f"truth {seed + 1} of {arguments.repeats}: {name}", file=sys.stderr, flush=True)
    clusters = count_clusters(one.orbits)
    print(f"{len(one.orbits)} functions on {clusters} clusters, noise {NOISE_MEV:g} meV/f.u.\n")
    print("Error on unseen orderings at 5 % dopants, meV/f.u.\n")
    print("| orderings | regression | " + " | ".join(map(str, numbers)) + " |")
    print("|---|---|" + "---|" * len(numbers))
    for name in dict.fromkeys(key[0] for key in errors):
        for method in arguments.regressions:
            row = [f"{np.mean(errors[name, n, method]):.2f}" for n in numbers]
            print(f"| {name} | `{method}` | " + " | ".join(row) + " |")
    print(f"\nTrue interactions inside 95 % intervals, {max(numbers)} energies\n")
    print("| orderings | regression | mean | least | most |\n|---|---|---|---|---|")
    for (name, method), shares in covered.items():
        print(f"| {name} | `{method}` | {np.mean(shares):.1%} | {min(shares):.1%} | "
              f"{max(shares):.1%} |")  # fmt: skip
    count = len(arguments.designs) * len(numbers) * arguments.repeats
    print("\nSeconds per fit: " + ", ".join(f"{m} {s / count:.2f}" for m, s in seconds.items()))


def coverage(
    one: Problem,
    regression: Regression,
    averages: np.ndarray,
    energies: np.ndarray,
    truth: np.ndarray,
) -> float:
    """Share of the true interactions inside 95 % intervals."""
    fit = fit_expansion(one.orbits, averages, energies, regression, spaces=one.spaces)
    off = fit.expansion.multiplicities * fit.expansion.eci - truth
    return float(np.mean(np.abs(off) <= INSIDE * posterior(fit, averages).stderr[1:]))


if __name__ == "__main__":
    main()
