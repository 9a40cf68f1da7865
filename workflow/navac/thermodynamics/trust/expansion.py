"""How far the expansion of a range can be trusted: its errors near the hull, its ground states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from navac.crystal.supercell import Supercell, enclosing
from navac.expansion.expansion import Expansion
from navac.expansion.small_cells import missed_small_states, searched_supercells
from navac.expansion.stackings import StackingError, missed_ground_states
from navac.hull import Hull, lower_hull
from navac.orderings.ordering import Ordering
from navac.thermodynamics.trust.check import (
    BAD,
    DOUBTFUL,
    RANGE,
    Check,
    Quantity,
    Subject,
    written,
)
from navac.units import BOLTZMANN

NEAR = 25.0
"""Orderings so far above the hull are near it, meV per formula unit: kT at room temperature."""

OWN = 1e-6
"""Energies that a fit meets to within this are those of an expansion, meV per formula unit."""

FIT = Quantity(
    name="fit near the hull", unit="meV/f.u.", good=2, bad=10,
    says="The expansion meets the {count} energies within {near:g} meV/f.u. of the hull to {value} "
    "meV/f.u. (RMS); in cross-validation, all to {kfold}.",
    doubts="The expansion misses the {count} energies within {near:g} meV/f.u. of the hull by "
    "{value} meV/f.u. (RMS; in cross-validation, all by {kfold}). Where two phases differ in "
    "entropy by ln 2 kB per formula unit, this moves a transition by {shift:.0f} K.",
    action="Weight low energies (expansion.hull_weight_meV_per_fu), or let rounds ask for what is "
    "missing (rounds.max).",
    unknown="{reason}",
    to_know="{do}",
)  # fmt: skip
STATES = Quantity(
    name="ground states of the fit", unit="meV/f.u.", good=0, bad=2,
    says="The expansion has the ground states of the energies, and no others among the orderings.",
    doubts="The expansion loses or invents ground states by up to {value} meV/f.u.: {which}.",
    action="Compute the energies that it names, and fit again (rounds.max does so).",
    unknown="There was no fit to compare with.",
)  # fmt: skip
SEARCH = Quantity(
    name="ground states missed", unit="meV/f.u.", good=0, bad=1,
    says="No ground state is missed among all orderings of up to {cells} and all stackings along "
    "an axis.",
    doubts="The expansion has {count} that the sampled phases leave out, up to {value} meV/f.u. "
    "below them: {which}.",
    action="Add what is missing (python -m navac.campaign.longer_ground_states --range {range}, "
    "orderings.more){held}.",
    unknown="No ground state is missed among orderings of up to {cells}; stackings of longer "
    "period could not be searched.",
    to_know="Let rounds search larger cells (rounds.max, rounds.max_cells).",
)  # fmt: skip


def fit_checks(
    name: str, scores: Mapping[str, Any] | None, energies: Energies, formula_units: int
) -> Iterator[Check]:
    """The checks of the expansion that was sampled against the energies of its range.

    Args:
        name: of the range.
        scores: of :func:`navac.fit.report.scores`; None for an expansion from elsewhere.
    """
    subject = Subject(range=name, kind=RANGE, name=name)
    if scores is None:
        yield FIT.check(
            subject, reason="The expansion was fitted elsewhere; its errors are not known here.",
            do="See what its authors say of its errors.",
        )  # fmt: skip
        yield STATES.check(subject)
        return
    count, rms = energies.without(d["id"] for d in scores["left_out"]).error(formula_units)
    if rms < OWN:
        yield FIT.check(
            subject, reason="The energies are those of an expansion, which is met without error: "
            "they say nothing of its errors.", do="See what is published of its errors.",
        )  # fmt: skip
    else:
        yield FIT.check(
            subject, rms, count=count, near=NEAR, kfold=written(scores["kfold_meV_per_fu"]),
            shift=rms / (1000 * BOLTZMANN * np.log(2)),
        )  # fmt: skip
    wrong = [*scores["ground_states_lost"], *scores["ground_states_spurious"]]
    yield STATES.check(
        subject, max((s["meV_per_fu"] for s in wrong), default=0.0),
        which=_some([f"{s['id']} ({s['meV_per_fu']:.2g})" for s in wrong]),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Energies:
    """Energies of orderings of a range beside those of its expansion; all ``[ordering]``.

    Attributes:
        id, x: of the orderings.
        known, predicted: eV per primitive cell.
    """

    id: Sequence[str]
    x: np.ndarray
    known: np.ndarray
    predicted: np.ndarray

    @classmethod
    def of(
        cls, rows: pd.DataFrame, orderings: Sequence[Ordering], expansion: Expansion
    ) -> Energies:
        """Those of a table of energies.

        Args:
            rows: ``id``, ``x`` and ``energy_eV_per_cell``.
        """
        by_id = {o.id: o for o in orderings}
        rows = rows[rows.id.isin(by_id)]
        return cls(
            id=rows.id.tolist(), x=rows.x.to_numpy(float),
            known=rows.energy_eV_per_cell.to_numpy(float),
            predicted=expansion.energies_of([by_id[i] for i in rows.id]),
        )  # fmt: skip

    def without(self, ids: Iterable[str]) -> Energies:
        """Those that a fit used."""
        kept = ~np.isin(self.id, list(ids))
        return Energies(
            id=[i for i, k in zip(self.id, kept, strict=True) if k], x=self.x[kept],
            known=self.known[kept], predicted=self.predicted[kept],
        )  # fmt: skip

    def error(self, formula_units: int) -> tuple[int, float]:
        """How many are near the hull, and the RMS error of these, meV per formula unit."""
        above = lower_hull(self.x, self.known, formula_units).above(self.x, self.known)
        near = above * 1000 / formula_units <= NEAR
        off = (self.predicted - self.known)[near] * 1000 / formula_units
        return int(near.sum()), float(np.sqrt(np.mean(off**2)))


def search_check(
    name: str, expansion: Expansion, sites: int, hull: Hull, supercell: tuple[int, int, int]
) -> Check:
    """Search an expansion for ground states that are not among the sampled phases.

    Args:
        name: of the range.
        sites: active sites of the prim.
        hull: of the phases that are sampled.
        supercell: in which they are.
    """
    subject = Subject(range=name, kind=RANGE, name=name)
    missed = [
        (s.supercell.size, s.x, s.energy, s.supercell)
        for s in missed_small_states(expansion, sites, hull)
    ]
    whole = True
    try:
        for s in missed_ground_states(expansion, sites, hull):
            lengths = [1, 1, 1]
            lengths[s.axis] = s.occupation.shape[1]
            x = s.number / hull.formula_units
            missed.append((lengths[s.axis], x, s.energy, Supercell.diagonal(*lengths)))
    except StackingError:
        whole = False
    cells = _cells(max((s.size for s in searched_supercells(sites)), default=0))
    if not missed:
        return SEARCH.check(subject, 0.0 if whole else np.nan, cells=cells)
    depth = [-1000 * float(hull.above(x, e)) / hull.formula_units for _, x, e, _ in missed]
    box = enclosing([s for *_, s in missed], supercell)
    held = "" if box == supercell else (
        f"; a supercell that holds it, such as {'×'.join(map(str, box))}, is needed too"
    )  # fmt: skip
    deepest = max(depth)
    return SEARCH.check(
        subject, deepest, BAD if deepest > SEARCH.bad else DOUBTFUL, range=name, held=held,
        count="a ground state" if len(missed) == 1 else f"{len(missed)} ground states",
        which=_some([f"x = {x:.4g}, {_cells(n)}" for n, x, *_ in missed]),
    )  # fmt: skip


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
