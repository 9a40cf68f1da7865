"""What is looked at in the states between blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.crystal.supercell import Supercell
from navac.expansion.correlations import function_averages
from navac.expansion.expansion import Expansion
from navac.expansion.shells import Shells


@dataclass(frozen=True)
class Observers:
    """Functions of a state.

    Attributes:
        shells: pairs of sites whose short-range order is recorded.
        expansion: whose correlations are recorded; None for none.
    """

    shells: Shells
    expansion: Expansion | None = None

    @property
    def orbits(self) -> np.ndarray:
        """``[orbit]`` numbers of the orbits whose correlations are recorded."""
        return np.array([o.index for o in self.expansion.orbits] if self.expansion else [], int)

    @property
    def multiplicities(self) -> np.ndarray:
        """``[orbit]`` clusters per primitive cell, each function counted."""
        orbits = self.expansion.orbits if self.expansion else ()
        return np.array([o.multiplicity for o in orbits], int)

    def of(self, supercell: Supercell, states: np.ndarray) -> dict[str, np.ndarray]:
        """What is recorded of some states, by the names of the record's fields.

        Args:
            states: ``[path, site]`` codes.
        """
        order, at_random = self.shells.order(supercell, states)
        return {
            "order": order, "order_at_random": at_random,
            "correlation": self._correlations(supercell, states),
        }  # fmt: skip

    def _correlations(self, supercell: Supercell, states: np.ndarray) -> np.ndarray:
        if self.expansion is None:
            return np.empty((0, len(states)))
        found = function_averages(self.expansion.orbits, self.expansion.spaces, supercell, states)
        return found.T
