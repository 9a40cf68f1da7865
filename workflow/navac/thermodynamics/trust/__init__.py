"""How far a phase diagram can be trusted: checks per range, phase and boundary, and their page.

Every check judges one quantity by a limit, says the verdict in a sentence, and what to do about it.
"""

from navac.thermodynamics.trust.boundaries import boundary_checks
from navac.thermodynamics.trust.check import Check, table
from navac.thermodynamics.trust.evidence import Evidence, quality_of
from navac.thermodynamics.trust.expansion import Energies, fit_checks, search_check
from navac.thermodynamics.trust.page import page
from navac.thermodynamics.trust.phases import phase_checks
from navac.thermodynamics.trust.ranges import range_checks

__all__ = [
    "Check",
    "Energies",
    "Evidence",
    "boundary_checks",
    "fit_checks",
    "page",
    "phase_checks",
    "quality_of",
    "range_checks",
    "search_check",
    "table",
]
