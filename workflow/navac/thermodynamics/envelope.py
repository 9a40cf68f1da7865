"""The stable state along μ at one temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.fields import SCALARS, Fields
from navac.thermodynamics.integration import Branches


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The stable state along μ at one temperature; all arrays ``[μ]``.

    Attributes:
        mu: eV per atom.
        phase: position of the stable phase in the names of the diagram; -1 where none is known,
            and then all else is NaN.
        phi: grand potential, eV per primitive cell.
        number, number_stderr: atoms per primitive cell.
        energy: eV per primitive cell.
        susceptibility: ∂N/∂μ, 1/eV.
        omega_variance: variance of E − μN of the supercell per cell, eV².
        entropy, entropy_stderr: eV/K per primitive cell.
        sublattice: ``[μ, sublattice]`` occupations.
        wave_amplitude: amplitude of the concentration wave.
        sampled: false where the stable phase was not sampled itself.
    """

    mu: np.ndarray
    phase: np.ndarray
    phi: np.ndarray
    number: np.ndarray
    number_stderr: np.ndarray
    energy: np.ndarray
    susceptibility: np.ndarray
    omega_variance: np.ndarray
    entropy: np.ndarray
    entropy_stderr: np.ndarray
    sublattice: np.ndarray
    wave_amplitude: np.ndarray
    sampled: np.ndarray


def envelope(
    plan: Plan,
    data: Branches,
    phase: np.ndarray,
    fields: Fields,
    step: int,
    stable: Sequence[int],
) -> Envelope:
    """The lowest of some phases at every μ of one temperature.

    Args:
        data: where sublattices and waves come from, at the sampled chemical potentials of ``plan``.
        phase: ``[branch, T, μ]`` the phase of every state of it.
        stable: the phases.
    """
    if not stable:
        return _unknown(fields, data.sublattice.shape[-1])
    allowed = np.array(sorted(set(stable)))
    phi = np.where(np.isfinite(fields.phi[0, allowed, step]), fields.phi[0, allowed, step], np.inf)
    chosen = allowed[phi.argmin(axis=0)]
    at = (slice(None), chosen, step, np.arange(len(fields.mu)))
    values = {name: getattr(fields, name)[at] for name in SCALARS}
    T = fields.temperature[step]
    omega = values["energy"] - fields.mu * values["number"]
    entropy = (omega - values["phi"]) / T
    own = chosen, step, np.arange(len(fields.mu))
    of_entropy = np.hypot(fields.phi_error[chosen], fields.omega_error[own]) / T
    sublattice, amplitude = _order(data, phase[:, step], step, chosen, values["number"][0])
    return Envelope(
        mu=fields.mu, phase=chosen,
        number_stderr=np.hypot(values["number"][1:].std(axis=0), fields.number_error[own]),
        entropy=entropy[0], entropy_stderr=np.hypot(entropy[1:].std(axis=0), of_entropy),
        sublattice=sublattice, wave_amplitude=amplitude, sampled=fields.sampled[own],
        **{name: v[0] for name, v in values.items()},
    )  # fmt: skip


def _unknown(fields: Fields, sublattices: int) -> Envelope:
    """A temperature at which no phase is known."""
    columns = {f.name: np.full(len(fields.mu), np.nan) for f in dataclass_fields(Envelope)}
    return Envelope(
        **columns | {
            "mu": fields.mu, "phase": np.full(len(fields.mu), -1),
            "sublattice": np.full((len(fields.mu), sublattices), np.nan),
            "sampled": np.zeros(len(fields.mu), bool),
        }
    )  # fmt: skip


def _order(data: Branches, phase: np.ndarray, step: int, chosen: np.ndarray, number: np.ndarray):
    """Sublattices and waves of the sampled states of each chosen phase, by N.

    Where N is between those of two states, so is the order; N and not μ, since electronic entropy
    moves the chemical potential of a state.
    """
    sublattice = np.full((len(chosen), data.sublattice.shape[-1]), np.nan)
    amplitude = np.full(len(chosen), np.nan)
    for k in np.unique(chosen):
        own = phase == k
        mine = chosen == k
        if not own.any():
            continue
        n, rows = data.number[:, step][own], data.sublattice[:, step][own]
        order = np.argsort(n, kind="stable")
        n, rows, waves = n[order], rows[order], data.wave_amplitude[:, step][own][order]
        for column in range(rows.shape[1]):
            sublattice[mine, column] = np.interp(number[mine], n, rows[:, column])
        amplitude[mine] = np.interp(number[mine], n, waves)
    return sublattice, amplitude
