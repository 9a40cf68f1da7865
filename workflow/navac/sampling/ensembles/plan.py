"""What a run samples: its starts, chemical potentials and conditions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from navac.crystal.prim import Prim
from navac.montecarlo.gas.moves import Ensemble
from navac.montecarlo.random import path_keys
from navac.sampling.lengths import Precision


@dataclass(frozen=True)
class Plan:
    """The paths and conditions of a run; a path is one start at one choice of μ.

    Attributes:
        ensemble: what a sweep tries.
        start: ``[path]`` number of the random filling that it stems from.
        mu: by species, ``[path]`` eV per atom.
        potentials: ``[path, group, code]`` the same as the sampler takes it.
        keys: ``[path, 2]`` random keys.
        temperatures: ``[step]`` K.
        equilibration: sweeps before measuring.
        blocks: of a condition.
        block_sweeps: sweeps per block.
        precision: what is asked for beyond that.
    """

    ensemble: Ensemble
    start: np.ndarray
    mu: Mapping[str, np.ndarray]
    potentials: np.ndarray
    keys: np.ndarray
    temperatures: np.ndarray
    equilibration: int
    blocks: int
    block_sweeps: int
    precision: Precision

    @property
    def sweeps(self) -> int:
        """Sweeps of a condition that is not prolonged."""
        return self.equilibration + self.blocks * self.block_sweeps

    @property
    def longest(self) -> int:
        """Sweeps of a condition at most."""
        return self.equilibration + self.blocks * self.block_sweeps * 2**self.precision.doublings


def plan_run(
    prim: Prim, ensemble: Ensemble, name: str, *, seed: int, starts: int,
    mu: Mapping[str, Sequence[float]], temperatures: Sequence[float], equilibration: int,
    blocks: int, block_sweeps: int, precision: Precision | None = None,
) -> Plan:  # fmt: skip
    """Every start at every choice of chemical potentials; the starts follow each other.

    Args:
        name: of the run, from which its random numbers follow.
        starts: how many there are.
        mu: values of each species, eV per atom; all combinations are sampled.
    """
    choices = list(product(*mu.values())) or [()]
    start = np.tile(np.arange(starts), len(choices))
    each = np.repeat(np.reshape(choices, (len(choices), len(mu))), starts, axis=0)
    of_species = {species: each[:, k].astype(float) for k, species in enumerate(mu)}
    return Plan(
        ensemble, start, of_species, _potentials(prim, ensemble, of_species, len(start)),
        path_keys(seed_of(seed, name), np.arange(len(start))), np.array(temperatures, float),
        equilibration, blocks, block_sweeps, precision or Precision(),
    )  # fmt: skip


def _potentials(prim: Prim, ensemble: Ensemble, mu: Mapping[str, np.ndarray], paths: int):
    """``[path, group, code]`` eV per atom; 0 for species without one."""
    lists = [prim.species[prim.active[own[0]]] for own in ensemble.groups]
    found = np.zeros((paths, len(lists), max(len(prim.species[site]) for site in prim.active)))
    for g, species in enumerate(lists):
        for code, one in enumerate(species):
            if one in mu:
                found[:, g, code] = mu[one]
    return found


def seed_of(seed: int, name: str) -> int:
    """A seed of 64 bits for one run of a campaign.

    The order of the runs in a configuration does not matter, and none shares the random numbers of
    another or of sampled ranges.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/ensembles/{name}".encode()).digest()[:8], "big")
