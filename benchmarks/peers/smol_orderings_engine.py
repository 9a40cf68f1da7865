"""smol's correlation vectors; it does not enumerate orderings."""

from __future__ import annotations

import json
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
from smol.cofe import ClusterSubspace
from smol.cofe.space import clusterspace

from peers.problem import Problem
from peers.stopwatch import stopwatch


class Engine:
    """smol on the problem's crystal."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.versions, self.device, self.setup_s = {"smol": version("smol")}, "CPU", {}

    def correlations(self, structures: str, output: str) -> dict:
        """Averages of the problem's orbits, in its order, saved to a file.

        smol is told the supercell of every structure, and finds the sites itself.
        """
        some = json.loads(Path(structures).read_text())
        crystals = [_structure(s) for s in some]
        with stopwatch() as setup:
            space = self._space()
        with stopwatch() as spent:
            vectors = np.array([
                space.corr_from_structure(crystal, scmatrix=np.array(s["supercell"]))
                for crystal, s in zip(crystals, some, strict=True)
            ])  # fmt: skip
        averages = np.full((len(vectors), len(self.problem.orbits)), np.nan)
        for orbit in space.orbits:
            sites = [self.problem.site_at(f) for f in orbit.base_cluster.frac_coords]
            averages[:, self.problem.orbit_of(sites)] = vectors[:, orbit.bit_id]
        np.save(output, averages)
        return {"orderings": len(some), "orbits_s": setup["seconds"], **spent}

    def _space(self) -> ClusterSubspace:
        # smol takes pymatgen's default of 0.01 Å, at which these orbits merge (R-3c), and has no
        # option for it.
        clusterspace.SpacegroupAnalyzer = partial(
            SpacegroupAnalyzer, symprec=self.problem.tolerance
        )
        active = self.problem.active
        prim = Structure(Lattice(self.problem.lattice), [{"Na": 0.5}] * len(active), active)
        cutoffs = dict(enumerate(self.problem.max_lengths, start=2))
        return ClusterSubspace.from_cutoffs(prim, cutoffs, basis="chebyshev")


def _structure(some: dict) -> Structure:
    """Vacancies are what is missing."""
    filled = ~np.array(some["occupation"], bool)
    positions = np.array(some["positions"])[filled]
    return Structure(
        Lattice(some["cell"]), ["Na"] * len(positions), positions, coords_are_cartesian=True
    )
