"""navac's orderings, correlations and fits at the paper's scale."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

import numpy as np

from navac.composition import in_range
from navac.config.expansion import ExpansionSection
from navac.crystal.prim import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.correlations import correlation_matrix
from navac.expansion.eci_table import read_eci_table
from navac.fit.range_fit import fit_range
from navac.fit.training import Training
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import read_orderings, write_orderings
from peers.problem import Problem
from peers.published import CUTOFFS, FORMULA_UNITS, PUBLISHED, TOLERANCE, published_expansion
from peers.stopwatch import stopwatch

CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}
RANGES = {
    "x1to3": ("eci_x1to3.csv", 0.0, (1, 3), 14.85),
    "x3to4": ("eci_x3to4.csv", -2.012586, (3, 4), 11.45),
}
"""Table, constant in eV per primitive cell, x, the paper's RMS in meV per formula unit."""


class Engine:
    """navac on the published crystal."""

    def __init__(self, problem: Problem):
        self.versions, self.device, self.setup_s = {"navac": version("navac")}, "CPU", {}
        self.prim = read_prim(PUBLISHED / "prim.json", [], FORMULA_UNITS)

    def enumerate(self, path: str, cells: int, compositions: list[float], **limits) -> dict:
        """Write the orderings of up to ``cells`` primitive cells to a file."""
        with stopwatch() as spent:
            found = enumerate_orderings(
                self.prim, find_space_group(self.prim, TOLERANCE), max_cells=cells,
                compositions=compositions, species="Na", charges=CHARGES, **limits,
            )  # fmt: skip
        write_orderings(path, found)
        return {"orderings": len(found), **spent}

    def correlations(self, path: str, output: str) -> dict:
        """Orbits, and their averages in the orderings of a file, saved to another."""
        orderings = read_orderings(path)
        with stopwatch() as setup:
            orbits = published_expansion().orbits
        with stopwatch() as spent:
            averages = correlation_matrix(orbits, orderings)
        np.save(output, averages)
        return {"orderings": len(orderings), "orbits_s": setup["seconds"], **spent}

    def fit(self, path: str, averages: str) -> dict:
        """Fit both ranges as the default campaign does, with the paper's penalty and noise."""
        orderings, averages = read_orderings(path), np.load(averages)
        settings = ExpansionSection(cutoffs_A=CUTOFFS, regression="lasso", alpha_eV=1e-4)
        rng = np.random.default_rng(1)
        found = {"orderings": len(orderings), "seconds": 0.0, "cpu_s": 0.0, "scores": {}}
        for name, (table, constant, bounds, noise) in RANGES.items():
            truth = read_eci_table(PUBLISHED / table, published_expansion().orbits)
            truth = replace(truth, constant=constant)
            rows = [i for i, o in enumerate(orderings) if in_range(o.x, bounds)]
            energies = constant + averages[rows] @ (truth.multiplicities * truth.eci)
            energies += noise * FORMULA_UNITS / 1000 * rng.standard_normal(len(rows))
            some = Training(tuple(orderings[i] for i in rows), energies, averages[rows])
            with stopwatch() as spent:
                fit = fit_range(some, truth.orbits, settings, FORMULA_UNITS, seed=1).fit
            for key, value in spent.items():
                found[key] += value
            found["scores"][name] = {
                "energies": len(rows), "terms": fit.n_terms,
                "rms_meV_per_fu": 1000 * fit.rms / FORMULA_UNITS,
                "loocv_meV_per_fu": 1000 * fit.loocv / FORMULA_UNITS,
            }  # fmt: skip
        return found
