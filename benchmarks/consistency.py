"""Whether the thermodynamics of a finished campaign is consistent with itself.

``python benchmarks/consistency.py results/nxvp`` reads its phase diagram and prints, for every
range,

- Gibbs–Duhem: how far φ at neighbouring chemical potentials of one phase differs from the integral
  of −N between them (Simpson's rule with ∂N/∂μ at the ends),
- entropy: how far −∂φ/∂T between neighbouring temperatures differs from (E − μN − φ)/T,
- S(x): at every reported temperature, how far a point is off the line between its neighbours, in
  standard errors, beyond what curves around it are. Where two ranges meet it may jump: these have
  expansions of their own. The jumps are printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from navac.results import schema
from navac.results.read import read_records
from navac.units import BOLTZMANN

SHARP = 0.02
"""Distance in x beyond which neighbours do not tell where a point between them should be."""


def gibbs_duhem(states: schema.States, fu: float) -> np.ndarray:
    """``[pair]`` difference of φ and of ∫ −N dμ, eV per primitive cell."""
    mu, N = states.mu_eV, states.x * fu
    chi, phi = states.dx_dmu_per_eV * fu, states.grand_potential_eV_per_cell
    step = np.diff(mu)
    integral = -step * (N[:, 1:] + N[:, :-1]) / 2 + step**2 / 12 * np.diff(chi, axis=1)
    inside = _inside(states)
    same = (states.branch[:, 1:] == states.branch[:, :-1]) & inside[:, 1:] & inside[:, :-1]
    return (np.diff(phi, axis=1) - integral)[same]


def entropies(states: schema.States, fu: float) -> np.ndarray:
    """``[pair]`` difference of the two entropies, kB per formula unit, half way between two T."""
    T, phi = states.temperature_K[:, None], states.grand_potential_eV_per_cell
    S = (states.energy_eV_per_cell - states.mu_eV * states.x * fu - phi) / T
    by_derivative = -np.diff(phi, axis=0) / np.diff(T, axis=0)
    inside = _inside(states)
    same = (states.branch[1:] == states.branch[:-1]) & inside[1:] & inside[:-1]
    off = by_derivative - (S[1:] + S[:-1]) / 2
    return off[same] / BOLTZMANN / fu


def _inside(states: schema.States) -> np.ndarray:
    """``[T, μ]`` sampled states at compositions at which the expansion holds."""
    low, high = states.x_range
    return states.stationary & (states.x >= low) & (states.x <= high)


def off_neighbours(record: schema.Entropy, edges: Sequence[float] = ()) -> np.ndarray:
    """``[point]`` distance of S from the line between its neighbours, in standard errors.

    Args:
        edges: x at which two ranges meet; neighbours on either side of one tell nothing.
    """
    x, S, error = record.x, record.entropy_kB_per_fu, record.entropy_stderr_kB_per_fu
    left, right = x[1:-1] - x[:-2], x[2:] - x[1:-1]
    near = (left > 1e-9) & (right > 1e-9) & (np.maximum(left, right) < SHARP)
    for edge in edges:
        near &= ~((x[:-2] < edge) & (x[2:] >= edge))
    share = left / np.where(left + right > 0, left + right, 1)
    line = S[:-2] * (1 - share) + S[2:] * share
    # A smooth curve is off a chord by its curvature, which the second points to either side tell.
    curved = np.abs(np.convolve(S[1:-1] - line, [0.5, 0, 0, 0, 0.5], "same"))
    spread = np.sqrt(error[1:-1] ** 2 + ((1 - share) * error[:-2]) ** 2 + (share * error[2:]) ** 2)
    return (np.maximum(np.abs(S[1:-1] - line) - curved, 0) / np.maximum(spread, 1e-6))[near]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--formula-units", type=float, default=2, help="per primitive cell")
    given = parser.parse_args()
    file, fu = given.results / "thermodynamics/phase_diagram.h5", given.formula_units
    ranges = read_records(file, schema.States)
    edges = sorted({r.x_range[0] for r in ranges.values()})[1:]
    for name, states in ranges.items():
        duhem, entropy = np.abs(gibbs_duhem(states, fu)), np.abs(entropies(states, fu))
        print(
            f"{name}: Gibbs–Duhem {len(duhem)} pairs, median {1e3 * np.median(duhem):.2g}, largest "
            f"{1e3 * duhem.max():.2g} meV per cell; entropies {len(entropy)} pairs, median "
            f"{np.median(entropy):.2g}, largest {entropy.max():.2g} kB per formula unit"
        )
    for T, record in read_records(file, schema.Entropy).items():
        off = off_neighbours(record, edges)
        for edge in edges:
            below, above = record.x < edge, record.x >= edge
            S = record.entropy_kB_per_fu
            print(
                f"S(x) at {T:g} K: {S[below][-1]:.4f} below x = {edge:g}, {S[above][0]:.4f} above"
            )
        print(
            f"S(x) at {T:g} K: {len(off)} points between near neighbours, {np.sum(off > 3)} off by "
            f"more than 3 standard errors, the farthest by {off.max(initial=0):.1f}"
        )


if __name__ == "__main__":
    main()
