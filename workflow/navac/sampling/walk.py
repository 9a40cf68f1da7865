"""Sampling the paths of a plan: conditions in order, replicas in batches, a resumable record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from navac import NavacError
from navac.config.sampling import PrecisionSection
from navac.montecarlo.model import LatticeModel
from navac.montecarlo.observers import strongest_waves
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.sampling.plan import Walks
from navac.sampling.record import Record
from navac.sampling.statistics import standard_error

LARGEST_DRIFT = 1e-9
"""Accumulated energies may differ from recomputed ones by this much, eV per primitive cell.
Both are sums of whole quanta: a difference is an error of the program or of the machine."""


class DriftError(NavacError):
    """Accumulated energies no longer agree with the configuration."""


@dataclass(frozen=True)
class Precision:
    """Sample on until means are known well enough.

    Attributes:
        number: standard error asked of N, atoms per primitive cell; infinite if none is.
        energy: standard error asked of E, eV per primitive cell; infinite if none is.
        doublings: how often the sampling of a condition may be doubled for it.
    """

    number: float = np.inf
    energy: float = np.inf
    doublings: int = 0

    @classmethod
    def asked(cls, section: PrecisionSection | None, formula_units: int) -> Precision:
        """As the configuration asks it, per formula unit."""
        if section is None:
            return cls()
        return cls(
            (section.x or np.inf) * formula_units,
            (section.energy_meV or np.inf) * 1e-3 * formula_units,
            section.doublings,
        )

    def missed(self, averages: dict[str, np.ndarray]) -> np.ndarray:
        """``[path]`` whether a mean is not known well enough yet."""
        return (standard_error(averages["number"]) > self.number) | (
            standard_error(averages["energy"]) > self.energy
        )


def fingerprint(model: LatticeModel, walks: Walks, *settings: object) -> str:
    """Hash of everything that decides the result of a sampling run."""
    expansion = model.expansion
    clusters = [orbit.clusters for orbit in expansion.orbits]
    digest = hashlib.sha256(
        repr((model.supercell.hnf, expansion.constant, clusters, settings)).encode()
    )
    for array in (expansion.eci, walks.start, walks.temperature, walks.mu):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def sample_paths(
    model: LatticeModel,
    walks: Walks,
    record_path: str | Path,
    *,
    paths: np.ndarray,
    first_stream: int,
    seed: int,
    sampler: Sampler,
    equilibration: int,
    block_sweeps: int,
    precision: Precision = Precision(),
    keep: bool = False,
    progress: Callable[[int, int, str], None],
) -> None:
    """Walk some paths through their conditions, recording each.

    A record that an earlier run left at ``record_path`` is continued, bit for bit as if it had
    not been interrupted.

    Args:
        walks: every path there is.
        paths: ``[path]`` those to walk.
        first_stream: random stream of path 0; ranges must not overlap.
        sampler: of the model. How many replicas it runs together does not matter.
        keep: keep the configurations at the end of every condition.
        progress: called as ``progress(finished, of, note)``.

    Raises:
        DriftError: see :data:`LARGEST_DRIFT`.
    """
    walks = walks[paths]
    steps = len(walks.temperature)
    mark = fingerprint(model, walks, paths.tolist(), seed, first_stream, sampler.rule,
                       equilibration, sampler.blocks, block_sweeps, precision, keep)  # fmt: skip
    record = Record(record_path, mark, paths, walks, sampler.blocks, model.n_sublattices,
                    model.supercell.size, keep=keep)  # fmt: skip
    keys = path_keys(seed, first_stream + paths)
    with closing(record):
        state, sweeps = record.occupation().T.copy(), record.sweeps()
        while (step := record.finished) < steps:
            T, mu = walks.temperature[step], walks.mu[step]
            there = np.flatnonzero(np.isfinite(T))
            said = f"{min(T[there]):.0f} K" if len(there) else ""
            progress(step, steps, said)
            averages = _condition(
                sampler, state, sweeps, there, T, mu, keys, equilibration, block_sweeps, precision
            )
            _check_drift(averages["drift"] / model.supercell.size, T[there])
            averages |= strongest_waves(model.supercell, state[:, there])
            record.append(averages, there, state.T, sweeps)
    progress(steps, steps, "")


def _condition(sampler, state, sweeps, there, T, mu, keys, equilibration, block_sweeps, precision):
    """Sample one condition of the paths ``there``; ``state`` and ``sweeps`` are carried on.

    Each path decides for itself whether it is sampled on, so that its trajectory does not
    depend on its company.

    Returns:
        the fields of the averages, paths on the last axis, and ``block_sweeps`` of each path.
    """

    def run(rows, wait, length):
        ends, found = sampler.run(state[:, rows], T[rows], mu[rows], keys[rows], sweeps[rows],
                                  wait, length)  # fmt: skip
        state[:, rows] = ends
        sweeps[rows] += wait + sampler.blocks * length
        return vars(found)

    averages = dict(run(there, equilibration, block_sweeps))
    averages["block_sweeps"] = np.full(len(there), block_sweeps)
    for k in range(precision.doublings):
        rows = np.flatnonzero(precision.missed(averages))
        if not len(rows):
            break
        more = run(there[rows], 0, block_sweeps * 2**k)
        for name, values in more.items():
            averages[name][..., rows] = _joined(averages[name][..., rows], values)
        averages["block_sweeps"][rows] *= 2
    return averages


def _joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """As many blocks, twice as long, from two runs ``[block, …]``; a drift ``[path]`` is that
    of the second."""
    if first.ndim == 1:
        return second
    blocks = np.concatenate([first, second])
    return blocks.reshape(len(first), 2, *first.shape[1:]).mean(axis=1)


def _check_drift(drift: np.ndarray, T: np.ndarray) -> None:
    worst = int(np.abs(drift).argmax())
    if (size := abs(drift[worst])) > LARGEST_DRIFT:
        raise DriftError(
            f"at {T[worst]:g} K accumulated and recomputed energies differ by {size:.2g} eV per "
            "cell, which exact sums cannot; the memory or the processor of this machine may "
            "be faulty"
        )


def use_cores(count: int) -> None:
    """Give JAX ``count`` cores of the CPU, each as a device of its own.

    Call it before the first computation.
    """
    jax.config.update("jax_num_cpu_devices", count)
