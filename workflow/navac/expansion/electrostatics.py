"""The electrostatic term of an expansion: the Ewald energy of nominal charges over a constant.

Ions of different charge attract and repel each other over distances that no cluster reaches. The
term has one parameter, the strength 1/ε, in place of many clusters; what the charges leave is
short-ranged (Seko and Tanaka, J. Phys.: Condens. Matter 26, 115403 (2014); smol has it as
``EwaldTerm``). Charges are those of species, the same in every ordering. A supercell that is not
neutral has a uniform background, so that its energy is defined and grows with its size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import checked
from navac.crystal.supercell import Supercell
from navac.orderings.ewald import EwaldModel, build_ewald
from navac.orderings.ordering import Ordering, by_supercell


@dataclass(frozen=True)
class Electrostatics:
    """Nominal charges on the sites of a crystal, and how strongly they act.

    Attributes:
        prim: the crystal, fixed sites included.
        charges: nominal charge of every species, e; a vacancy has none unless stated.
        strength: 1/ε, the inverse of the dielectric constant.
    """

    prim: Prim
    charges: Mapping[str, float]
    strength: float = 1.0
    _models: dict[Supercell, EwaldModel] = field(default_factory=dict, repr=False, compare=False)

    @property
    def dielectric_constant(self) -> float:
        """ε; infinite where the charges do not act."""
        return 1 / self.strength if self.strength else float("inf")

    def scaled(self, strength: float) -> Electrostatics:
        """The same charges with another strength."""
        return replace(self, strength=float(strength))

    def on(self, prim: Prim) -> Electrostatics:
        """The same charges on another description of the crystal."""
        return Electrostatics(prim, self.charges, self.strength)

    def bare(self, supercell: Supercell, occupation: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies in vacuum (ε = 1), eV per primitive cell.

        Args:
            occupation: ``[ordering, site]`` codes in a supercell.

        Raises:
            EwaldError: a species has no charge.
            SiteError: a code that the site has no species for.
        """
        sizes = [len(self.prim.species[site]) for site in self.prim.active]
        codes = checked(occupation, np.repeat(sizes, supercell.size))
        return self._model(supercell).energies(codes)

    def energies(self, supercell: Supercell, occupation: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies, eV per primitive cell; see :meth:`bare`."""
        return self.strength * self.bare(supercell, occupation)

    def bare_of(self, orderings: Sequence[Ordering]) -> np.ndarray:
        """``[ordering]`` energies in vacuum of orderings in any supercells."""
        found = np.empty(len(orderings))
        for supercell, rows, occupation in by_supercell(orderings):
            found[rows] = self.bare(supercell, occupation)
        return found

    def _model(self, supercell: Supercell) -> EwaldModel:
        """The pair matrix of a supercell, summed once."""
        if supercell not in self._models:
            self._models[supercell] = build_ewald(self.prim, supercell, self.charges)
        return self._models[supercell]
