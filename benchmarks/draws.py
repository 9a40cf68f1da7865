"""What the expansion's uncertainty does to a diagram: first-order response against full draws.

Interactions are drawn from the covariance that a fit to some orderings with a given noise has. Each
draw goes through all of the sampling: ground states, paths, Monte Carlo, surfaces, boundaries.
Draw 0 is the fit itself; every other one is compared with what the response of that diagram
predicts for the same interactions, to first order and by a drawn diagram::

    python benchmarks/draws.py --campaign results/nxvp --setup whole --draws 20

A row per draw is appended to draws.csv beside this file, and draws that are there are not made
again; one that was stopped is gone on with. The campaign has to have its expansion and orderings.
``whole`` holds the modulated phase at its temperatures; ``thin`` is quick, but the modulated phase
is hardly stable in it. ``--scale`` multiplies the noise: first order is exact for small ones.
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
from navac.thermodynamics.sensitivity import of_equilibrium, of_point, phase_at

HERE = Path(__file__).parent
TABLE = HERE / "draws.csv"
NOISE = 14.85
"""Of the paper's fit, meV per formula unit, …"""

ORDERINGS = 849
"""… and its energies."""

X = (1.0, 3.0)
KNOWN = {"zeta": 1.0, "psi": 2.0, "omega": 3.0}
LENGTHS = Lengths(equilibration=30, carried=25, block=25)
BLOCKS, RESAMPLES, SEED = 8, 10, 20221
PAIRS = (("zeta", "psi"), ("psi", "omega"))
MODULATED = "modulated"
AT = 600.0
"""Temperature at which μ and x of both equilibria are compared, K."""

WIDTHS = (0.8, 0.6)
"""Widths in x to which the regions close; the temperatures at which they do are compared."""

BOOTSTRAPS = 2000
HOW = ("full", "first", "drawn")
"""Sampled in full, predicted to first order, and by a drawn diagram."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How a draw is sampled.

    Attributes:
        temperatures: ``[T]`` K.
        step, margin, reach: of the grid of μ, eV; see the configuration.
        cool_to: K.
    """

    supercell: tuple[int, int, int]
    temperatures: np.ndarray
    step: float
    margin: float
    reach: float
    cool_to: float


