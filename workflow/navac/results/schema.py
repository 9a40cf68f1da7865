"""The HDF5 files of a campaign: every group, dataset, attribute and unit, in one place.

Each class describes one kind of group; its fields are the datasets and attributes.
:func:`navac.results.write.write_record` writes them, :mod:`navac.results.read` reads them, and
``python -m navac.results.schema`` prints them for the documentation. x is the amount of the
inserted species per formula unit everywhere.
"""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from navac.results.fields import TEMPERATURE, Place, Record, attribute, dataset, datasets

Kind = TypeVar("Kind", bound=Record)

VERSION = 2
"""Version of the files that are written. Version 1 can be read; its files do not say so."""

VERSION_ATTRIBUTE = "schema_version"
SOFTWARE_VERSION = "navac_version"
PROVENANCE = "provenance"
ROOT = {
    SOFTWARE_VERSION: "version of navac",
    VERSION_ATTRIBUTE: f"version of the layout, now {VERSION}; files without it are of version 1",
    PROVENANCE: "what the file was made from, as JSON",
    "seed": "seed of what was sampled",
    "device": "device that sampled",
    "created_utc": "time of writing",
}
"""Attributes of the root of every file; the last three are in the provenance too, if known."""

DIAGRAM = "thermodynamics/phase_diagram.h5"
VOLTAGE = "thermodynamics/voltage.h5"


def mu(axes: str, about: str = "chemical potential per atom of the species") -> Any:
    """A chemical potential; version 1 named the species in the dataset."""
    return dataset("eV", axes, about, version_1="mu_eV_per_{species}")


def species() -> Any:
    """The species that ``mu_eV`` belongs to."""
    return attribute("", "the species whose amount x counts", of="mu_eV")


@dataclass_transform(
    frozen_default=True, kw_only_default=True,
    field_specifiers=(attribute, dataset, datasets, mu, species),
)  # fmt: skip
def record(kind: type[Kind]) -> type[Kind]:
    """Make a class of described fields the dataclass of a kind of group."""
    return dataclass(frozen=True, eq=False, kw_only=True)(kind)


@record
class Boundary(Record):
    """A two-phase region against temperature.

    It is named after its two phases, of which the first is poor in the species and the second
    rich.
    """

    place = Place(file=DIAGRAM, parent="boundaries", name="<low>+<high>")

    temperature_K: np.ndarray = dataset("K", "step", "temperatures at which both phases are stable")
    x_low: np.ndarray = dataset("", "step", "x of the poor phase")
    x_high: np.ndarray = dataset("", "step", "x of the rich phase")
    mu_eV: np.ndarray = mu("step", "chemical potential at which both are stable")
    species: str = species()
    x_low_stderr: np.ndarray = dataset("", "step", "standard error of `x_low`")
    x_high_stderr: np.ndarray = dataset("", "step", "standard error of `x_high`")
    mu_eV_stderr: np.ndarray = dataset(
        "eV", "step", "standard error of `mu_eV`", version_1="mu_eV_per_{species}_stderr"
    )
    metastability_width_low_eV: np.ndarray = dataset(
        "eV", "step", "how far above `mu_eV` the poor phase was sampled as itself; NaN for a "
        "phase without a path of its own", version_1="hysteresis_low_eV",
    )  # fmt: skip
    metastability_width_high_eV: np.ndarray = dataset(
        "eV", "step", "how far below `mu_eV` the rich phase was sampled as itself",
        version_1="hysteresis_high_eV",
    )  # fmt: skip
    critical_temperature_K: float = attribute(
        "K", "where the region closes into one phase; NaN if it does not"
    )
    critical_temperature_stderr_K: float = attribute("K", "its standard error")
    critical_x: float = attribute("", "x there")


@record
class ElectronicBoundary(Boundary):
    """The same with the electronic entropy of mixed valence."""

    place = Place(file=DIAGRAM, parent="boundaries_electronic", name="<low>+<high>")


