"""smol: canonical swaps of an expansion in its own file format, as a program by itself.

Reads one JSON object from standard input, and prints one: for every condition (temperature,
numbers of atoms) energies and occupations of samples that are far apart, and attempted swaps per
second.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from pymatgen.core import Lattice, Structure
from smol.cofe import ClusterExpansion, ClusterSubspace
from smol.moca import Ensemble, Sampler


def expansion_of(asked: dict) -> ClusterExpansion:
    """The expansion of a file, or one with random coefficients on a prim."""
    if "file" in asked:
        with open(asked["file"]) as file:
            return ClusterExpansion.from_dict(json.load(file))
    prim = Structure(Lattice(asked["lattice"]), asked["species"], asked["frac"])
    cutoffs = {int(k): v for k, v in asked["cutoffs"].items()}
    space = ClusterSubspace.from_cutoffs(prim, cutoffs, basis="sinusoid")
    rng = np.random.default_rng(1)
    return ClusterExpansion(space, rng.normal(size=space.num_corr_functions) * asked["scale"])


def main() -> None:
    """Answer the request."""
    asked = json.load(sys.stdin)
    ensemble = Ensemble.from_cluster_expansion(
        expansion_of(asked), np.diag(asked["supercell"]), processor_type="decomposition"
    )
    structure = ensemble.processor.structure
    # One sublattice, whose species smol sorts.
    order = [str(s.symbol) for s in ensemble.sublattices[0].site_space]
    to_smol = np.array([order.index(name) for name in asked["names"]], np.int32)
    from_smol = np.argsort(to_smol)
    found = []
    for condition in asked["conditions"]:
        occupation = to_smol[np.array(condition["occupation"])]
        sampler = Sampler.from_ensemble(
            ensemble, step_type="swap", temperature=condition["T"], seeds=[condition["seed"]]
        )
        start = time.perf_counter()
        sampler.run(condition["steps"], occupation, thin_by=condition["thin"])
        taken = time.perf_counter() - start
        samples = sampler.samples
        found.append({
            "energies": samples.get_energies().tolist(),
            "occupations": from_smol[samples.get_occupancies().astype(int)].tolist()
            if condition.get("keep") else [],
            "swaps_per_s": condition["steps"] / taken,
            "acceptance": float(sampler.efficiency()),
        })  # fmt: skip
    answer = {"version": version("smol"), "frac": structure.frac_coords.tolist(), "found": found}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
