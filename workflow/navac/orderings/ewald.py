"""Electrostatic (Ewald) energies of orderings, from one pair matrix per supercell.

Orderings are ranked by the energy of their formal charges before any of them is relaxed. In
one supercell that energy is a quadratic form in the charges, so the Ewald sums are done once
and a batch of orderings costs one matrix product.

A cell that is not neutral is given a uniform compensating background. Its energy depends on
the total charge, so energies are to be compared within one composition only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Lattice, Structure
from pymatgen.core.ewald import EwaldSummation

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell

_BATCH = 1 << 15  # orderings per matrix product: the temporaries stay in cache


class EwaldError(NavacError):
    """Charges that do not describe the prim."""


@dataclass(frozen=True)
class EwaldModel:
    """Electrostatic energy of one supercell as a function of its occupation.

    E = Σ_ij q_i pair_ij q_j + Σ_i field_i q_i + constant, over the active sites.

    Attributes:
        charge: ``[site, species]`` charge of every species on every active site, e.
        pair: ``[site, site]`` active–active interaction, self terms included, eV/e².
        field: ``[site]`` interaction of a unit charge with the fixed sites, eV/e.
        constant: fixed–fixed interaction, eV.
        size: prims in the supercell.
    """

    charge: np.ndarray
    pair: np.ndarray
    field: np.ndarray
    constant: float
    size: int

    def charges(self, occupation: np.ndarray) -> np.ndarray:
        """``[ordering, site]`` charges, e, of ``occupation[ordering, site]``."""
        return self.charge[np.arange(len(self.charge)), occupation]

    def energies(self, occupation: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies, eV per primitive cell, of ``occupation[ordering, site]``.

        Args:
            occupation: index into ``prim.species`` of every active site, numbered as
                :class:`~navac.crystal.supercell.Supercell` does.
        """
        total = np.empty(len(occupation))
        for start in range(0, len(occupation), _BATCH):
            q = self.charges(occupation[start : start + _BATCH])
            total[start : start + _BATCH] = ((q @ self.pair + self.field) * q).sum(axis=1)
        return (total + self.constant) / self.size


def build_ewald(
    prim: Prim,
    supercell: Supercell,
    charges: Mapping[str, float],
    matrix: np.ndarray | None = None,
) -> EwaldModel:
    """Sum the electrostatics of one supercell.

    Args:
        charges: charge of every species of the prim, e; a vacancy has none unless stated.
        matrix: :func:`unit_charge_matrix` of the supercell, where it is known already.

    Raises:
        EwaldError: a species of the prim has no charge.
    """
    charges = {VACANCY: 0.0, **charges}
    if missing := sorted({s for allowed in prim.species for s in allowed} - set(charges)):
        raise EwaldError(
            f"charges: no charge for {', '.join(missing)}; name every species of the prim"
        )
    matrix = unit_charge_matrix(prim, supercell) if matrix is None else matrix
    active = np.isin(np.repeat(np.arange(len(prim.species)), supercell.size), prim.active)
    first = np.array([charges[allowed[0]] for allowed in prim.species])
    fixed = np.repeat(first, supercell.size)[~active]
    return EwaldModel(
        charge=np.repeat(_active_charges(prim, charges), supercell.size, axis=0),
        pair=matrix[np.ix_(active, active)],
        field=2 * matrix[np.ix_(active, ~active)] @ fixed,
        constant=float(fixed @ matrix[np.ix_(~active, ~active)] @ fixed),
        size=supercell.size,
    )


def _active_charges(prim: Prim, charges: Mapping[str, float]) -> np.ndarray:
    """``[active site, species]`` charges; NaN where a site has fewer species than the widest."""
    allowed = [prim.species[i] for i in prim.active]
    table = np.full((len(allowed), max(map(len, allowed), default=0)), np.nan)
    for row, species in zip(table, allowed, strict=True):
        row[: len(species)] = [charges[s] for s in species]
    return table


def unit_charge_matrix(prim: Prim, supercell: Supercell) -> np.ndarray:
    """``[site, site]`` interaction of unit charges on all sites of the supercell, eV/e².

    pymatgen's matrix (Toukmaji and Board, Comput. Phys. Commun. 95, 73) leaves out the
    background of a charged cell, −π Q² / 2Vη; being quadratic in the charges it is the same
    constant in every element.
    """
    hnf = np.array(supercell.hnf)
    frac = (prim.frac[:, None] + supercell.cells).reshape(-1, 3) @ np.linalg.inv(hnf)
    structure = Structure(Lattice(hnf @ prim.lattice), ["H"] * len(frac), frac)
    structure.add_oxidation_state_by_site([1.0] * len(frac))
    ewald = EwaldSummation(structure)
    matrix = ewald.total_energy_matrix
    return matrix + (ewald.total_energy - matrix.sum()) / len(frac) ** 2
