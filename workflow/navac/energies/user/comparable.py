"""Energies that may be compared: those of one functional, Hubbard U, cutoff and potentials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from navac.energies.table import EnergyError
from navac.energies.user.given import Given


def refuse_deviating(given: Sequence[Given]) -> list[Given]:
    """The same, with a fault where a setting differs from that of most others.

    Raises:
        EnergyError: two values of a setting are as frequent: nothing tells which is meant.
    """
    usual = {key: _usual(key, given) for key in sorted({k for g in given for k in g.settings})}
    return [g if g.fault else replace(g, fault=_deviation(g, usual)) for g in given]


def _usual(key: str, given: Sequence[Given]) -> tuple[str, Counter[str]]:
    """The most frequent value of a setting, and how often each is there."""
    counts = Counter(g.settings[key] for g in given if key in g.settings and not g.fault)
    ranked = counts.most_common(2)
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        (one, number), (other, _) = sorted(ranked)
        where = [g.name for g in given if g.settings.get(key) == other and not g.fault]
        raise EnergyError(
            f"{key} is {one} in {number} structures and {other} in as many ({where[0]} among "
            "them); energies of different settings cannot be fitted together: name only the files "
            "of one of them in energies.user.files"
        )
    return (ranked[0][0] if ranked else ""), counts


def _deviation(given: Given, usual: dict[str, tuple[str, Counter[str]]]) -> str:
    """In what a structure differs from most others; empty if in nothing."""
    differing = [
        f"{key} is {given.settings[key]} ({counts[given.settings[key]]} of {counts.total()} "
        f"structures), that of {counts[most]} others {most}"
        for key, (most, counts) in usual.items()
        if key in given.settings and given.settings[key] != most
    ]
    return "other settings: " + "; ".join(differing) if differing else ""
