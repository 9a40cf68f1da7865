"""Grand potentials of phases on a (T, μ) grid, and between its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SCALARS = ("phi", "number", "energy", "susceptibility", "omega_variance")

ERRORS = ("extension", "number_error", "omega_error")
"""Of φ, N and E − μN, beyond those of sampling."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Each phase on a (T, μ) grid; NaN where it is not known.

    Attributes:
        temperature: ``[T]`` K, rising.
        mu: ``[μ]`` eV per atom, rising.
        phi: ``[resample, phase, T, μ]`` grand potential, eV per primitive cell; the first resample
            is that of all data.
        number: likewise −∂φ/∂μ, atoms per primitive cell.
        energy: likewise, eV per primitive cell.
        susceptibility: likewise ∂N/∂μ, 1/eV; 0 where N goes on as a constant.
        omega_variance: likewise the variance of E − μN of the supercell per cell, eV².
        sampled: ``[phase, T, μ]`` whether the phase was sampled there.
        phi_error: ``[phase]`` standard error of φ beyond that of sampling, eV per primitive cell:
            routes of integration do not agree better.
        extension: ``[phase, T, μ]`` by how much φ may be too high where the phase was not sampled,
            from the curvature that it had, eV per primitive cell; 0 where it was.
        number_error: ``[phase, T, μ]`` standard error of N beyond that of sampling, atoms per
            primitive cell: where the surface does not follow its states, and beyond them.
        omega_error: likewise of E − μN, eV per primitive cell.
    """

    temperature: np.ndarray
    mu: np.ndarray
    phi: np.ndarray
    number: np.ndarray
    energy: np.ndarray
    susceptibility: np.ndarray
    omega_variance: np.ndarray
    sampled: np.ndarray
    phi_error: np.ndarray
    extension: np.ndarray
    number_error: np.ndarray
    omega_error: np.ndarray

    def rows(self, step: int) -> Row:
        """Every phase at one temperature."""
        at = (slice(None), slice(None), step)
        return Row(
            temperature=float(self.temperature[step]), mu=self.mu, phi=self.phi[at],
            number=self.number[at], susceptibility=self.susceptibility[at],
            energy=self.energy[at], phi_error=self.phi_error,
            extension=self.extension[:, step], number_error=self.number_error[:, step],
        )  # fmt: skip

    def between(self, step: int, parts: int, window: slice) -> Fields:
        """The way from one temperature to the next in equal parts, every value straight along it.

        Args:
            step: position of the lower temperature.
            window: positions of the chemical potentials that are kept.
        """
        share = np.arange(parts + 1) / parts
        cold, warm = self.temperature[step : step + 2]

        def along(values, axis):
            a, b = (np.take(values, k, axis)[..., window] for k in (step, step + 1))
            return np.stack([a + s * (b - a) for s in share], axis)

        sampled = np.stack([self.sampled[:, step + (s > 0.5), window] for s in share], 1)
        return Fields(
            temperature=cold + share * (warm - cold), mu=self.mu[window], sampled=sampled,
            phi_error=self.phi_error, **{name: along(getattr(self, name), 2) for name in SCALARS},
            **{name: along(getattr(self, name), 1) for name in ERRORS},
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """Every phase along μ at one temperature; ``[resample, phase, μ]`` as in :class:`Fields`.

    Between points of the grid φ is the cubic with the right slopes, −N, at both ends.
    """

    temperature: float
    mu: np.ndarray
    phi: np.ndarray
    number: np.ndarray
    susceptibility: np.ndarray
    energy: np.ndarray
    phi_error: np.ndarray
    extension: np.ndarray
    number_error: np.ndarray

    def at(self, mu: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """φ, N and ∂N/∂μ ``[resample, phase]`` at a chemical potential."""
        i, s = self._between(mu)
        width = self.mu[i + 1] - self.mu[i]
        ends = slice(i, i + 1), slice(i + 1, i + 2)
        phi = _hermite(s, width, self.phi, -self.number, ends)[..., 0]
        number = _hermite(s, width, self.number, self.susceptibility, ends)[..., 0]
        chi = self.susceptibility[..., i] * (1 - s) + self.susceptibility[..., i + 1] * s
        return phi, number, chi

    def entropy(self, mu: float) -> np.ndarray:
        """``[phase]`` entropy of all data at a chemical potential, eV/K per primitive cell."""
        i, s = self._between(mu)
        pair = slice(i, i + 2)
        omega = self.energy[0, :, pair] - self.mu[pair] * self.number[0, :, pair]
        return (omega - self.phi[0, :, pair]) / self.temperature @ [1 - s, s]

    def error(self, mu: float) -> np.ndarray:
        """``[phase]`` standard error of φ at a chemical potential beyond that of sampling."""
        return np.hypot(self.phi_error, self.extended(mu))

    def extended(self, mu: float) -> np.ndarray:
        """``[phase]`` by how much φ may be too high there; see :class:`Fields`."""
        i, s = self._between(mu)
        return self.extension[:, i : i + 2] @ [1 - s, s]

    def number_errors(self, mu: float) -> np.ndarray:
        """``[phase]`` standard error of N there beyond that of sampling."""
        i, s = self._between(mu)
        return self.number_error[:, i : i + 2] @ [1 - s, s]

    def _between(self, mu: float) -> tuple[int, float]:
        """The last point of the grid below, and the part of the way to the next."""
        i = int(np.clip(np.searchsorted(self.mu, mu) - 1, 0, len(self.mu) - 2))
        return i, float(np.clip((mu - self.mu[i]) / (self.mu[i + 1] - self.mu[i]), 0, 1))

    def finer_mu(self, parts: int) -> np.ndarray:
        """The grid of μ with every step divided."""
        s = np.arange(parts) / parts
        return np.append((self.mu[:-1, None] + np.diff(self.mu)[:, None] * s).ravel(), self.mu[-1])

    def finer(self, parts: int) -> np.ndarray:
        """``[phase, μ]`` φ of all data on that finer grid."""
        ends = slice(None, -1), slice(1, None)
        phi, slope = self.phi[0], -self.number[0]
        s = np.arange(parts) / parts
        inner = [_hermite(part, np.diff(self.mu), phi, slope, ends) for part in s]
        fine = np.stack(inner, axis=-1).reshape(len(phi), -1)
        return np.concatenate([fine, phi[:, -1:]], axis=1)


def _hermite(s: float, width, values, slopes, ends) -> np.ndarray:
    """The cubics through two values with two slopes, at the part ``s`` of the way."""
    a, b = ends
    return (
        (1 + 2 * s) * (1 - s) ** 2 * values[..., a] + s * (1 - s) ** 2 * width * slopes[..., a]
        + s**2 * (3 - 2 * s) * values[..., b] - s**2 * (1 - s) * width * slopes[..., b]
    )  # fmt: skip
