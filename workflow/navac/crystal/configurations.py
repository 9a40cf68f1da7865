"""Many configurations of one supercell, in as few bits of memory as their species need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from navac.crystal.sites import SiteError

Rows = slice | np.ndarray


@dataclass(frozen=True)
class Configurations:
    """Configurations of one supercell; what is assigned to some of them changes them in place.

    Attributes:
        bits: uint8 ``[configuration, digit, byte]``: binary digits of the codes, the lowest first,
            eight sites to a byte from its highest bit on.
        sites: active sites of the supercell.
    """

    bits: np.ndarray
    sites: int

    @classmethod
    def of(cls, codes: np.ndarray, species: int = 2) -> Configurations:
        """Pack configurations.

        Args:
            codes: ``[configuration, site]`` codes.
            species: that a site may hold at most.

        Raises:
            SiteError: a code below 0, or that takes more digits than so many species do.
        """
        digits = (species - 1).bit_length()
        lowest, highest = codes.min(initial=0), codes.max(initial=0)
        if lowest < 0 or highest >> digits:
            code = lowest if lowest < 0 else highest
            raise SiteError(f"species code {code} on a site that holds {species} species")
        planes = [np.packbits(codes >> digit & 1, axis=-1) for digit in range(digits)]
        return cls(np.stack(planes, axis=-2), codes.shape[-1])

    def codes(self) -> np.ndarray:
        """Int8 ``[configuration, site]`` codes."""
        planes = [
            np.unpackbits(self.bits[:, digit], axis=-1, count=self.sites).view(np.int8) << digit
            for digit in range(self.bits.shape[1])
        ]
        return np.bitwise_or.reduce(planes) if len(planes) > 1 else planes[0]

    def copy(self) -> Configurations:
        """The same, in memory of its own."""
        return Configurations(self.bits.copy(), self.sites)

    def __len__(self) -> int:
        return len(self.bits)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Int8 ``[site]`` codes of one after the other."""
        return (self[np.array([k])].codes()[0] for k in range(len(self)))

    def __getitem__(self, which: Rows) -> Configurations:
        """Some of them; of a slice a view."""
        return Configurations(self.bits[which], self.sites)

    def __setitem__(self, which: Rows, others: Configurations) -> None:
        self.bits[which] = others.bits
