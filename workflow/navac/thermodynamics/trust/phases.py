"""How far each phase of a range can be trusted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from navac.sampling.statistics import LARGEST_TREND, SHORTEST_BLOCK
from navac.thermodynamics.diagram import FEWEST
from navac.thermodynamics.order import wave_name
from navac.thermodynamics.trust.check import (
    BAD,
    DOUBTFUL,
    GOOD,
    PHASE,
    Check,
    Quantity,
    Subject,
    written,
)
from navac.thermodynamics.trust.evidence import Evidence
from navac.thermodynamics.trust.routes import disagreement, straight

ROUTES_GOOD, ROUTES_BAD = 0.05, 0.25
"""Errors of φ, meV per formula unit. The first moves a transition with an entropy of 0.1 kB per
formula unit by 6 K."""

SHALLOW = 1.0
"""A ground state that is less below the line of its neighbours, meV per formula unit, decomposes
at some 100 K or before."""

STATES = Quantity(
    name="states", unit="conditions", good=5 * FEWEST, bad=FEWEST, least=True,
    says="{value} sampled conditions describe it.",
    doubts="{value} sampled conditions describe it, {consequence}",
    action="Sample more temperatures or chemical potentials where it is stable "
    "(ranges.*.temperatures_K, mu_step_eV).",
)  # fmt: skip
SUPERCELL = Quantity(
    name="supercell", unit="%", good=15, bad=100,
    says="{fits}",
    doubts="Its wave {wave} has {periods} in the supercell of {cells} cells, which leaves its "
    "length open by {value} %.",
    action="Sample a supercell of another length along that wave (sampling.supercell), and compare "
    "the temperatures at which the phase begins and ends.",
)  # fmt: skip
ONE_WAVE = Quantity(
    name="one wave", unit="%", good=15, bad=40,
    says="{said}",
    doubts="{value} % of its states have another wavelength than the rest: the supercell of {cells}"
    " cells holds none of them well.",
    action="Choose a supercell that is a multiple of the wavelength (sampling.supercell).",
)  # fmt: skip
EQUILIBRATION = Quantity(
    name="equilibration", unit="%", good=5, bad=20,
    says=f"{{value}} % of its averages have a trend beyond {LARGEST_TREND:g} standard errors.",
    doubts=f"{{value}} % of its averages still have a trend beyond {LARGEST_TREND:g} standard "
    "errors: they were not equilibrated.",
    action="Raise sampling.equilibration_sweeps.",
)  # fmt: skip
AUTOCORRELATION = Quantity(
    name="autocorrelation", unit="%", good=5, bad=30,
    says="Blocks of {block} sweeps are long enough at all but {value} % of its conditions "
    "(autocorrelation time up to {time} sweeps).",
    doubts=f"Blocks of {{block}} sweeps are shorter than {SHORTEST_BLOCK:g} autocorrelation times "
    "at {value} % of its conditions (up to {time} sweeps): standard errors there are too small.",
    action="Raise sampling.block_sweeps to {needed} or more.",
)  # fmt: skip
SURFACE = Quantity(
    name="fit of the surface", good=2, bad=8,
    says="One smooth grand potential describes its states (χ² per state {value}).",
    doubts="One smooth grand potential does not describe its states to within their errors "
    "(χ² per state {value}): some are of another phase, or errors are too small.",
    action="Look at the order of its states (figures/order), and sample longer.",
)  # fmt: skip
INTEGRATION = Quantity(
    name="integration", unit="meV/f.u.", good=ROUTES_GOOD, bad=ROUTES_BAD,
    says="Integrals fix its grand potential to {value} meV per formula unit.",
    doubts="Integrals fix its grand potential to no better than {value} meV per formula unit, "
    "which is in the errors of its boundaries.",
    action="Sample closer temperatures where E − μN rises fastest (ranges.*.temperatures_K), or "
    "longer.",
)  # fmt: skip
STRAIGHT = Quantity(
    name="hysteresis on the way", unit="%", good=20, bad=2, least=True,
    says="{value} % of its conditions were reached without a jump from another phase.",
    doubts="Only {value} % of its conditions were reached without a jump from another phase: "
    "hysteresis may make its grand potential too high.",
    action="Give it a path of its own: add its ordering (orderings.more), or cool from infinite "
    "temperature (ranges.*.cool_to_K).",
)  # fmt: skip
TWO_ROUTES = Quantity(
    name="agreement of routes", unit="meV/f.u.", good=ROUTES_GOOD, bad=ROUTES_BAD,
    says="Grand potentials by different routes agree to {value} meV per formula unit at {count} "
    "conditions.",
    doubts="Grand potentials by different routes differ by {value} meV per formula unit at {count} "
    "conditions.",
    action="Sample closer temperatures and longer; the route that gives less is the better one.",
    unknown="Only one route leads to it, so that nothing checks its grand potential.",
    to_know="Run the other sampling.protocol, or another seed, and compare.",
)  # fmt: skip


def phase_checks(evidence: Evidence) -> Iterator[Check]:
    """Every check of every phase."""
    for k, name in enumerate(evidence.names):
        subject = Subject(range=evidence.range, kind=PHASE, name=name)
        own = evidence.diagram.assignment.phase == k
        count = int(own.any(axis=0).sum())
        if evidence.diagram.surfaces[k] is None:
            yield _absent(evidence, subject, k, count)
            continue
        yield STATES.check(subject, count, consequence="which is few.")
        yield from _supercell(evidence, subject, k, own)
        yield from _blocks(evidence, subject, own)
        yield from _free_energy(evidence, subject, k)


def _absent(evidence: Evidence, subject: Subject, k: int, count: int) -> Check:
    """A phase without a grand potential; a ground state that is hardly one is no great loss."""
    plan, said = evidence.diagram.plan, "too few for a grand potential: it is not in the diagram"
    if k >= len(plan.phases):
        return STATES.check(subject, count, BAD, consequence=f"{said}.")
    others = np.delete(np.arange(len(plan.phases)), k)
    depth = np.inf
    if 0 < k < len(others):
        line = np.interp(plan.number[k], plan.number[others], plan.energy[others])
        depth = float(line - plan.energy[k]) * evidence.to_meV_per_fu
    verdict = DOUBTFUL if depth < SHALLOW else BAD
    below = (
        f"; it lies {written(depth)} meV/f.u. below its neighbours." if np.isfinite(depth) else "."
    )
    return STATES.check(subject, count, verdict, consequence=f"{said}{below}")


def _supercell(evidence: Evidence, subject: Subject, k: int, own: np.ndarray) -> Iterator[Check]:
    """Whether the supercell holds the wave of a phase."""
    crystal, plan = evidence.crystal, evidence.diagram.plan
    wave, cells = evidence.diagram.assignment.wave[k], "×".join(map(str, crystal.supercell))
    if not wave.any():
        fits = f"It has no wave that the supercell of {cells} cells would have to hold."
        yield SUPERCELL.check(subject, verdict=GOOD, fits=fits)
        yield ONE_WAVE.check(subject, verdict=GOOD, said="It has no wave.")
        return
    periods, name = int(np.abs(wave).max()), wave_name(wave, crystal.supercell)
    if k < len(plan.phases):
        fits = f"Its ground state repeats in the supercell of {cells} cells."
        yield SUPERCELL.check(subject, verdict=GOOD, fits=fits)
    else:
        yield SUPERCELL.check(
            subject, 50 / periods, wave=name, cells=cells,
            periods="one period" if periods == 1 else f"{periods} periods",
            fits=f"Its wave {name} has {periods} periods in the supercell.",
        )  # fmt: skip
    numbers = crystal.wave_number(evidence.diagram.data.wave_vector[own])
    other = np.abs(numbers - crystal.wave_number(wave)) > 0.01 * crystal.longest
    share = 100 * float(other.mean())
    said = f"{written(share)} % of its states have another wavelength than the rest."
    yield ONE_WAVE.check(subject, share, cells=cells, said=said)


def _blocks(evidence: Evidence, subject: Subject, own: np.ndarray) -> Iterator[Check]:
    """Whether its states were equilibrated, and measured for long enough."""
    quality = evidence.quality
    yield EQUILIBRATION.check(subject, _percent(quality.drifting[own]))
    time = float(np.percentile(quality.time[own], 95))
    yield AUTOCORRELATION.check(
        subject, _percent(quality.short[own]), block=f"{np.median(quality.block_sweeps[own]):g}",
        time=f"{time:.3g}", needed=int(10 * np.ceil(SHORTEST_BLOCK * time / 10)),
    )  # fmt: skip


def _free_energy(evidence: Evidence, subject: Subject, k: int) -> Iterator[Check]:
    """How well its grand potential is known."""
    diagram, surface = evidence.diagram, evidence.diagram.surfaces[k]
    assert surface is not None
    yield SURFACE.check(subject, max(surface.misfit))
    there = diagram.fields.phi[:, k, diagram.fields.sampled[k]].mean(axis=1)
    sampling = float(there[1:].std()) if len(there) > 1 else 0.0
    constant = float(np.hypot(sampling, surface.route_error))
    yield INTEGRATION.check(subject, constant * evidence.to_meV_per_fu)
    own = diagram.assignment.phase == k
    direct = own & straight(diagram, scanned=evidence.scanned)
    yield STRAIGHT.check(subject, _percent(direct.any(axis=0)[own.any(axis=0)]))
    differences = disagreement(diagram, direct) * evidence.to_meV_per_fu
    enough = len(differences) >= FEWEST
    value = float(np.median(differences)) if enough else np.nan
    yield TWO_ROUTES.check(subject, value, count=len(differences))


def _percent(flags: np.ndarray) -> float:
    return 100 * float(flags.mean()) if len(flags) else np.nan
