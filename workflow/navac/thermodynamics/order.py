"""Order within the primitive cell, as the sublattices show it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def inequivalence(occupation: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """How differently equivalent sublattices are filled: the order within the primitive cell.

    Args:
        occupation: ``[…, sublattice]`` filled fractions.
        labels: label of each sublattice; those of one label are equivalent without order.

    Returns:
        ``[…]`` the largest standard deviation among the sublattices of a label; 0 without order,
        at most 1/2.
    """
    return np.max(
        [
            occupation[..., [other == label for other in labels]].std(axis=-1)
            for label in dict.fromkeys(labels)
        ],
        axis=0,
    )
