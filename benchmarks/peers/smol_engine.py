"""smol: semi-grand-canonical Metropolis, chemical potentials as in navac."""

from __future__ import annotations

import time
from functools import partial
from importlib.metadata import version

import numpy as np
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
from smol.cofe import ClusterExpansion, ClusterSubspace
from smol.cofe.space import clusterspace
from smol.moca import Ensemble, Sampler

from peers.problem import Problem
from peers.stopwatch import stopwatch


class Engine:
    """smol on a problem, started from the problem's random configuration."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.versions = {"smol": version("smol")}
        self.device = "CPU"
        start = time.perf_counter()
        expansion = _expansion(problem)
        orbits = time.perf_counter()
        self.ensemble = Ensemble.from_cluster_expansion(
            expansion, np.diag(problem.supercell), processor_type="decomposition"
        )
        self.setup_s = {
            "orbits": orbits - start,
            "lists of the supercell": time.perf_counter() - orbits,
        }
        sites = problem.sites_at(self.ensemble.processor.structure.cart_coords)
        # Species are coded in the order of the site space: 0 is Na.
        self.occupation = 1 - problem.random_occupation()[sites].astype(np.int32)

    def energy(self) -> float:
        """Energy of the present configuration, eV per primitive cell."""
        return self.ensemble.processor.compute_property(self.occupation) / self.problem.cells

    def run(self, temperature: float, mu: float, flips: int) -> dict:
        """Attempt that many flips, one sample per tenth."""
        self.ensemble.chemical_potentials = {"Na": mu, "Vacancy": 0.0}
        sampler = Sampler.from_ensemble(self.ensemble, temperature=temperature, seeds=[1])
        every = max(1, flips // 10)
        with stopwatch() as spent:
            sampler.run(10 * every, self.occupation, thin_by=every)
        sampled = sampler.samples.get_occupancies()
        self.occupation = sampled[-1].astype(np.int32)
        cells = self.problem.cells
        energies = [self.ensemble.processor.compute_property(o.astype(np.int32)) for o in sampled]
        return {
            "flips": 10 * every, **spent, "energy_eV": np.mean(energies) / cells,
            "number": (sampled == 0).sum(axis=1).mean() / cells,
            "acceptance": sampler.efficiency(),
        }  # fmt: skip


def _expansion(problem: Problem) -> ClusterExpansion:
    """smol's coefficients are J × multiplicity, its Chebyshev functions −1 for Na, listed first."""
    # smol takes pymatgen's default of 0.01 Å, at which these orbits merge (R-3c), and has no
    # option for it.
    clusterspace.SpacegroupAnalyzer = partial(SpacegroupAnalyzer, symprec=problem.tolerance)
    prim = Structure(Lattice(problem.lattice), [{"Na": 0.5}] * len(problem.active), problem.active)
    cutoffs = dict(enumerate(problem.max_lengths, start=2))
    space = ClusterSubspace.from_cutoffs(prim, cutoffs, basis="chebyshev")
    coefficients = np.zeros(space.num_corr_functions)
    for orbit in space.orbits:
        k = problem.orbit_of([problem.site_at(f) for f in orbit.base_cluster.frac_coords])
        coefficients[orbit.bit_id] = problem.eci[k] * len(problem.orbits[k])
    return ClusterExpansion(space, coefficients)
