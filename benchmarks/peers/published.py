"""Table S6 of the paper as a :class:`peers.problem.Problem`, and navac's own energy of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from navac.crystal.decoration import read_prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion
from peers.problem import Problem

PUBLISHED = Path(__file__).parents[2] / "config" / "published" / "nxvp"
CUTOFFS = {2: 10.0, 3: 6.0, 4: 5.0}
TOLERANCE = 1e-5
FORMULA_UNITS = 2


@cache
def published_expansion() -> Expansion:
    """Table S6, 1 ≤ x ≤ 3."""
    prim = read_prim(PUBLISHED / "prim.json", [], FORMULA_UNITS)
    orbits = enumerate_orbits(prim, find_space_group(prim, TOLERANCE), CUTOFFS)
    return read_eci_table(PUBLISHED / "eci_x1to3.csv", orbits)


def published_problem(supercell: tuple[int, int, int]) -> Problem:
    """Table S6 on a supercell of that many primitive cells per axis."""
    prim = read_prim(PUBLISHED / "prim.json", [], FORMULA_UNITS)
    expansion = published_expansion()
    return Problem(
        lattice=prim.lattice.tolist(),
        active=prim.frac[prim.active].tolist(),
        tolerance=TOLERANCE,
        cutoffs=list(CUTOFFS.values()),
        orbits=[orbit.clusters for orbit in expansion.orbits],
        eci=expansion.eci.tolist(),
        supercell=supercell,
    )


def energy(expansion: Expansion, problem: Problem) -> float:
    """navac's energy of the problem's random configuration, eV per primitive cell."""
    sigma = 1 - 2 * problem.random_occupation().reshape(1, -1)
    box = Supercell.diagonal(*problem.supercell)
    return float(expansion.energies(box, np.asarray(sigma))[0])
