"""Sampling a run condition by condition; what an interrupted job left is continued.

Every condition of a batch of paths is a file of its own, written when it is finished. Its
fingerprint is a digest of the one before it and of what is sampled at it, so that files of other
settings are not taken, and a list of temperatures can be prolonged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
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
from navac.sampling.lengths import Precision
from navac.sampling.statistics import standard_error
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
        mark = digest_of(mark, T, plan.equilibration, plan.blocks, plan.block_sweeps,
                         plan.precision)  # fmt: skip
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
    """Sample one condition, and prolong the paths whose means are not known well enough."""
    made = step * plan.longest
    state, blocks = _blocks(sampler, plan, observers, state, batch, step, made,
                            plan.equilibration, plan.block_sweeps)  # fmt: skip
    made += plan.equilibration
    length = np.full(len(batch), plan.block_sweeps)
    for double in range(plan.precision.doublings):
        short = np.flatnonzero(missed(plan.precision, blocks))
        if not len(short):
            break
        sweeps = plan.block_sweeps * 2**double  # of all that are short: they always were
        ends, more = _blocks(sampler, plan, observers, state[:, short], batch[short], step,
                             made + plan.blocks * sweeps, 0, sweeps)  # fmt: skip
        state = state.copy()
        state[:, short] = ends
        blocks = _prolonged(blocks, more, short)
        length[short] *= 2
    return EnsembleCondition(
        **blocks, block_sweeps=length, state=np.ascontiguousarray(state.T), fingerprint=mark
    )


def missed(precision: Precision, blocks: Mapping[str, np.ndarray]) -> np.ndarray:
    """``[path]`` whether the mean of the energy or of an amount misses its standard error."""
    return (standard_error(blocks["energy_eV_per_cell"]) > precision.energy) | (
        standard_error(blocks["amount_per_cell"]) > precision.number
    ).any(axis=0)


def _blocks(
    sampler: GasSampler, plan: Plan, observers: Observers, state: np.ndarray, paths: np.ndarray,
    step: int, made: int, equilibration: int, sweeps: int,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:  # fmt: skip
    """Sample the blocks of some paths, and look at the states between them.

    Args:
        made: sweeps before.
        sweeps: of a block.
    """
    temperature, supercell = np.full(len(paths), plan.temperatures[step]), sampler.model.supercell
    found: list[GasAverages] = []
    seen: list[dict[str, np.ndarray]] = []
    for block in range(plan.blocks):
        before = 0 if block else equilibration
        state, averages = sampler.run(state, temperature, plan.potentials[paths], plan.keys[paths],
                                      made, before, sweeps)  # fmt: skip
        made += before + sweeps
        _agree(averages, supercell.size)
        found.append(averages)
        seen.append(observers.of(supercell, state.T))
    values = {
        name: np.concatenate([getattr(a, own) for a in found]) for name, own in SUMMED.items()
    }
    values |= {name: np.array([own[name] for own in seen]) for name in seen[0]}
    return state, values | {"discrepancy_eV": found[-1].discrepancy}


def _prolonged(
    blocks: dict[str, np.ndarray], more: dict[str, np.ndarray], paths: np.ndarray
) -> dict[str, np.ndarray]:
    """Blocks of twice the length for some paths, each the mean of two that follow each other."""

    def joined(values, further):
        both = np.concatenate([values[..., paths], further])
        return (both[::2] + both[1::2]) / 2

    def accepted(values):
        return values["tried"] * np.nan_to_num(values["acceptance"])

    found = {}
    for name, values in blocks.items():
        found[name] = values.copy()
        if name == "discrepancy_eV":
            found[name][paths] = more[name]
        elif name != "acceptance":
            found[name][..., paths] = joined(values, more[name])
    tried = found["tried"][..., paths]
    with np.errstate(invalid="ignore"):
        found["acceptance"][..., paths] = joined(accepted(blocks), accepted(more)) / tried
    return found


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
