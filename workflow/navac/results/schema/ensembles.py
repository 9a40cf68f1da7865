"""Ensembles: what a run over sites of any number of species sampled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from navac.results.fields import Place, Record, attribute, dataset, datasets
from navac.results.schema.kind import record


@record
class EnsembleCondition(Record):
    """What some paths of a run sampled at one temperature, per primitive cell.

    These files are kept so that an interrupted job continues; the run's own file joins them.
    """

    place = Place(file="ensembles/records/<run>/<batch>-<step>.h5")

    energy_eV_per_cell: np.ndarray = dataset("eV_per_cell", "block path", "E")
    energy_squared_eV2: np.ndarray = dataset(
        "eV2", "block path", "E² of the supercell over its cells squared"
    )
    amount_per_cell: np.ndarray = dataset(
        "per_cell", "block amount path", "atoms of each species on each group of sites"
    )
    energy_amount_eV: np.ndarray = dataset(
        "eV", "block amount path", "E × atoms of the supercell over its cells squared"
    )
    amount_product: np.ndarray = dataset(
        "", "block amount amount path", "products of atoms of the supercell over its cells squared"
    )
    share: np.ndarray = dataset(
        "", "block sublattice code path", "share of the sites of a sublattice that hold a species"
    )
    tried: np.ndarray = dataset("", "block change path", "attempts per sweep")
    acceptance: np.ndarray = dataset("", "block change path", "accepted share; NaN without any")
    order: np.ndarray = dataset(
        "", "block pair path", "Warren–Cowley parameters of the state at the end of each block; "
        "NaN where a species is not there",
    )  # fmt: skip
    order_at_random: np.ndarray = dataset(
        "", "block pair path", "their mean if the atoms of the state were dealt out at random"
    )
    correlation: np.ndarray = dataset(
        "", "block orbit path", "averages of cluster functions of the state at the end of each "
        "block; no orbit where they were not asked for",
    )  # fmt: skip
    discrepancy_eV: np.ndarray = dataset(
        "eV", "path", "accumulated minus recomputed energy of the supercell"
    )
    block_sweeps: np.ndarray = dataset("sweeps", "path", "sweeps of each block")
    state: np.ndarray = dataset("", "path site", "codes at the end: index of the species of a site")
    fingerprint: str = attribute("", "digest of everything that decides what is sampled")


@record
class SampledEnsemble(Record):
    """What a run sampled, per primitive cell, block by block.

    A path is one start at one choice of chemical potentials.
    """

    place = Place(file="ensembles/<run>.h5")

    temperature_K: np.ndarray = dataset("K", "step", "temperatures, in the order of sampling")
    start: np.ndarray = dataset("", "path", "number of the random filling that a path stems from")
    mu_eV: Mapping[str, np.ndarray] = datasets(
        "mu_<species>_eV", "eV", "path", "chemical potential of a species, per atom; those of "
        "species that have none are 0",
    )  # fmt: skip
    energy_eV_per_cell: np.ndarray = dataset("eV_per_cell", "step block path", "E")
    energy_squared_eV2: np.ndarray = dataset(
        "eV2", "step block path", "E² of the supercell over its cells squared"
    )
    amount_per_cell: np.ndarray = dataset(
        "per_cell", "step block amount path", "atoms of each species on each group of sites"
    )
    energy_amount_eV: np.ndarray = dataset(
        "eV", "step block amount path", "E × atoms of the supercell over its cells squared"
    )
    amount_product: np.ndarray = dataset(
        "", "step block amount amount path",
        "products of atoms of the supercell over its cells squared",
    )  # fmt: skip
    share: np.ndarray = dataset(
        "", "step block sublattice code path",
        "share of the sites of a sublattice that hold a species",
    )  # fmt: skip
    tried: np.ndarray = dataset("", "step block change path", "attempts per sweep")
    acceptance: np.ndarray = dataset(
        "", "step block change path", "accepted share; NaN without any"
    )
    order: np.ndarray = dataset(
        "", "step block pair path", "Warren–Cowley parameters of the state at the end of each "
        "block; NaN where a species is not there",
    )  # fmt: skip
    order_at_random: np.ndarray = dataset(
        "", "step block pair path",
        "their mean if the atoms of the state were dealt out at random",
    )  # fmt: skip
    correlation: np.ndarray = dataset(
        "", "step block orbit path", "averages of cluster functions of the state at the end of "
        "each block; no orbit where they were not asked for",
    )  # fmt: skip
    discrepancy_eV: np.ndarray = dataset(
        "eV", "step path", "accumulated minus recomputed energy of the supercell"
    )
    block_sweeps: np.ndarray = dataset("sweeps", "step path", "sweeps of each block")
    state: np.ndarray = dataset(
        "", "step path site", "codes at the end of each condition: index of the species of a site"
    )
    amounts: tuple[str, ...] = attribute("", "species of each amount")
    groups: tuple[str, ...] = attribute("", "labels of the sites of each amount")
    changes: tuple[str, ...] = attribute("", "names of what is tried")
    pairs: tuple[str, ...] = attribute("", "species of each pair, the first site's first")
    pair_sites: tuple[str, ...] = attribute("", "labels of the two sites of each pair")
    pair_shell: np.ndarray = dataset(
        "", "pair", "number of the shell of each pair, from 1; symmetry may divide a distance"
    )
    pair_length_A: np.ndarray = dataset("A", "pair", "distance of each pair")
    orbit: np.ndarray = dataset("", "orbit", "number of the orbit in the file of the expansion")
    multiplicity: np.ndarray = dataset("", "orbit", "its clusters per primitive cell")
    supercell: tuple[int, ...] = attribute("", "primitive cells along each axis")
