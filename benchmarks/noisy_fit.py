"""Can the published expansions be found again in energies as noisy as the paper's?

    python benchmarks/noisy_fit.py [--repeats 20] [--bootstrap 0]

The truth are the expansions of Tables S6 and S7 on 849 orderings, as many as the paper
relaxed, spread over 1 ≤ x ≤ 4; the noise is Gaussian with the paper's RMS. Every regression is
scored, its interactions and the energies of orderings that it has not seen are compared with the
truth, and so are the ground states. ``--bootstrap`` adds the coverage of standard errors from so
many Bayesian bootstrap replicates (random weights, selection repeated), the alternative to the
covariance that navac reports. Prints Markdown.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from navac.composition import in_range
from navac.crystal.prim import Prim, read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.correlations import correlation_matrix
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion
from navac.fit.fit import fit_expansion
from navac.fit.regression import Regression, solve
from navac.fit.uncertainty import posterior
from navac.hull import Hull, compare_hulls, lower_hull
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import Ordering
from navac.units import per_atom, per_formula_unit

PUBLISHED = Path(__file__).parents[1] / "config" / "published" / "nxvp"
# Range: table, constant in eV per primitive cell, x, RMS and LOOCV of the paper in meV/f.u.
RANGES = {
    "x1to3": ("eci_x1to3.csv", 0.0, (1, 3), 14.85, 22.4),
    "x3to4": ("eci_x3to4.csv", -2.012586, (3, 4), 11.45, 18.9),
}
REGRESSIONS = {
    "lasso, α = 1e-5": Regression("lasso", 1e-5),
    "lasso, α = 1e-4 (paper)": Regression("lasso", 1e-4),
    "the same, not refitted": Regression("lasso", 1e-4, refit=False),
    "lasso_cv": Regression("lasso_cv"),
    "ridge": Regression("ridge"),
    "ard": Regression("ard"),
    "adaptive_lasso": Regression("adaptive_lasso"),
}
INSIDE = 1.96  # standard errors that hold 95 % of a Gaussian


@dataclass(frozen=True)
class Problem:
    """One range: what is fitted to, what is not seen, and the truth.

    Attributes:
        seen: ``[ordering]`` indices into ``averages`` of the 849 that have energies.
        averages: ``[ordering, orbit]`` of all enumerated orderings of the range.
        energies: ``[ordering]`` without noise, eV per primitive cell.
    """

    truth: Expansion
    prim: Prim
    noise: float
    x: np.ndarray
    averages: np.ndarray
    energies: np.ndarray
    seen: np.ndarray

    @property
    def hull(self) -> Hull:
        """The ground states of the truth among all orderings."""
        return lower_hull(self.x, self.energies, self.prim.formula_units)


def problems() -> dict[str, Problem]:
    """Both ranges, on the orderings of the default campaign and 849 of them."""
    prim = read_prim(PUBLISHED / "prim.json", [], 2)
    group = find_space_group(prim, 1e-5)
    orbits = enumerate_orbits(prim, group, {2: 10.0, 3: 6.0, 4: 5.0})
    everything, some = (
        enumerate_orderings(
            prim, group, max_cells=3, compositions=np.arange(1, 4.1, 0.25), species="Na",
            charges={"Na": 1, "V": 2.5, "P": 5, "O": -2}, max_per_composition=150,
            random_share=0.5, seed=20221, total=total,
        )
        for total in (None, 849)
    )  # fmt: skip
    chosen = {o.id for o in some}
    return {
        name: _problem(prim, orbits, everything, chosen, *settings[:4])
        for name, settings in RANGES.items()
    }


def _problem(
    prim: Prim, orbits, everything: list[Ordering], chosen: set[str], table, constant, bounds, rms
) -> Problem:
    truth = replace(read_eci_table(PUBLISHED / table, orbits), constant=constant)
    orderings = [o for o in everything if in_range(o.x, bounds)]
    averages = correlation_matrix(truth.orbits, orderings)
    return Problem(
        truth=truth,
        prim=prim,
        noise=rms * prim.formula_units / 1000,
        x=np.array([o.x for o in orderings]),
        averages=averages,
        energies=constant + averages @ (truth.multiplicities * truth.eci),
        seen=np.flatnonzero([o.id in chosen for o in orderings]),
    )


def terms(expansion: Expansion) -> np.ndarray:
    """``[term]`` the constant and the total interactions, eV."""
    return np.array([expansion.constant, *(expansion.multiplicities * expansion.eci)])


def trial(problem: Problem, regression: Regression, seed: int, replicates: int) -> dict:
    """One fit to energies with fresh noise, and how far it is from the truth."""
    rng = np.random.default_rng(seed)
    averages = problem.averages[problem.seen]
    data = problem.energies[problem.seen] + problem.noise * rng.standard_normal(len(averages))
    fit = fit_expansion(problem.truth.orbits, averages, data, regression)
    covariance = posterior(fit, averages).covariance
    found, truth = terms(fit.expansion), terms(problem.truth)
    design = np.column_stack([np.ones(len(problem.x)), problem.averages])
    unseen = np.delete(design, problem.seen, axis=0)
    ground = design[problem.hull.index]
    steps = np.diff(ground, axis=0)  # μ between ground states, but for a factor
    known = np.full(len(problem.x), np.nan)
    known[problem.seen] = data
    real = compare_hulls(problem.x, problem.energies, design @ found)
    hulls = compare_hulls(problem.x, known, design @ found)
    kept = dict.fromkeys(problem.x[real.kept].tolist(), 1.0)
    result = {
        "terms": fit.n_terms,
        "rms": per_formula_unit(fit.rms, problem.prim),
        "loocv": per_formula_unit(fit.loocv, problem.prim),
        "kfold": per_formula_unit(fit.kfold, problem.prim),
        "unseen": per_formula_unit(np.sqrt(np.mean((unseen @ (found - truth)) ** 2)), problem.prim),
        "eci": 1000 * np.sqrt(np.mean((found - truth)[1:] ** 2)),
        "covered": coverage(np.eye(len(truth)), found - truth, covariance),
        "covered_nonzero": coverage(np.eye(len(truth))[truth != 0], found - truth, covariance),
        "covered_unseen": coverage(unseen, found - truth, covariance),
        "covered_mu": coverage(steps, found - truth, covariance),
        "spurious": len(real.spurious),
        "depth": per_formula_unit(real.spurious_by.max(initial=0.0), problem.prim),
        "data_lost": len(hulls.lost),
        "data_spurious": len(hulls.spurious),
    } | {f"kept_{x:g}": kept.get(x, 0.0) for x in problem.hull.x}
    if replicates:
        sample = [
            terms_of(solve(regression, averages, data, bayesian_weights(rng, len(data))))
            for _ in range(replicates)
        ]
        spread = np.cov(np.array(sample).T)
        result["bootstrap"] = coverage(np.eye(len(truth)), found - truth, spread)
        result["bootstrap_nonzero"] = coverage(
            np.eye(len(truth))[truth != 0], found - truth, spread
        )
        result["bootstrap_unseen"] = coverage(unseen, found - truth, spread)
    return result


def terms_of(solution) -> np.ndarray:
    """``[term]`` of a regression's solution, eV."""
    return np.array([solution.constant, *solution.totals])


