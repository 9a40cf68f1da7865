"""What the thermodynamics finds: boundaries, stable states, entropies, curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from navac.results.fields import TEMPERATURE, Place, Record, attribute, dataset, datasets
from navac.results.schema.kind import mu, record, species

DIAGRAM = "thermodynamics/phase_diagram.h5"
VOLTAGE = "thermodynamics/voltage.h5"

ENDS = (
    "invariant (a point of three phases), congruent, critical, sampled (the last temperature) or "
    "unresolved"
)


@record
class Boundary(Record):
    """A two-phase region against temperature.

    It is named after its two phases, of which the first is poor in the species and the second
    rich.
    """

    place = Place(file=DIAGRAM, parent="boundaries", name="<low>+<high>")

    temperature_K: np.ndarray = dataset(
        "K", "step", "temperatures at which both phases are stable, the ends of the region included"
    )
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
    begins_in: str = attribute("", f"what the region begins in: {ENDS}", default="sampled")
    ends_in: str = attribute("", "what it ends in, likewise", default="sampled")


@record
class ElectronicBoundary(Boundary):
    """The same with the electronic entropy of mixed valence."""

    place = Place(file=DIAGRAM, parent="boundaries_electronic", name="<low>+<high>")


@record
class Invariant(Record):
    """A temperature at which three phases coexist, or two of the same composition.

    It is named after its phases by rising x; of a congruent point the second phase ends inside the
    first. A number is added where the same phases meet twice.
    """

    place = Place(file=DIAGRAM, parent="invariants", name="<phases>")

    kind: str = attribute("", "invariant (three phases) or congruent (two of the same x)")
    temperature_K: float = attribute("K", "temperature")
    temperature_stderr_K: float = attribute("K", "its standard error")
    phases: tuple[str, ...] = attribute("", "names of the phases")
    x: np.ndarray = dataset("", "phase", "x of each phase there")
    mu_eV: np.ndarray = mu("", "chemical potential there")
    species: str = species()


@record
class ElectronicInvariant(Invariant):
    """The same with the electronic entropy of mixed valence."""

    place = Place(file=DIAGRAM, parent="invariants_electronic", name="<phases>")


@record
class Unresolved(Record):
    """Zones of a range in which it could not be resolved which phases there are.

    The group is there only if there are such zones.
    """

    place = Place(file=DIAGRAM, parent="unresolved", name="<range>")

    temperature_low_K: np.ndarray = dataset("K", "zone", "lower end of each zone")
    temperature_high_K: np.ndarray = dataset("K", "zone", "upper end")
    x_low: np.ndarray = dataset("", "zone", "lower end in x")
    x_high: np.ndarray = dataset("", "zone", "upper end in x")
    phases: tuple[str, ...] = attribute("", "names of the phases of each zone, with commas")
    reason: tuple[str, ...] = attribute("", "why, in words")


@record
class ElectronicUnresolved(Unresolved):
    """The same with the electronic entropy of mixed valence."""

    place = Place(file=DIAGRAM, parent="unresolved_electronic", name="<range>")


@record
class Phases(Record):
    """The phases of a range, and how well each is known."""

    place = Place(file=DIAGRAM, parent="phases", name="<range>")

    phases: tuple[str, ...] = attribute("", "names of the phases")
    order: tuple[str, ...] = attribute("", "the order of each, in words")
    lowest_temperature_K: np.ndarray = dataset("K", "phase", "lowest temperature it was sampled at")
    highest_temperature_K: np.ndarray = dataset("K", "phase", "highest temperature")
    states: np.ndarray = dataset("", "phase", "conditions at which it was sampled")
    number_misfit: np.ndarray = dataset("", "phase", "χ² per state of N about the fitted surface")
    energy_misfit: np.ndarray = dataset("", "phase", "χ² per state of E − μN")
    route_error_eV_per_cell: np.ndarray = dataset(
        "eV_per_cell", "phase", "standard error of φ beyond that of resamples, by routes"
    )


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
    entropy_stderr_kB_per_fu: np.ndarray = dataset(
        "kB_per_fu", "point", "its standard error by sampling; NaN where it is not known",
        version_1="entropy_kB_per_fu", upgrade=lambda entropy: np.full_like(entropy, np.nan),
    )  # fmt: skip


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
        "", "T μ", "false where the stable phase was not sampled as such, but goes on from where "
        "it was", version_1="steady",
    )  # fmt: skip
    branch: np.ndarray = dataset("", "T μ", "the stable phase: a position in `branches`")
    branches: tuple[str, ...] = attribute("", "names of the phases")
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
    energies: str = attribute(
        "", "model and level of theory of the energies; empty where no model gave them", default=""
    )


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
