"""How far each two-phase region of a range can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from navac.thermodynamics.coexistence import Coexistence, metastability_width
from navac.thermodynamics.regions import Boundary, End, boundaries, pieces
from navac.thermodynamics.topology import SAMPLED, UNRESOLVED
from navac.thermodynamics.trust.check import (
    BAD,
    BOUNDARY,
    DOUBTFUL,
    GOOD,
    UNKNOWN,
    Check,
    Quantity,
    Subject,
    written,
)
from navac.thermodynamics.trust.errors import parts_of
from navac.thermodynamics.trust.evidence import Evidence
from navac.thermodynamics.trust.hysteresis import loops

LOOP = 0.05
"""Loops are wide beyond this part of the temperature, or of the sampled μ …"""

OUTSIDE = 0.2
"""… and contradict a boundary if it is outside so many of them by more than two steps."""

BESIDE_STEPS = 2
"""What is at most so many chemical potentials of the grid from a boundary is beside it."""

X_GOOD, X_BAD = 0.003, 0.02
"""Standard errors of x."""

ENDS = Quantity(
    name="ends", says="It begins {begins} and ends {ends}.",
    doubts="It begins {begins} and ends {ends}.",
    action="Sample longer, or at closer temperatures and chemical potentials there.",
)  # fmt: skip
AT_BOUNDARY = Quantity(
    name="sampled at the boundary", unit="%", good=80, bad=40, least=True,
    says="Both phases were sampled beside it at {value} % of its temperatures.",
    doubts="Both phases were sampled beside it at {value} % of its temperatures only; elsewhere x "
    "of one is continued from farther away.",
    action="Heat each phase at more chemical potentials (ranges.*.mu_margin_eV), or sample longer.",
)  # fmt: skip
WIDTH = Quantity(
    name="metastability width", unit="meV", least=True,
    says="Each phase was sampled {value} meV beyond the boundary or more, so that both surfaces "
    "are known where they cross.",
    doubts="One phase was sampled {value} meV beyond the boundary only, at steps of {step} meV: "
    "where the surfaces cross hangs on how it is continued.",
    action="Take a smaller ranges.*.mu_step_eV; near a critical point nothing need be done.",
)  # fmt: skip
HYSTERESIS = Quantity(
    name="hysteresis",
    says="Paths cross it {value} {unit} apart on the way up and down, and it lies between.",
    doubts="Paths cross it {value} {unit} apart on the way up and down{contradicts}.",
    action="Rely on nothing but grand potentials here; look at the checks of both phases, and "
    "sample longer.",
    unknown="No paths cross it both ways, so that nothing but grand potentials locates it.",
    to_know="Cool further (ranges.*.cool_to_K), or scan further (ranges.*.mu_reach_eV).",
)  # fmt: skip
BESIDE = Quantity(
    name="blocks beside it", unit="%", good=10, bad=40,
    says="{value} % of the averages beside it have a trend, or blocks too short.",
    doubts="{value} % of the averages beside it have a trend, or blocks too short: its standard "
    "errors are too small.",
    action="Raise sampling.block_sweeps and sampling.equilibration_sweeps.",
    unknown="Neither phase was sampled beside it.",
    to_know="Heat each phase at more chemical potentials (ranges.*.mu_margin_eV).",
)  # fmt: skip
SAMPLING = Quantity(
    name="error by sampling", unit="x", good=X_GOOD, bad=X_BAD,
    says="The scatter of blocks leaves x uncertain by {value}.",
    doubts="The scatter of blocks leaves x uncertain by {value}.",
    action="Sample longer (sampling.block_sweeps).",
)  # fmt: skip
ROUTES = Quantity(
    name="error by routes", unit="x", good=X_GOOD, bad=X_BAD,
    says="Different routes of integration leave x uncertain by {value}.",
    doubts="Different routes of integration leave x uncertain by {value}.",
    action="Sample closer temperatures on the way (ranges.*.temperatures_K).",
    unknown="The boundary is that of an equation of state; routes are in the error of its fit.",
)  # fmt: skip
GRID = Quantity(
    name="error by temperature grid", unit="x", good=X_GOOD, bad=X_BAD,
    says="Between two sampled temperatures x is uncertain by {value}, which is in no standard "
    "error.",
    doubts="Between two sampled temperatures x is uncertain by {value}, which is in no standard "
    "error.",
    action="Sample closer temperatures (ranges.*.temperatures_K).",
    unknown="It spans too few temperatures to tell how it bends between them.",
    to_know="Sample closer temperatures (ranges.*.temperatures_K).",
)  # fmt: skip
BOX = Quantity(
    name="error by supercell",
    unknown="One supercell was sampled; its size is in no standard error but that of critical "
    "points by an equation of state.",
    to_know="Run the campaign again in a larger supercell (sampling.supercell), and compare.",
)  # fmt: skip
EXPANSION = Quantity(
    name="error by expansion",
    unknown="The errors of the interactions are in no standard error.",
    to_know="See the fit near the hull; fit with other cutoffs or other orderings, and compare.",
)  # fmt: skip
FIRST_END, LAST_END = (
    Quantity(
        name=f"{which} end", unit="K", good=5, bad=25, says="{said}", doubts="{said}",
        unknown="Its temperature has no standard error.",
        action="Sample closer temperatures and chemical potentials there, and longer.",
    )
    for which in ("lower", "upper")
)  # fmt: skip


def boundary_checks(evidence: Evidence) -> Iterator[Check]:
    """Every check of every two-phase region."""
    diagram = evidence.diagram
    by_name = pieces(diagram)
    for name, region in boundaries(diagram).items():
        subject = Subject(range=evidence.range, kind=BOUNDARY, name=name)
        piece = by_name.get(name, [])
        yield from _ends(evidence, subject, region, piece)
        if not piece:  # it begins and ends between two neighbouring temperatures
            continue
        yield _at_boundary(evidence, subject, piece)
        yield _width(evidence, subject, piece)
        yield _hysteresis(evidence, subject, piece)
        yield _beside(evidence, subject, piece)
        parts = parts_of(diagram, piece)
        yield SAMPLING.check(subject, parts.sampling)
        yield ROUTES.check(subject, parts.routes)
        yield GRID.check(subject, parts.grid)
        yield BOX.check(subject)
        yield EXPANSION.check(subject)


def _ends(
    evidence: Evidence, subject: Subject, region: Boundary, piece: Sequence[Coexistence]
) -> Iterator[Check]:
    ends = region.begins, region.ends
    open_end = any(end.kind == UNRESOLVED for end in ends)
    yield ENDS.check(
        subject, verdict=BAD if open_end else GOOD, begins=_where(ends[0]), ends=_where(ends[1])
    )
    for quantity, end, nearest in zip((FIRST_END, LAST_END), ends, (0, -1), strict=True):
        sampled = bool(piece) and _sampled_beside(evidence, piece[nearest])
        yield _end(quantity, subject, end, sampled)


def _end(quantity: Quantity, subject: Subject, end: End, sampled: bool) -> Check:
    """How well the temperature of an end is known; the error leaves out what was not sampled."""
    if end.kind == SAMPLED:
        return quantity.check(subject, verdict=GOOD, said="Sampling ends there.")
    said = f"Its temperature has a standard error of {written(end.stderr)} K"
    if sampled or quantity.verdict(end.stderr) != GOOD:
        return quantity.check(subject, end.stderr, said=f"{said}.")
    return quantity.check(
        subject, end.stderr, DOUBTFUL,
        said=f"{said}, but next to it not both phases were sampled beside the boundary.",
    )  # fmt: skip


def _where(end: End) -> str:
    at = f"at {end.temperature:.0f} K"
    if end.kind == SAMPLED:
        return f"{at} with what was sampled"
    return f"{at} openly: how is not resolved" if end.kind == UNRESOLVED else (
        f"in {'an' if end.kind == 'invariant' else 'a'} {end.kind} point {at}"
    )  # fmt: skip


def _at_boundary(evidence: Evidence, subject: Subject, piece: Sequence[Coexistence]) -> Check:
    both = [_sampled_beside(evidence, c) for c in piece]
    return AT_BOUNDARY.check(subject, 100 * float(np.mean(both)))


def _sampled_beside(evidence: Evidence, c: Coexistence) -> bool:
    """Whether both phases were sampled next to the boundary, each on its own side."""
    phase, names = evidence.diagram.assignment.phase[:, c.step], evidence.names
    below = phase[:, max(c.left - BESIDE_STEPS + 1, 0) : c.right]
    above = phase[:, c.right : c.right + BESIDE_STEPS]
    return bool((below == names.index(c.low)).any() and (above == names.index(c.high)).any())


def _width(evidence: Evidence, subject: Subject, piece: Sequence[Coexistence]) -> Check:
    """How far beyond the boundary each phase was sampled, and the step of μ there."""
    fields = evidence.diagram.fields
    kept = [metastability_width(fields, c, evidence.names) for c in piece]
    narrower = 1000 * float(np.median(kept, axis=0).min())
    step = 1000 * float(np.median([fields.mu[c.right] - fields.mu[c.left] for c in piece]))
    # The first point of the grid beyond a boundary is half a step away on average.
    quantity = replace(WIDTH, good=step / 2, bad=-1.0)
    return quantity.check(subject, narrower, step=f"{step:.3g}")


def _hysteresis(evidence: Evidence, subject: Subject, piece: Sequence[Coexistence]) -> Check:
    """Loops about the boundary, which has to be inside; wide ones do not locate it."""
    plan, scanned = evidence.diagram.plan, evidence.scanned
    found = loops(evidence.diagram, piece, scanned=scanned)
    if not found:
        return HYSTERESIS.check(subject, verdict=UNKNOWN)
    unit, scale = ("meV", 1000.0) if scanned else ("K", 1.0)
    grid = plan.mu_grid if scanned else plan.temperatures
    step = float(np.median(np.diff(grid)))
    whole = np.ptp(grid) if scanned else np.median([loop.boundary for loop in found])
    narrow = max(LOOP * float(whole), step)
    width = float(np.median([loop.width for loop in found]))
    out = float(np.mean([loop.outside > 2 * step for loop in found]))
    contradicts = (
        f", and at {100 * out:.0f} % of places it lies outside: the grand potentials contradict "
        "the paths" if out > OUTSIDE else ": sampling alone would not locate it"
    )  # fmt: skip
    quantity = replace(HYSTERESIS, unit=unit, good=scale * narrow, bad=np.inf)
    return quantity.check(
        subject, scale * width, BAD if out > OUTSIDE else "", unit=unit, contradicts=contradicts
    )


def _beside(evidence: Evidence, subject: Subject, piece: Sequence[Coexistence]) -> Check:
    """The blocks of both phases next to the boundary, on either side."""
    quality, phase, names = evidence.quality, evidence.diagram.assignment.phase, evidence.names
    doubtful = []
    for c in piece:
        columns = slice(max(c.left - BESIDE_STEPS + 1, 0), c.right + BESIDE_STEPS)
        own = np.isin(phase[:, c.step, columns], [names.index(c.low), names.index(c.high)])
        short, drifting = (q[:, c.step, columns] for q in (quality.short, quality.drifting))
        doubtful += (short | drifting)[own].tolist()
    return BESIDE.check(subject, 100 * float(np.mean(doubtful)) if doubtful else np.nan)
