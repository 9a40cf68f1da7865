"""The closed loop on published interactions as the unknown truth, from 30 random orderings.

    python benchmarks/closed_loop.py [--seeds N] [--range x1to3|x3to4]

Orderings of one and two primitive cells are drawn at random, two of them at the ends of the range.
Rounds of the library (:mod:`navac.rounds`) ask for energies, which the published table gives, until
they are settled. For every seed the table says when each ground state of the truth was there, and
when the loop was settled. ``--one-shot`` counts what an enumeration computes to find the same:
every symmetry-distinct ordering. Results are recorded in README.md.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from navac.crystal.decoration import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.eci_table import read_eci_table
from navac.hull import lower_hull
from navac.orderings.enumeration import count_orderings
from navac.orderings.ordering import Ordering, read_orderings
from navac.orderings.symmetry import (
    binary_patterns,
    canonical_key,
    distinct_supercells,
    unpack,
)
from navac.rounds.record import SETTLED, Score, State
from navac.rounds.round import Loop, RangeInput

PUBLISHED = Path(__file__).parents[1] / "config" / "published" / "nxvp"
CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}
START = 30
MAX_ROUNDS = 15
FIT = SimpleNamespace(
    regression="lasso", alpha_eV=1e-5, max_terms_share=0.85, refit=True, folds=10,
    hull_weight_meV_per_fu=None, balance_compositions=False, outlier_sigmas=None,
    fold_by="ordering",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """A published table, and the ground states that are to be found.

    Attributes:
        name: of the range.
        bounds: of x.
        states: x of its ground states.
        max_cells: of the search: the largest of the ground states.
    """

    name: str
    bounds: tuple[float, float]
    states: tuple[float, ...]
    max_cells: int


TRUTHS = {
    "x1to3": Truth("x1to3", (1, 3), (1, 2, 3), 4),
    "x3to4": Truth("x3to4", (3, 4), (3, 3.4, 3.5, 4), 5),
}


class Campaign:
    """One loop, run in memory."""

    def __init__(self, truth: Truth, per_round: int):
        self.truth = truth
        self.prim = read_prim(PUBLISHED / "prim.json", [], 2)
        self.group = find_space_group(self.prim, 1e-5)
        orbits = enumerate_orbits(self.prim, self.group, {2: 10.0, 3: 6.0, 4: 5.0})
        self.expansion = read_eci_table(PUBLISHED / f"eci_{truth.name}.csv", orbits)
        self.settings = SimpleNamespace(
            budget=None, per_round=per_round, max_cells=truth.max_cells, hull_meV_per_fu=0.5,
            loocv_meV_per_fu=2.0, voltage_mV=5.0,
        )  # fmt: skip
        self.range = RangeInput(truth.name, truth.bounds, self.expansion.orbits)

    def random_orderings(self, seed: int) -> list[Ordering]:
        """Distinct random orderings of one and two cells; the first two are at the ends."""
        rng = np.random.default_rng(seed)
        boxes = [c for n in (1, 2) for c in distinct_supercells(n, self.group)]
        low, high = (round(2 * x) for x in self.truth.bounds)
        seen, found = set(), []
        while len(found) < START:
            box = boxes[rng.integers(len(boxes))]
            ends = [low * box.size, high * box.size]
            count = ends[len(found)] if len(found) < 2 else rng.integers(ends[0], ends[1] + 1)
            occupation = np.ones(8 * box.size, np.int8)
            occupation[rng.permutation(8 * box.size)[:count]] = 0
            key = canonical_key(self.prim, self.group, box, occupation)
            if key not in seen:
                seen.add(key)
                hnf = tuple(int(n) for n in np.ravel(box.hnf))
                x = float(count / box.size / 2)
                found.append(Ordering(f"random-{len(found)}", hnf, x, occupation, 1, 0.0))
        return found

    def energies(self, orderings: list[Ordering]) -> pd.DataFrame:
        """The table of the truth."""
        return pd.DataFrame({
            "id": [o.id for o in orderings], "range": self.truth.name,
            "x": [o.x for o in orderings],
            "energy_eV_per_cell": self.expansion.energies_of(orderings), "provenance": "truth",
        })  # fmt: skip

    def goal(self) -> dict[float, float]:
        """Energies of the ground states at their x, eV per cell: from the listed orderings."""
        listed = read_orderings(PUBLISHED / "further_orderings.csv")
        pool = [o for o in self._one_cell() + listed
                if self.truth.bounds[0] - 1e-6 <= o.x <= self.truth.bounds[1] + 1e-6]  # fmt: skip
        x, energy = np.array([o.x for o in pool]), self.expansion.energies_of(pool)
        hull = lower_hull(x, energy, 2)
        return {s: float(np.interp(s, hull.x, hull.energy)) for s in self.truth.states}

    def _one_cell(self) -> list[Ordering]:
        return [
            Ordering(f"one-{k}", (1, 0, 0, 0, 1, 0, 0, 0, 1), n / 2, 1 - row, 1, 0.0)
            for n in range(9) for k, row in enumerate(unpack(binary_patterns(8, n), 8))
        ]  # fmt: skip

    def run(self, seed: int) -> dict[str, object]:
        """The loop from one seed."""
        goal, there, started = self.goal(), {}, time.monotonic()
        orderings = self.random_orderings(seed)
        scores: list[Score] = []
        states: list[State] = []
        for number in range(1, MAX_ROUNDS + 1):
            table = self.energies(orderings)
            for x, energy in goal.items():
                at = table[np.isclose(table.x, x)].energy_eV_per_cell.min()
                if at < energy + 1e-6:
                    there.setdefault(x, len(orderings))
            loop = Loop(number, self.prim, self.group, CHARGES, self.settings, FIT, seed, print)
            found = loop.run([self.range], orderings, table, scores, states)
            scores, states = found.scores, found.states
            if scores[0].state == SETTLED:
                break
            orderings = orderings + found.asked
        return {
            "seed": seed, **{f"x = {x:g}": there.get(x) for x in goal},
            "all": max(there.values()) if len(there) == len(goal) else None,
            "settled": len(orderings) if scores[0].state == SETTLED else None,
            "rounds": scores[0].round, "seconds": round(time.monotonic() - started),
            "also": ", ".join(f"{s.x:.3f}" for s in states
                              if not np.isclose(s.x, list(goal)).any()),
        }  # fmt: skip


def one_shot(campaign: Campaign, max_cells: int) -> int:
    """Distinct orderings of the range in all supercells of up to so many cells."""
    low, high = (round(2 * x) for x in campaign.truth.bounds)
    return sum(
        sum(count_orderings(
            campaign.prim, campaign.group, cells=n, counts=range(low * n, high * n + 1),
            species="Na",
        ).values())
        for n in range(1, max_cells + 1)
    )  # fmt: skip


def main() -> None:
    """Print a row per seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--range", choices=TRUTHS, action="append")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--per-round", type=int, default=4)
    parser.add_argument(
        "--one-shot",
        type=int,
        metavar="CELLS",
        help="count the enumeration up to so many cells; 4 take half an hour",
    )
    args = parser.parse_args()
    for name in args.range or TRUTHS:
        campaign = Campaign(TRUTHS[name], args.per_round)
        rows = pd.DataFrame([campaign.run(seed) for seed in range(args.seeds)])
        print(f"\n{name}\n{rows.to_string(index=False)}", flush=True)
        if args.one_shot:
            print(f"one-shot enumeration: {one_shot(campaign, args.one_shot)} orderings")


if __name__ == "__main__":
    main()
