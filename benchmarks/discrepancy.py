"""Energies added up flip by flip against energies from scratch, after very many sweeps.

Table S6 at 1000 K in the solid solution, where a quarter of the flips is accepted.
"""

from __future__ import annotations

import argparse
import os

import numpy as np
from peers.published import published_expansion

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.sampling.walk import use_cores


def main() -> None:
    """Run, and print the largest differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=16, help="primitive cells per axis")
    parser.add_argument("--sweeps", type=int, default=100_000)
    parser.add_argument("--replicas", type=int, default=32)
    options = parser.parse_args()
    use_cores(len(os.sched_getaffinity(0)))
    expansion = published_expansion()
    model = lattice_model(expansion, Supercell.diagonal(*[options.length] * 3))
    n = options.replicas
    # The last block is one sweep, so that its mean is the accumulated energy at the end.
    sampler = Sampler(model, replicas=n, blocks=1)
    start = np.random.default_rng(1).integers(0, 2, (model.n_sites, n)).astype(np.int8)
    end, found = sampler.run(start, np.full(n, 1000.0), np.full(n, -0.456),
                             path_keys(1, np.arange(n)), 0, options.sweeps - 1, 1)  # fmt: skip
    rounded, published = (
        e.energies(model.supercell, spins(end.T)) for e in (model.expansion, expansion)
    )
    size = f"{model.n_sites} sites, {n} replicas, {options.sweeps} sweeps"
    print(f"{size}, acceptance {found.acceptance.mean():.3f}; largest difference, eV per cell:")
    accumulated = found.energy[-1]
    print(f"  accumulated and recomputed by the sampler: {np.abs(found.discrepancy).max():.1e}")
    print(f"  accumulated and from correlations: {np.abs(accumulated - rounded).max():.1e}")
    print(f"  the same before rounding to quanta: {np.abs(accumulated - published).max():.1e}")


if __name__ == "__main__":
    main()
