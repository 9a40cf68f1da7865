"""Diffusion in a body by linear finite elements: ∂c/∂t = ∇·(D(c) ∇c), a flux through the surface.

Time goes by the two-stage, L-stable Runge–Kutta method of second order (R. Alexander, SIAM J.
Numer. Anal. 14, 1006 (1977)); D is iterated to its value at the end of each stage. The elements
conserve the amount: its change is the flux through the surface, to round-off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from navac.cell.assembly import assembly
from navac.cell.body import Body, linear_element
from navac.cell.matrices import Matrix, Solver
from navac.cell.quantity import CellError

GAMMA = 1 - 2**-0.5
SETTLED = 1e-12
"""Relative change of c in an iteration of D at which a stage is solved."""
FIRST = (0.0, *2.0 ** np.arange(-8, 1))
"""Ends of the parts of the first step: the flux sets in at once, and one long step overshoots."""
STILL = 1e-7
"""And the same where it falls no more, because steps are long and c is level: by round-off."""
ITERATIONS = 200
SHORTER = "take shorter steps or a lower rate"

Diffusivity = Callable[[np.ndarray], np.ndarray]


class Stop(CellError):
    """A computation that ended before its end, after ``time`` seconds of its own time."""

    def __init__(self, time: float, why: str):
        self.time, self.why = time, why
        super().__init__(f"stopped after {time:.4g} s: {why}")


class Diffusion:
    """Diffusion in one body.

    Attributes:
        body: the body.
        mass: ``[node]`` weights, so that their product with nodal concentrations is the amount.
        inflow: ``[node]`` of a unit flux through the surface; its sum is the area.
    """

    def __init__(self, body: Body, diffusivity: float | Diffusivity):
        """
        Args:
            diffusivity: m²/s, a number or a function of concentration in mol/m³.

        Raises:
            CellError: the number is not positive.
        """
        check_diffusivity(diffusivity)
        self.body = body
        self._assembly, self._law = assembly(body), diffusivity
        self._mass = self._assembly.mass()
        self.mass: np.ndarray = self._mass @ np.ones(body.mesh.p.shape[1])
        self.inflow = inflow(body)
        self._solvers: dict[float, Solver] = {}
        self._fixed = None if callable(diffusivity) else self._assembly.stiffness(diffusivity)

    def amount(self, c: np.ndarray) -> float:
        """Amount in the body, mol, of nodal concentrations in mol/m³."""
        return float(self.mass @ c)

    def run(
        self, c: np.ndarray, flux: float, times: np.ndarray
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Concentrations at the given times with a constant flux.

        Args:
            c: ``[node]`` at the beginning, mol/m³.
            flux: into the body, mol/(m² s).
            times: ``[step]`` rising, from 0, s.

        Yields:
            the time, and ``[node]`` concentrations, the beginning included.

        Raises:
            Stop: a step has no solution.
        """
        yield float(times[0]), c
        for k, (begin, end) in enumerate(pairwise(times)):
            parts = FIRST if k == 0 else (0.0, 1.0)
            for low, high in pairwise(begin + (end - begin) * np.array(parts)):
                c = self._step(c, flux, float(low), float(high - low))
            yield float(end), c

    def _step(self, c: np.ndarray, flux: float, time: float, dt: float) -> np.ndarray:
        """One step of the Runge–Kutta method; its second stage is the end of the step."""
        source = flux * self.inflow
        first = self._stage(c, self._mass @ c + GAMMA * dt * source, dt, time)
        slope = self._mass @ (first - c) / (GAMMA * dt)
        known = self._mass @ c + (1 - GAMMA) * dt * slope + GAMMA * dt * source
        return self._stage(first, known, dt, time)

    def _stage(self, guess: np.ndarray, known: np.ndarray, dt: float, time: float) -> np.ndarray:
        """c with (M + γ dt K(c)) c = known."""
        if self._fixed is not None:
            if dt not in self._solvers:
                self._solvers[dt] = self._mass.plus(self._fixed.scaled(GAMMA * dt)).solver()
            return self._solvers[dt](known)
        c, last = guess, np.inf
        for _ in range(ITERATIONS):
            new = self._mass.plus(self._stiffness(c).scaled(GAMMA * dt)).solver()(known)
            if not np.isfinite(new).all():
                break
            change, c = np.abs(new - c).max() / np.abs(new).max(), new
            if change <= SETTLED or last / 2 < change <= STILL:
                return c
            last = change
        raise Stop(time, f"a step of {dt:.3g} s has no solution; {SHORTER}")

    def _stiffness(self, c: np.ndarray) -> Matrix:
        law: Diffusivity = self._law  # type: ignore[assignment]
        return self._assembly.stiffness(law(self._assembly.at_points(c)))


def check_diffusivity(diffusivity: float | Diffusivity) -> None:
    """Refuse a number that is not positive."""
    if not callable(diffusivity) and not diffusivity > 0:
        raise CellError(
            f"diffusivity {diffusivity:g} m²/s is not positive; give cell.diffusivity_m2_per_s a "
            "positive value"
        )


def inflow(body: Body) -> np.ndarray:
    """``[node]`` inflow of a unit flux through the surface; its sum is the area."""
    from skfem import FacetBasis, LinearForm

    if body.symmetry == "radial":
        found = np.zeros(body.mesh.p.shape[1])
        found[body.mesh.p[0].argmax()] = body.area
        return found
    facets = FacetBasis(body.mesh, linear_element(body.mesh), facets=body.surface, intorder=4)
    return LinearForm(lambda v, w: body.weight(w.x) * v).assemble(facets)
