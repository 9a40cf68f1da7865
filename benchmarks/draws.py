"""What the expansion's uncertainty does to a diagram: first-order response against full draws.

Interactions are drawn from the covariance that a fit to some orderings with a given noise has. Each
draw goes through all of the sampling: ground states, paths, Monte Carlo, surfaces. A diagram of
12 × 12 × 4 cells takes minutes. Draw 0 is the fit itself; every other one is compared with what the
response of that diagram predicts for the same interactions::

    python benchmarks/draws.py --campaign results/nxvp --draws 20

A row per draw is appended to draws.csv beside this file, and draws that are there are not made
again; one that was stopped is gone on with. The campaign has to have its expansion and orderings.
``--scale`` multiplies the noise: first order is exact for small ones.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.expansion.correlations import correlation_matrix
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.fit.uncertainty import Uncertainty, draw_changes, draw_expansions, posterior_of
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.orderings.ordering import Ordering, read_orderings
from navac.sampling.grid import mu_grid, plan_grid
from navac.sampling.lengths import Lengths
from navac.sampling.plan import Plan, read_plan, write_plan
from navac.sampling.record import read_samples, states_at
from navac.sampling.walk import sample_paths, use_cores
from navac.thermodynamics.diagram import Diagram, phase_diagram
from navac.thermodynamics.drawn import drawn_diagrams
from navac.thermodynamics.equilibria import crossing
from navac.thermodynamics.order import Crystal
from navac.thermodynamics.responses import PhaseResponse, number_terms, phase_responses
from navac.thermodynamics.sensitivity import Sensitivity, of_equilibrium, phase_at

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
PAIRS = (("zeta", "psi"), ("psi", "omega"))
AT = 600.0
"""Temperature at which μ and x of both equilibria are compared, K."""

WIDTHS = (0.8, 0.6, 0.4)
"""Widths in x to which the regions close; the temperatures at which they do are compared. Above the
last, states of the small supercell go back and forth between the phases."""

BOOTSTRAPS = 2000


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


def measures(found: Diagram) -> dict[str, float]:
    """μ in meV and x of both equilibria at one temperature, and where the regions close, K.

    They are those of the surfaces of the phases; NaN without a phase, or if no region closes.
    """
    row = {}
    for pair in PAIRS:
        name = "+".join(pair)
        sides = _sides(found, pair)
        T = found.fields.temperature
        at = sides[int(np.abs(T - AT).argmin())]
        row |= {f"{name} mu": 1000 * at[0], f"{name} x_low": at[1], f"{name} x_high": at[2]}
        width = sides[:, 2] - sides[:, 1]
        row |= {f"{name} T({w})": _closing(T, width, w) for w in WIDTHS}
    return row


def _sides(found: Diagram, pair: tuple[str, str]) -> np.ndarray:
    """``[T, 3]`` μ and x of two phases in equilibrium; NaN where there is none."""
    fields, names = found.fields, found.assignment.names
    sides = np.full((len(fields.temperature), 3), np.nan)
    if not set(pair) <= set(names):
        return sides
    low, high = (names.index(p) for p in pair)
    for step in range(len(sides)):
        row = fields.rows(step)
        mu = crossing(row, low, high)
        if mu is not None:
            number = row.at(mu)[1][0, [low, high]]
            sides[step] = mu, *(number / found.formula_units)
    return sides


def _closing(T: np.ndarray, width: np.ndarray, closed: float) -> float:
    """The temperature, K, above which a region is narrower; NaN if there is none."""
    wide = np.flatnonzero(width > closed)
    if not len(wide) or wide[-1] + 1 >= len(T) or not np.isfinite(width[wide[-1] + 1]):
        return np.nan
    k = wide[-1]
    part = (width[k] - closed) / (width[k] - width[k + 1])
    return float(T[k] + part * (T[k + 1] - T[k]))


def responses_of(of: Case, found: Diagram, folder: Path) -> dict[int, PhaseResponse]:
    """The response of the phases of a sampled diagram."""
    return phase_responses(
        found.plan, found.data, found.assignment.phase, of.expansion,
        Supercell.diagonal(*SUPERCELL), partial(states_at, [folder / "x1to3-0.h5"]),
    )  # fmt: skip


def linear(
    found: Diagram, responses: dict[int, PhaseResponse], covariance: np.ndarray
) -> dict[str, float]:
    """Standard errors of the measures, to first order."""
    row = {}
    for pair in PAIRS:
        name, k = "+".join(pair), [found.assignment.names.index(p) for p in pair]
        sides, T = _sides(found, pair), found.fields.temperature

        def sensitivities(at: float, k=k, sides=sides, T=T) -> tuple[Sensitivity, ...]:
            mu = float(np.interp(at, T, sides[:, 0]))
            phases = (phase_at(found.fields, responses[p], p, at, mu) for p in k)
            return of_equilibrium(*phases)

        mu, low, high = (s.stderr(covariance) for s in sensitivities(AT))
        fu = found.formula_units
        row |= {f"{name} mu": 1000 * mu, f"{name} x_low": low / fu, f"{name} x_high": high / fu}
        width = sides[:, 2] - sides[:, 1]
        for w in WIDTHS:
            closing = _closing(T, width, w)
            _, low, high = sensitivities(closing)
            step = int(np.searchsorted(T, closing)) - 1
            slope = (width[step + 1] - width[step]) / (T[step + 1] - T[step])
            moved = (high.value - low.value) / fu / slope
            row[f"{name} T({w})"] = float(np.sqrt(moved @ covariance @ moved))
    return row


def rows_of(path: Path, scale: float) -> list[dict[str, str]]:
    """The draws of a table that were made with a noise."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if float(row["scale"]) == scale]


