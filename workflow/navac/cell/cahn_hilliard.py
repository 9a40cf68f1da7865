"""Phase separation in a body: Cahn and Hilliard's equation by linear finite elements.

    ∂x/∂t = ∇·(M(x) ∇μ),   μ = ∂f/∂x − κ ∇²x,   M(x) = D x/kT

with x atoms per formula unit and f the free energy per formula unit. Time goes by convex
splitting (D. J. Eyre, MRS Proc. 529, 39 (1998)): what is convex in f is taken at the end of a step,
the concave rest −a x²/2 at its beginning. However long the step is, the energy of a closed body
cannot rise. f is taken at the nodes, so that this holds for the sum that is computed, and the
amount changes by the flux through the surface alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import block_array, csc_array, diags_array
from scipy.sparse.linalg import splu

from navac.cell.body import Body, linear_element
from navac.cell.diffusion import SHORTER, Stop, inflow
from navac.cell.free_energy import FreeEnergy
from navac.cell.quantity import CellError
from navac.units import BOLTZMANN

SOLVED = 1e-7
"""Largest residual of μ, eV, at which a step is solved."""
KEPT = 1e-12
"""Largest mean change of x that is missing then, so that the amount is conserved."""
ITERATIONS = 60
HALVINGS = 20
LEAST = 1e-3
"""x in the mobility is at least this, so that an empty region can be filled."""


class Separation:
    """A particle that may separate into phases.

    Attributes:
        mass: ``[node]`` weights, so that their product with nodal x is the amount.
    """

    def __init__(
        self,
        body: Body,
        energy: FreeEnergy,
        *,
        stiffness: float,
        diffusivity: float,
        temperature: float,
    ):
        """
        Args:
            stiffness: κ, eV m² per formula unit.
            diffusivity: tracer diffusivity D, m²/s.
            temperature: K.

        Raises:
            CellError: κ or D is not positive.
        """
        from skfem import Basis, BilinearForm

        for name, value in (("gradient stiffness", stiffness), ("diffusivity", diffusivity)):
            if not value > 0:
                raise CellError(f"{name} {value:g} is not positive; correct it")
        self.body, self.energy_density, self.stiffness = body, energy, stiffness
        self._mobility = diffusivity / (BOLTZMANN * temperature)
        self._basis = Basis(body.mesh, linear_element(body.mesh), intorder=4)
        mass = BilinearForm(lambda u, v, w: body.weight(w.x) * u * v).assemble(self._basis)
        self.mass: np.ndarray = np.asarray(mass.sum(axis=0)).ravel()
        self._gradient = self._stiffness(np.ones(len(self.mass)))
        self._inflow = inflow(body)
        self._concave = energy.most_concave

    def amount(self, x: np.ndarray) -> float:
        """Amount of nodal x in the body, m³."""
        return float(self.mass @ x)

    def energy(self, x: np.ndarray) -> float:
        """Free energy of nodal x, eV m³ per volume of a formula unit."""
        local = float(self.mass @ self.energy_density.energy(x))
        return local + self.stiffness / 2 * float(x @ (self._gradient @ x))

    def run(
        self, x: np.ndarray, flux: float, times: np.ndarray
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Nodal x at the given times with a constant flux.

        Args:
            x: ``[node]`` at the beginning.
            flux: of x into the body, m/s.
            times: ``[step]`` rising, s.

        Raises:
            Stop: a step has no solution.
        """
        yield float(times[0]), x
        mu = self.energy_density.potential(x)
        for begin, end in pairwise(times):
            x, mu = self._step(x, mu, flux, float(begin), float(end - begin))
            yield float(end), x

    def _step(
        self, x: np.ndarray, mu: np.ndarray, flux: float, time: float, dt: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """One step by Newton's method, shortened where it overshoots."""
        transport = self._stiffness(self._mobility * np.maximum(x, LEAST)) * dt
        source = self.mass * x + dt * flux * self._inflow
        explicit = self._concave * x
        new, m = x, diags_array(self.mass)

        def residual(x: np.ndarray, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            local = self.energy_density.potential(x) + self._concave * x - explicit - mu
            return (
                self.mass * x + transport @ mu - source,
                self.mass * local + self.stiffness * (self._gradient @ x),
            )

        def size(found: tuple[np.ndarray, np.ndarray]) -> float:
            # Of the first the change of x that is missing, beside the missing potential in eV.
            amount, potential = (part / self.mass for part in found)
            return float(np.hypot(np.abs(amount).max(), np.abs(potential).max()))

        now = residual(new, mu)
        for _ in range(ITERATIONS):
            if size(now) < SOLVED and abs(now[0].sum()) < KEPT * self.mass.sum():
                return new, mu
            bend = self.energy_density.curvature(new) + self._concave
            bent = diags_array(self.mass * bend) + self.stiffness * self._gradient
            change = splu(csc_array(block_array([[m, transport], [bent, -m]]))).solve(
                -np.concatenate(now)
            )
            step = 1.0
            for _ in range(HALVINGS):
                trial = new + step * change[: len(x)], mu + step * change[len(x) :]
                then = residual(*trial)
                if size(then) < size(now):
                    break
                step /= 2
            else:
                break
            (new, mu), now = trial, then
        if size(now) < 10 * SOLVED:
            return new, mu
        raise Stop(time, f"a step of {dt:.3g} s has no solution; {SHORTER}")

    def _stiffness(self, factor: np.ndarray) -> csc_array:
        from skfem import BilinearForm

        weight = self.body.weight
        form = BilinearForm(
            lambda u, v, w: w["k"].value * weight(w.x) * np.einsum("i...,i...->...", u.grad, v.grad)
        )
        return csc_array(form.assemble(self._basis, k=self._basis.interpolate(factor)))
