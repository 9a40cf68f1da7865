"""One step in time of Cahn and Hilliard's equation, by Newton's method.

Amounts M x + Δt K(M) μ = known and potentials M (∂f/∂x − μ) + κ K x = 0 are solved together; the
change of μ is put into the first equation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.cell.free_energy import FreeEnergy
from navac.cell.matrices import Matrix

SOLVED = 1e-7
"""Largest residual of μ, eV, at which a step is solved."""
KEPT = 1e-12
"""Largest mean change of x that is missing then, so that the amount is conserved."""
PARTS = 0.5 ** np.arange(5)
"""Of a change that are tried in an iteration."""

State = tuple[np.ndarray, np.ndarray]
"""``[node]`` x and μ."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that is to be solved.

    Attributes:
        energy: free energy per formula unit.
        stiffness: κ, eV m² per formula unit.
        elastic: B of a coherent sphere, eV.
        mass: ``[node]`` weights.
        gradient: matrix of ∇·∇.
        old: ``[node]`` x at its beginning.
        transport: its length times the matrix of the mobility.
        source: ``[node]`` amount at the beginning and what flows in.
    """

    energy: FreeEnergy
    stiffness: float
    elastic: float
    mass: np.ndarray
    gradient: Matrix
    old: np.ndarray
    transport: Matrix
    source: np.ndarray

    def solve(self, guess: State, concave: float, tries: int, hope: float = np.inf) -> State | None:
        """x and μ at its end; changes are halved where they overshoot.

        A change of which no part does much good is taken whole: ∂μ/∂x has kinks, where phases end,
        and an even particle cannot cross one without a larger residual first.

        Args:
            concave: the a of −a x²/2 that is taken at the beginning of the step, eV.
            tries: iterations.
            hope: smallest residual times iterations, eV, from which it is given up.

        Returns:
            None where it does not converge.
        """
        scaled = self.transport.columns_scaled(self.stiffness / self.mass)
        interface = scaled.times(self.gradient)
        (x, mu), now = guess, self._residual(guess, concave)
        best = np.inf
        for iteration in range(tries):
            best = min(best, self._size(now))
            if self._size(now) < SOLVED and abs(now[0].sum()) < KEPT * self.mass.sum():
                return x, mu
            if best * iteration > hope:
                return None
            bend = self.energy.curvature(x) + concave + self.elastic
            dx, dmu = self._change(now, bend, interface)
            for part in (*PARTS, 1.0):
                trial = x + part * dx, mu + part * dmu
                then = self._residual(trial, concave)
                if self._size(then) < (1 - part / 2) * self._size(now):
                    break
            (x, mu), now = trial, then
        return (x, mu) if self._size(now) < 10 * SOLVED else None

    def _residual(self, state: State, concave: float) -> State:
        """What is missing in the balance of amounts, and in that of potentials."""
        x, mu = state
        mean = self.source.sum() / self.mass.sum()
        local = self.energy.potential(x) + concave * (x - self.old) - mu
        local = local + self.elastic * (x - mean)
        return (
            self.mass * x + self.transport @ mu - self.source,
            self.mass * local + self.stiffness * (self.gradient @ x),
        )

    def _change(self, residual: State, bend: np.ndarray, interface: Matrix) -> State:
        """Changes of x and μ by the linearised equations.

        Args:
            bend: ``[node]`` ∂²f/∂x² as the step takes it, eV.
            interface: what the gradient term makes of a change of x, in the balance of amounts.
        """
        amount, potential = residual[0], residual[1] / self.mass
        bent = self.transport.columns_scaled(bend)
        matrix = interface.plus(bent).plus_diagonal(self.mass)
        dx = matrix.solver()(-amount - self.transport @ potential)
        return dx, potential + bend * dx + self.stiffness / self.mass * (self.gradient @ dx)

    def _size(self, residual: State) -> float:
        """Largest residual: the change of x that is missing, beside the missing potential in eV."""
        amount, potential = (part / self.mass for part in residual)
        return float(np.hypot(np.abs(amount).max(), np.abs(potential).max()))