def append(path: Path, row: dict[str, object]) -> None:
    """Add a row to a table."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def compared(rows: list[dict[str, str]], first_order: dict[str, float]) -> None:
    """Print the table: standard deviations over the draws, and their ratio with its error."""
    print("| measure | fit | first order | response | full draws | full / response | correlation | "
          "draws |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name, stderr in first_order.items():
        pairs = np.array([
            [float(r[f"full {name}"]), float(r[f"response {name}"])]
            for r in rows if int(r["draw"])
        ])  # fmt: skip
        known = pairs[np.isfinite(pairs).all(axis=1)]
        fit = float(next(r[f"full {name}"] for r in rows if not int(r["draw"])))
        if len(known) < 3:
            print(f"| {name} | {fit:.4g} | {stderr:.3g} | | | | | {len(known)} |")
            continue
        full, response = known.std(axis=0, ddof=1)
        ratio, error = _ratio(known)
        print(
            f"| {name} | {fit:.5g} | {stderr:.3g} | {response:.3g} | {full:.3g} | "
            f"{ratio:.2f} ± {error:.2f} | {np.corrcoef(known.T)[0, 1]:.2f} | {len(known)} |"
        )


def _ratio(known: np.ndarray) -> tuple[float, float]:
    """Ratio of two standard deviations over ``known[draw, 2]``, and its error by bootstrap."""
    rng = np.random.default_rng(0)
    drawn = known[rng.integers(0, len(known), (BOOTSTRAPS, len(known)))].std(axis=1, ddof=1)
    ratio = known.std(axis=0, ddof=1)
    drawn = drawn[drawn.min(axis=1) > 0]
    return float(ratio[0] / ratio[1]), float((drawn[:, 0] / drawn[:, 1]).std())


def main() -> None:
    """Make the draws that the table lacks, then print what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaign", type=Path, default=HERE.parent / "results/nxvp")
    parser.add_argument("--work", type=Path, default=HERE.parent / "results/benchmarks/draws")
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--scale", type=float, default=1.0, help="of the noise")
    options = parser.parse_args()
    use_cores(1)
    of = case(options.campaign, options.scale)
    folders = [options.work / f"{options.scale:g}-{n}" for n in range(options.draws + 1)]
    sampled(of, of.expansion, folders[0])
    fit = diagram(of, folders[0])
    responses = responses_of(of, fit, folders[0])
    first_order = linear(fit, responses, of.uncertainty.covariance)
    changes = draw_changes(of.uncertainty, options.draws, SEED)
    predicted = [fit, *drawn_diagrams(fit, responses, changes, number_terms(of.expansion))]
    expansions = [
        of.expansion, *draw_expansions(of.expansion, of.uncertainty, options.draws, SEED)
    ]  # fmt: skip
    there = {int(row["draw"]) for row in rows_of(options.table, options.scale)}
    for number in [n for n in range(options.draws + 1) if n not in there]:
        began = time.time()
        plan = sampled(of, expansions[number], folders[number])
        found = measures(diagram(of, folders[number]))
        append(options.table, {
            "scale": options.scale, "draw": number, "seconds": round(time.time() - began),
            "ground states": " ".join(plan.phases),
            **{f"full {k}": f"{v:.6g}" for k, v in found.items()},
            **{f"response {k}": f"{v:.6g}" for k, v in measures(predicted[number]).items()},
        })  # fmt: skip
    rows = [r for r in rows_of(options.table, options.scale) if int(r["draw"]) <= options.draws]
    compared(rows, first_order)


if __name__ == "__main__":
    main()
