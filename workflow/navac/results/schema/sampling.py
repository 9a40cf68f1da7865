"""Sampling: the plan of the paths of a range, and what was sampled along them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from navac.results.fields import Place, Record, attribute, dataset, datasets
from navac.results.schema.kind import record, species


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


@record
class SampledPaths(Record):
    """Block averages of some paths of a range, per primitive cell.

    Every dataset has its full size from the beginning, with zeros; what was sampled is counted in
    `finished`. Scans are in files `<range>-scan-<shard>.h5`, and a record that grows is in
    `sampling/records/`.
    """

    place = Place(file="sampling/<range>-<shard>.h5")

    paths: np.ndarray = dataset("", "path", "numbers of the paths")
    stream: np.ndarray = dataset("", "path", "numbers of their streams of random numbers")
    start_digest: np.ndarray = dataset(
        "", "path", "digest of the configuration that a path starts from"
    )
    temperature_K: np.ndarray = dataset(
        "K", "step path", "temperatures; NaN after the end of a path"
    )
    mu_eV: np.ndarray = dataset("eV", "step path", "chemical potentials per atom of the species")
    energy_eV: np.ndarray = dataset("eV", "step block path", "E", holds="energy")
    number: np.ndarray = dataset("", "step block path", "N, atoms of the species", holds="number")
    energy_squared_eV2: np.ndarray = dataset(
        "eV2", "step block path", "E² of the supercell over its cells squared", holds="energy2"
    )
    energy_number_eV: np.ndarray = dataset(
        "eV", "step block path", "EN of the supercell over its cells squared", holds="cross"
    )
    number_squared: np.ndarray = dataset(
        "", "step block path", "N² of the supercell over its cells squared", holds="number2"
    )
    acceptance: np.ndarray = dataset(
        "", "step block path", "accepted share of the attempted flips", holds="acceptance"
    )
    sublattice_occupation: np.ndarray = dataset(
        "", "step block sublattice path", "atoms of the species on each sublattice",
        holds="sublattice",
    )  # fmt: skip
    remainder: Mapping[str, np.ndarray] = datasets(
        "<average>_remainder", "", "step block path", "beside each average where something is "
        "sampled aside: what the sum of the averages of shorter blocks is beyond this average "
        "times their number, so that it can be continued without rounding",
    )  # fmt: skip
    block_sweeps: np.ndarray = dataset(
        "sweeps", "step path", "length of a block; 0 where nothing is sampled",
        holds="block_sweeps",
    )  # fmt: skip
    discrepancy_eV: np.ndarray = dataset(
        "eV", "step path", "accumulated minus recomputed energy of the supercell",
        holds="discrepancy",
    )  # fmt: skip
    autocorrelation_energy_sweeps: np.ndarray = dataset(
        "sweeps", "step path", "integrated autocorrelation time of E",
        holds="autocorrelation_energy",
    )  # fmt: skip
    autocorrelation_number_sweeps: np.ndarray = dataset(
        "sweeps", "step path", "integrated autocorrelation time of N",
        holds="autocorrelation_number",
    )  # fmt: skip
    trend_energy: np.ndarray = dataset(
        "", "step path", "trend of E over the blocks, in standard errors", holds="trend_energy"
    )
    trend_number: np.ndarray = dataset(
        "", "step path", "trend of N over the blocks, in standard errors", holds="trend_number"
    )
    concentration_wave_amplitude: np.ndarray = dataset(
        "", "step path", "amplitude of the concentration wave of the last configuration",
        holds="wave_amplitude",
    )  # fmt: skip
    concentration_wave_vector: np.ndarray = dataset(
        "", "step path axis", "its wave vector, in reciprocal vectors of the supercell",
        holds="wave_vector",
    )  # fmt: skip
    state: np.ndarray = dataset(
        "", "step path byte", "configurations that paths are carried on with, a bit for the "
        "species index of each site",
    )  # fmt: skip
    state_aside: np.ndarray = dataset(
        "", "step path byte", "those at the end of what is sampled aside, where something is"
    )
    finished: np.ndarray = dataset("", "one", "how many steps are finished; written last")
    cells: int = attribute("", "primitive cells in the supercell")
    sites: int = attribute("", "active sites in the supercell")
    fingerprint: str = attribute("", "digest of everything that decides what is sampled")
    carried_fingerprint: str = attribute(
        "", "digest of what decides how paths are carried from condition to condition"
    )
    lengths: str = attribute("", "which lengths the blocks may have")
