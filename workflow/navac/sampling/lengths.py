"""How long conditions are sampled: sweeps per block, and the precision that is requested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from navac.sampling.statistics import standard_error

if TYPE_CHECKING:
    from navac.settings import Settings


@dataclass(frozen=True)
class Precision:
    """Standard errors at which the sampling of a condition ends.

    Attributes:
        number: of N, atoms per primitive cell; infinite if none is asked for.
        energy: of E, eV per primitive cell; infinite if none is asked for.
        doublings: how often the sampling of a condition may be doubled.
    """

    number: float = np.inf
    energy: float = np.inf
    doublings: int = 0

    @classmethod
    def asked(cls, settings: Settings | None, formula_units: int) -> Precision:
        """As the configuration asks for it, per formula unit."""
        if settings is None:
            return cls()
        return cls(
            (settings.x or np.inf) * formula_units,
            (settings.energy_meV or np.inf) * 1e-3 * formula_units,
            settings.doublings,
        )

    def missed(self, averages: Mapping[str, np.ndarray]) -> np.ndarray:
        """``[path]`` whether a mean is not known well enough yet."""
        return (standard_error(averages["number"]) > self.number) | (
            standard_error(averages["energy"]) > self.energy
        )


@dataclass(frozen=True)
class Lengths:
    """How long every condition is sampled.

    Attributes:
        equilibration: sweeps before measuring.
        carried: sweeps per block that carry a path on.
        block: sweeps per block in all; a multiple of ``carried``.
        precision: what is asked for beyond that.
    """

    equilibration: int
    carried: int
    block: int
    precision: Precision = Precision()

    def __post_init__(self) -> None:
        if self.block % self.carried:
            raise ValueError(f"{self.block} sweeps per block, {self.carried} of them carried on")

    @classmethod
    def of(cls, equilibration: int, carried: int, block: int, precision: Precision) -> Lengths:
        """Blocks shorter than what carries paths on carry them on themselves."""
        return cls(equilibration, min(carried, block), block, precision)

    @property
    def aside(self) -> bool:
        """Whether anything may be measured aside."""
        return self.block > self.carried or self.precision.doublings > 0

    def wanted(self, averages: Mapping[str, np.ndarray]) -> np.ndarray:
        """``[path]`` sweeps per block that the blocks of a condition should have next.

        Args:
            averages: block averages, and ``block_sweeps`` of each path.
        """
        length = averages["block_sweeps"]
        longest = self.block * 2**self.precision.doublings
        double = (length < longest) & self.precision.missed(averages)
        return np.where(length < self.block, self.block, np.where(double, 2 * length, length))
