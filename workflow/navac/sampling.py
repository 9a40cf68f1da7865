"""Sampling the paths of a plan: conditions in order, replicas in batches, a resumable record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from navac.hamiltonian import LatticeModel
from navac.montecarlo import Sampler
from navac.paths import Plan
from navac.random import path_keys
from navac.records import Record, as_fields

LARGEST_DRIFT = 1e-5
"""Accumulated energies may differ from recomputed ones by this much, eV per primitive cell."""


class DriftError(ValueError):
    """Accumulated energies no longer agree with the configuration."""


def fingerprint(model: LatticeModel, plan: Plan, *settings: object) -> str:
    """Hash of everything that decides the result of a sampling run."""
    expansion = model.expansion
    clusters = [orbit.clusters for orbit in expansion.orbits]
    digest = hashlib.sha256(
        repr((model.supercell.hnf, expansion.constant, clusters, settings)).encode()
    )
    for array in (expansion.eci, plan.occupation, plan.mu, plan.phase, plan.temperatures):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def sample_paths(
    model: LatticeModel,
    plan: Plan,
    record_path: str | Path,
    *,
    paths: np.ndarray,
    first_stream: int,
    seed: int,
    rule: str,
    batch: int,
    equilibration: int,
    blocks: int,
    block_sweeps: int,
    progress: Callable[[int, int, str], None],
) -> None:
    """Walk ``paths`` of a plan through its temperatures, recording each.

    A record that an earlier run left at ``record_path`` is continued, bit for bit as if it had
    not been interrupted.

    Args:
        paths: ``[path]`` indices into the plan.
        first_stream: random stream of path 0 of the plan; ranges must not overlap.
        batch: replicas run in lockstep; the last batch is filled up with copies.
        progress: called as ``progress(finished, of, note)``.

    Raises:
        DriftError: see :data:`LARGEST_DRIFT`.
    """
    start = plan.occupation[plan.phase[paths]]
    steps = len(plan.temperatures)
    mark = fingerprint(model, plan, paths.tolist(), seed, first_stream, rule, equilibration,
                       blocks, block_sweeps)  # fmt: skip
    record = Record(record_path, mark, paths, plan.temperatures, blocks, model.n_sublattices,
                    start, model.supercell.size)  # fmt: skip
    sampler = Sampler(model, rule=rule, blocks=blocks)
    keys = path_keys(seed, first_stream + paths)
    mu = plan.mu[paths]
    with closing(record):
        state = model.to_blocks(record.occupation().T)
        while (step := record.finished) < steps:
            T = plan.temperatures[step]
            progress(step, steps, f"{T:.0f} K")
            sweeps, parts = record.sweeps, []
            for rows in _batches(len(paths), batch):
                replicas, averages = sampler.run(
                    state[..., rows], np.full(batch, T), mu[rows], keys[rows], sweeps,
                    equilibration, block_sweeps,
                )  # fmt: skip
                _check_drift(averages.drift / model.supercell.size, T)
                state[..., rows] = replicas
                parts.append(averages)
            joined = {k: v[..., : len(paths)] for k, v in as_fields(parts).items()}
            sweeps += equilibration + blocks * block_sweeps
            record.append(joined, model.from_blocks(state).T, sweeps)
    progress(steps, steps, "")


def _batches(n: int, batch: int) -> list[np.ndarray]:
    """Rows of each batch. The last is filled up with its own last row: it comes out the same
    in every copy, because a path's random numbers depend on nothing but the path."""
    rows = np.minimum(np.arange(-(-n // batch) * batch), n - 1)
    return np.split(rows, len(rows) // batch)


def _check_drift(drift: np.ndarray, T: float) -> None:
    worst = float(np.abs(drift).max())
    if worst > LARGEST_DRIFT:
        raise DriftError(
            f"at {T} K accumulated and recomputed energies differ by {worst:.2g} eV per cell "
            f"(at most {LARGEST_DRIFT:.0e}); sample fewer sweeps per condition"
        )


def use_cores(count: int) -> None:
    """Keep this process, and so JAX's threads, on ``count`` of the cores it may use.

    Takes effect for threads started afterwards: call it before the first computation.
    """
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[: max(1, count)])