@record
class Summary(Record):
    """The highest two-phase temperature in a window of x."""

    place = Place(file=DIAGRAM, parent="summary", name="<window>")

    highest_two_phase_temperature_K: float = attribute("K", "highest temperature of two phases")
    highest_two_phase_temperature_stderr_K: float = attribute("K", "its standard error")
    x_there: float = attribute("", "x in the middle of the two-phase region there")


@record
class ElectronicSummary(Summary):
    """The same with the electronic entropy of mixed valence."""

    place = Place(file=DIAGRAM, parent="summary_electronic", name="<window>")


@record
class Entropy(Record):
    """Configurational entropy of the stable phases against x."""

    place = Place(file=DIAGRAM, parent="entropy", name=TEMPERATURE)

    x: np.ndarray = dataset("", "point", "composition")
    entropy_kB_per_fu: np.ndarray = dataset("kB_per_fu", "point", "configurational entropy")


@record
class HeatCapacity(Record):
    """Heat capacity at fixed μ, C_μ, against μ.

    The ranges come one after the other.
    """

    place = Place(file=DIAGRAM, parent="heat_capacity", name=TEMPERATURE)

    mu_eV: np.ndarray = mu("point")
    species: str = species()
    x: np.ndarray = dataset("", "point", "composition")
    heat_capacity_kB_per_fu: np.ndarray = dataset(
        "kB_per_fu", "point", "heat capacity at fixed chemical potential, C_μ"
    )


@record
class States(Record):
    """The stable state at every temperature and μ of a range."""

    place = Place(file=DIAGRAM, parent="states", name="<range>")

    temperature_K: np.ndarray = dataset("K", "T", "sampled temperatures")
    mu_eV: np.ndarray = mu("μ", "sampled chemical potentials per atom of the species")
    species: str = species()
    x: np.ndarray = dataset("", "T μ", "composition")
    x_stderr: np.ndarray = dataset("", "T μ", "its standard error")
    grand_potential_eV_per_cell: np.ndarray = dataset("eV_per_cell", "T μ", "grand potential")
    energy_eV_per_cell: np.ndarray = dataset("eV_per_cell", "T μ", "energy")
    dx_dmu_per_eV: np.ndarray = dataset("per_eV", "T μ", "∂x/∂μ from the fluctuations")
    order_in_cell: np.ndarray = dataset(
        "", "T μ", "order within the primitive cell: standard deviation of the filled fractions "
        "of equivalent sublattices, at most 1/2",
    )  # fmt: skip
    concentration_wave_amplitude: np.ndarray = dataset(
        "", "T μ", "amplitude of the concentration wave of the last configuration",
        version_1="wave_amplitude",
    )  # fmt: skip
    stationary: np.ndarray = dataset(
        "", "T μ", "false where the path went over to another phase while it was measured",
        version_1="steady",
    )  # fmt: skip
    branch: np.ndarray = dataset("", "T μ", "the branch of the state: a position in `branches`")
    branches: tuple[str, ...] = attribute("", "names of the branches that were sampled")
    x_range: tuple[float, float] = attribute("", "the x for which the sampled expansion holds")


@record
class VoltageCurve(Record):
    """Voltage against x.

    The curve at 0 K is that of the convex hull.
    """

    place = Place(file=VOLTAGE, name=TEMPERATURE)

    x: np.ndarray = dataset("", "point", "composition")
    voltage_V: np.ndarray = dataset("V", "point", "voltage against the reference electrode")
    stable: np.ndarray = dataset("", "point", "false inside two-phase regions")


@record
class Occupancy(Record):
    """Mean occupation of each sublattice against x.

    Between two phases it follows the lever rule.
    """

    place = Place(file=VOLTAGE, parent="occupancy", name=TEMPERATURE)

    x: np.ndarray = dataset("", "point", "composition")
    occupied: Mapping[str, np.ndarray] = datasets(
        "<sublattice>", "", "point", "filled fraction of the sites of a sublattice label"
    )
    single_phase: np.ndarray = dataset("", "point", "false inside two-phase regions")


