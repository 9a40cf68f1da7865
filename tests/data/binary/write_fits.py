"""Write fits of binary campaigns: what they were before sites could hold more species.

    PYTHONPATH=<workflow folder of a version> python tests/data/binary/write_fits.py fits.json

``fits.json`` beside this file is that of commit 1e35d46, the last one before. The processor seconds
of each step are printed. Run two versions in turn to compare them; ``--large`` has orderings of up
to three cells, ``--paper`` of up to four, as the paper.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time

import numpy as np

from navac.crystal.decoration import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.correlations import correlation_matrix
from navac.fit.fit import fit_expansion
from navac.fit.regression import Regression
from navac.orderings.enumeration import enumerate_orderings

PUBLISHED = Path(__file__).parents[3] / "config/published/nxvp"
CUTOFFS = {2: 10.0, 3: 6.0, 4: 5.0}
METHODS = ("lasso", "lasso_cv", "ridge", "ard", "adaptive_lasso")
CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}


SIZES = {
    "": {"max_cells": 2, "max_per_composition": 60, "random_share": 0.5},
    "--large": {"max_cells": 3, "max_per_composition": 150, "random_share": 0.5},
    "--paper": {"max_cells": 4, "max_per_composition": 500, "total": 849},
}


def made(size: str = "") -> dict:
    """Numbers of a small campaign on the published crystal, and the seconds of each step."""
    prim = read_prim(PUBLISHED / "prim.json", [], 2)
    group = find_space_group(prim, 1e-5)
    times = [process_time()]
    orderings = enumerate_orderings(
        prim, group, compositions=np.arange(1, 4.1, 0.25), species="Na", charges=CHARGES, seed=1,
        **SIZES[size],
    )  # fmt: skip
    times.append(process_time())
    orbits = enumerate_orbits(prim, group, CUTOFFS)
    averages = correlation_matrix(orbits, orderings)
    times.append(process_time())
    rng = np.random.default_rng(0)
    truth = rng.normal(size=len(orbits)) * (rng.random(len(orbits)) < 0.3)
    energies = averages @ truth + 0.02 * rng.normal(size=len(orderings))
    fits = {}
    for method in METHODS:
        fit = fit_expansion(orbits, averages, energies, Regression(method, 1e-3, folds=5))
        fits[method] = {
            "constant": fit.expansion.constant, "eci": fit.expansion.eci.tolist(),
            "loocv": fit.loocv, "kfold": fit.kfold,
        }  # fmt: skip
    times.append(process_time())
    return {
        "orderings": [o.id for o in orderings],
        "ewald": [o.ewald_eV_per_cell for o in orderings],
        "averages": averages.sum(axis=0).tolist(),
        "fits": fits,
        "seconds": dict(zip(("orderings", "correlations", "fits"), np.diff(times), strict=True)),
    }


def main() -> None:
    """Write the numbers, and print the seconds."""
    found = made(next((size for size in SIZES if size in sys.argv), ""))
    seconds = found.pop("seconds")
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        Path(sys.argv[1]).write_text(json.dumps(found, indent=0) + "\n")
    print({step: round(float(s), 2) for step, s in seconds.items()})


if __name__ == "__main__":
    main()