def bayesian_weights(rng: np.random.Generator, count: int) -> np.ndarray:
    """Exponential weights, 1 on average (Rubin, Ann. Statist. 9, 130)."""
    weights = rng.exponential(size=count)
    return weights / weights.mean()


def coverage(rows: np.ndarray, errors: np.ndarray, covariance: np.ndarray) -> float:
    """Share of ``rows[quantity, term]`` whose error lies in the 95 % interval."""
    stderr = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", rows, covariance, rows), 0))
    return float(np.mean(np.abs(rows @ errors) <= INSIDE * stderr + 1e-12))


def report(name: str, problem: Problem, repeats: int, replicates: int) -> None:
    """Markdown tables of all regressions for one range."""
    rms, loocv = RANGES[name][3:]
    print(f"\n## {name}: {len(problem.seen)} energies, noise {rms} meV/f.u.; paper RMS {rms}, "
          f"LOOCV {loocv} meV/f.u. ({per_atom(rms * 2e-3, problem.prim):.2f}, "
          f"{per_atom(loocv * 2e-3, problem.prim):.2f} meV/atom)\n")  # fmt: skip
    columns: list[str] = []
    for label, regression in REGRESSIONS.items():
        trials = [trial(problem, regression, seed, replicates) for seed in range(repeats)]
        mean = {key: np.mean([t[key] for t in trials]) for key in trials[0]}
        if not columns:
            columns = list(mean)
            print("| regression | " + " | ".join(columns) + " |")
            print("|---" * (len(columns) + 1) + "|")
        print(f"| {label} | " + " | ".join(f"{mean[c]:.3g}" for c in columns) + " |", flush=True)


def main() -> None:
    """Print the report of both ranges."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20, help="draws of the noise")
    parser.add_argument("--bootstrap", type=int, default=0, help="replicates; 0 for none")
    arguments = parser.parse_args()
    for name, problem in problems().items():
        report(name, problem, arguments.repeats, arguments.bootstrap)


if __name__ == "__main__":
    main()