@record
class Covariance(Record):
    """Covariance of an expansion's total interactions (ECI per cluster × multiplicity)."""

    place = Place(file="expansion/<range>_covariance.h5")

    index: np.ndarray = dataset("", "term", "index of the orbit; the constant is 1 and comes first")
    covariance_eV2: np.ndarray = dataset("eV2", "term term", "covariance, per primitive cell")
    stderr_eV: np.ndarray = dataset("eV", "term", "standard errors, per primitive cell")
    noise_eV_per_cell: float = attribute(
        "eV_per_cell", "standard deviation of an energy of weight 1 about the expansion"
    )


@record
class DensityOfStates(Record):
    """Density of states of a ground state, both spins added up."""

    place = Place(file="energies/ground_states_dos.h5", name="<ordering>")

    energy_eV: np.ndarray = dataset("eV", "level", "energy from the Fermi energy")
    total_per_eV: np.ndarray = dataset("per_eV", "level", "states of the cell")
    elements: Mapping[str, np.ndarray] = datasets(
        "<element>_per_eV", "per_eV", "level", "states projected onto the atoms of an element"
    )
    band_gap_eV: float = attribute("eV", "band gap; NaN where VASP's output gives none")


@record
class PathPlan(Record):
    """The paths of one composition range, and the phases that they start from."""

    place = Place(file="sampling/<range>-paths.h5")

    energy_eV_per_cell: np.ndarray = dataset(
        "eV_per_cell", "phase", "ground-state energy", version_1="energy"
    )
    number_per_cell: np.ndarray = dataset(
        "per_cell", "phase", "atoms of the species", version_1="number"
    )
    occupation: np.ndarray = dataset(
        "", "phase site", "index of the species that a site of the supercell holds",
        upgrade=lambda first: 1 - first,  # of two species, 1 stood for the first
    )  # fmt: skip
    mu_eV: np.ndarray = dataset("eV", "μ", "chemical potentials of the grid, per atom of the "
                                "species", version_1="mu_grid")  # fmt: skip
    species: str = species()
    branch: np.ndarray = dataset(
        "", "path", "branch of the path: a position in `phases`, or their number for the "
        "disordered state",
    )  # fmt: skip
    mu_index: np.ndarray = dataset("", "path", "position in `mu_eV`")
    temperature_K: np.ndarray = dataset(
        "K", "T", "temperatures of the grid, rising", version_1="temperatures"
    )
    cooled: int = dataset(
        "", "", "how many of them, from the top, the disordered state is cooled through"
    )
    hot_omega_eV_per_cell: np.ndarray = dataset(
        "eV_per_cell",
        "μ",
        "E − μN at infinite temperature",
        version_1="hot",
        upgrade=lambda hot: hot[0],
    )
    hot_omega_variance_eV2_per_cell: np.ndarray = dataset(
        "eV2_per_cell", "μ", "its variance", version_1="hot", upgrade=lambda hot: hot[1]
    )
    nominal_mu_eV: np.ndarray = dataset(
        "eV", "phase", "μ that stands for the phase: the middle of its 0 K interval",
        version_1="nominal",
    )  # fmt: skip
    phases: tuple[str, ...] = attribute("", "names of the starting phases, by rising composition")


KINDS: tuple[type[Record], ...] = (
    Boundary, ElectronicBoundary, Summary, ElectronicSummary, Entropy, HeatCapacity, States,
    VoltageCurve, Occupancy, Covariance, PathPlan, DensityOfStates,
)  # fmt: skip
"""Every kind of group, as the documentation lists them."""


if __name__ == "__main__":  # run, not imported: that module imports this one
    runpy.run_module("navac.results.documentation", run_name="__main__")
