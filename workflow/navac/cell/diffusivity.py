"""How the diffusivity depends on composition: a table, and the thermodynamic factor.

Fick's law wants the chemical diffusivity; barriers of jumps give D of jumps, and D Γ is chemical,
with Γ = (x/kT) ∂μ/∂x the thermodynamic factor. Between two phases Γ is 0 and Fick's law has no
answer; there Γ is taken for 1, and in a phase beside them that is no more than a step of the
voltage too. Cahn and Hilliard's equation wants D of jumps, in its mobility.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from navac.cell.ocp import OpenCircuit
from navac.cell.quantity import CellError
from navac.rows import read_rows

STEP = 0.01
"""Width in x below which a phase beside two-phase regions is a step of the voltage."""
COLUMNS = ("x", "diffusivity_m2_per_s")
SMALLEST_FACTOR = 1e-3
"""Of the thermodynamic factor. A voltage that sampling or the end of a curve holds level tells
none, and that of its neighbours is taken."""


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """Diffusivity over one number, against composition.

    Attributes:
        kind: chemical, or of jumps.
        x: ``[point]`` rising.
        ratio: ``[point]`` positive.
        source: of the table; empty without one.
    """

    kind: Literal["chemical", "jump"] = "chemical"
    x: np.ndarray
    ratio: np.ndarray
    source: str = ""

    def of_jumps(self, x: np.ndarray) -> np.ndarray:
        """Ratio for the mobility. Of a chemical diffusivity nothing else is known."""
        return np.interp(x, self.x, self.ratio)

    def chemical(self, curve: OpenCircuit) -> tuple[np.ndarray, np.ndarray]:
        """``[point]`` compositions, and the ratio for Fick's law at each, linear between them."""
        if self.kind == "chemical":
            return self.x, self.ratio
        known, factor = _factors(curve)
        told = factor > SMALLEST_FACTOR
        if not told.any():
            return self.x, self.ratio
        x = np.union1d(self.x, known[told])
        return x, self.of_jumps(x) * np.interp(x, known[told], factor[told])

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "kind": self.kind, "x": self.x.tolist(), "ratio": self.ratio.tolist(),
            "source": self.source,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Dependence:
        """What :meth:`to_json` wrote."""
        return cls(**data | {name: np.array(data[name]) for name in ("x", "ratio")})


def _factors(curve: OpenCircuit) -> tuple[np.ndarray, np.ndarray]:
    """``[point]`` compositions, and the thermodynamic factor at each.

    A piece of one phase has it in its middle; where Fick's law has no answer it is 1 from end to
    end.
    """
    middle, factor = (curve.x[1:] + curve.x[:-1]) / 2, curve.thermodynamic_factor()
    level = _level(curve)
    edge = np.diff(curve.x)[level] / 100
    ends = np.concatenate([curve.x[:-1][level] + edge, curve.x[1:][level] - edge])
    x = np.concatenate([middle[~level], ends])
    order = np.argsort(x)
    return x[order], np.concatenate([factor[~level], np.ones(len(ends))])[order]


def _level(curve: OpenCircuit) -> np.ndarray:
    """``[point − 1]`` where two phases coexist, and phases beside them that are steps."""
    level = curve.two_phase.copy()
    if not level.any():
        return level
    bounds = [0, *(np.flatnonzero(np.diff(level)) + 1), len(level)]
    for first, last in pairwise(bounds):
        if curve.x[last] - curve.x[first] < STEP:
            level[first:last] = True
    return level


def even(window: tuple[float, float], kind: Literal["chemical", "jump"] = "chemical") -> Dependence:
    """One number for every composition of a window."""
    return Dependence(kind=kind, x=np.array(window), ratio=np.ones(2))


def read_dependence(
    path: str | Path, window: tuple[float, float], number: float, kind: Literal["chemical", "jump"]
) -> Dependence:
    """The diffusivities of a CSV file with the columns ``x`` and ``diffusivity_m2_per_s``.

    Args:
        number: that they are divided by, m²/s.

    Raises:
        CellError: the file cannot be used, a value is not positive, or x does not rise over the
            window.
    """
    rows = read_rows(path, COLUMNS, CellError)
    x, values = (np.array([row.number(name) for row in rows]) for name in COLUMNS)
    if (values <= 0).any():
        k = int((values <= 0).argmax())
        raise CellError(
            f"{path}, row {rows[k].line}: the diffusivity {values[k]:g} m²/s is not positive; "
            "correct it"
        )
    low, high = window
    if len(x) < 2 or (np.diff(x) <= 0).any() or x[0] > low or x[-1] < high:
        raise CellError(f"{path}: x does not rise from {low:g} or below to {high:g}; add rows")
    return Dependence(kind=kind, x=x, ratio=values / number, source=str(path))
