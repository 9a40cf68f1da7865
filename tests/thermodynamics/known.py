"""Phases whose grand potential is known in closed form, as fields, branches and samples of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.thermodynamics.assignment import Assignment
from navac.thermodynamics.fields import ERRORS, Fields
from navac.thermodynamics.integration import Branches


@dataclass(frozen=True)
class Phase:
    """φ = φ₀ − S (T − T₀) − n₀ μ − χ μ²/2: N rises linearly, S is a constant.

    Attributes:
        phi0: eV per primitive cell.
        n: atoms per primitive cell at μ = 0.
        chi: 1/eV.
        entropy: eV/K per primitive cell.
        T0: K.
    """

    phi0: float
    n: float
    chi: float = 0.0
    entropy: float = 0.0
    T0: float = 300.0

    def phi(self, mu, T=300.0):
        """Grand potential, eV per primitive cell."""
        return self.phi0 - self.entropy * (T - self.T0) - self.n * mu - self.chi * mu**2 / 2

    def number(self, mu):
        """Atoms per primitive cell."""
        return self.n + self.chi * mu

    def energy(self, mu, T=300.0):
        """E = φ + TS + μN, eV per primitive cell."""
        return self.phi(mu, T) + T * self.entropy + mu * self.number(mu)


def fields_of(
    phases: Sequence[Phase], T, mu, *, errors: Sequence[float] = (), route: float = 0.0
) -> Fields:
    """Phases on a grid.

    Args:
        errors: by how much φ of the first phase is off in every resample, eV.
        route: standard error of φ of every phase beyond that of sampling, eV.
    """
    T, mu = np.asarray(T, float), np.asarray(mu)
    along = np.meshgrid(T, mu, indexing="ij")
    shape = (1 + len(errors), len(phases), len(T), len(mu))

    def every(values):
        return np.broadcast_to(np.stack(values), shape).copy()

    phi = every([p.phi(along[1], along[0]) for p in phases])
    phi[1:, 0] += np.reshape(errors, (-1, 1, 1))
    return Fields(
        temperature=T, mu=mu, phi=phi,
        number=every([p.number(along[1]) for p in phases]),
        energy=every([p.energy(along[1], along[0]) for p in phases]),
        susceptibility=every([np.full(along[1].shape, p.chi) for p in phases]),
        omega_variance=every([np.zeros(along[1].shape) for _ in phases]),
        sampled=np.ones(shape[1:], bool), phi_error=np.full(len(phases), route),
        **{name: np.zeros(shape[1:]) for name in ERRORS},
    )  # fmt: skip


def branches_of(phi, number, **given) -> Branches:
    """Branches from ``[branch, T, μ]``; what is not given is 0, without waves, and stationary."""
    phi, number = np.asarray(phi, float), np.asarray(number, float)
    nothing = np.zeros(number.shape)
    values = {
        "phi": phi, "number": number, "energy": nothing, "susceptibility": nothing,
        "omega_variance": nothing, "cross": nothing, "sublattice": number[..., None] / 8,
        "wave_amplitude": nothing, "wave_vector": np.zeros((*number.shape, 3), int),
        "stationary": np.ones(number.shape, bool),
    }  # fmt: skip
    return Branches(**values | given)


def assignment_of(names: Sequence[str], T: int = 1, mu: int = 1, *, touching=()) -> Assignment:
    """Phases without order, each in a branch of its own, and the pairs that continue each other.

    Args:
        touching: ``(step, low, high)`` at which two phases are one.
    """
    count = len(names)
    one = np.zeros((T, count, count), bool)
    for step, low, high in touching:
        one[step, low, high] = one[step, high, low] = True
    return Assignment(
        names=tuple(names), phase=np.tile(np.arange(count)[:, None, None], (1, T, mu)),
        wave=np.zeros((count, 3), int), ordered_in_cell=np.zeros(count, bool), touching=one,
    )  # fmt: skip
