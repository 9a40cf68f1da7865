"""Canonical swaps and semi-grand flips of several species, beside each other and beside smol.

    python benchmarks/ensembles.py [--parts boxes ideal peer] [--peer-python PYTHON]

boxes: a ternary fcc alloy (random interactions of a file of smol) at fixed amounts by swaps, and
at the μ that give these amounts by flips, in three supercells: energies and Warren–Cowley
parameters.
ideal: no interactions; Warren–Cowley parameters beside those of atoms dealt out at random.
peer: the same alloy by canonical swaps of smol in the same supercell, at six points.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
from peers.process import peer_python

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.foreign.read import import_expansion
from navac.expansion.short_range_order import warren_cowley
from navac.montecarlo.gas.model import gas_model
from navac.montecarlo.gas.moves import Ensemble, Flips, Swaps
from navac.montecarlo.gas.sampler import GasSampler
from navac.montecarlo.random import path_keys

DATA = Path(__file__).parents[1] / "tests" / "data" / "interchange"
FILE = DATA / "smol_fcc_species.json"
MIXTURES = ((0.5, 0.25, 0.25), (0.125, 0.75, 0.125))
TEMPERATURES = (1600.0, 3000.0, 6000.0)
REPLICAS = 256
SITES = (0,)
SHELL = 0


def alloy():
    """The prim, the expansion, and the shell of nearest neighbours."""
    prims = json.loads((DATA / "species_prims.json").read_text())
    prim = Prim.from_dict(prims["fcc"])
    group = find_space_group(prim, 1e-5)
    shell = next(o for o in enumerate_orbits(prim, group, {2: 3.0}) if o.order == 2)
    expansion, _ = import_expansion(FILE, prim, group)
    return prim, expansion, shell


class Canonical:
    """Replicas of one supercell that swap."""

    def __init__(self, expansion, length, moves, blocks=4):
        self.supercell = Supercell.diagonal(length, length, length)
        self.ensemble = Ensemble(moves, (SITES,))
        self.model = gas_model(expansion, self.supercell, self.ensemble)
        self.sampler = GasSampler(self.model, self.ensemble, replicas=REPLICAS, blocks=blocks)
        self.keys = path_keys(7, np.arange(REPLICAS))

    def start(self, mixture):
        """``[site, replica]`` random arrangements of whole numbers of atoms."""
        rng = np.random.default_rng(0)
        counts = whole(mixture, self.supercell.size)
        codes = np.repeat(np.arange(len(counts)), counts).astype(np.int8)
        return np.stack([rng.permutation(codes) for _ in range(REPLICAS)], axis=-1)

    def run(self, start, T, mu, sweeps):
        """Averages after as many sweeps of equilibration, and the last states."""
        n = len(mu)
        args = np.full(REPLICAS, T), np.tile(mu, (REPLICAS, 1, 1)), self.keys
        assert n == 3
        return self.sampler.run(start, *args, 0, 4 * sweeps, sweeps)


def whole(mixture, sites):
    """Atoms of each species."""
    counts = np.floor(np.array(mixture) * sites).astype(int)
    counts[0] += sites - counts.sum()
    return counts


def mean(values):
    """Mean over replicas and its standard error."""
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


def order_of(shell, expansion, supercell, state):
    """``[replica]`` Warren–Cowley parameter of the second and third species, and at random."""
    found = warren_cowley(shell, expansion.spaces, supercell, state.T)
    return found.alpha[:, 1, 2], found.random[:, 1, 2]


def chemical_potentials(flips, mixture, T, sweeps):
    """μ at which a supercell has some mean composition, by Newton's method."""
    mu = np.zeros(3)
    target = np.array(mixture)
    state = flips.start(mixture)
    for k in range(20):
        state, a = flips.run(state, T, mu, sweeps if k > 15 else 20)
        n, cells = a.amounts.mean(axis=(0, 2)), flips.supercell.size
        covariance = cells * (
            a.amounts2.mean(axis=(0, 3))
            - np.einsum("bar,bcr->ac", a.amounts, a.amounts)
            / a.amounts.shape[0]
            / a.amounts.shape[2]
        )
        step = np.linalg.pinv(covariance[1:, 1:]) @ (target - n)[1:] * 8.617333262e-5 * T
        mu[1:] += np.clip(step, -0.3, 0.3)
    return mu, state


