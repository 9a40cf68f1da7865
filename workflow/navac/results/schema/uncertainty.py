"""What the uncertainty of an expansion does to the diagram that was sampled with it."""

from __future__ import annotations

import numpy as np

from navac.results.fields import Place, Record, attribute, dataset
from navac.results.schema.kind import record
from navac.results.schema.thermodynamics import DIAGRAM


@record
class ExpansionUncertainty(Record):
    """What is known of the uncertainty of a range's interactions, and where from.

    The groups are there if `thermodynamics.expansion_uncertainty` asks for them.
    """

    place = Place(file=DIAGRAM, parent="expansion_uncertainty/ranges", name="<range>")

    source: str = attribute("", "where the covariance comes from, or why there is none")
    known: bool = attribute("", "whether there is one; without it the range has no such errors")
    noise_eV_per_cell: float = attribute(
        "eV_per_cell", "standard deviation of an energy about the expansion; NaN without"
    )
    correlation_misfit_eV_per_cell: float = attribute(
        "eV_per_cell", "median difference of energies by correlations of configurations and by the "
        "surfaces; NaN without",
    )  # fmt: skip
    draws: int = attribute("", "diagrams that were drawn")


@record
class BoundaryUncertainty(Record):
    """Standard errors of a two-phase region by the expansion, to first order at fixed temperature.

    They come on top of those of sampling. NaN where first order does not hold.
    """

    place = Place(file=DIAGRAM, parent="expansion_uncertainty/boundaries", name="<low>+<high>")

    temperature_K: np.ndarray = dataset("K", "step", "temperatures of the region")
    x_low_stderr_expansion: np.ndarray = dataset("", "step", "standard error of its `x_low`")
    x_high_stderr_expansion: np.ndarray = dataset("", "step", "standard error of its `x_high`")
    mu_stderr_expansion_eV: np.ndarray = dataset("eV", "step", "standard error of its `mu_eV`")


@record
class InvariantUncertainty(Record):
    """Standard errors of an invariant point by the expansion, and the interactions it hangs on."""

    place = Place(file=DIAGRAM, parent="expansion_uncertainty/invariants", name="<phases>")

    temperature_stderr_expansion_K: float = attribute(
        "K", "standard error of the temperature, to first order"
    )
    temperature_stderr_noise_K: float = attribute(
        "K", "by how much that is uncertain, correlations being averages of few configurations"
    )
    second_order_shift_K: float = attribute(
        "K", "mean change of the temperature in second order, by the fluctuations of the phases; "
        "first order holds where it is small beside the standard error",
    )  # fmt: skip
    mu_stderr_expansion_eV: float = attribute("eV", "standard error of the chemical potential")
    phases: tuple[str, ...] = attribute("", "names of the phases")
    x_stderr_expansion: np.ndarray = dataset(
        "", "phase", "standard error of x of each; NaN where first order does not hold"
    )
    index: np.ndarray = dataset("", "term", "index of the orbit; the constant is 1")
    sensitivity_K_per_meV: np.ndarray = dataset(
        "K_per_meV", "term", "derivative of the temperature with respect to the total interaction "
        "(ECI per cluster × multiplicity)",
    )  # fmt: skip
    sensitivity_stderr_K_per_meV: np.ndarray = dataset(
        "K_per_meV", "term", "its standard error, correlations being averages of few configurations"
    )
    share_of_variance: np.ndarray = dataset(
        "", "term", "share of the interaction in the variance of the temperature, 1 in sum; "
        "negative where it compensates another",
    )  # fmt: skip


@record
class DrawnBoundaries(Record):
    """Two-phase regions of a range for interactions drawn from their covariance.

    The grand potentials of the phases are changed to second order; the regions are found anew.
    """

    place = Place(file=DIAGRAM, parent="expansion_uncertainty/draws", name="<range>")

    draw: np.ndarray = dataset("", "point", "number of the draw")
    region: np.ndarray = dataset("", "point", "position in `regions`")
    temperature_K: np.ndarray = dataset("K", "point", "temperature")
    x_low: np.ndarray = dataset("", "point", "x of the poor phase")
    x_high: np.ndarray = dataset("", "point", "x of the rich phase")
    mu_eV: np.ndarray = dataset("eV", "point", "chemical potential at which both are stable")
    regions: tuple[str, ...] = attribute("", "names of the regions")
