"""The ``grid`` protocol: which paths sample a range, derived from its hull.

It heats every ground state at every μ of a grid on which it is stable at 0 K or nearly so, and
cools the disordered state from infinite temperature at every μ. The grid of μ is fine around the
transitions between ground states, coarse beyond. Around a ground state that is stable over less
than a few steps it is finer still, as far as the coldest temperature can tell: all of its
solubility is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from navac import NavacError
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell, enclosing
from navac.expansion.expansion import Expansion
from navac.hull import Hull
from navac.orderings.ordering import Ordering
from navac.sampling.plan import Plan
from navac.units import BOLTZMANN

COARSE = 4
"""Grid steps of the outer, coarse part of a μ grid."""
WITHIN = 2
"""Steps within the stability interval of a ground state, unless thermal excitation blurs it: …"""
PER_KT = 4
"""… no more than this per kT of the coldest temperature …"""
KT_BEYOND = 3
"""… and so many kT beyond the interval."""
MOST_POTENTIALS = 20_000
"""Chemical potentials in a range. Diagrams are resolved by hundreds."""


class PathError(NavacError):
    """Paths that cannot be laid out as asked."""


def mu_grid(
    hull: Hull, step: float, margin: float, reach: float, coldest: float = np.inf
) -> np.ndarray:
    """Chemical potentials around the 0 K transitions, multiples of ``step`` or of parts of it.

    Args:
        coldest: the lowest temperature, K.
        margin: how far the fine part reaches beyond the outermost transitions, eV.
        reach: how far the coarse part reaches beyond them, eV.

    Raises:
        PathError: the step makes more than :data:`MOST_POTENTIALS`.
    """
    first, last = hull.transitions[0], hull.transitions[-1]
    count = (last - first + 2 * margin) / step
    if count > MOST_POTENTIALS:
        raise PathError(
            f"mu_step_eV {step:g} makes {count:.3g} chemical potentials around the transitions "
            f"from {first:.4f} to {last:.4f} eV per atom, and {MOST_POTENTIALS} are the most; take "
            "a larger step"
        )
    fine = np.arange(np.floor((first - margin) / step), np.ceil((last + margin) / step) + 1)
    low = np.arange(fine[0], np.floor((first - reach) / step), -COARSE)[:0:-1]
    high = np.arange(fine[-1], np.ceil((last + reach) / step), COARSE)[1:]
    grid = step * np.concatenate([low, fine, high])
    inner = [_around_narrow(hull.stable(k), step, coldest) for k in range(1, len(hull.x) - 1)]
    return np.unique(np.concatenate([grid, *inner]))


def _around_narrow(window: tuple[float, float], step: float, coldest: float) -> np.ndarray:
    """Further chemical potentials around a ground state that is stable over a narrow interval.

    A part of a step is a half, a quarter, …, so that the other points of the grid stay.
    """
    (low, high), kT = window, BOLTZMANN * coldest
    wanted = max((high - low) / WITHIN, kT / PER_KT)
    if wanted >= step:
        return np.zeros(0)
    part = 2 ** -int(np.ceil(np.log2(step / wanted)))
    beyond = KT_BEYOND * kT
    first, last = np.floor((low - beyond) / step / part), np.ceil((high + beyond) / step / part)
    return step * (part * np.arange(first, last + 1))


def check_window(hull: Hull, grid: np.ndarray, field: str) -> None:
    """Refuse chemical potentials that leave out ground states.

    Args:
        grid: ``[μ]`` eV per atom, rising.
        field: where they are given.

    Raises:
        PathError: with the ground states and the window that has them all.
    """
    edges = [hull.stable(k) for k in range(len(hull.x))]
    missed = [
        f"x = {x:.4g}, stable from {low:.4f} to {high:.4f}"
        for x, (low, high) in zip(hull.x, edges, strict=True)
        if grid[0] >= high or grid[-1] <= low
    ]
    if missed:
        first, last = hull.transitions[0], hull.transitions[-1]
        raise PathError(
            f"{field}: {grid[0]:g} to {grid[-1]:g} eV per atom leaves out {len(missed)} of "
            f"{len(edges)} ground states ({'; '.join(missed)}); start below {first:.4f} and stop "
            f"above {last:.4f}, or write null to derive the window"
        )


def stepped_over(hull: Hull, grid: np.ndarray) -> list[int]:
    """Ground states in whose stability interval no chemical potential of a grid lies."""
    intervals = [hull.stable(k) for k in range(len(hull.x))]
    return [
        k for k, (low, high) in enumerate(intervals) if not ((grid > low) & (grid < high)).any()
    ]


def temperature_steps(segments: Sequence[Sequence[float]], extra: Sequence[float]) -> np.ndarray:
    """``[step]`` temperatures of rising segments, K, with ``extra`` ones inside."""
    grid = np.concatenate(segments)
    inside = [t for t in extra if grid.min() <= t <= grid.max()]
    return np.unique(np.round(np.concatenate([grid, inside]), 6))


def phase_names(x: np.ndarray, known: Mapping[str, float]) -> tuple[str, ...]:
    """Names of ground states: the configured one of that composition, or ``x2.50``."""
    names = {round(float(c), 4): name for name, c in known.items()}
    return tuple(names.get(round(float(c), 4), f"x{c:.2f}") for c in x)


def tiled(ordering: Ordering, supercell: Supercell) -> np.ndarray:
    """Repeat an ordering through a supercell.

    Returns:
        ``[site]`` int8 index of the species that the site holds.

    Raises:
        PathError: the supercell is not a multiple of the ordering's.
    """
    small = ordering.supercell
    if not small.repeats_in(supercell):
        raise PathError(
            f"ordering {ordering.id} does not fit into {supercell.diag} cells; choose "
            "sampling.supercell lengths that are multiples of its period"
        )
    occupation = np.asarray(ordering.occupation).reshape(-1, small.size)
    return occupation[:, small.wrap(supercell.cells)].astype(np.int8).ravel()


def _check_held(states: Sequence[Ordering], supercell: Supercell) -> None:
    """Refuse a supercell in which some ground state does not repeat, and name one that does."""
    outside = [s for s in states if not s.supercell.repeats_in(supercell)]
    if outside:
        box = enclosing((s.supercell for s in states), supercell.diag)
        raise PathError(
            f"a supercell of {_times(supercell.diag)} cells does not hold the ground states at x = "
            f"{', '.join(f'{s.x:.4g} ({s.id})' for s in outside)}; {_times(box)} holds all of "
            "them: set ranges.*.supercell or sampling.supercell"
        )


def _times(cells: Sequence[int]) -> str:
    return " × ".join(map(str, cells))


def plan_grid(
    expansion: Expansion,
    hull: Hull,
    states: Sequence[Ordering],
    supercell: Supercell,
    *,
    known: Mapping[str, float],
    grid: np.ndarray,
    margin: float,
    temperatures: np.ndarray,
    cool_to: float | None,
) -> Plan:
    """Heat every ground state at every μ within ``margin`` of its 0 K stability interval.

    Args:
        cool_to: temperature to which the disordered state is cooled at every μ, K, or None.
        hull: ground states of ``expansion`` among the orderings.
        states: the ordering of each ground state.
        known: configured phase names by composition.
    """
    _check_held(states, supercell)
    occupation = np.stack([tiled(s, supercell) for s in states])
    energy = expansion.energies(supercell, spins(occupation))
    number = (occupation == 0).sum(axis=1) / supercell.size
    windows = [hull.stable(k) for k in range(len(states))]
    branch, index = _heated(grid, windows, margin)
    cooled = 0 if cool_to is None else int((temperatures >= cool_to).sum())
    if cooled:
        branch += [len(states)] * len(grid)
        index += range(len(grid))
    return Plan(
        phases=phase_names(hull.x, known),
        energy=energy,
        number=number,
        occupation=occupation,
        mu_grid=grid,
        branch=np.array(branch),
        mu_index=np.array(index),
        temperatures=temperatures,
        cooled=cooled,
        hot=np.array(expansion.at_random(grid)),
        nominal=_nominal(grid, windows),
    )


def _heated(
    grid: np.ndarray, windows: Sequence[tuple[float, float]], margin: float
) -> tuple[list[int], list[int]]:
    """``[path]`` phase and position in the μ grid of every path that heats a ground state."""
    branch: list[int] = []
    index: list[int] = []
    for k, (low, high) in enumerate(windows):
        inside = np.flatnonzero((grid >= low - margin) & (grid <= high + margin))
        branch += [k] * len(inside)
        index += inside.tolist()
    return branch, index


def _nominal(grid: np.ndarray, windows: Sequence[tuple[float, float]]) -> np.ndarray:
    """``[phase]`` μ in the middle of each stability interval."""
    middle = [np.mean([max(low, grid[0]), min(high, grid[-1])]) for low, high in windows]
    # The outermost phases are stable to infinity: their far ends stand for them.
    middle[0], middle[-1] = grid[0], grid[-1]
    return np.array(middle)
