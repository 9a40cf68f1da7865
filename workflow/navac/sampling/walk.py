"""Sampling the paths of a plan: conditions in order, replicas in batches, a resumable record.

At every condition a path equilibrates and is measured for some sweeps, and the configuration at
their end carries it on to the next condition. What is measured beyond these sweeps is measured
*aside*: from that configuration on, with random numbers of its own, and without any influence on
the conditions that follow. Longer sampling therefore continues what there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jax
import numpy as np

from navac import NavacError
from navac.montecarlo.model import LatticeModel
from navac.montecarlo.observers import strongest_waves
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.results.records import MEASURED, RecordFile, Shape
from navac.sampling.plan import Walks
from navac.sampling.record import Donor, Identity, begin, settle, with_statistics
from navac.sampling.statistics import standard_error

if TYPE_CHECKING:
    from navac.settings import Settings

LARGEST_DISCREPANCY = 1e-9
"""Accumulated energies may differ from recomputed ones by this much, eV per primitive cell.
Both are sums of whole quanta: a difference is an error of the program or of the machine."""


class DiscrepancyError(NavacError):
    """Accumulated energies no longer agree with the configuration."""


@dataclass(frozen=True)
class Precision:
    """Standard errors at which the sampling of a condition ends.

    Attributes:
        number: of N, atoms per primitive cell; infinite if none is asked for.
        energy: of E, eV per primitive cell; infinite if none is asked for.
        doublings: how often the sampling of a condition may be doubled.
    """

    number: float = np.inf
    energy: float = np.inf
    doublings: int = 0

    @classmethod
    def asked(cls, settings: Settings | None, formula_units: int) -> Precision:
        """As the configuration asks for it, per formula unit."""
        if settings is None:
            return cls()
        return cls(
            (settings.x or np.inf) * formula_units,
            (settings.energy_meV or np.inf) * 1e-3 * formula_units,
            settings.doublings,
        )

    def missed(self, averages: dict[str, np.ndarray]) -> np.ndarray:
        """``[path]`` whether a mean is not known well enough yet."""
        return (standard_error(averages["number"]) > self.number) | (
            standard_error(averages["energy"]) > self.energy
        )


@dataclass(frozen=True)
class Lengths:
    """How long every condition is sampled.

    Attributes:
        equilibration: sweeps before measuring.
        carried: sweeps per block that carry a path on.
        block: sweeps per block in all; a multiple of ``carried``.
        precision: what is asked for beyond that.
    """

    equilibration: int
    carried: int
    block: int
    precision: Precision = Precision()

    @classmethod
    def of(cls, equilibration: int, carried: int, block: int, precision: Precision) -> Lengths:
        """Blocks shorter than what carries paths on carry them on themselves."""
        return cls(equilibration, min(carried, block), block, precision)

    @property
    def aside(self) -> bool:
        """Whether anything may be measured aside."""
        return self.block > self.carried or self.precision.doublings > 0


def fingerprint(model: LatticeModel, walks: Walks | None, *settings: object) -> str:
    """Hash of what decides the result of a sampling run; without walks, of all but the paths."""
    expansion = model.expansion
    clusters = [orbit.clusters for orbit in expansion.orbits]
    digest = hashlib.sha256(
        repr((model.supercell.hnf, expansion.constant, clusters, settings)).encode()
    )
    arrays = [expansion.eci]
    if walks is not None:
        arrays += [walks.start, walks.temperature, walks.mu]
    for array in arrays:
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
    lengths: Lengths,
    code: str = "",
    provenance: str = "",
    alone: bool = True,
    progress: Callable[[int, int, str], None],
) -> None:
    """Walk some paths through their conditions, recording each.

    A record that an earlier run left at ``record_path`` is continued, bit for bit as if it had
    not been interrupted; one of other settings gives what it has in common with this run.

    Args:
        walks: every path there is.
        paths: ``[path]`` those to walk.
        first_stream: random stream of path 0; ranges must not overlap.
        sampler: of the model. How many replicas it runs together does not matter.
        code: digest of the code; records of other code are not continued.
        provenance: JSON that the record carries.
        alone: whether no other record has paths of this range.
        progress: called as ``progress(finished, of, note)``.

    Raises:
        DiscrepancyError: see :data:`LARGEST_DISCREPANCY`.
    """
    walks = walks[paths]
    carried = (seed, sampler.rule, sampler.blocks, lengths.equilibration, lengths.carried, code)
    if lengths.precision.doublings:
        carried += (lengths.block, lengths.precision)
    whole = fingerprint(model, walks, paths.tolist(), first_stream, lengths, *carried)
    shape = Shape(
        steps=len(walks.temperature), paths=len(paths), blocks=sampler.blocks,
        sublattices=model.n_sublattices, sites=model.n_sites, cells=model.supercell.size,
        aside=lengths.aside,
    )  # fmt: skip
    record, stream, donor = begin(
        record_path, Identity(whole, fingerprint(model, None, *carried), provenance),
        paths, first_stream + paths, walks, shape,
        block_sweeps=None if lengths.precision.doublings else lengths.block, may_renumber=alone,
    )  # fmt: skip
    with ExitStack() as files:
        files.callback(record.close)
        if donor is not None:
            files.callback(donor.file.close)
        walker = Walker(sampler, walks, lengths, seed, stream, donor)
        walker.go(record, progress)
    settle(record_path)
    progress(shape.steps, shape.steps, "")


class Walker:
    """Carries paths from condition to condition."""

    def __init__(self, sampler: Sampler, walks: Walks, lengths: Lengths, seed: int,
                 stream: np.ndarray, donor: Donor | None):  # fmt: skip
        """
        Args:
            stream: ``[path]`` streams of random numbers.
            donor: what an older record has.
        """
        self.sampler, self.walks, self.lengths = sampler, walks, lengths
        self.seed, self.stream, self.donor = seed, stream, donor
        self._keys = path_keys(seed, stream)

    def go(self, record: RecordFile, progress: Callable[[int, int, str], None]) -> None:
        """Sample every condition that the record lacks."""
        steps = len(self.walks.temperature)
        before = record.finished
        state = self._state_after(record, before)
        for step in range(before, steps):
            T = self.walks.temperature[step]
            there = np.flatnonzero(np.isfinite(T))
            progress(step, steps, f"{T[there].min():.0f} K" if len(there) else "")
            values, aside = self.condition(step, there, state)
            _check_discrepancy(values["discrepancy"] / record.cells, T[there])
            waves = strongest_waves(self.sampler.model.supercell, state[:, there])
            record.append(with_statistics(values) | waves, there, state.T, aside.T)

    def _state_after(self, record: RecordFile, finished: int) -> np.ndarray:
        """``[site, path]`` species indices after so many conditions."""
        return (record.states(finished - 1) if finished else self.walks.start).T.copy()

    def condition(
        self, step: int, there: np.ndarray, state: np.ndarray
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Sample one condition of the paths ``there``.

        Args:
            state: ``[site, path]`` species indices, which are carried on.

        Returns:
            block averages and their lengths, paths on the last axis, and the state ``[site,
            path]`` at the end of all that is measured.
        """
        known = self.donor.has(step)[there] if self.donor else np.zeros(len(there), bool)
        new = there[~known]
        values = self._carried(step, new, state) if len(new) else None
        aside = state.copy()
        if self.donor and known.any():
            old = there[known]
            state[:, old] = self.donor.states(step, old)
            aside[:, old] = self.donor.states(step, old, aside=True)
            values = _both(known, self.donor.values(step, old), values)
        assert values is not None
        self._prolong(step, there, values, aside)
        return values, aside

    def _carried(self, step: int, rows: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
        """Equilibrate, measure, and carry paths on."""
        wait, length = self.lengths.equilibration, self.lengths.carried
        made = step * (wait + self.sampler.blocks * length)
        ends, found = self.sampler.run(
            state[:, rows], self.walks.temperature[step, rows], self.walks.mu[step, rows],
            self._keys[rows], made, wait, length,
        )  # fmt: skip
        state[:, rows] = ends
        return vars(found) | {"block_sweeps": np.full(len(rows), length, float)}

    def _prolong(
        self, step: int, there: np.ndarray, values: dict[str, np.ndarray], aside: np.ndarray
    ) -> None:
        """Measure aside until blocks are as long as is asked for.

        Each path decides for itself, so that its trajectory does not depend on its company.
        """
        precision, longest = self.lengths.precision, self.lengths.block
        while True:
            length = values["block_sweeps"]
            short = length < longest
            doubled = length >= longest * 2**precision.doublings
            more = short | (~doubled & precision.missed(values) if precision.doublings else False)
            if not more.any():
                return
            # By factors of two first, so that every way to a length adds up alike.
            ratio = np.where(short, longest / length, 2.0)
            factor = np.where(ratio % 2 == 0, 2, ratio).astype(int)
            first = int(np.flatnonzero(more)[0])
            alike = more & (length == length[first]) & (factor == factor[first])
            self._lengthen(step, there, np.flatnonzero(alike), int(factor[first]), values, aside)

    def _lengthen(self, step, there, rows, factor, values, aside) -> None:
        """Make the blocks of some paths so many times as long."""
        blocks, length = self.sampler.blocks, int(values["block_sweeps"][rows[0]])
        whole, left = divmod(blocks, factor)
        stretches = np.zeros(1 + blocks, np.int32)
        first = 1
        if left:
            stretches[first] = (factor - left) * length
            first += 1
        stretches[first : first + blocks - whole - bool(left)] = factor * length
        paths = there[rows]
        made = blocks * (length - self.lengths.carried)
        ends, found = self.sampler.run_stretches(
            aside[:, paths], self.walks.temperature[step, paths], self.walks.mu[step, paths],
            path_keys(self.seed, self.stream[paths], aside=step), made, stretches,
        )  # fmt: skip
        aside[:, paths] = ends
        for name in MEASURED:
            old, new = values[name][..., rows], getattr(found, name)
            values[name][..., rows] = joined(old, new, factor, length, stretches[1:])
        worst = np.maximum(np.abs(values["discrepancy"][rows]), np.abs(found.discrepancy))
        values["discrepancy"][rows] = worst
        values["block_sweeps"][rows] = factor * length


def joined(
    old: np.ndarray, new: np.ndarray, factor: int, length: int, stretches: np.ndarray
) -> np.ndarray:
    """As many blocks, so many times as long: ``[block, …]``.

    Args:
        old: ``[block, …]`` means of blocks of ``length`` sweeps.
        new: ``[stretch, …]`` means of the stretches that follow.
        stretches: ``[stretch]`` their lengths; the first fills up what old blocks leave open.
    """
    blocks = len(old)
    whole, left = divmod(blocks, factor)
    found = np.empty_like(old)
    total = factor * length
    for k in range(whole):
        found[k] = old[k * factor : (k + 1) * factor].sum(axis=0) * length / total
    place, stretch = whole, 0
    if left:
        part = old[whole * factor :].sum(axis=0) * length + new[0] * stretches[0]
        found[place] = part / total
        place, stretch = place + 1, 1
    found[place:] = new[stretch : stretch + blocks - place]
    return found


def _both(known: np.ndarray, old: dict[str, np.ndarray], new: dict[str, np.ndarray] | None):
    """Values of the paths that are known and of those that are new, in the order of the paths."""
    found = {}
    for name, values in old.items():
        if name.startswith("wave"):
            continue  # follows from the state
        whole = np.empty((*values.shape[:-1], len(known)))
        whole[..., known] = values
        if new is not None:
            whole[..., ~known] = new[name]
        found[name] = whole
    return found


def _check_discrepancy(discrepancy: np.ndarray, T: np.ndarray) -> None:
    if not len(T):
        return
    worst = int(np.abs(discrepancy).argmax())
    if (size := abs(discrepancy[worst])) > LARGEST_DISCREPANCY:
        raise DiscrepancyError(
            f"at {T[worst]:g} K accumulated and recomputed energies differ by {size:.2g} eV per "
            "cell, which exact sums cannot; the memory or the processor of this machine may "
            "be faulty"
        )


def use_cores(count: int) -> None:
    """Give JAX ``count`` cores of the CPU, each as a device of its own.

    Call it before the first computation.
    """
    jax.config.update("jax_num_cpu_devices", count)
