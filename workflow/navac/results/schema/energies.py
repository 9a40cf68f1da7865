"""Energies: the uncertainty of what is fitted to them, and electronic states."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from navac.results.fields import Place, Record, attribute, dataset, datasets
from navac.results.schema.kind import record


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
