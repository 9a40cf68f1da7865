"""The HDF5 files of a campaign: every group, dataset, attribute and unit, in one place.

Each class describes one kind of group; its fields are the datasets and attributes.
:func:`navac.results.write.write_record` writes them, :mod:`navac.results.read` reads them, but for
:class:`SampledPaths`, which grow by :mod:`navac.results.records`. ``python -m
navac.results.schema`` prints them for the documentation. x is the amount of the inserted species
per formula unit everywhere.
"""

from __future__ import annotations

from navac.results.fields import Record
from navac.results.schema.energies import Covariance, DensityOfStates
from navac.results.schema.ensembles import EnsembleCondition, SampledEnsemble
from navac.results.schema.root import (
    PROVENANCE,
    ROOT,
    SOFTWARE_VERSION,
    VERSION,
    VERSION_ATTRIBUTE,
)
from navac.results.schema.sampling import PathPlan, SampledPaths
from navac.results.schema.thermodynamics import (
    Boundary,
    ElectronicBoundary,
    ElectronicInvariant,
    ElectronicSummary,
    ElectronicUnresolved,
    Entropy,
    HeatCapacity,
    Invariant,
    Occupancy,
    Phases,
    States,
    Summary,
    Unresolved,
    VoltageCurve,
)
from navac.results.schema.uncertainty import (
    BoundaryUncertainty,
    DrawnBoundaries,
    ExpansionUncertainty,
    InvariantUncertainty,
)

__all__ = [
    "KINDS", "PROVENANCE", "ROOT", "SOFTWARE_VERSION", "VERSION", "VERSION_ATTRIBUTE",
    "Boundary", "BoundaryUncertainty", "Covariance", "DensityOfStates", "DrawnBoundaries",
    "ElectronicBoundary", "ElectronicInvariant", "ElectronicSummary", "ElectronicUnresolved",
    "EnsembleCondition", "Entropy", "ExpansionUncertainty", "HeatCapacity", "Invariant",
    "InvariantUncertainty", "Occupancy", "PathPlan", "Phases", "SampledEnsemble", "SampledPaths",
    "States", "Summary", "Unresolved", "VoltageCurve",
]  # fmt: skip

KINDS: tuple[type[Record], ...] = (
    Boundary, ElectronicBoundary, Invariant, ElectronicInvariant, Unresolved,
    ElectronicUnresolved, Summary, ElectronicSummary, ExpansionUncertainty, BoundaryUncertainty,
    InvariantUncertainty, DrawnBoundaries, Phases, Entropy, HeatCapacity, States, VoltageCurve,
    Occupancy, Covariance, PathPlan, SampledPaths, DensityOfStates, SampledEnsemble,
    EnsembleCondition,
)  # fmt: skip
"""Every kind of group, as the documentation lists them."""