def boxes(expansion, shell, sweeps):
    """E and short-range order by swaps and by flips, in three supercells."""
    print("\n| mixture | T, K | cells | E swaps, meV | E flips, meV | difference | α swaps "
          "| α flips |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    pairs = ((0, 1), (0, 2), (1, 2))
    for length in (4, 6, 8):
        swaps = Canonical(expansion, length, (Swaps(SITES),))
        flips = Canonical(expansion, length, (Flips(SITES, pairs),))
        for mixture in MIXTURES[:1]:
            for T in TEMPERATURES[1:]:
                state, a = swaps.run(swaps.start(mixture), T, np.zeros(3), sweeps)
                one = 1000 * a.energy.mean(axis=0)
                alpha = order_of(shell, expansion, swaps.supercell, state)[0]
                mu, start = chemical_potentials(flips, mixture, T, sweeps)
                state, b = flips.run(start, T, mu, sweeps)
                # To the amounts of the swaps along the regression of E on N.
                n, e = b.amounts.mean(axis=0), 1000 * b.energy.mean(axis=0)
                exact = whole(mixture, swaps.supercell.size) / swaps.supercell.size
                slope = np.linalg.lstsq((n - n.mean(1, keepdims=True))[1:].T, e - e.mean(),
                                        rcond=None)[0]  # fmt: skip
                other = e + slope @ (exact[:, None] - n)[1:]
                beta = order_of(shell, expansion, swaps.supercell, state)[0]
                (x, dx), (y, dy) = mean(one), mean(other)
                print(
                    f"| {mixture} | {T:.0f} | {length}³ | {x:.3f} ± {dx:.3f} | {y:.3f} ± {dy:.3f} "
                    f"| {x - y:+.3f} ± {np.hypot(dx, dy):.3f} | {_both(alpha)} | {_both(beta)} |"
                )


def _both(values):
    m, s = mean(values[np.isfinite(values)])
    return f"{m:+.4f} ± {s:.4f}"


def ideal(expansion, shell, sweeps):
    """Warren–Cowley parameters without interactions."""
    nothing = replace(expansion, eci=expansion.eci * 0)
    swaps = Canonical(nothing, 6, (Swaps(SITES),))
    for mixture in MIXTURES:
        state, _ = swaps.run(swaps.start(mixture), 1000.0, np.zeros(3), sweeps)
        found = warren_cowley(shell, expansion.spaces, swaps.supercell, state.T)
        excess = found.alpha - found.random
        m = excess.mean(axis=0)
        s = excess.std(axis=0, ddof=1) / np.sqrt(len(excess))
        print(
            f"ideal mixture {mixture}: α − α at random in errors: "
            + ", ".join(f"{m[i, j] / s[i, j]:+.2f}" for i in range(3) for j in range(i, 3))
        )


def peer(prim, expansion, shell, sweeps, seeds, python):
    """Canonical averages beside those of smol."""
    length = 6
    swaps = Canonical(expansion, length, (Swaps(SITES),))
    size = swaps.supercell.size
    points = [(T, m) for m in MIXTURES for T in TEMPERATURES]
    thin = 6 * size
    conditions = []
    for T, mixture in points:
        start = swaps.start(mixture)
        conditions += [
            {"T": T, "occupation": start[:, k].tolist(), "seed": k + 1, "steps": 80 * thin,
             "thin": thin, "keep": True}
            for k in range(seeds)
        ]  # fmt: skip
    asked = {
        "file": str(FILE), "names": expansion.spaces[0].species, "supercell": [length] * 3,
        "conditions": conditions,
    }  # fmt: skip
    done = subprocess.run(
        [python, str(Path(__file__).parent / "peers" / "smol_canonical.py")], text=True,
        input=json.dumps(asked), capture_output=True, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    answer = json.loads(done.stdout)
    cells = np.round(np.array(answer["frac"]) * length).astype(int) % length
    order = swaps.supercell.wrap(cells)
    rate = np.median([f["swaps_per_s"] for f in answer["found"]])
    print(f"smol {answer['version']}: {rate:.0f} attempted swaps per second in {length}³ cells")
    print("\n| mixture | T, K | E navac, meV | E smol, meV | difference, errors | α navac "
          "| α smol | difference, errors |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    for k, (T, mixture) in enumerate(points):
        state, a = swaps.run(swaps.start(mixture), T, np.zeros(3), sweeps)
        (x, dx) = mean(1000 * a.energy.mean(axis=0))
        energies, alphas = [], []
        for f in answer["found"][k * seeds : (k + 1) * seeds]:
            energies.append(1000 * np.mean(np.array(f["energies"])[20:]) / size)
            samples = np.array(f["occupations"]).reshape(-1, size)[20:]
            own = np.empty_like(samples)
            own[:, order] = samples
            alphas.append(np.nanmean(order_of(shell, expansion, swaps.supercell, own.T)[0]))
        (y, dy), (beta, db) = mean(np.array(energies)), mean(np.array(alphas))
        alpha = order_of(shell, expansion, swaps.supercell, state)[0]
        m, s = mean(alpha[np.isfinite(alpha)])
        print(
            f"| {mixture} | {T:.0f} | {x:.3f} ± {dx:.3f} | {y:.3f} ± {dy:.3f} | "
            f"{(x - y) / np.hypot(dx, dy):+.2f} | {m:+.4f} ± {s:.4f} | {beta:+.4f} ± {db:.4f} | "
            f"{(m - beta) / np.hypot(s, db):+.2f} |"
        )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=["ideal", "boxes", "peer"])
    parser.add_argument("--sweeps", type=int, default=200, help="per block; four blocks")
    parser.add_argument("--seeds", type=int, default=16, help="runs of smol at a point")
    parser.add_argument("--peer-python", default=peer_python())
    options = parser.parse_args()
    jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    prim, expansion, shell = alloy()
    for part in options.parts:
        if part == "peer":
            peer(prim, expansion, shell, options.sweeps, options.seeds, options.peer_python)
        else:
            {"ideal": ideal, "boxes": boxes}[part](expansion, shell, options.sweeps)


if __name__ == "__main__":
    main()
