"""Ideal mixing of the two oxidation states of an element (paper, main text Eq. 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np

from navac.config import Config
from navac.hull import Hull
from navac.montecarlo import BOLTZMANN

SMALLEST_SHARE = 1e-12
"""Shares of an oxidation state closer to 0 or 1 than this are set to it: ln 0 is infinite."""


@dataclass(frozen=True)
class MixedValence:
    """Ions of one element in two oxidation states.

    Attributes:
        sites: sites of the element per primitive cell.
        n_oxidised: mobile atoms per primitive cell at which all are oxidised …
        n_reduced: … and at which all are reduced.
    """

    sites: float
    n_oxidised: float
    n_reduced: float

    @classmethod
    def configured(cls, config: Config) -> MixedValence:
        """As ``thermodynamics.electronic_entropy`` has it, which must be there."""
        mixed, fu = config.thermodynamics.electronic_entropy, config.prim.formula_units
        return cls(mixed.sites_per_formula_unit * fu, mixed.x_oxidised * fu, mixed.x_reduced * fu)

    @property
    def ions_per_atom(self) -> float:
        """Ions that one mobile atom reduces."""
        return self.sites / (self.n_reduced - self.n_oxidised)

    def share(self, number: np.ndarray) -> np.ndarray:
        """Reduced share m of the ions."""
        m = (number - self.n_oxidised) / (self.n_reduced - self.n_oxidised)
        return np.clip(m, SMALLEST_SHARE, 1 - SMALLEST_SHARE)

    def entropy(self, number: np.ndarray) -> np.ndarray:
        """Ideal mixing entropy, eV/K per primitive cell."""
        m = self.share(number)
        return -BOLTZMANN * self.sites * (m * np.log(m) + (1 - m) * np.log(1 - m))

    def slope(self, number: np.ndarray) -> np.ndarray:
        """dS/dn, eV/K per atom."""
        m = self.share(number)
        return BOLTZMANN * self.ions_per_atom * np.log((1 - m) / m)

    def curvature(self, number: np.ndarray) -> np.ndarray:
        """d²S/dn², eV/K per atom², negative."""
        m = self.share(number)
        width = self.n_reduced - self.n_oxidised
        return -BOLTZMANN * self.sites / width**2 / (m * (1 - m))

    def warmed(self, hull: Hull, temperature: float) -> Hull:
        """The ground states with their E − TS, which move the transitions between them."""
        number = hull.x * hull.formula_units
        return replace(hull, energy=hull.energy - temperature * self.entropy(number))

    def gains(self, atoms, cells: int):
        """What one more atom, and one less, adds to the entropy of a supercell, in k.

        From the binomial coefficients of the ions: exact if an atom reduces one ion.

        Args:
            atoms: mobile atoms in the supercell, as an array of JAX.
            cells: primitive cells in it.
        """
        every = self.sites * cells
        reduced = self.ions_per_atom * (atoms - self.n_oxidised * cells)
        reduced = jnp.clip(reduced, 0, every).astype(jnp.float32)
        oxidised = every - reduced
        more = jnp.log(jnp.maximum(oxidised, 0.5) / (reduced + 1))
        less = jnp.log(jnp.maximum(reduced, 0.5) / (oxidised + 1))
        return self.ions_per_atom * more, self.ions_per_atom * less
