"""Sequences of stable phases from which the coming and going of noise is taken."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np

from navac.thermodynamics.equilibria import crossing
from navac.thermodynamics.fields import Fields

BRIEF = 2
"""Temperatures at which a phase that returns does so by chance."""


def settled(
    fields: Fields, sequences: Sequence[Sequence[int]], ordered: Sequence[int] = ()
) -> list[list[int]]:
    """The sequences, without phases that come and go between the same two more than once.

    Where a phase is close to being stable between two others over many temperatures, noise makes it
    come and go. It is then taken to come or go once, where the least of φ speaks against it. An
    ordered phase that returns at higher μ for one or two temperatures only does not; the disordered
    one may lie between any two others.

    Args:
        sequences: ``[T]`` the stable phases by rising μ.
        ordered: phases with an order of their own.
    """
    result = [list(sequence) for sequence in sequences]
    triples = {t for s in sequences for t in zip(s, s[1:], s[2:], strict=False) if len(set(t)) == 3}
    for triple in sorted(triples):
        for run in _runs([_holds(sequence, triple) for sequence in result]):
            there = np.array([_holds(result[step], triple) for step in run], bool)
            if np.count_nonzero(np.diff(there.astype(int))) < 2:
                continue
            for step, wanted in zip(run, _once(fields, run, triple), strict=True):
                _set(result[step], triple, wanted)
    _drop_brief_returns(result, ordered)
    return result


def _drop_brief_returns(sequences: list[list[int]], ordered: Sequence[int]) -> None:
    """Take a phase out between two others where it is there a second time, and but briefly.

    It stays where it goes on at the next temperature, beside other phases: they begin or end there.
    """
    triples = {t for s in sequences for t in zip(s, s[1:], s[2:], strict=False)}
    for triple in sorted(t for t in triples if t[1] in ordered):
        held = [_holds(sequence, triple) is True for sequence in sequences]
        for run in _runs([flag or None for flag in held]):
            again = all(sequences[k].count(triple[1]) > 1 for k in run)
            if len(run) <= BRIEF and again and not _goes_on(sequences, run, triple):
                for step in run:
                    _set(sequences[step], triple, False)
                    sequences[step][:] = [phase for phase, _ in groupby(sequences[step])]


def _goes_on(
    sequences: Sequence[Sequence[int]], run: Sequence[int], triple: tuple[int, int, int]
) -> bool:
    """Whether the middle phase goes on before or after a run, in as many places or beside one of
    the two others."""
    for inside, beyond in ((run[0], run[0] - 1), (run[-1], run[-1] + 1)):
        if 0 <= beyond < len(sequences):
            here, there = (list(pairwise(sequences[k])) for k in (inside, beyond))
            if any(here.count(pair) <= there.count(pair) for pair in (triple[:2], triple[1:])):
                return True
            if sequences[inside].count(triple[1]) <= sequences[beyond].count(triple[1]):
                return True
    return False


def _holds(sequence: Sequence[int], triple: tuple[int, int, int]) -> bool | None:
    """Whether the middle phase is between the two others; None if these are not neighbours."""
    low, middle, high = triple
    if (low, middle, high) in set(zip(sequence, sequence[1:], sequence[2:], strict=False)):
        return True
    return False if (low, high) in set(pairwise(sequence)) else None


def _runs(flags: Sequence[bool | None]) -> list[list[int]]:
    """Positions of neighbouring flags that are not None."""
    known = [k for k, flag in enumerate(flags) if flag is not None]
    cuts = [n for n, (a, b) in enumerate(pairwise(known), 1) if b - a > 1]
    runs = [known[a:b] for a, b in zip([0, *cuts], [*cuts, len(known)], strict=True)]
    return runs if known else []


def _once(fields: Fields, run: Sequence[int], triple: tuple[int, int, int]) -> np.ndarray:
    """``[T]`` whether the middle phase is there, which changes once."""
    low, middle, high = triple
    depth = np.zeros(len(run))
    for n, step in enumerate(run):
        row = fields.rows(step)
        mu = crossing(row, low, high)
        if mu is not None:
            phi = row.at(mu)[0][0]
            depth[n] = np.nan_to_num((phi[low] + phi[high]) / 2 - phi[middle])
    choices = [
        np.arange(len(run)) < cut if below else np.arange(len(run)) >= cut
        for cut in range(len(run) + 1) for below in (True, False)
    ]  # fmt: skip
    against = [np.abs(depth[(depth > 0) != there]).sum() for there in choices]
    return choices[int(np.argmin(against))]


def _set(sequence: list[int], triple: tuple[int, int, int], wanted: bool) -> None:
    """Put the middle phase between the two others, or take it out."""
    low, middle, high = triple
    for n, (a, b) in enumerate(pairwise(sequence)):
        if wanted and (a, b) == (low, high):
            sequence.insert(n + 1, middle)
            return
        if not wanted and (a, b) == (low, middle) and sequence[n + 2 : n + 3] == [high]:
            del sequence[n + 1]
            return
