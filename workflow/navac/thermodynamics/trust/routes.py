"""Ways on which the grand potential of a phase is reached without a jump.

An integral is right as long as its path stays in one phase, or goes over to another continuously.
Once it has jumped, with hysteresis, it is too high. What has come straight from a ground state, or
from infinite temperature, is not.
"""

from __future__ import annotations

import numpy as np

from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.discovered import NONE


def straight(diagram: Diagram, *, scanned: bool = False) -> np.ndarray:
    """``[branch, T, μ]`` states whose path has not jumped since its start.

    A cooled path that is in an ordered phase at the highest temperature of the grid may have jumped
    above it.

    Args:
        scanned: whether a path goes up in T at one μ, and from there along μ.
    """
    plan, assignment = diagram.plan, diagram.assignment
    phase, one = assignment.phase, assignment.touching
    kept = np.zeros(phase.shape, bool)
    steps = list(range(len(plan.temperatures)))
    for b in range(len(plan.phases)):
        begins = phase[b, 0] == b
        if scanned:
            kept[b] = _scanned(phase[b], begins, int(plan.mu_index[b]), one)
        else:
            kept[b] = _walk(phase[b], begins, steps, one)
    if plan.cooled:
        disordered = np.setdiff1d(np.arange(len(assignment.names)), assignment.ordered)
        begins = np.isin(phase[-1, -1], disordered)
        kept[-1] = _walk(phase[-1, ::-1], begins, steps[::-1], one)[::-1]
    return kept & (phase != NONE)


def _scanned(phase: np.ndarray, begins: np.ndarray, start: int, one: np.ndarray) -> np.ndarray:
    """``[T, μ]`` what was reached upwards in T at the start, and from there along μ."""
    kept = np.zeros(phase.shape, bool)
    heated = _walk(phase[:, start], begins[start], list(range(len(phase))), one)
    for step, row in enumerate(phase):
        for along in (np.arange(start, len(row)), np.arange(start, -1, -1)):
            kept[step, along] = _walk(row[along], heated[step], [step] * len(along), one)
    return kept


def _walk(phase: np.ndarray, begins, steps: list[int], one: np.ndarray) -> np.ndarray:
    """``[step, …]`` whether a path has not jumped so far.

    What is in no phase does not count, but nothing goes over to another phase across it.

    Args:
        phase: ``[step, …]`` along the path.
        begins: ``[…]`` whether its start is right.
        steps: of temperatures.
        one: ``[T, phase, phase]`` whether two phases continue each other.
    """
    kept = np.zeros(phase.shape, bool)
    last, so_far = phase[0], np.asarray(begins)
    for k, now in enumerate(phase):
        before = max(k - 1, 0)
        continues = (one[steps[k], last, now] | one[steps[before], last, now]) & (
            phase[before] != NONE
        )
        so_far = so_far & ((now == NONE) | (now == last) | continues)
        last = np.where(now == NONE, last, now)
        kept[k] = so_far
    return kept


def disagreement(diagram: Diagram, direct: np.ndarray) -> np.ndarray:
    """By how much φ of different branches differs where several are, eV per primitive cell.

    Args:
        direct: ``[branch, T, μ]`` the states that count.
    """
    several = direct.sum(axis=0) > 1
    phi = diagram.data.phi[:, several]
    there = direct[:, several]
    highest = np.where(there, phi, -np.inf).max(axis=0)
    return highest - np.where(there, phi, np.inf).min(axis=0)
