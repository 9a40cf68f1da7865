"""CASM (libcasm-clexmonte): single-site Metropolis in the semi-grand-canonical ensemble.

CASM samples exp(−(E − μ·x)/kT). With the composition axis chosen here, from all vacancies
towards one Na per primitive cell, its parametric composition x is the number of Na per
primitive cell, and its ``param_chem_pot`` is navac's μ_Na in eV per Na atom.
"""

from __future__ import annotations

import json
import os
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import casm.bset as bset
import libcasm.casmglobal
import libcasm.clexmonte as clexmonte
import libcasm.monte as monte
import libcasm.xtal as xtal
import numpy as np
from libcasm.composition import CompositionConverter
from libcasm.configuration import Prim

from peers.problem import Problem
from peers.stopwatch import stopwatch

PACKAGES = ("libcasm-clexmonte", "casm-bset")
SAMPLE_EVERY = 10
"""Passes between samples: each sample evaluates the whole supercell, as long as a pass."""


class Engine:
    """CASM on a problem, started from the problem's random configuration."""

    def __init__(self, problem: Problem, seed: int = 1):
        self.problem = problem
        self.versions = {name: version(name) for name in PACKAGES}
        with TemporaryDirectory() as folder:
            self.system, self.setup_s = _system(problem, Path(folder))
        self.calculator = clexmonte.MonteCalculator("semigrand_canonical", self.system)
        self.random = monte.RandomNumberEngine()
        self.random.seed(seed)
        self.device = "CPU"
        self.set_occupation(problem.random_occupation())

    def sample_period(self) -> int:
        """Passes between the samples of :meth:`sample`."""
        return SAMPLE_EVERY

    def set_occupation(self, occupation) -> None:
        """Go to an occupation ``[sublattice, a, b, c]``, 1 = Na."""
        box = np.diag(self.problem.supercell)
        configuration = self.system.make_default_configuration(box)
        convert = configuration.supercell.site_index_converter
        sites = [convert.integral_site_coordinate(i) for i in range(self.problem.n_sites)]
        index = [(s.sublattice(), *(s.unitcell() % self.problem.supercell)) for s in sites]
        # The prim lists Na first: CASM's occupant 0 is Na.
        configuration.set_occupation(1 - np.asarray(occupation)[tuple(np.array(index).T)])
        # The calculator keeps a pointer to the state, so the state must live as long.
        self.state = clexmonte.MonteCarloState(configuration, _conditions(1000.0, 0.0))

    def energy(self) -> float:
        """Energy of the present configuration, eV per primitive cell."""
        self.state.conditions.vector_values["param_chem_pot"] = [0.0]
        self.calculator.set_state_and_potential(state=self.state)
        return float(self.calculator.potential.per_unitcell())

    def run(self, temperature: float, mu: float, flips: int) -> dict:
        """Attempt about that many flips: whole passes, and the configuration is kept."""
        passes = max(1, round(flips / self.problem.n_sites))
        found = self.sample(temperature, mu, passes)
        series = found.pop("series")
        energy, number = series.mean(axis=0) if len(series) else (np.nan, np.nan)
        return {
            "flips": passes * self.problem.n_sites, **found, "energy_eV": energy, "number": number
        }  # fmt: skip

    def sample(self, temperature: float, mu: float, passes: int) -> dict:
        """Run and sample every :data:`SAMPLE_EVERY` passes.

        Returns:
            ``series[sample, 2]``, energy in eV and number of Na per primitive cell;
            ``seconds`` and ``cpu_s`` that it took, and ``acceptance``, share of the flips.
        """
        self.state = clexmonte.MonteCarloState(
            self.state.configuration, _conditions(temperature, mu)
        )
        plan = self._plan(passes)
        with stopwatch() as spent:
            found = self.calculator.run_fixture(self.state, plan, engine=self.random)
        samplers = found.results.samplers
        energy = samplers["clex.formation_energy"].values()[:, 0]
        number = samplers["param_composition"].values()[:, 0]
        accepted, rejected = found.results.n_accept, found.results.n_reject
        return {
            "series": np.stack([energy, number], axis=1), **spent,
            "acceptance": accepted / max(1, accepted + rejected),
        }  # fmt: skip

    def _plan(self, passes: int) -> clexmonte.SamplingFixtureParams:
        """Exactly that many passes, without files, analysis or tests of convergence."""
        self.calculator.set_state_and_potential(state=self.state)
        plan = self.calculator.make_default_sampling_fixture_params(
            "benchmark", write_results=False, write_status=False
        )
        # One call per statement: what these return is a copy, so chains change nothing.
        for name in ("potential_energy", "mol_composition"):
            plan.do_not_sample(name)
        for name in ("potential_energy", "param_composition"):
            plan.do_not_converge(name)
        plan.sample_by_pass(period=SAMPLE_EVERY)
        plan.clear_cutoffs()
        plan.set_min_count(passes)
        plan.set_max_count(passes)
        for name in list(plan.analysis_names):
            plan.do_not_perform_analysis(name)
        return plan


def _conditions(temperature: float, mu: float) -> dict:
    return {"temperature": temperature, "param_chem_pot": [mu]}


def _system(problem: Problem, folder: Path) -> tuple[clexmonte.System, dict[str, float]]:
    """Basis functions written as C++, compiled and loaded; and the seconds that took."""
    prim = xtal.Prim(
        lattice=xtal.Lattice(np.array(problem.lattice).T, tol=problem.tolerance),
        coordinate_frac=np.array(problem.active).T,
        occ_dof=[["Na", "Va"]] * len(problem.active),
        title="prim",
    )
    start = time.perf_counter()
    crystal = Prim(prim)
    specification = bset.make_clex_basis_specs(
        crystal, max_length=[0, 0, *problem.max_lengths], dofs=["occ"],
        occ_site_basis_functions_specs="chebychev",
    )  # fmt: skip
    source, *_ = bset.write_clexulator(
        crystal, specification, bset_dir=folder, project_name="navac", verbose=False
    )  # fmt: skip
    written = time.perf_counter()
    _write_eci(problem, folder)
    # Without these the compiler finds neither CASM's headers nor, at load, its library.
    os.environ.setdefault("CASM_PREFIX", str(Path(libcasm.casmglobal.__file__).parents[1]))
    os.environ.setdefault("CASM_SOFLAGS", "-shared -Wl,--no-as-needed")
    axes = CompositionConverter(["Na", "Va"], _axis(len(problem.active)))
    system = clexmonte.System.from_dict({
        "prim": prim.to_dict(),
        "composition_axes": axes.to_dict(),
        "basis_sets": {"s": {"source": str(source), "basis": str(folder / "basis.json")}},
        "clex": {
            "formation_energy": {"basis_set": "s", "coefficients": str(folder / "eci.json")}
        },
    })  # fmt: skip
    compiled = time.perf_counter()
    return system, {"basis": written - start, "compile": compiled - written}


def _axis(sites: int) -> np.ndarray:
    """Composition axis: from all vacancies towards one Na in the cell; rows Na and vacancy."""
    return np.array([[0.0, 1.0], [sites, sites - 1.0]])


def _write_eci(problem: Problem, folder: Path) -> None:
    """CASM's coefficients are ECI per cluster × multiplicity, in eV."""
    basis = json.loads((folder / "basis.json").read_text())
    for orbit in basis["orbits"][1:]:
        k = problem.orbit_of(orbit["prototype"]["sites"])
        orbit["cluster_functions"][0]["eci"] = problem.eci[k] * len(problem.orbits[k])
    (folder / "eci.json").write_text(json.dumps(basis))
