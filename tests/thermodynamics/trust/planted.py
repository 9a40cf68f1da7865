"""Evidence of phases in closed form, and what may be planted into it."""

from dataclasses import replace

import numpy as np

from navac.sampling.reliability import Reliability
from navac.sampling.statistics import autocorrelation_time, trend
from navac.thermodynamics.diagram import Diagram, phase_diagram
from navac.thermodynamics.trust.check import Check
from navac.thermodynamics.trust.evidence import Evidence, quality_of
from tests.thermodynamics.models import CRYSTAL, MU, T, plan_for, samples_of

SWEEPS = 20
"""Of a block."""


def reliability_of(samples) -> Reliability:
    """What a record would say of some samples."""
    by_block = [
        np.moveaxis(values, 1, 0)
        for values in (samples.energy, samples.energy2, samples.number, samples.number2)
    ]
    pairs = by_block[:2], by_block[2:]
    return Reliability(
        block_sweeps=np.full(samples.discrepancy.shape, SWEEPS),
        time=np.max([autocorrelation_time(m, s, SWEEPS) for m, s in pairs], axis=0),
        trend=np.max([np.abs(trend(m)) for m, _ in pairs], axis=0),
    )


def evidence_of(
    heated, cooled=None, *, seed=1, T=T, mu=MU, hidden=(), spoilt=lambda samples: samples,
    **of_samples,
) -> Evidence:  # fmt: skip
    """Evidence from samples of phases.

    Args:
        hidden: phases without a path of their own, to which others may go over.
        spoilt: what is done to the samples.
    """
    plan = plan_for(heated, cooled, T, mu)
    phases = [*heated, *([] if cooled is None else [cooled]), *hidden]
    samples = spoilt(samples_of(plan, phases, seed=seed, **of_samples))
    diagram = phase_diagram(
        plan, samples, crystal=CRYSTAL, bounds=(0.0, 4.0), smallest_x=0.1, formula_units=1,
        resamples=8, seed=seed,
    )  # fmt: skip
    quality = quality_of(plan, reliability_of(samples))
    return Evidence(range="r", diagram=diagram, crystal=CRYSTAL, quality=quality)


def with_diagram(evidence: Evidence, **changed) -> Evidence:
    """The evidence with another diagram."""
    return replace(evidence, diagram=replace(evidence.diagram, **changed))


def with_phase(diagram: Diagram, phase: np.ndarray) -> Diagram:
    """The diagram with other phases of its states."""
    return replace(diagram, assignment=replace(diagram.assignment, phase=phase))


def by_quantity(checks, subject: str) -> dict[str, Check]:
    """The checks of a subject."""
    return {c.quantity: c for c in checks if c.subject == subject}
