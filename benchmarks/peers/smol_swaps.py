"""smol: attempted canonical swaps per second on the sublattice of most species.

Reads one JSON object from standard input, and prints one.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from smol.cofe import ClusterExpansion, ClusterSubspace
from smol.moca import Ensemble, Sampler


def main() -> None:
    """Answer the request."""
    asked = json.load(sys.stdin)
    rng = np.random.default_rng(1)
    with open(asked["file"]) as file:
        prim = ClusterExpansion.from_dict(json.load(file)).cluster_subspace.structure
    cutoffs = {int(k): v for k, v in asked["cutoffs"].items()}
    start = time.perf_counter()
    space = ClusterSubspace.from_cutoffs(prim, cutoffs, basis="sinusoid")
    expansion = ClusterExpansion(space, rng.normal(size=space.num_corr_functions) * asked["scale"])
    ensemble = Ensemble.from_cluster_expansion(expansion, np.diag(asked["supercell"]))
    setup = time.perf_counter() - start
    occupation = np.zeros(ensemble.num_sites, np.int32)
    for sublattice in ensemble.active_sublattices:
        n = len(sublattice.encoding)
        shares = [0.8, 0.2] if n == 2 else [0.75] + [0.25 / (n - 1)] * (n - 1)
        occupation[sublattice.sites] = rng.choice(
            sublattice.encoding, len(sublattice.sites), p=shares
        )
        if n == 2:
            ensemble.restrict_sites(sublattice.sites)
    sampler = Sampler.from_ensemble(ensemble, step_type="swap", temperature=asked["T"], seeds=[1])
    sampler.run(asked["steps"] // 10, occupation, thin_by=asked["steps"] // 10)
    start = time.perf_counter()
    sampler.run(asked["steps"], occupation, thin_by=asked["steps"])
    taken = time.perf_counter() - start
    print(json.dumps({
        "version": version("smol"), "swaps per s": asked["steps"] / taken, "set-up s": setup,
        "functions": space.num_corr_functions,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
