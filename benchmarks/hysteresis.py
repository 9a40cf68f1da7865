"""How long paths stay in a phase that is no longer stable: the same conditions, many times slower.

``python benchmarks/hysteresis.py results/nxvp --mu -0.4425 -0.4375 --from 900 780`` takes the
states that a finished campaign has at a high and a low temperature, the first of the cooled paths,
the second of the heated ones, and goes down and up from them in steps of 10 K with many more sweeps
than the campaign, several replicas of each. It prints N, E − μN and the concentration wave at every
temperature, and its scatter over the replicas, which is large where some have gone over and others
have not. Where cooled and heated paths agree, nothing is hysteresis.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from navac.config import load_config
from navac.crystal.configurations import Configurations
from navac.crystal.supercell import Supercell
from navac.expansion.file import read_expansion
from navac.montecarlo.model import lattice_model
from navac.montecarlo.observers import concentration_waves
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.sampling.plan import Plan, read_plan
from navac.sampling.record import states_at
from navac.sampling.walk import use_cores

STEP = 10.0
"""K."""

BLOCKS = 5


def positions(plan: Plan, mu: float, high: float, low: float) -> list[tuple[str, int, int]]:
    """Name, step and path of the states at one chemical potential that paths begin from."""
    column = int(np.abs(plan.mu_grid - mu).argmin())
    grid, found = plan.grid_step(), []
    for path in np.flatnonzero(plan.mu_index == column):
        cooled = plan.branch[path] == len(plan.phases)
        at = int(np.abs(plan.temperatures - (high if cooled else low)).argmin())
        for step in np.flatnonzero(grid[:, path] == at):
            name = "cooled" if cooled else plan.phases[plan.branch[path]]
            found.append((name, int(step), int(path)))
    return found


def parser_of(doc: str) -> argparse.ArgumentParser:
    """The arguments that say which states of which campaign are taken up again."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--config", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--range", default="x1to3")
    parser.add_argument("--mu", type=float, nargs="+", required=True, help="eV per atom")
    return parser


def main() -> None:
    """Run what the command line asks for."""
    parser = parser_of(__doc__)
    parser.add_argument("--from", dest="begin", type=float, nargs=2, required=True,
                        help="K, of cooled and of heated paths")  # fmt: skip
    parser.add_argument("--steps", type=int, default=17)
    parser.add_argument("--sweeps", type=int, default=2000)
    parser.add_argument("--replicas", type=int, default=16)
    given = parser.parse_args()
    config, name = load_config(given.config), given.range
    use_cores(config.sampling.threads)
    plan = read_plan(given.results / f"sampling/{name}-paths.h5")
    cases = [(mu, *p) for mu in given.mu for p in positions(plan, mu, *given.begin)]
    records = sorted((given.results / "sampling").glob(f"{name}-[0-9]*.h5"))
    starts = states_at(records, np.array([c[2] for c in cases]), np.array([c[3] for c in cases]))
    model = lattice_model(read_expansion(given.results / f"expansion/{name}_expansion.json")[1],
                          Supercell.diagonal(*config.supercell(name)))  # fmt: skip
    count = len(cases) * given.replicas
    sampler = Sampler(model, replicas=count, blocks=BLOCKS)
    state = Configurations.of(np.repeat(starts, given.replicas, axis=0))
    mu = np.repeat([c[0] for c in cases], given.replicas)
    cools = np.repeat([c[1] == "cooled" for c in cases], given.replicas)
    keys, length = path_keys(config.seed, np.arange(count)), given.sweeps // (BLOCKS + 1)
    print("path, μ eV, T K, N, E − μN eV per cell, its scatter, wave")
    for k in range(given.steps):
        T = np.where(cools, given.begin[0] - STEP * k, given.begin[1] + STEP * k)
        found = sampler.advance(state, T, mu, keys, k * given.sweeps, length, length)
        omega = (found.energy - mu * found.number)[-1].reshape(-1, given.replicas)
        number = found.number[-1].reshape(omega.shape).mean(axis=1)
        wave = concentration_waves(model.supercell, state)["wave_amplitude"].reshape(omega.shape)
        for i, case in enumerate(cases):
            print(f"{case[1]}, {case[0]:.4f}, {T[i * given.replicas]:.0f}, {number[i]:.3f}, "
                  f"{omega[i].mean():.4f}, {omega[i].std():.4f}, {wave[i].mean():.2f}",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
