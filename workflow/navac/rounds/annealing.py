"""Low states of an expansion in one small supercell, by annealing at many chemical potentials.

Replicas share the supercell but not the chemical potential: one annealing covers the whole range
of compositions. It is a heuristic; that nothing lower exists is not guaranteed. What it finds is
exact: the energy of every state is that of the expansion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.rounds.polynomial import Polynomial


@dataclass(frozen=True)
class Schedule:
    """How an annealing cools.

    Attributes:
        replicas: per chemical potential.
        sweeps: from the highest to the lowest temperature.
        kept_sweeps: of the last ones, whose states are all kept.
        highest_eV, lowest_eV: k_B T at the beginning and at the end.
    """

    replicas: int = 8
    sweeps: int = 30
    kept_sweeps: int = 5
    highest_eV: float = 0.3
    lowest_eV: float = 0.004


SCHEDULE = Schedule()
"""Enough for supercells of 40 sites; see benchmarks/closed_loop.py."""


def low_states(
    polynomial: Polynomial,
    mu: np.ndarray,
    atoms: tuple[int, int],
    seed: tuple[int, ...],
    schedule: Schedule = SCHEDULE,
) -> np.ndarray:
    """The states that an annealing ends in, and those of its last sweeps.

    Args:
        mu: chemical potentials, eV per atom of the first species.
        atoms: least and most sites that may hold the first species; no move leads beyond them.

    Returns:
        ``[state, site]`` int8 species indices, distinct.
    """
    rng = np.random.default_rng(seed)
    sites, many = polynomial.sites, len(mu) * schedule.replicas
    own_mu = np.repeat(np.asarray(mu, float), schedule.replicas)
    number = rng.integers(atoms[0], atoms[1] + 1, many)
    # σ = −1 is the first species.
    rank = rng.random((sites, many)).argsort(axis=0).argsort(axis=0)
    sigma = np.where(rank < number, -1.0, 1.0)
    kept = []
    for sweep, kT in enumerate(
        np.geomspace(schedule.highest_eV, schedule.lowest_eV, schedule.sweeps)
    ):
        allowed = -kT * np.log(rng.random((sites, many)))
        for site in rng.permutation(sites):
            spin = sigma[site]
            # N = Σ (1 − σ) / 2: a flip from −1 to +1 takes an atom away.
            cost = -2 * spin * (polynomial.field(int(site), sigma) + own_mu / 2)
            after = number + spin
            taken = (after >= atoms[0]) & (after <= atoms[1]) & (cost < allowed[site])
            number = np.where(taken, after, number)
            sigma[site] = np.where(taken, -spin, spin)
        if sweep >= schedule.sweeps - schedule.kept_sweeps:
            kept.append(((sigma.T + 1) / 2).astype(np.int8))
    return np.unique(np.concatenate(kept), axis=0)
