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

Where phases are coherent their stress is in μ (F. Larché and J. W. Cahn, Acta Metall. 21, 1051
(1973)), −Ω σ_h. In an isotropic sphere without traction σ_h = 2EΩ(c̄ − c)/9(1 − ν) at every point,
so that μ has B (x − x̄) more, and the energy B/2 (x − x̄)².
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from navac.cell.assembly import assembly
from navac.cell.body import Body
from navac.cell.diffusion import SHORTER, Diffusivity, Stop, check_diffusivity, inflow
from navac.cell.free_energy import FreeEnergy
from navac.cell.matrices import Matrix
from navac.cell.quantity import CellError
from navac.cell.separation_step import State, Step
from navac.units import BOLTZMANN

ITERATIONS = 60
TRIES, HOPE = 40, 0.3
"""Iterations of an implicit step, and smallest residual times iterations, eV, from which it is
given up: most that converge are below, most that do not above."""
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
FASTEST = 1e3
"""Largest M a Δt/L², with a of f or kT and L the length of the body. It is level within such a
step, and equations of a larger mobility lose the amount to round-off."""
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
        elastic: float = 0.0,
    ):
        """
        Args:
            stiffness: κ, eV m² per formula unit.
            diffusivity: of jumps, D in m²/s, a number or a function of x.
            temperature: K.
            elastic: B of a coherent sphere, eV; 0 where stress does not act back.

        Raises:
            CellError: κ is not positive, or D is a number that is not.
        """
        if not stiffness > 0:
            raise CellError(f"gradient stiffness {stiffness:g} is not positive; correct it")
        check_diffusivity(diffusivity)
        self.body, self.energy_density = body, energy
        self.stiffness, self.elastic = stiffness, elastic
        self._law, self._kT = diffusivity, BOLTZMANN * temperature
        self._assembly = assembly(body)
        ones = np.ones(body.mesh.p.shape[1])
        self.mass: np.ndarray = self._assembly.mass() @ ones
        self._gradient = self._assembly.stiffness(1.0)
        self._inflow = inflow(body)
        self._concave = energy.most_concave

    def amount(self, x: np.ndarray) -> float:
        """Amount of nodal x in the body, m³."""
        return float(self.mass @ x)

    def energy(self, x: np.ndarray) -> float:
        """Free energy of nodal x, eV m³ per volume of a formula unit."""
        local = float(self.mass @ self.energy_density.energy(x))
        strained = self.elastic / 2 * float(self.mass @ (x - self._mean(x)) ** 2)
        return local + strained + self.stiffness / 2 * float(x @ (self._gradient @ x))

    def _mean(self, x: np.ndarray) -> float:
        return self.amount(x) / float(self.mass.sum())

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
        mu = self.energy_density.potential(x) + self.elastic * (x - self._mean(x))
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
            energy=self.energy_density, stiffness=self.stiffness, elastic=self.elastic,
            mass=self.mass, gradient=self._gradient, old=x, transport=self._transport(x, dt),
            source=self.mass * x + dt * flux * self._inflow,
        )  # fmt: skip
        found = step.solve((x, mu), self._concave, ITERATIONS)
        if found is None:
            return None, False
        if np.abs(found[0] - x).max() < LITTLE or self._unstable(x):
            return found, True
        implicit = step.solve((x, mu), 0.0, TRIES, HOPE)
        if implicit is not None and self._falls(x, *implicit, flux * dt):
            return implicit, True
        return found, False

    def _mobility(self, x: np.ndarray) -> np.ndarray:
        """``[node]`` M, m²/s per eV."""
        D = self._law(x) if callable(self._law) else self._law
        return D * np.maximum(x, LEAST) / self._kT

    def _unstable(self, x: np.ndarray) -> bool:
        """Whether a part of the body is about to separate: concave f outside interfaces."""
        concave = self.energy_density.curvature(x) + self.elastic < 0
        smooth = np.abs(self.stiffness * (self._gradient @ x)) < SMOOTH_EV * self.mass
        return float(self.mass[concave & smooth].sum()) > BULK * float(self.mass.sum())

    def _falls(self, before: np.ndarray, x: np.ndarray, mu: np.ndarray, passed: float) -> bool:
        """Whether the energy rises by no more than what flows in brings."""
        now = self.energy(before)
        work = passed * float(self._inflow @ mu)
        return self.energy(x) <= now + work + ROUND_OFF * abs(now)

    def _transport(self, x: np.ndarray, dt: float) -> Matrix:
        """Δt times the matrix of the mobility."""
        scale = max(self._concave, self._kT)
        largest = FASTEST * float(np.ptp(self.body.mesh.p[0])) ** 2 / (scale * dt)
        mobility = np.minimum(self._mobility(x), largest)
        return self._assembly.stiffness(self._assembly.at_points(mobility)).scaled(dt)
