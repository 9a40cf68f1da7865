"""States that no ground state leads to: which of them are phases that sampling found."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation, binary_opening
from scipy.ndimage import label as connected

from navac.thermodynamics.differences import Differences
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.order import Crystal, Order

FEWEST = 12
"""States of a phase that no ground state names …"""

NARROWEST = 3
"""… which spans as many temperatures and chemical potentials at least."""

OTHER = 0.4
"""States that are ordered within the cell are of another phase than those beside them if their
fillings differ by more."""

MOST = 0.5
"""Part of the places where two meet, at which states that continue each other make them one."""

SAME = 0.1
"""Difference of N, in units of the smallest jump, that is none."""

NONE = -1
"""The phase of a state that is in none."""


def continued(found: np.ndarray, apart: Differences, phases: int) -> np.ndarray:
    """States reached from no ground state, given to the ground state's phase that they continue.

    They were reached from none where the way there was barred, by a path that was about to change
    at the first temperature. Where they meet the phase at other temperatures, or on other paths,
    most of them continue it in order, N and E − μN.
    """
    met: dict[tuple[int, int], list[int]] = {}
    for first, second, near in _meeting(found, apart):
        strange = (first >= phases) & (second >= 0) & (second < phases)
        pairs, own = np.unique(
            np.stack([first[strange], second[strange]]), axis=1, return_inverse=True
        )
        for n, (k, q) in enumerate(pairs.T.tolist()):
            here = own.ravel() == n
            counts = met.setdefault((k, q), [0, 0])
            counts[0] += int(here.sum())
            counts[1] += int(near[strange][here].sum())
    result = found.copy()
    for (k, q), (often, together) in sorted(met.items(), key=lambda item: item[1][1]):
        if together >= max(MOST * often, NARROWEST):
            result[found == k] = q
    return result


def _meeting(found: np.ndarray, apart: Differences):
    """Neighbouring states both ways, and whether the one continues the other."""
    for a, b, near in (
        (found[..., :-1], found[..., 1:], apart.in_mu < 1),
        (found[:, :-1], found[:, 1:], apart.in_T < 1),
        *((np.broadcast_to(one, found.shape), found, near)
          for one, near in zip(found, apart.across < 1, strict=True)),
    ):  # fmt: skip
        yield a.ravel(), b.ravel(), near.ravel()
        yield b.ravel(), a.ravel(), near.ravel()


def in_domains(
    found: np.ndarray, data: Branches, mu: np.ndarray, phases: int, smallest: float,
    apart: Differences,
) -> np.ndarray:  # fmt: skip
    """Without states that sampling found and that are a ground state's phase in domains.

    Where that phase was sampled at the same conditions, as it was at most of them, it has the same
    N, and no less of E − μN. Walls between domains cost energy, and a path with domains is not that
    of the phase: such states are of none, but for those next to states of the phase, which they
    continue in N and E − μN.

    Args:
        found: ``[branch, T, μ]`` phases, those of ground states first.
        mu: ``[μ]`` eV per atom.
        smallest: smallest jump in N, atoms per primitive cell.
        apart: how far states are from continuing each other, whatever their order.
    """
    result = found.copy()
    for k in range(phases, found.max(initial=-1) + 1):
        of = _phase_in_domains(found == k, found, data, mu, phases, smallest)
        if of is not None:
            _absorb(result, k, of, apart)
    return result


def _phase_in_domains(
    states: np.ndarray, found: np.ndarray, data: Branches, mu: np.ndarray, phases: int,
    smallest: float,
) -> int | None:  # fmt: skip
    """The ground state's phase that ``[branch, T, μ]`` states are domains of."""
    own = states.any(axis=0)
    for k in range(phases):
        both = own & (found == k).any(axis=0)
        if both.sum() < max(MOST * own.sum(), NARROWEST):
            continue
        (number, of_phase), (omega, least) = (
            [_mean(values, where)[both] for where in (states, found == k)]
            for values in (data.number, data.energy - mu * data.number)
        )
        alike = np.median(np.abs(number - of_phase)) < SAME * smallest
        if alike and np.median(omega - least) > 0:
            return k
    return None


def _absorb(found: np.ndarray, domains: int, phase: int, apart: Differences) -> None:
    """Give states of domains to a phase that they continue, where it has no state of its own."""
    known, near = found == phase, np.zeros(found.shape, bool)
    near[..., 1:] |= known[..., :-1] & (apart.in_mu < 1)
    near[..., :-1] |= known[..., 1:] & (apart.in_mu < 1)
    near[:, 1:] |= known[:, :-1] & (apart.in_T < 1)
    near[:, :-1] |= known[:, 1:] & (apart.in_T < 1)
    own = found == domains
    found[own] = NONE
    found[own & near & ~known.any(axis=0)] = phase


def _mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """``[T, μ]`` over the branches where a mask says so; 0 where it never does."""
    return np.where(where, values, 0).sum(axis=0) / np.maximum(where.sum(axis=0), 1)


