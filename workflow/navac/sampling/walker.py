"""One walk of paths from condition to condition, and what is measured on the way.

At every condition a path equilibrates and is measured for some sweeps, and the configuration at
their end carries it on to the next condition. What is measured beyond these sweeps is measured
*aside*: from that configuration on, with random numbers of its own, and without any influence on
the conditions that follow. Longer sampling therefore continues what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from navac import NavacError
from navac.crystal.configurations import Configurations
from navac.montecarlo.observers import concentration_waves
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.results.records import RecordFile
from navac.results.sampled import MEASURED, REMAINDERS
from navac.sampling.continuation import Donor
from navac.sampling.exact import add_at, mean_of, sum_of
from navac.sampling.lengths import Lengths
from navac.sampling.plan import Walks
from navac.sampling.record import with_statistics

LARGEST_DISCREPANCY = 1e-9
"""Accumulated energies may differ from recomputed ones by this much, eV per primitive cell.
Both are sums of whole quanta: a difference is an error of the program or of the machine."""


class DiscrepancyError(NavacError):
    """Accumulated energies no longer agree with the configuration."""


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
            if not len(there):
                record.append({}, there, state, state)
                continue
            values, aside = self.condition(step, there, state)
            _check_discrepancy(values["discrepancy"] / record.cells, T[there])
            waves = concentration_waves(self.sampler.model.supercell, state[there])
            record.append(with_statistics(values) | waves, there, state, aside)

    def _state_after(self, record: RecordFile, finished: int) -> Configurations:
        """Configurations of the paths after so many conditions."""
        return record.configurations(finished - 1) if finished else self.walks.start.copy()

    def condition(
        self, step: int, there: np.ndarray, state: Configurations
    ) -> tuple[dict[str, np.ndarray], Configurations]:
        """Sample one condition of the paths ``there``.

        Args:
            state: of all paths; it is carried on.

        Returns:
            block averages and their lengths, paths on the last axis, and the configurations at the
            end of all that is measured.
        """
        known = self.donor.has(step)[there] if self.donor else np.zeros(len(there), bool)
        parts = {}
        if not known.all():
            parts["new"] = ~known, self._carried(step, there[~known], state)
        aside = state.copy()
        if self.donor and known.any():
            old = there[known]
            state[old] = self.donor.configurations(step, old)
            aside[old] = self.donor.configurations(step, old, aside=True)
            parts["old"] = known, self.donor.values(step, old)
        values = _merged(parts.values(), self.lengths.aside)
        self._prolong(step, there, values, aside)
        return values, aside

    def _carried(self, step: int, rows: np.ndarray, state: Configurations) -> dict[str, np.ndarray]:
        """Equilibrate, measure, and carry paths on."""
        wait, length = self.lengths.equilibration, self.lengths.carried
        made = step * (wait + self.sampler.blocks * length)
        own = state[rows]
        found = self.sampler.advance(
            own, self.walks.temperature[step, rows], self.walks.mu[step, rows],
            self._keys[rows], made, wait, length,
        )  # fmt: skip
        state[rows] = own
        return vars(found) | {"block_sweeps": np.full(len(rows), length, float)}

    def _prolong(
        self, step: int, there: np.ndarray, values: dict[str, np.ndarray], aside: Configurations
    ) -> None:
        """Measure aside until blocks are as long as is asked for.

        Each path decides for itself, so that its trajectory does not depend on its company.
        """
        if not self.lengths.aside:
            return
        while True:
            length, wanted = values["block_sweeps"], self.lengths.wanted(values)
            short = np.flatnonzero(length < wanted)
            if not len(short):
                return
            first = short[0]
            alike = (length[short] == length[first]) & (wanted[short] == wanted[first])
            self._lengthen(step, there, short[alike], int(wanted[first]), values, aside)

    def _lengthen(
        self,
        step: int,
        there: np.ndarray,
        rows: np.ndarray,
        wanted: int,
        values: dict[str, np.ndarray],
        aside: Configurations,
    ) -> None:
        """Make the blocks of some paths, all of one length, ``wanted`` sweeps long.

        What is measured aside comes in stretches as long as the blocks that carry paths on, and
        these are added without rounding. Whatever lengths blocks had in between, they come out
        the same.
        """
        blocks, carried, paths = self.sampler.blocks, self.lengths.carried, there[rows]
        before, after = int(values["block_sweeps"][rows[0]]) // carried, wanted // carried
        keys = path_keys(self.seed, self.stream[paths], aside=step)
        some = {n: values[n][..., rows] for n in (*MEASURED, *REMAINDERS, "discrepancy")}
        totals = {
            name: add_at(None, sum_of(some[name], some[f"{name}_remainder"], before),
                       np.arange(blocks) * before // after)
            for name in MEASURED
        }  # fmt: skip
        own = aside[paths]
        for turn in range(before, after):
            found = self.sampler.advance(
                own, self.walks.temperature[step, paths], self.walks.mu[step, paths],
                keys, (turn - 1) * blocks * carried, 0, carried,
            )  # fmt: skip
            place = (turn * blocks + np.arange(blocks)) // after
            for name in MEASURED:
                measured = getattr(found, name)
                totals[name] = add_at(totals[name], (measured, np.zeros_like(measured)), place)
            some["discrepancy"] = np.maximum(np.abs(some["discrepancy"]), np.abs(found.discrepancy))
        aside[paths] = own
        for name, total in totals.items():
            some[name], some[f"{name}_remainder"] = mean_of(total, after)
        for name, found_values in some.items():
            values[name][..., rows] = found_values
        values["block_sweeps"][rows] = wanted


def _merged(
    parts: Iterable[tuple[np.ndarray, dict[str, np.ndarray]]], remainders: bool
) -> dict[str, np.ndarray]:
    """Values of several groups of paths, in the order of the paths.

    Args:
        parts: masks ``[path]``, and the values of these paths on the last axis.
        remainders: whether there are to be remainders, 0 where a group has none.
    """
    parts = list(parts)
    names = [*MEASURED, "discrepancy", "block_sweeps", *(REMAINDERS if remainders else ())]
    found = {}
    for name in names:
        like = parts[0][1][name.removesuffix("_remainder")]
        found[name] = np.zeros((*like.shape[:-1], len(parts[0][0])))
        for mask, values in parts:
            if name in values:
                found[name][..., mask] = values[name]
    return found


def _check_discrepancy(discrepancy: np.ndarray, T: np.ndarray) -> None:
    worst = int(np.abs(discrepancy).argmax())
    if (size := abs(discrepancy[worst])) > LARGEST_DISCREPANCY:
        raise DiscrepancyError(
            f"at {T[worst]:g} K accumulated and recomputed energies differ by {size:.2g} eV per "
            "cell, which exact sums cannot; the memory or the processor of this machine may "
            "be faulty"
        )
