"""Which phase every sampled state is in, told by its order and by what it continues.

States are of one phase if they have the same kind of order, and N and E change from one to the next
no more than the fluctuations say. A phase begins at the ground state that names it and is followed
to higher temperatures, along μ, and over to the other paths at the same conditions. What is reached
from no ground state is a phase that sampling found, if it fills some of the (T, μ) plane; what does
not is neither: slabs of two phases in one supercell, or a path that was on its way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.differences import Differences, differences
from navac.thermodynamics.discovered import (
    NONE,
    continued,
    in_domains,
    is_phase,
    mostly,
    trimmed,
    united,
    wave_of,
)
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.order import Crystal, Order, wave_name

RESOLVED = 0.2
"""Jump in N between two phases that is resolved, in units of the smallest: they do not touch."""

BY_COMPOSITION = re.compile(r"x\d+\.\d+")
"""Names that ground states get for want of others, as x0.50."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """The phases of a range.

    Attributes:
        names: the ground states' names, then those of phases that sampling found.
        phase: ``[branch, T, μ]`` position in ``names``; :data:`NONE` where a state is in none of
            them or was not sampled.
        wave: ``[phase, 3]`` the commonest wave vector of each phase, 1/length of the supercell; 0
            without.
        ordered_in_cell: ``[phase]`` whether equivalent sublattices are filled differently.
        touching: ``[T, phase, phase]`` whether states of two phases continue each other.
    """

    names: tuple[str, ...]
    phase: np.ndarray
    wave: np.ndarray
    ordered_in_cell: np.ndarray
    touching: np.ndarray

    @property
    def ordered(self) -> list[int]:
        """The phases with an order, within the cell or over several."""
        return np.flatnonzero(self.ordered_in_cell | self.wave.any(axis=1)).tolist()

    def alike(self, first: int, second: int) -> bool:
        """Whether two phases have the same order, so that nothing but composition differs."""
        waves = self.wave[first], self.wave[second]
        same = self.ordered_in_cell[first] == self.ordered_in_cell[second]
        return bool(same) and bool((waves[0] == waves[1]).all())

    def order_of(self, phase: int, supercell: Sequence[int]) -> str:
        """The order of a phase in words: in the cell, and its wave vector."""
        said = ["ordered within the cell"] if self.ordered_in_cell[phase] else []
        if self.wave[phase].any():
            said.append(f"concentration wave {wave_name(self.wave[phase], supercell)}")
        return ", ".join(said) or "no order beyond the symmetry of the crystal"


def assign(
    plan: Plan,
    resampled: Sequence[Branches],
    crystal: Crystal,
    *,
    smallest: float,
    formula_units: int,
    limits: tuple[float, float],
) -> Assignment:
    """Assign every state of a range to a phase.

    Args:
        resampled: the branches without resampling, then those of every resample.
        smallest: smallest jump in N, atoms per primitive cell.
        limits: atoms per primitive cell between which the expansion holds; what sampling found
            outside is no phase.
    """
    data = resampled[0]
    order = Order.of(data, crystal.labels, crystal.cells)
    usable = data.stationary & np.isfinite(data.phi)
    with np.errstate(invalid="ignore"):
        apart, weakly, in_all = (
            differences(plan, resampled, of, least, formula_units, waves=waves)
            for of, least, waves in (
                (order, smallest, True), (order, RESOLVED * smallest, False),
                (None, smallest, False),
            )
        )  # fmt: skip
    found = _followed(plan, data, usable, apart, smallest)
    found = continued(found, apart, len(plan.phases))
    found = united(found, order, usable, len(plan.phases))
    found = trimmed(found, len(plan.phases))
    found = in_domains(found, data, plan.mu_grid, len(plan.phases), smallest, in_all)
    kept = [
        k for k in range(found.max(initial=-1) + 1)
        if k < len(plan.phases) or is_phase(found == k, data, order, crystal, limits)
    ]  # fmt: skip
    phase = np.full(found.shape, NONE)
    for new, old in enumerate(kept):
        phase[found == old] = new
    waves = np.array([wave_of(phase == k, data, order) for k in range(len(kept))])
    in_cell = np.array([mostly(order.in_cell[phase == k]) for k in range(len(kept))])
    return Assignment(
        names=_names(plan.phases, waves, in_cell, [(phase == k).any() for k in range(len(kept))]),
        phase=phase, wave=waves, ordered_in_cell=in_cell,
        touching=_touching(phase, weakly, len(kept)),
    )  # fmt: skip


def _names(
    known: Sequence[str], waves: np.ndarray, in_cell: np.ndarray, sampled: Sequence[bool]
) -> tuple[str, ...]:
    """Names of the phases: those given to ground states, others by composition, or by their order.

    A ground state without order that is named after its composition alone is the end of the
    disordered phase.
    """
    names: list[str] = []
    for k, (wave, ordered) in enumerate(zip(waves, in_cell, strict=True)):
        name = "modulated" if wave.any() else "ordered" if ordered else "disordered"
        own = name != "disordered" or not sampled[k]
        if k < len(known) and (own or not BY_COMPOSITION.fullmatch(known[k])):
            names.append(known[k])
            continue
        same = sum(other.rstrip("0123456789") == name for other in names)
        names.append(f"{name}{same + 1}" if same else name)
    return tuple(names)


def _touching(phase: np.ndarray, apart: Differences, count: int) -> np.ndarray:
    """``[T, phase, phase]`` whether states of two phases continue each other."""
    result = np.zeros((phase.shape[1], count, count), bool)

    def note(a, b, near):
        step = np.broadcast_to(np.arange(phase.shape[1])[:, None], a.shape)
        at = near & (a >= 0) & (b >= 0) & (a != b)
        result[step[at], a[at], b[at]] = result[step[at], b[at], a[at]] = True

    note(phase[..., :-1], phase[..., 1:], apart.in_mu < 1)
    for branch, near in enumerate(apart.across < 1):
        note(np.broadcast_to(phase[branch], phase.shape), phase, near)
    return result


def _seeds(plan: Plan, data: Branches, usable: np.ndarray, smallest: float) -> np.ndarray:
    """``[branch, μ]`` phases of the coldest states; NONE for those that left their ground state."""
    seeds = np.full(usable[:, 0].shape, NONE)
    for k, number in enumerate(plan.number):
        own = usable[k, 0] & (np.abs(data.number[k, 0] - number) < smallest / 2)
        seeds[k, own] = k
    return seeds


def _followed(plan: Plan, data: Branches, usable, apart: Differences, smallest: float):
    """``[branch, T, μ]`` ground states, then numbers of what is reached from none of them."""
    found = np.full(usable.shape, NONE)
    count = len(plan.phases)
    seeds = _seeds(plan, data, usable, smallest)
    for step in range(usable.shape[1]):
        queue: list[tuple[float, int, int, int]] = []
        if step == 0:
            for b, i in np.argwhere(seeds >= 0).tolist():
                queue.append((0.0, b, i, int(seeds[b, i])))
        else:
            follows = usable[:, step] & (found[:, step - 1] >= 0) & (apart.in_T[:, step - 1] < 1)
            for b, i in np.argwhere(follows).tolist():
                queue.append((float(apart.in_T[b, step - 1, i]), b, i, int(found[b, step - 1, i])))
        queue.sort()
        while True:
            _flood(found[:, step], usable[:, step], apart, step, queue)
            left = np.argwhere(usable[:, step] & (found[:, step] < 0))
            if not len(left):
                break
            queue = [(0.0, *left[0].tolist(), count)]
            count += 1
    return found


def _flood(found, usable, apart: Differences, step: int, queue: list) -> None:
    """Give the states of one temperature, ``[branch, μ]``, the phases from which they are reached.

    The steps with the least differences come first.
    """
    branches, potentials = found.shape
    while queue:
        far, b, i, phase = heappop(queue)
        if found[b, i] >= 0:
            continue
        found[b, i] = phase
        beside = [
            (b, j, apart.in_mu[b, step, min(i, j)]) for j in (i - 1, i + 1) if 0 <= j < potentials
        ]
        beside += [(other, i, apart.across[b, other, step, i]) for other in range(branches)]
        for other, j, difference in beside:
            if usable[other, j] and found[other, j] < 0 and difference < 1:
                heappush(queue, (max(far, float(difference)), other, j, phase))
