"""How far a phase diagram can be trusted: checks per range, phase and boundary, and their page.

Every check judges one quantity by a limit, says the verdict in a sentence, and what to do about it.
"""

from collections.abc import Iterator, Sequence

from navac.thermodynamics.trust.boundaries import boundary_checks
from navac.thermodynamics.trust.check import Check, table
from navac.thermodynamics.trust.evidence import Evidence, quality_of
from navac.thermodynamics.trust.expansion import Energies, fit_checks, search_check
from navac.thermodynamics.trust.page import page, summary_sentence
from navac.thermodynamics.trust.phases import phase_checks
from navac.thermodynamics.trust.ranges import range_checks

__all__ = [
    "Check",
    "Energies",
    "Evidence",
    "all_checks",
    "fit_checks",
    "page",
    "quality_of",
    "search_check",
    "summary_sentence",
    "table",
]


def all_checks(evidence: Evidence, of_expansion: Sequence[Check]) -> Iterator[Check]:
    """Every check of a range: its diagram as a whole, its expansion, its phases and boundaries."""
    yield from range_checks(evidence)
    yield from of_expansion
    yield from phase_checks(evidence)
    yield from boundary_checks(evidence)
