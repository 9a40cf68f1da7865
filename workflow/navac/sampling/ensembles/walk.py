"""Sampling a run condition by condition; what an interrupted job left is continued.

Every condition of a batch of paths is a file of its own, written when it is finished. Its
fingerprint is a digest of the one before it and of what is sampled at it, so that files of other
settings are not taken, and a list of temperatures can be prolonged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from navac.montecarlo.gas.sampler import GasAverages, GasSampler
from navac.results.fields import ResultsError, entries
from navac.results.read import read_record
from navac.results.schema import EnsembleCondition
from navac.results.write import new_file, write_record
from navac.sampling.ensembles.observers import Observers
from navac.sampling.ensembles.plan import Plan
from navac.sampling.walker import LARGEST_DISCREPANCY, DiscrepancyError

Progress = Callable[[int, int, str], None]
SUMMED = {
    "energy_eV_per_cell": "energy", "energy_squared_eV2": "energy2", "amount_per_cell": "amounts",
    "energy_amount_eV": "cross", "amount_product": "amounts2", "tried": "tried",
    "share": "sublattice", "acceptance": "acceptance",
}  # fmt: skip
"""Block averages of the record, and what the sampler calls them."""


@dataclass(frozen=True)
class Store:
    """Where finished conditions are kept.

    Attributes:
        folder: of the files of one run.
        made_from: digest of model, expansion and code.
        provenance: JSON that the files carry.
    """

    folder: Path
    made_from: str
    provenance: str = "{}"

    def known(self, batch: int, step: int, fingerprint: str) -> EnsembleCondition | None:
        """A finished condition, if there is one of this fingerprint."""
        try:
            found = read_record(self._path(batch, step), EnsembleCondition)
        except (OSError, ResultsError):
            return None
        return found if found.fingerprint == fingerprint else None

    def keep(self, batch: int, step: int, condition: EnsembleCondition) -> None:
        """Write a finished condition, whole or not at all."""
        with new_file(self._path(batch, step), self.provenance) as file:
            write_record(file, condition)

    def _path(self, batch: int, step: int) -> Path:
        return self.folder / f"{batch}-{step}.h5"


def sample_run(
    sampler: GasSampler, plan: Plan, observers: Observers, occupation: np.ndarray, store: Store,
    *, together: int, progress: Progress,
) -> list[EnsembleCondition]:  # fmt: skip
    """Sample every condition of every path that the store lacks.

    Args:
        sampler: one block long.
        observers: what is looked at after each block.
        together: paths of a batch; each condition of a batch is a file of the store.
        occupation: int8 ``[site, path]`` codes that the paths begin with.
        progress: called as ``progress(finished, of, note)``.

    Returns:
        One record per temperature, of all paths.

    Raises:
        DiscrepancyError: see :data:`~navac.sampling.walker.LARGEST_DISCREPANCY`.
    """
    paths = len(plan.start)
    batches = [np.arange(k, min(k + together, paths)) for k in range(0, paths, together)]
    of = len(batches) * len(plan.temperatures)
    parts: list[list[EnsembleCondition]] = []
    for number, batch in enumerate(batches):
        done = number * len(plan.temperatures)
        walk = _walk(sampler, plan, observers, occupation, batch, store, number)
        parts.append([])
        for step, T in enumerate(plan.temperatures):
            progress(done + step, of, f"{T:g} K")
            parts[-1].append(next(walk))
    progress(of, of, "")
    return [joined([part[step] for part in parts]) for step in range(len(plan.temperatures))]


def _walk(
    sampler: GasSampler, plan: Plan, observers: Observers, occupation: np.ndarray,
    batch: np.ndarray, store: Store, number: int,
) -> Iterator[EnsembleCondition]:  # fmt: skip
    """The conditions of a batch of paths, one after the other."""
    state = occupation[:, batch]
    mark = digest_of(store.made_from, plan.ensemble, sampler.rule, plan.keys[batch].tobytes(),
                   plan.potentials[batch].tobytes(), state.tobytes(),
                   observers.orbits.tobytes())  # fmt: skip
    for step, T in enumerate(plan.temperatures):
        mark = digest_of(mark, T, plan.equilibration, plan.blocks, plan.block_sweeps)
        found = store.known(number, step, mark)
        if found is None:
            found = _condition(sampler, plan, observers, state, batch, step, mark)
            store.keep(number, step, found)
        state = found.state.T
        yield found


def digest_of(*parts: object) -> str:
    """A digest of bytes and of what other parts are written as."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    return digest.hexdigest()


def _condition(
    sampler: GasSampler, plan: Plan, observers: Observers, state: np.ndarray, batch: np.ndarray,
    step: int, mark: str,
) -> EnsembleCondition:  # fmt: skip
    """Sample one condition, and look at the states between its blocks."""
    temperature, supercell = np.full(len(batch), plan.temperatures[step]), sampler.model.supercell
    found: list[GasAverages] = []
    seen: list[dict[str, np.ndarray]] = []
    made = step * plan.sweeps
    for block in range(plan.blocks):
        equilibration = 0 if block else plan.equilibration
        state, averages = sampler.run(state, temperature, plan.potentials[batch], plan.keys[batch],
                                      made, equilibration, plan.block_sweeps)  # fmt: skip
        made += equilibration + plan.block_sweeps
        _agree(averages, supercell.size)
        found.append(averages)
        seen.append(observers.of(supercell, state.T))
    summed = {
        name: np.concatenate([getattr(a, own) for a in found]) for name, own in SUMMED.items()
    }
    return EnsembleCondition(
        **summed, **{name: np.array([own[name] for own in seen]) for name in seen[0]},
        discrepancy_eV=found[-1].discrepancy,
        state=np.ascontiguousarray(state.T), fingerprint=mark,
    )  # fmt: skip


def _agree(averages: GasAverages, cells: int) -> None:
    worst = float(np.abs(averages.discrepancy).max(initial=0.0)) / cells
    if worst > LARGEST_DISCREPANCY:
        raise DiscrepancyError(
            f"accumulated and recomputed energies differ by {worst:.3g} eV per primitive cell: an "
            "error of the program or of the machine; remove the records of this run and run it "
            "again, elsewhere if it comes back"
        )


def joined(parts: list[EnsembleCondition]) -> EnsembleCondition:
    """The records of some paths as one, at the same condition."""
    described = entries(EnsembleCondition)
    values: dict[str, Any] = {}
    for field in fields(EnsembleCondition):
        own = [getattr(part, field.name) for part in parts]
        axes = described[field.name].axes
        values[field.name] = np.concatenate(own, axis=axes.index("path")) if axes else own[0]
    return EnsembleCondition(**values)
