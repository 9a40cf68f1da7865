"""∂V/∂T of an open circuit, from entropies or from voltages at another temperature."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from navac.cell.ocp import OpenCircuit
from navac.results import schema
from navac.units import BOLTZMANN

SMALLEST_STEP = 0.01
"""Entropies are differentiated over steps of x that are no smaller."""


def by_entropy(curve: OpenCircuit, entropy: schema.Entropy | None) -> tuple[np.ndarray | None, str]:
    """∂V/∂T = ∂S/∂x per charge at the points of an open circuit, V/K, and its source.

    S is the configurational entropy; vibrations, electrons and the metal electrode are not in it.
    Between two phases it follows the lever rule, so that its slope is constant there.
    """
    if entropy is None:
        return None, (
            f"not known: no entropies at {curve.temperature:g} K; add it to "
            "thermodynamics.entropy_temperatures_K"
        )
    known = np.isfinite(entropy.entropy_kB_per_fu)
    x, S = entropy.x[known], entropy.entropy_kB_per_fu[known]
    order = np.argsort(x, kind="stable")
    x, S = x[order], S[order]
    chosen = [0]
    for k in range(1, len(x)):
        if x[k] - x[chosen[-1]] > SMALLEST_STEP - 1e-9:
            chosen.append(k)
    if len(chosen) < 2:
        return None, "not known: entropies of too few compositions"
    slope = np.diff(S[chosen]) / np.diff(x[chosen])
    at = np.clip(np.searchsorted(x[chosen], curve.x, side="right") - 1, 0, len(slope) - 1)
    return BOLTZMANN * slope[at], (
        f"slope of the configurational entropy at {curve.temperature:g} K, over steps of x of "
        f"{SMALLEST_STEP:g} at least"
    )


def by_temperatures(
    curve: OpenCircuit, further: Mapping[float, OpenCircuit]
) -> tuple[np.ndarray | None, str]:
    """∂V/∂T at the points of an open circuit, V/K, by the nearest other temperature; its source."""
    if not further:
        return None, "not known: the voltages are given at one temperature"
    other = min(further, key=lambda T: abs(T - curve.temperature))
    change = (further[other].at(curve.x) - curve.voltage) / (other - curve.temperature)
    return change, f"difference of the voltages at {curve.temperature:g} and {other:g} K"
