"""navac's sampler, block averages and the check of accumulated energies included."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path

import jax
import numpy as np

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.sampling.walk import use_cores
from peers.problem import Problem
from peers.published import published_expansion
from peers.stopwatch import stopwatch

BLOCKS = 10
"""Block averages per call."""


class Engine:
    """navac on a problem; every replica starts from the problem's random configuration.

    Attributes:
        memory_MiB: what the device or process held at most after compiling.
    """

    def __init__(self, problem: Problem, replicas: int, cores: int):
        use_cores(cores)
        self.problem = problem
        self.replicas = replicas
        self.versions = {name: version(name) for name in ("navac", "jax", "jaxlib")}
        start = time.perf_counter()
        model = lattice_model(published_expansion(), Supercell.diagonal(*problem.supercell))
        laid_out = time.perf_counter()
        self.model = model
        self.sampler = Sampler(model, replicas=replicas, blocks=BLOCKS)
        # The problem has 1 for Na, navac the position among (Na, Va).
        one = (1 - problem.random_occupation()).reshape(1, -1).astype(np.int8)
        initial = self.sampler.packed(np.repeat(one, replicas, axis=0))
        self.keys, self.sweep = path_keys(1, np.arange(replicas)), 0
        self.configurations = initial.copy()
        self._advance(np.full(replicas, 1000.0), np.zeros(replicas), 1)
        self.configurations = initial
        self.setup_s = {"layout": laid_out - start, "compile": time.perf_counter() - laid_out}
        self.device = jax.devices()[0].device_kind
        _forget_peak()

    def energy(self) -> float:
        """Energy of the first replica, eV per primitive cell."""
        sigma = spins(self.configurations[:1].codes())
        return float(self.model.expansion.energies(self.model.supercell, sigma)[0])

    def run(self, temperature: float, mu: float, flips: int) -> dict:
        """Attempt about that many flips: whole sweeps of all replicas, in equal blocks."""
        per_block = self.problem.n_sites * self.replicas * BLOCKS
        sweeps = max(1, round(flips / per_block))
        conditions = np.full(self.replicas, temperature), np.full(self.replicas, mu)
        with stopwatch() as spent:
            averages = self._advance(*conditions, sweeps)
        return {
            "flips": sweeps * per_block, **spent, "energy_eV": averages.energy.mean(),
            "number": averages.number.mean(), "acceptance": averages.acceptance.mean(),
        }  # fmt: skip

    def memory(self) -> float:
        """Most memory in use since compiling, MiB: of the device if it counts, else of us."""
        counted = jax.devices()[0].memory_stats()
        if counted:
            return counted["peak_bytes_in_use"] / 2**20
        status = Path("/proc/self/status").read_text().splitlines()
        return next(int(s.split()[1]) / 1024 for s in status if s.startswith("VmHWM"))

    def _advance(self, temperature, mu, block_sweeps):
        """The one place that knows how the sampler is called."""
        averages = self.sampler.advance(
            self.configurations, temperature, mu, self.keys, self.sweep, 0, block_sweeps
        )
        self.sweep += BLOCKS * block_sweeps
        return averages


def _forget_peak() -> None:
    """Count the process's peak memory anew (Linux): compiling takes more than sampling."""
    if os.path.exists("/proc/self/clear_refs"):
        Path("/proc/self/clear_refs").write_text("5")
