"""Two phases side by side in one supercell: at which temperature neither grows.

``python benchmarks/side_by_side.py results/nxvp --mu -0.44 --low 780 --high 860 --between 800 880
10`` takes two states that a finished campaign has near a chemical potential, a heated path at the
lower temperature and a cooled one at the higher, with the same concentration wave, and puts them
beside each other along an axis across which this wave does not change. At every temperature of the
grid, several replicas go on from there with random numbers of their own. Which phase grows shows in
E − μN, for which replicas of each phase alone, in the same supercell, are the scale: 0 is the
first phase and 1 the second. No constant of integration and no nucleus is needed, so that the
temperature at which neither grows tests the diagram's.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
from hysteresis import parser_of

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

WITHIN = 0.004
"""Chemical potentials at which states may have been sampled, about the one asked for, eV."""

TURNS = 8
"""How often E − μN is printed."""

Lengths = tuple[int, int, int]


def candidates(plan: Plan, mu: float, T: float, *, cooled: bool) -> list[tuple[int, int]]:
    """Step and path of the states near a condition, the nearest first."""
    at, grid = int(np.abs(plan.temperatures - T).argmin()), plan.grid_step()
    off = np.abs(plan.mu_grid[plan.mu_index] - mu)
    own = (plan.branch == len(plan.phases)) == cooled
    paths = np.flatnonzero(own & (off < WITHIN))
    paths = paths[np.argsort(off[paths], kind="stable")]
    return [(int(s), int(p)) for p in paths for s in np.flatnonzero(grid[:, p] == at)]


def states(results: Path, name: str, where: list[tuple[int, int]]) -> np.ndarray:
    """``[state, site]`` occupations."""
    records = sorted((results / "sampling").glob(f"{name}-[0-9]*.h5"))
    steps, paths = np.array(where).T
    return states_at(records, steps, paths)


def pair(
    first: np.ndarray, second: np.ndarray, box: Supercell
) -> tuple[np.ndarray, np.ndarray, int]:
    """A state of each with the same wave, and the axis along which this wave does not change."""
    waves = [concentration_waves(box, Configurations.of(s)) for s in (first, second)]
    for i, j in product(range(len(first)), range(len(second))):
        k, q = waves[0]["wave_vector"][i], waves[1]["wave_vector"][j]
        same = (k == q).all() or (k == -q).all()
        strong = min(waves[0]["wave_amplitude"][i], waves[1]["wave_amplitude"][j]) > 0.1
        across = np.flatnonzero(k == 0)
        if same and strong and len(across):
            print(f"wave {k}, amplitudes {waves[0]['wave_amplitude'][i]:.2f} and "
                  f"{waves[1]['wave_amplitude'][j]:.2f}")  # fmt: skip
            return first[i], second[j], int(across[0])
    raise SystemExit("no two states have the same concentration wave; allow other temperatures")


def beside(first: np.ndarray, second: np.ndarray, lengths: Lengths, axis: int) -> np.ndarray:
    """``[site]`` both states in one supercell twice as long."""
    boxes = [codes.reshape(-1, *lengths) for codes in (first, second)]
    return np.concatenate(boxes, axis=axis + 1).ravel()


def main() -> None:
    """Run what the command line asks for."""
    parser = parser_of(__doc__)
    parser.add_argument("--low", type=float, required=True, help="K, of the heated state")
    parser.add_argument("--high", type=float, required=True, help="K, of the cooled state")
    parser.add_argument("--between", type=float, nargs=3, required=True, help="K: from, to, step")
    parser.add_argument("--sweeps", type=int, default=8000)
    parser.add_argument("--replicas", type=int, default=8)
    given = parser.parse_args()
    config, name = load_config(given.config), given.range
    use_cores(config.sampling.threads)
    plan = read_plan(given.results / f"sampling/{name}-paths.h5")
    expansion = read_expansion(given.results / f"expansion/{name}_expansion.json")[1]
    lengths = config.supercell(name)
    grid = np.arange(given.between[0], given.between[1] + 1e-9, given.between[2])
    for mu in given.mu:
        found = [
            states(given.results, name, candidates(plan, mu, T, cooled=cooled))
            for T, cooled in ((given.low, False), (given.high, True))
        ]
        first, second, axis = pair(*found, Supercell.diagonal(*lengths))
        longer = tuple(n * (2 if k == axis else 1) for k, n in enumerate(lengths))
        model = lattice_model(expansion, Supercell.diagonal(*longer))
        starts = [beside(a, b, lengths, axis)
                  for a, b in ((first, first), (first, second), (second, second))]  # fmt: skip
        shape = (len(grid), len(starts), given.replicas)
        kinds = np.broadcast_to(np.arange(3)[None, :, None], shape).ravel()
        T = np.broadcast_to(grid[:, None, None], shape).ravel().copy()
        state = Configurations.of(np.array(starts)[kinds])
        sampler = Sampler(model, replicas=len(T), blocks=1)
        keys, length = path_keys(config.seed, np.arange(len(T))), given.sweeps // TURNS
        print(f"μ = {mu:g} eV, {longer}: the part of the second phase, by E − μN; ± over replicas")
        print("| T, K | first alone | second alone | " + " | ".join(
            f"{(k + 1) * length} sweeps" for k in range(TURNS)) + " |")  # fmt: skip
        print("|" + "---|" * (TURNS + 3))
        turns = []
        for k in range(TURNS):
            seen = sampler.advance(state, T, np.full(len(T), mu), keys, k * length, 0, length)
            turns.append(((seen.energy - mu * seen.number)[-1]).reshape(shape))
        for t, temperature in enumerate(grid):
            alone = np.array([turn[t] for turn in turns]).mean(axis=0)  # [kind, replica]
            ends, spread = alone[[0, 2]].mean(axis=1), alone[[0, 2]].std(axis=1)
            parts = [(turn[t, 1] - ends[0]) / (ends[1] - ends[0]) for turn in turns]
            cells = [f"{e:.4f} ± {s:.4f}" for e, s in zip(ends, spread, strict=True)]
            cells += [f"{p.mean():.2f} ± {p.std():.2f}" for p in parts]
            print(f"| {temperature:g} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
