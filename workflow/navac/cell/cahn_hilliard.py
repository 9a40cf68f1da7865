"""Phase separation in a body: Cahn and Hilliard's equation by linear finite elements.

    ∂x/∂t = ∇·(M(x) ∇μ),   μ = ∂f/∂x − κ ∇²x,   M(x) = D x/kT

with x atoms per formula unit and f the free energy per formula unit. Time goes by convex splitting
(D. J. Eyre, MRS Proc. 529, 39 (1998)): what is convex in f is taken at the end of a step, the
concave rest −a x²/2 at its beginning, and however long the step is, the energy of a closed body
cannot rise. That drags an interface that moves by more than its width in a step. There the step is
solved once more without the splitting, which is kept where it lowers the energy; while a phase
appears, an implicit step has several solutions, and is not tried. f is taken at the nodes, so that
the law holds for the sum that is computed; the amount changes by the flux through the surface
alone. The surface prefers no phase: ∂x/∂n = 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import csc_array

from navac.cell.body import Body, linear_element
from navac.cell.diffusion import SHORTER, Diffusivity, Stop, check_diffusivity, inflow
from navac.cell.free_energy import FreeEnergy
from navac.cell.quantity import CellError
from navac.cell.separation_step import State, Step
from navac.units import BOLTZMANN

ITERATIONS = 60
TRIES = 40
"""Iterations of an implicit step."""
LITTLE = 0.02
"""A step by convex splitting is good where x changes nowhere by more."""
SHORTENINGS = 6
"""Of a step."""
BULK = 0.05
"""Part of a body that is about to separate where no interface is: steps are split then."""
SMOOTH_EV = 1e-3
"""κ∇²x is larger in an interface."""
ROUND_OFF = 1e-12
"""Of an energy."""
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
        diffusivity: float | Diffusivity,
        temperature: float,
    ):
        """
        Args:
            stiffness: κ, eV m² per formula unit.
            diffusivity: of jumps, D in m²/s, a number or a function of x.
            temperature: K.

        Raises:
            CellError: κ is not positive, or D is a number that is not.
        """
        from skfem import Basis, BilinearForm

        if not stiffness > 0:
            raise CellError(f"gradient stiffness {stiffness:g} is not positive; correct it")
        check_diffusivity(diffusivity)
        self.body, self.energy_density, self.stiffness = body, energy, stiffness
        self._law, self._kT = diffusivity, BOLTZMANN * temperature
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
            x, mu = self._advance(x, mu, flux, float(begin), float(end - begin), SHORTENINGS)
            yield float(end), x

    def _advance(
        self, x: np.ndarray, mu: np.ndarray, flux: float, time: float, dt: float, left: int
    ) -> State:
        """One step; in two halves, and so on, where it has no solution or drags an interface.

        Args:
            left: how often it may be halved.
        """
        found, good = self._step(x, mu, flux, dt)
        if found is not None and (good or not left):
            return found
        if not left:
            raise Stop(time, f"a step of {dt:.3g} s has no solution; {SHORTER}")
        x, mu = self._advance(x, mu, flux, time, dt / 2, left - 1)
        return self._advance(x, mu, flux, time + dt / 2, dt / 2, left - 1)

    def _step(
        self, x: np.ndarray, mu: np.ndarray, flux: float, dt: float
    ) -> tuple[State | None, bool]:
        """One step by convex splitting, made implicit where an interface moves.

        Returns:
            x and μ, or None where it has no solution; and whether no interface is dragged.
        """
        step = Step(
            energy=self.energy_density, stiffness=self.stiffness, mass=self.mass,
            gradient=self._gradient, old=x, transport=self._stiffness(self._mobility(x)) * dt,
            source=self.mass * x + dt * flux * self._inflow,
        )  # fmt: skip
        found = step.solve((x, mu), self._concave, ITERATIONS)
        if found is None:
            return None, False
        if np.abs(found[0] - x).max() < LITTLE or self._unstable(x):
            return found, True
        implicit = step.solve((x, mu), 0.0, TRIES)
        if implicit is not None and self._falls(x, *implicit, flux * dt):
            return implicit, True
        return found, False

    def _mobility(self, x: np.ndarray) -> np.ndarray:
        """``[node]`` M, m²/s per eV."""
        D = self._law(x) if callable(self._law) else self._law
        return D * np.maximum(x, LEAST) / self._kT

    def _unstable(self, x: np.ndarray) -> bool:
        """Whether a part of the body is about to separate: concave f outside interfaces."""
        concave = self.energy_density.curvature(x) < 0
        smooth = np.abs(self.stiffness * (self._gradient @ x)) < SMOOTH_EV * self.mass
        return float(self.mass[concave & smooth].sum()) > BULK * float(self.mass.sum())

    def _falls(self, before: np.ndarray, x: np.ndarray, mu: np.ndarray, passed: float) -> bool:
        """Whether the energy rises by no more than what flows in brings."""
        now = self.energy(before)
        work = passed * float(self._inflow @ mu)
        return self.energy(x) <= now + work + ROUND_OFF * abs(now)

    def _stiffness(self, factor: np.ndarray) -> csc_array:
        from skfem import BilinearForm

        weight = self.body.weight
        form = BilinearForm(
            lambda u, v, w: w["k"] * weight(w.x) * np.einsum("i...,i...->...", u.grad, v.grad)
        )
        return csc_array(form.assemble(self._basis, k=self._basis.interpolate(factor)))
