"""icet's orderings and cluster vectors."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from ase import Atoms
from icet import ClusterSpace
from icet.tools import enumerate_structures

from peers.problem import Problem
from peers.stopwatch import stopwatch


class Engine:
    """icet on the problem's crystal."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.versions, self.device, self.setup_s = {"icet": version("icet")}, "CPU", {}
        sites = len(problem.active)
        self.species = [["Na", "X"]] * sites
        self.prim = Atoms(
            ["Na"] * sites, cell=problem.lattice, scaled_positions=problem.active, pbc=True
        )

    def enumerate(self, cells: int, shares: list[float]) -> dict:
        """Count the orderings of up to ``cells`` primitive cells with shares of sites filled."""
        with stopwatch() as spent:
            found = sum(
                1
                for share in shares
                for _ in enumerate_structures(
                    self.prim, range(1, cells + 1), self.species, {"Na": (share, share)},
                    symprec=self.problem.tolerance, position_tolerance=1e-3,
                )
            )  # fmt: skip
        return {"orderings": found, **spent}

    def correlations(self, structures: str, output: str) -> dict:
        """Averages of the problem's orbits, in its order and sign, saved to a file."""
        problem, some = self.problem, json.loads(Path(structures).read_text())
        atoms = [
            Atoms(np.where(np.array(s["occupation"]), "X", "Na"), positions=s["positions"],
                  cell=s["cell"], pbc=True)
            for s in some
        ]  # fmt: skip
        with stopwatch() as setup:
            space = ClusterSpace(
                self.prim, problem.max_lengths, self.species, symprec=problem.tolerance
            )
        with stopwatch() as spent:
            vectors = np.array([space.get_cluster_vector(a) for a in atoms])
        np.save(output, self._as_problem(space, vectors))
        return {"orderings": len(some), "orbits_s": setup["seconds"], **spent}

    def _as_problem(self, space: ClusterSpace, vectors: np.ndarray) -> np.ndarray:
        """icet's point functions are Na = +1."""
        problem = self.problem
        frac = space.primitive_structure.get_scaled_positions(wrap=False)
        averages = np.full((len(vectors), len(problem.orbits)), np.nan)
        for i in range(len(space.orbit_list)):
            sites = space.orbit_list.get_orbit(i).representative_cluster.lattice_sites
            cluster = [problem.site_at(frac[s.index] + s.unitcell_offset) for s in sites]
            averages[:, problem.orbit_of(cluster)] = (-1) ** len(sites) * vectors[:, i + 1]
        return averages
