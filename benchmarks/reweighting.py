"""Does reweighting neighbouring conditions (MBAR) buy error bars per second?

The same path is walked by many replicas with random numbers of their own, so the standard error of
an estimator is how much its results scatter. Compared are

- the grand potential at the end of a heated path: plain integration as navac does it, and the
  multistate Bennett acceptance ratio (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008));
- x at every condition, from its own samples alone and from those of all conditions that overlap,
  along a heated path and along an isotherm.

MBAR needs the series of E − μN, a value per sweep, where navac keeps ten block averages.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from boxes import GROUND_STATES
from peers.published import published_expansion
from scipy.special import logsumexp

from navac.crystal.configurations import Configurations
from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import Walks
from navac.sampling.record import Samples, read_samples
from navac.sampling.walk import sample_paths, use_cores
from navac.thermodynamics.integration import integrate
from navac.units import BOLTZMANN

MU, T_ISOTHERM = -0.456, 680.0
"""Inside the field of psi, eV per Na; and where the paper shows x(μ), K (Fig. S5)."""

CONVERGED = 1e-6
"""Last change of a reduced free energy of the box; its statistical error is above 0.01."""


def mbar(bias: np.ndarray, counts: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Free energies of all conditions and the weights of all samples in them.

    Args:
        bias: ``[condition, sample]`` reduced potentials of every sample in every condition.
        counts: ``[condition]`` samples drawn in each.
        start: ``[condition]`` first guess of the free energies; from 0 it would not converge.

    Returns:
        ``[condition]`` −ln of the partition function, 0 for the first; ``[condition, sample]``.
    """
    f = start - start[0]
    for _ in range(50):
        log_mixture = logsumexp(f[:, None] - bias, b=counts[:, None], axis=0)
        W = np.exp(f[:, None] - bias - log_mixture)
        gradient = counts * (1 - W.sum(axis=1))
        hessian = np.diag(counts * W.sum(axis=1)) - (W * counts[:, None]) @ (W * counts[:, None]).T
        step = np.linalg.lstsq(hessian[1:, 1:], gradient[1:], rcond=None)[0]
        largest = np.abs(step).max()
        f[1:] += step / max(1, largest)  # from far away Newton's step is too long
        if largest < CONVERGED:
            return f, W
    raise RuntimeError(f"MBAR did not converge: {largest:.1e}")


def walk(length: int, T: np.ndarray, mu: np.ndarray, options) -> Samples:
    """Replicas of one path from psi; a value of E and N per sweep."""
    expansion, box = published_expansion(), Supercell.diagonal(*[length] * 3)
    model = lattice_model(expansion, box)
    one = np.ones(8, np.int8)  # vacancies, the second species
    one[list(GROUND_STATES["psi"])] = 0
    n = options.replicas
    walks = Walks(
        Configurations.of(np.repeat(np.repeat(one, box.size)[None], n, axis=0)),
        np.repeat(T[:, None], n, axis=1), np.repeat(mu[:, None], n, axis=1),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.h5"
        sample_paths(
            model, walks, record, paths=np.arange(n), first_stream=0, seed=1,
            sampler=Sampler(model, replicas=n, blocks=options.sweeps),
            lengths=Lengths.of(options.sweeps // 4, 1, 1, Precision()),
            progress=lambda done, of, note: print(f"{length}³ {done} of {of} {note}",
                                                  file=sys.stderr),
        )  # fmt: skip
        return read_samples([record])


def reduced(samples: Samples, T: np.ndarray, mu: np.ndarray, replica: int) -> np.ndarray:
    """``[condition, sample]`` β(E − μN) of the box."""
    E, N = (v[..., replica].ravel() * samples.cells for v in (samples.energy, samples.number))
    return (E - mu[:, None] * N) / (BOLTZMANN * T)[:, None]


def compare(length: int, T: np.ndarray, mu: np.ndarray, samples: Samples) -> dict[str, float]:
    """Scatter between replicas of both estimators, and what they cost."""
    counts = np.full(len(T), samples.energy.shape[1], float)
    x = samples.number.mean(axis=1) / 2
    beta = 1 / (BOLTZMANN * T)[:, None]
    if np.ptp(T):
        omega = samples.energy - mu[:, None, None] * samples.number
        variance = omega.var(axis=1) * samples.cells
        plain = integrate(beta, omega.mean(axis=1), variance, 0 * x[0])
    else:
        chi = samples.number.var(axis=1) * samples.cells * beta
        plain = beta[0] * integrate(mu[:, None], -2 * x, chi, 0 * x[0])
    phi, weighted = [], []
    start = time.process_time()
    for replica in range(x.shape[1]):
        guess = plain[:, replica] * samples.cells
        f, W = mbar(reduced(samples, T, mu, replica), counts, guess)
        phi.append(f[-1] / samples.cells)
        weighted.append(W @ samples.number[..., replica].ravel() / 2)
    seconds = (time.process_time() - start) / x.shape[1]
    weighted = np.array(weighted).T
    kT = 1e3 / beta[-1, 0]
    inner = slice(len(T) // 4, -(len(T) // 4))
    return {
        "plain φ, meV": plain[-1].mean() * kT, "± ": plain[-1].std() * kT,
        "MBAR φ, meV": np.mean(phi) * kT, "±": np.std(phi) * kT,
        "x, own": 1e3 * np.median(x.std(axis=1)[inner]),
        "x, MBAR": 1e3 * np.median(weighted.std(axis=1)[inner]),
        "MBAR, s per path": seconds,
    }  # fmt: skip


def main() -> None:
    """Print a table: a heated path and an isotherm, coarse and fine, in every box."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--replicas", type=int, default=64)
    parser.add_argument("--sweeps", type=int, default=400, help="measured per condition")
    options = parser.parse_args()
    use_cores(len(os.sched_getaffinity(0)))
    rows = []
    for length in options.lengths:
        T = np.arange(480.0, 801, 10)
        heated = walk(length, T, np.full(len(T), MU), options)
        mu = MU + 0.00125 * np.arange(-6, 7)
        isotherm = walk(length, np.full(len(mu), T_ISOTHERM), mu, options)
        for every in (1, 2, 4):
            some = slice(None, None, every)
            cases = {
                f"480–800 K by {10 * every} K": (T[some], np.full(len(T[some]), MU), heated),
                f"15 meV by {1.25 * every:g} meV": (np.full(len(mu[some]), T_ISOTHERM), mu[some],
                                                    isotherm),
            }  # fmt: skip
            for name, (t, m, samples) in cases.items():
                part = Samples(**{
                    k: v if k in ("cells", "sweeps") else v[some] for k, v in vars(samples).items()
                })  # fmt: skip
                rows.append((f"{length}³, {name}", compare(length, t, m, part)))
    print("| box, path | " + " | ".join(rows[0][1]) + " |")
    print("|---" * (len(rows[0][1]) + 1) + "|")
    for name, row in rows:
        print(f"| {name} | " + " | ".join(f"{v:.4g}" for v in row.values()) + " |")


if __name__ == "__main__":
    main()