def united(found: np.ndarray, order: Order, usable: np.ndarray, phases: int) -> np.ndarray:
    """States reached from no ground state, united where they touch and have the same order.

    Without order, or with order in the cell alone, they are united with the phase of the same order
    that they touch most, unless they are at one or two chemical potentials only: such paths are
    frozen in, or a narrow transition is passed. Order in the cell is the same if equivalent
    sublattices are filled alike. With order in the cell and a wave they are of a modulated phase
    if they continue states of it that have a wave alone, as a wave that becomes steep on cooling
    orders the cells too. If they continue none, they are a phase of their own, unless they are at
    one or two chemical potentials only, as slabs of two phases in equilibrium are.
    """
    result = np.where(found < phases, found, NONE)
    strange, count = usable & (found >= phases), phases
    for in_cell, wave in ((False, False), (True, False), (False, True)):
        alike = (order.in_cell == in_cell) & (order.wave == wave)
        for group in _groups((strange & alike).any(axis=0)):
            own, near = strange & alike & group, alike & (result >= 0) & _grown(group)
            beside = result[near]
            if in_cell:
                beside = beside[_filled_alike(order, own, near)]
            known = not wave and len(beside) and _spans(group) >= NARROWEST
            result[own] = np.bincount(beside).argmax() if known else count
            if wave and own.sum() >= FEWEST and _spans(group) >= NARROWEST:
                continue_it = np.isin(found, np.unique(found[own]))
                result[strange & continue_it & order.in_cell & order.wave] = count
            count += not known
    left = strange & (result < 0) & order.in_cell & order.wave
    for group in _groups(left.any(axis=0)):
        own = left & group
        if own.sum() >= FEWEST and _spans(group) >= NARROWEST:
            result[own] = count
            count += 1
    return result


def _filled_alike(order: Order, own: np.ndarray, near: np.ndarray) -> np.ndarray:
    """``[state]`` which of the states ``near`` are filled as those of ``own`` beside them."""
    beside = np.asarray(near.any(axis=0))
    border = own & _grown(beside)
    typical = np.median(order.fillings[border if border.any() else own], axis=0)
    return np.abs(order.fillings[near] - typical).max(axis=-1) < OTHER


def trimmed(found: np.ndarray, phases: int) -> np.ndarray:
    """Without what is at one or two chemical potentials only, of phases that sampling found.

    That may be slabs of two phases as well, unless it is beside more of the phase in temperature.
    """
    result = found.copy()
    for k in range(phases, found.max(initial=-1) + 1):
        where = (found == k).any(axis=0)
        wide = binary_opening(where, structure=np.ones((1, NARROWEST)))
        beside = binary_dilation(wide, structure=np.ones((5, 1)))
        result[(found == k) & ~beside] = NONE
    return result


def is_phase(
    states: np.ndarray, data: Branches, order: Order, crystal: Crystal, limits: tuple[float, float]
) -> bool:
    """Whether ``[branch, T, μ]`` states that sampling found are a phase.

    They fill enough of the plane, at compositions at which the expansion holds. Those with the
    longest wave of the supercell are slabs of two phases, or fluctuations at a critical point.
    """
    if states.sum() < FEWEST or _spans(states.any(axis=0)) < NARROWEST:
        return False
    if not limits[0] < np.median(data.number[states]) < limits[1]:
        return False
    wave = wave_of(states, data, order)
    return not wave.any() or bool(crystal.wave_number(wave) > 1.01 * crystal.longest)


def wave_of(states: np.ndarray, data: Branches, order: Order) -> np.ndarray:
    """The commonest wave vector of some states; 0 if most have none."""
    if not mostly(order.wave[states]):
        return np.zeros(3, int)
    return _commonest(data.wave_vector[states & order.wave])


def _commonest(vectors: np.ndarray) -> np.ndarray:
    """The commonest of ``[state, 3]`` wave vectors, of which k and −k are the same."""
    first = np.array([v[np.flatnonzero(v)[0]] if v.any() else 1 for v in vectors])
    canonical = vectors * np.sign(first)[:, None]
    unique, counts = np.unique(canonical, axis=0, return_counts=True)
    return unique[counts.argmax()]


def mostly(flags: np.ndarray) -> bool:
    return bool(len(flags)) and bool(flags.mean() > 0.5)


def _spans(where) -> int:
    """How many temperatures, or chemical potentials if that is fewer, a ``[T, μ]`` mask has."""
    return int(min(where.any(axis=1).sum(), where.any(axis=0).sum()))


def _groups(where: np.ndarray) -> list[np.ndarray]:
    """The connected parts of a ``[T, μ]`` mask, corners included."""
    parts, number = connected(where, structure=np.ones((3, 3)))
    return [parts == k + 1 for k in range(number)]


def _grown(where) -> np.ndarray:
    padded = np.pad(where, 1)
    rows, columns = where.shape
    return np.any([
        padded[a : a + rows, b : b + columns] for a in range(3) for b in range(3)
    ], axis=0)  # fmt: skip
