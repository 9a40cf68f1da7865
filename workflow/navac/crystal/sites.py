"""What a site may hold: species, their codes, and the site variables of an expansion.

The code of a species is its index in the prim's list for the site (int8), everywhere in the
library.
"""

from __future__ import annotations

import numpy as np

from navac import NavacError

VACANCY = "Va"


class SiteError(NavacError):
    """A site holds a species that this representation has no room for."""


def binary(occupation: np.ndarray) -> np.ndarray:
    """The same ``occupation[..., site]``, every code of which is 0 or 1.

    Raises:
        SiteError: a code is neither; with the first such site.
    """
    codes = np.asarray(occupation)
    if codes.size and (codes.min() < 0 or codes.max() > 1):
        first = tuple(np.argwhere((codes < 0) | (codes > 1))[0])
        raise SiteError(
            f"site {first[-1]} holds the species of index {codes[first]}, but a binary site has "
            "only the indices 0 and 1; restrict the site to two species in prim.sites"
        )
    return codes


def spins(occupation: np.ndarray) -> np.ndarray:
    """Chebyshev variable −1 / +1 of species index 0 / 1, for ``occupation[..., site]``.

    Raises:
        SiteError: a site holds a third species.
    """
    return (2 * binary(occupation) - 1).astype(np.int8)
