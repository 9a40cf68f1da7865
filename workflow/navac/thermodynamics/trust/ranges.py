"""What is to be said of a whole range: whether its diagram is one, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.discovered import NONE
from navac.thermodynamics.faults import faults
from navac.thermodynamics.graph import graph_of
from navac.thermodynamics.report import unknown_sentence, unresolved_sentence
from navac.thermodynamics.trust.check import BAD, GOOD, RANGE, Check, Quantity, Subject
from navac.thermodynamics.trust.evidence import Evidence

KNOWN = Quantity(
    name="phases known", says="A phase is known at every sampled temperature.",
    doubts="{reason}", action="Sample more temperatures, a smaller mu_step_eV, or longer.",
)  # fmt: skip
TOPOLOGY = Quantity(
    name="topology", says="The regions fit together as a phase diagram.", doubts="{fault}.",
    action="Do not use this part of the diagram; sample longer or closer there, and look at the "
    "checks of the phases it names.",
)  # fmt: skip
RESOLVED = Quantity(
    name="events", says="Every coming and going of a phase is resolved.", doubts="{event}.",
    action="Sample longer, or at closer temperatures there (ranges.*.temperatures_K).",
)  # fmt: skip
UNASSIGNED = Quantity(
    name="states in no phase", unit="%", good=10, bad=30,
    says="{value} % of the sampled states are in no phase: on their way, or slabs of two phases.",
    doubts="{value} % of the sampled states are in no phase: on their way, slabs of two phases, or "
    "of a phase that the supercell does not hold.",
    action="Look for what they are (figures/order), and try another sampling.supercell.",
)  # fmt: skip


def range_checks(evidence: Evidence) -> Iterator[Check]:
    """Faults and open questions of a diagram first, then what is in no phase."""
    diagram = evidence.diagram
    subject = Subject(range=evidence.range, kind=RANGE, name=evidence.range)
    reason = unknown_sentence(diagram)
    if reason is None:
        yield KNOWN.check(subject, verdict=GOOD)
    else:
        yield KNOWN.check(subject, verdict=BAD, reason=_capital(f"{reason}."))
    yield from _topology(diagram, subject)
    sampled = evidence.quality.sampled
    lost = sampled & (diagram.assignment.phase == NONE)
    yield UNASSIGNED.check(subject, 100 * float(lost.sum() / max(sampled.sum(), 1)))


def _topology(diagram: Diagram, subject: Subject) -> Iterator[Check]:
    wrong = faults(graph_of(diagram))
    for fault in wrong:
        yield TOPOLOGY.check(subject, verdict=BAD, fault=_capital(fault))
    if not wrong:
        yield TOPOLOGY.check(subject, verdict=GOOD)
    for event in diagram.events:
        said = unresolved_sentence(diagram, event)
        yield RESOLVED.check(subject, verdict=BAD, event=_capital(said))
    if not diagram.events:
        yield RESOLVED.check(subject, verdict=GOOD)


def _capital(text: str) -> str:
    """A sentence's beginning; names of phases are left as they are."""
    return text if "+" in text.split(" ")[0] else text[0].upper() + text[1:]
