"""icet's mchammer: semi-grand-canonical ensemble, E − Σ Δμ N as in navac."""

from __future__ import annotations

import time
from importlib.metadata import version

import numpy as np
from ase import Atoms
from icet import ClusterExpansion, ClusterSpace
from mchammer.calculators import ClusterExpansionCalculator
from mchammer.ensembles import SemiGrandCanonicalEnsemble

from peers.problem import Problem
from peers.stopwatch import stopwatch


class Engine:
    """icet on a problem, started from the problem's random configuration."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.versions = {"icet": version("icet")}
        self.device = "CPU"
        start = time.perf_counter()
        space, parameters = _parameters(problem)
        self.atoms = space.primitive_structure.repeat(problem.supercell)
        sites = problem.sites_at(self.atoms.positions)
        self.atoms.set_chemical_symbols(np.where(problem.random_occupation()[sites], "Na", "X"))
        self.calculator = ClusterExpansionCalculator(
            self.atoms, ClusterExpansion(space, parameters)
        )
        self.setup_s = {"orbits and lists": time.perf_counter() - start}

    def energy(self) -> float:
        """Energy of the present configuration, eV per primitive cell."""
        return self.calculator.calculate_total(occupations=self.atoms.numbers) / self.problem.cells

    def run(self, temperature: float, mu: float, flips: int) -> dict:
        """Attempt that many flips, one sample per tenth."""
        ensemble = SemiGrandCanonicalEnsemble(
            self.atoms, self.calculator, temperature, {"Na": mu, "X": 0.0}, random_seed=1,
            ensemble_data_write_interval=max(1, flips // 10),
        )  # fmt: skip
        with stopwatch() as spent:
            ensemble.run(flips)
        self.atoms = ensemble.structure
        data, cells = ensemble.data_container.data.iloc[1:], self.problem.cells
        return {
            "flips": flips, **spent, "energy_eV": data.potential.mean() / cells,
            "number": data.Na_count.mean() / cells, "acceptance": data.acceptance_ratio.mean(),
        }  # fmt: skip


def _parameters(problem: Problem) -> tuple[ClusterSpace, np.ndarray]:
    """icet's parameters are J × multiplicity per site; its point functions are Na = +1."""
    n = len(problem.active)
    prim = Atoms(["Na"] * n, cell=problem.lattice, scaled_positions=problem.active, pbc=True)
    space = ClusterSpace(prim, problem.max_lengths, [["Na", "X"]] * n, symprec=problem.tolerance)
    frac = space.primitive_structure.get_scaled_positions(wrap=False)
    parameters = np.zeros(len(space))
    for i in range(len(space.orbit_list)):
        sites = space.orbit_list.get_orbit(i).representative_cluster.lattice_sites
        cluster = [problem.site_at(frac[s.index] + s.unitcell_offset) for s in sites]
        k = problem.orbit_of(cluster)
        parameters[i + 1] = (-1) ** len(sites) * problem.eci[k] * len(problem.orbits[k]) / n
    return space, parameters
