"""Numbers that a finished campaign gives for comparison with published ones.

Each measure is named in the table of published numbers with its arguments, and takes them from
the result files: value and standard error, both NaN where the campaign does not show what is
asked.
"""

from navac.reproduction.measures import curves, electrodes, energies, hops, inputs, phases
from navac.reproduction.measures.table import MEASURES, evaluate, problem_of

__all__ = [
    "MEASURES",
    "curves",
    "electrodes",
    "energies",
    "evaluate",
    "hops",
    "inputs",
    "phases",
    "problem_of",
]