SETUPS = {
    "thin": Setup(
        supercell=(12, 12, 4), step=0.0025, margin=0.03, reach=0.1, cool_to=600,
        temperatures=np.array([10, 150, 300, 400, 460, *range(520, 1121, 40)], float),
    ),
    "whole": Setup(
        supercell=(12, 12, 12), step=0.0025, margin=0.02, reach=0.06, cool_to=660,
        temperatures=np.array([10, 150, 300, 400, 480, 540, *range(600, 961, 20)], float),
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is drawn from.

    Attributes:
        orderings: in which ground states are looked for: those that repeat in the supercell.
    """

    setup: Setup
    prim: Prim
    expansion: Expansion
    uncertainty: Uncertainty
    orderings: list[Ordering]

    @property
    def supercell(self) -> Supercell:
        """That is sampled."""
        return Supercell.diagonal(*self.setup.supercell)


def case(campaign: Path, setup: Setup, scale: float) -> Case:
    """The expansion of a finished campaign, and its covariance for the noise of the paper."""
    prim, expansion = read_expansion(campaign / "expansion/x1to3_expansion.json")
    orderings = read_orderings(campaign / "orderings/orderings.csv")
    inside = [o for o in orderings if X[0] <= o.x <= X[1]]
    some = np.linspace(0, len(inside) - 1, min(ORDERINGS, len(inside))).round().astype(int)
    averages = correlation_matrix(expansion.orbits, [inside[i] for i in some])
    noise = scale * NOISE * prim.formula_units / 1000
    held = [o for o in inside if o.supercell.repeats_in(Supercell.diagonal(*setup.supercell))]
    return Case(
        setup=setup, prim=prim, expansion=expansion, orderings=held,
        uncertainty=posterior_of(expansion, noise, averages),
    )  # fmt: skip


def sampled(of: Case, expansion: Expansion, folder: Path) -> Plan:
    """The plan of an expansion, and its record in a folder; a record is gone on with."""
    folder.mkdir(parents=True, exist_ok=True)
    how = of.setup
    hull, states = ground_states(expansion, of.orderings, X, of.prim.formula_units)
    plan = plan_grid(
        expansion, hull, states, of.supercell, known=KNOWN, margin=how.margin,
        temperatures=how.temperatures, grid=mu_grid(hull, how.step, how.margin, how.reach),
        cool_to=how.cool_to,
    )  # fmt: skip
    write_plan(folder / "plan.h5", plan)
    walks, model = plan.walks(), lattice_model(expansion, of.supercell)
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
            supercell=of.setup.supercell,
        ),
        bounds=X, smallest_x=0.05, formula_units=of.prim.formula_units, resamples=RESAMPLES,
        seed=SEED,
    )  # fmt: skip


def measures(found: Diagram) -> dict[str, float]:
    """μ in meV and x of both equilibria at one temperature, and temperatures in K.

    These are where the regions close, and where the equilibria meet the modulated phase. NaN
    without a phase.
    """
    row: dict[str, float] = {}
    for pair in PAIRS:
        name = "+".join(pair)
        sides = _sides(found, pair)
        T = found.fields.temperature
        at = sides[int(np.abs(T - AT).argmin())]
        row |= {f"{name} mu": 1000 * at[0], f"{name} x_low": at[1], f"{name} x_high": at[2]}
        width = sides[:, 2] - sides[:, 1]
        row |= {f"{name} T({w})": _closing(T, width, w) for w in WIDTHS}
        row[f"{name} meets"] = _meeting(found, pair)[0]
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


def _meeting(found: Diagram, pair: tuple[str, str]) -> tuple[float, float]:
    """T in K and μ in eV above which the modulated phase is lower than two phases in equilibrium.

    It is that of the surfaces: the temperature at which the region of the two ends, if it ends so.
    """
    names, fields = found.assignment.names, found.fields
    if not {*pair, MODULATED} <= set(names):
        return np.nan, np.nan
    low, other = names.index(pair[0]), names.index(MODULATED)
    mu = _sides(found, pair)[:, 0]
    depth = np.full(len(mu), np.nan)
    for step in np.flatnonzero(np.isfinite(mu)):
        phi = fields.rows(int(step)).at(mu[step])[0][0]
        depth[step] = phi[low] - phi[other]
    up = np.flatnonzero((depth[:-1] < 0) & (depth[1:] >= 0))
    if not len(up):
        return np.nan, np.nan
    k = up[-1]
    part, T = depth[k] / (depth[k] - depth[k + 1]), fields.temperature
    return float(T[k] + part * (T[k + 1] - T[k])), float(mu[k] + part * (mu[k + 1] - mu[k]))


def responses_of(of: Case, found: Diagram, folder: Path) -> dict[int, PhaseResponse]:
    """The response of the phases of a sampled diagram."""
    return phase_responses(
        found.plan, found.data, found.assignment.phase, of.expansion,
        of.supercell, partial(states_at, [folder / "x1to3-0.h5"]),
    )  # fmt: skip


def gradients(found: Diagram, responses: dict[int, PhaseResponse]) -> dict[str, np.ndarray]:
    """``[term]`` derivatives of the measures with respect to the interactions, per eV."""
    row, fu = {}, found.formula_units
    for pair in PAIRS:
        name, k = "+".join(pair), [found.assignment.names.index(p) for p in pair]
        sides, T = _sides(found, pair), found.fields.temperature

        def sensitivities(at: float, k=k, sides=sides, T=T) -> list[np.ndarray]:
            mu = float(np.interp(at, T, sides[:, 0]))
            phases = (phase_at(found.fields, responses[p], p, at, mu) for p in k)
            return [s.value for s in of_equilibrium(*phases)]

        mu, low, high = sensitivities(AT)
        row |= {f"{name} mu": 1000 * mu, f"{name} x_low": low / fu, f"{name} x_high": high / fu}
        width = sides[:, 2] - sides[:, 1]
        for w in WIDTHS:
            closing = _closing(T, width, w)
            _, low, high = sensitivities(closing)
            step = int(np.searchsorted(T, closing)) - 1
            slope = (width[step] - width[step + 1]) / (T[step + 1] - T[step])
            row[f"{name} T({w})"] = (high - low) / fu / slope
        at, mu_there = _meeting(found, pair)
        row[f"{name} meets"] = np.full(len(mu), np.nan)
        if np.isfinite(at):
            three = (pair[0], MODULATED, pair[1])
            phases = [
                phase_at(found.fields, responses[p], p, at, mu_there)
                for p in map(found.assignment.names.index, three)
            ]  # fmt: skip
            row[f"{name} meets"] = of_point(phases)[0].value
    return row


def rows_of(path: Path, setup: str, scale: float) -> list[dict[str, str]]:
    """The draws of a table that were made in a set-up with a noise."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            row for row in csv.DictReader(file)
            if row["setup"] == setup and float(row["scale"]) == scale
        ]  # fmt: skip


def append(path: Path, row: dict[str, object]) -> None:
    """Add a row to a table."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def compared(rows: list[dict[str, str]], stderr: dict[str, float]) -> None:
    """Print standard deviations over the draws, and their ratios with errors by bootstrap."""
    print("| measure | fit | stderr, first order | full draws: std | full / first order | "
          "correlation | full / drawn diagram | correlation | draws |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for name, first in stderr.items():
        table = np.array([[float(r[f"{how} {name}"]) for how in HOW] for r in rows])
        fit = next(t[0] for t, r in zip(table, rows, strict=True) if not int(r["draw"]))
        drawn = table[[int(r["draw"]) > 0 for r in rows]]
        full = drawn[np.isfinite(drawn[:, 0]), 0]
        spread = f"{full.std(ddof=1):.3g}" if len(full) > 2 else ""
        cells = " | ".join(_against(drawn[:, [0, k]]) for k in (1, 2))
        print(f"| {name} | {fit:.5g} | {first:.3g} | {spread} | {cells} | {len(full)} |")


def _against(pairs: np.ndarray) -> str:
    """Ratio of standard deviations and correlation of ``pairs[draw, 2]``, as two cells."""
    known = pairs[np.isfinite(pairs).all(axis=1)]
    if len(known) < 3:
        return " | "
    ratio, error = _ratio(known)
    return f"{ratio:.2f} ± {error:.2f} | {np.corrcoef(known.T)[0, 1]:.2f}"


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
    parser.add_argument("--setup", choices=SETUPS, default="whole")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--scale", type=float, default=1.0, help="of the noise")
    options = parser.parse_args()
    use_cores(1)
    of = case(options.campaign, SETUPS[options.setup], options.scale)
    folders = [
        options.work / f"{options.setup}-{options.scale:g}-{n}" for n in range(options.draws + 1)
    ]  # fmt: skip
    sampled(of, of.expansion, folders[0])
    fit = diagram(of, folders[0])
    responses = responses_of(of, fit, folders[0])
    slopes = gradients(fit, responses)
    changes = draw_changes(of.uncertainty, options.draws, SEED)
    predicted = [fit, *drawn_diagrams(fit, responses, changes, number_terms(of.expansion))]
    changes = np.vstack([0 * of.uncertainty.stderr, changes])
    expansions = [
        of.expansion, *draw_expansions(of.expansion, of.uncertainty, options.draws, SEED)
    ]  # fmt: skip
    at_fit = measures(fit)
    there = {int(r["draw"]) for r in rows_of(options.table, options.setup, options.scale)}
    for number in [n for n in range(options.draws + 1) if n not in there]:
        began = time.time()
        plan = sampled(of, expansions[number], folders[number])
        found = measures(diagram(of, folders[number]))
        first = {k: at_fit[k] + slopes[k] @ changes[number] for k in found}
        values = zip(HOW, (found, first, measures(predicted[number])), strict=True)
        append(options.table, {
            "setup": options.setup, "scale": options.scale, "draw": number,
            "seconds": round(time.time() - began), "ground states": " ".join(plan.phases),
            **{f"{how} {k}": f"{v:.6g}" for how, of_how in values for k, v in of_how.items()},
        })  # fmt: skip
    rows = rows_of(options.table, options.setup, options.scale)
    covariance = of.uncertainty.covariance
    compared(
        [r for r in rows if int(r["draw"]) <= options.draws],
        {name: float(np.sqrt(max(g @ covariance @ g, 0))) for name, g in slopes.items()},
    )


if __name__ == "__main__":
    main()
