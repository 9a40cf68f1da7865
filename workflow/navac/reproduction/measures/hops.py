"""Measures of hops: barriers that were computed or are given."""

from __future__ import annotations

import numpy as np

from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure


@measure
def barrier(evidence: Evidence, kind: str, which: str) -> tuple[float, float]:
    """The least or greatest (``least``, ``greatest``) barrier of hops of a kind, eV.

    The way back of a hop is not counted.

    Args:
        kind: how its name begins, as ``Na1-Na2``.
    """
    table = evidence.tables.get("hops/barriers")
    if table is None:
        return UNKNOWN
    own = table[(table.status == "done") & table.kind.str.startswith(kind)].barrier_eV
    if own.empty:
        return UNKNOWN
    return float(own.min() if which == "least" else own.max()), np.nan
