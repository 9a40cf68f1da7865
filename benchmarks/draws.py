"""What the expansion's uncertainty does to a diagram: first-order response against full draws.

Interactions are drawn from the covariance that a fit to some orderings with a given noise has. Each
draw goes through the whole of the sampling: ground states, paths, Monte Carlo, surfaces, boundaries.
Supercells of 12 × 12 × 4 cells hold the modulated phase and take minutes. A row per draw is appended
to a CSV beside this file; draws that are there are not made again. Draw 0 is the fit itself, the
response of whose diagram is what the draws are compared with::

    python benchmarks/draws.py --campaign results/nxvp --draws 20

``--scale`` multiplies the noise: first order is exact for small ones.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import read_crystal
from navac.expansion.correlations import correlation_matrix
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.fit.uncertainty import Uncertainty, draw_expansions, posterior_of
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.orderings.ordering import Ordering, read_orderings
from navac.sampling.grid import mu_grid, plan_grid
from navac.sampling.lengths import Lengths
from navac.sampling.plan import Plan, read_plan, write_plan
from navac.sampling.record import read_samples
from navac.sampling.walk import sample_paths, use_cores
from navac.thermodynamics.diagram import Diagram, phase_diagram
from navac.thermodynamics.order import Crystal
from navac.thermodynamics.regions import boundaries

HERE = Path(__file__).parent
TABLE = HERE / "draws.csv"
NOISE = 14.85
"""Of the paper's fit, meV per formula unit, …"""

ORDERINGS = 849
"""… and its energies."""

SUPERCELL = (12, 12, 4)
X = (1.0, 3.0)
KNOWN = {"zeta": 1.0, "psi": 2.0, "omega": 3.0}
TEMPERATURES = np.array([10, 150, 300, 400, 460, *range(520, 1121, 40)], float)
STEP, MARGIN, REACH = 0.0025, 0.03, 0.1
"""Of μ, eV."""

COOL_TO = 600.0
LENGTHS = Lengths(equilibration=30, carried=25, block=25)
BLOCKS, RESAMPLES, SEED = 8, 10, 20221


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is drawn from.

    Attributes:
        orderings: in which ground states are looked for: those that repeat in the supercell.
    """

    prim: Prim
    expansion: Expansion
    uncertainty: Uncertainty
    orderings: list[Ordering]


def case(campaign: Path, scale: float) -> Case:
    """The expansion of a finished campaign, and its covariance for the noise of the paper."""
    prim, expansion = read_expansion(campaign / "expansion/x1to3_expansion.json")
    read_crystal(campaign / "prim/prim.json")
    orderings = read_orderings(campaign / "orderings/orderings.csv")
    inside = [o for o in orderings if X[0] <= o.x <= X[1]]
    some = np.linspace(0, len(inside) - 1, min(ORDERINGS, len(inside))).round().astype(int)
    averages = correlation_matrix(expansion.orbits, [inside[i] for i in some])
    noise = scale * NOISE * prim.formula_units / 1000
    held = [o for o in inside if o.supercell.repeats_in(Supercell.diagonal(*SUPERCELL))]
    return Case(
        prim=prim, expansion=expansion, orderings=held,
        uncertainty=posterior_of(expansion, noise, averages),
    )  # fmt: skip


def sampled(of: Case, expansion: Expansion, folder: Path) -> Plan:
    """The plan of an expansion, and its record in a folder; a record is gone on with."""
    folder.mkdir(parents=True, exist_ok=True)
    supercell = Supercell.diagonal(*SUPERCELL)
    hull, states = ground_states(expansion, of.orderings, X, of.prim.formula_units)
    plan = plan_grid(
        expansion, hull, states, supercell, known=KNOWN, margin=MARGIN, temperatures=TEMPERATURES,
        grid=mu_grid(hull, STEP, MARGIN, REACH), cool_to=COOL_TO,
    )  # fmt: skip
    write_plan(folder / "plan.h5", plan)
    walks, model = plan.walks(), lattice_model(expansion, supercell)
    sampler = Sampler(model, replicas=len(walks.start), most=256, blocks=BLOCKS)
    sample_paths(
        model, walks, folder / "x1to3-0.h5", paths=np.arange(len(walks.start)), first_stream=0,
        seed=SEED, sampler=sampler, lengths=LENGTHS, progress=lambda *_: None,
    )  # fmt: skip
    return plan


def diagram(of: Case, folder: Path) -> Diagram:
    """The diagram of what was sampled."""
    return phase_diagram(
        read_plan(folder / "plan.h5"), read_samples([folder / "x1to3-0.h5"]),
        crystal=Crystal(
            labels=tuple(of.prim.active_labels), lattice=np.asarray(of.prim.lattice),
            supercell=SUPERCELL,
        ),
        bounds=X, smallest_x=0.05, formula_units=of.prim.formula_units, resamples=RESAMPLES,
        seed=SEED,
    )  # fmt: skip


def ends(found: Diagram) -> dict[str, tuple[float, str]]:
    """Temperature, K, and kind of the end of every region."""
    return {
        name: (region.ends.temperature, region.ends.kind)
        for name, region in boundaries(found).items()
    }


def main() -> None:
    """Make the draws that the table lacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaign", type=Path, default=HERE.parent / "results/nxvp")
    parser.add_argument("--work", type=Path, default=HERE.parent / "results/benchmarks/draws")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--scale", type=float, default=1.0, help="of the noise")
    options = parser.parse_args()
    use_cores(1)
    of = case(options.campaign, options.scale)
    drawn = draw_expansions(of.expansion, of.uncertainty, options.draws, SEED)
    for number, expansion in enumerate([of.expansion, *drawn]):
        began = time.time()
        folder = options.work / f"{options.scale:g}-{number}"
        sampled(of, expansion, folder)
        middle = time.time()
        found = diagram(of, folder)
        print(number, f"{middle - began:.0f} s, {time.time() - middle:.0f} s", ends(found))
        for p in found.invariants:
            print("   ", p.kind, [found.assignment.names[k] for k in p.phases],
                  f"{p.temperature:.1f} ± {p.stderr:.1f}", flush=True)


if __name__ == "__main__":
    main()
