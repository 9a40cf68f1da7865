"""The orderings and energies that an expansion is fitted to, and those that are excluded.

Every excluded energy is named with its reason: nothing that was computed disappears silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from pymatgen.core import Structure

from navac import NavacError
from navac.composition import COMPOSITION_TOLERANCE
from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.clusters import Orbit
from navac.expansion.correlations import correlation_matrix
from navac.expansion.electrostatics import Electrostatics
from navac.orderings.amounts import amounts
from navac.orderings.mapping import MappingError, check_relaxed
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import canonical_key

SAME_ENERGY = 1e-6
"""Energies that differ by less count as the same energy, eV per primitive cell."""
SMALLEST_OUTLIER = 1e-3
"""No error below this is an outlier, however well the others fit; eV per primitive cell."""
NAMED_SIGMAS = 6.0
"""Errors beyond this many robust standard deviations are named even if none are excluded."""


NAMED = 5
"""Orderings that a message names."""


class TrainingError(NavacError):
    """Energies and orderings contradict each other, or nothing is left to fit."""


class Exclusion(NamedTuple):
    """An energy that is excluded from the fit, or is suspect, and why.

    Attributes:
        id: its ordering.
        reason: ``missing energy``, ``duplicate``, ``equivalent``, ``unmapped`` or ``outlier``.
        detail: what was found, in words.
    """

    id: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Training:
    """What an expansion is fitted to.

    Attributes:
        orderings: distinct, one per energy.
        energies: ``[ordering]`` eV per primitive cell.
        averages: ``[ordering, orbit]`` correlations.
        excluded: every other row of the energies table.
        points: ``[ordering, axis]`` compositions where there are several axes; None where x is
            the only one.
        spaces: ``[sublattice]``; empty where every site is binary and its function is σ.
        electrostatics: the charges that act beside the clusters; None for none.
        vacuum: ``[ordering]`` energies of the charges in vacuum, eV per primitive cell; None
            without charges.
    """

    orderings: tuple[Ordering, ...]
    energies: np.ndarray
    averages: np.ndarray
    excluded: tuple[Exclusion, ...] = ()
    points: np.ndarray | None = None
    spaces: tuple[SiteSpace, ...] = ()
    electrostatics: Electrostatics | None = None
    vacuum: np.ndarray | None = None

    @property
    def design(self) -> np.ndarray:
        """``[ordering, term]`` what is fitted: correlations, and with charges their energies."""
        return with_charges(self.averages, self.vacuum)

    @property
    def compositions(self) -> np.ndarray:
        """``[ordering, axis]`` compositions, x alone where there is no further axis."""
        return self.x[:, None] if self.points is None else self.points

    @property
    def x(self) -> np.ndarray:
        """``[ordering]`` compositions."""
        return np.array([o.x for o in self.orderings])

    def without(self, dropped: Sequence[Exclusion]) -> Training:
        """The rest when some more are excluded.

        Raises:
            TrainingError: nothing is left.
        """
        gone = {d.id for d in dropped}
        keep = np.array([i for i, o in enumerate(self.orderings) if o.id not in gone], int)
        if not len(keep):
            raise TrainingError(
                "no energy is left to fit to; excluded are "
                + "; ".join(f"{d.id} ({d.reason})" for d in (*self.excluded, *dropped)[:NAMED])
            )
        return replace(
            self,
            orderings=tuple(self.orderings[i] for i in keep),
            energies=self.energies[keep],
            averages=self.averages[keep],
            points=None if self.points is None else self.points[keep],
            vacuum=None if self.vacuum is None else self.vacuum[keep],
            excluded=(*self.excluded, *dropped),
        )


def training_set(
    rows: pd.DataFrame,
    orderings: Sequence[Ordering],
    orbits: Sequence[Orbit],
    prim: Prim,
    space_group: SpaceGroup,
    *,
    spaces: Sequence[SiteSpace] = (),
    axes: Mapping[str, str] | None = None,
    electrostatics: Electrostatics | None = None,
) -> Training:
    """Pair the energies of one range with their orderings.

    Args:
        rows: energies table (:mod:`navac.energies.table`); a column ``structure``, where there is
            one, names files of the relaxed structures.
        spaces: ``[sublattice]``; empty where every site is binary and its function is σ.
        axes: composition axes and their species, where there are more than x.
        electrostatics: the charges that act beside the clusters; None for none.

    Raises:
        TrainingError: an ordering is unknown, or has two energies or another composition.
    """
    rows, gone = _usable(rows)
    by_id = {o.id: o for o in orderings}
    if unknown := [i for i in rows.id if i not in by_id]:
        raise TrainingError(
            f"the energies table names {_some(unknown)}, which are not among the orderings; make "
            "both tables again, or remove these rows"
        )
    some = tuple(by_id[i] for i in rows.id)
    off = np.abs(np.array([o.x for o in some]) - rows.x) > COMPOSITION_TOLERANCE
    if off.any():
        wrong = _some(rows.id[off].tolist())
        raise TrainingError(
            f"the energies table has another x than the orderings for {wrong}; make both again, or "
            "correct the column x"
        )
    found = Training(
        orderings=some,
        energies=rows.energy_eV_per_cell.to_numpy(float),
        averages=correlation_matrix(orbits, some, spaces),
        excluded=tuple(gone),
        points=amounts(prim, some, list(axes.values())) if axes and len(axes) > 1 else None,
        spaces=tuple(spaces),
        electrostatics=electrostatics,
        vacuum=None if electrostatics is None else electrostatics.bare_of(some),
    )
    found = found.without(_unmapped(rows, by_id, prim))
    return found.without(_equivalent(found, prim, space_group))


def with_charges(averages: np.ndarray, vacuum: np.ndarray | None) -> np.ndarray:
    """``[ordering, term]`` correlations with the energies of charges as a last column."""
    return averages if vacuum is None else np.column_stack([averages, vacuum])


def outliers(training: Training, loo_predicted: np.ndarray, sigmas: float) -> list[Exclusion]:
    """Energies far from what the others predict, the farthest and those half as far.

    The rest are judged after these are gone, because outliers distort the predictions for others.

    Args:
        loo_predicted: ``[ordering]`` energies predicted from the other orderings.
        sigmas: how far, in standard deviations estimated from the median error.
    """
    errors = training.energies - loo_predicted
    spread = np.median(np.abs(errors - np.median(errors))) / 0.6745  # of a Gaussian
    spread = max(float(spread), SMALLEST_OUTLIER / sigmas)
    distance = np.abs(errors - np.median(errors))
    far = distance > max(sigmas * spread, distance.max() / 2)
    return [
        Exclusion(training.orderings[i].id, "outlier", f"{1000 * errors[i]:+.0f} meV per primitive "
                f"cell from what the others predict, {abs(errors[i]) / spread:.0f} sigma")
        for i in np.flatnonzero(far)
    ]  # fmt: skip


def _usable(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Exclusion]]:
    """One finite energy per ordering."""
    missing = ~np.isfinite(rows.energy_eV_per_cell)
    why = rows.get("reason", pd.Series("", rows.index)).where(lambda r: r != "", "not in the table")
    gone = [
        Exclusion(i, "missing energy", reason)
        for i, reason in zip(rows.id[missing], why[missing], strict=True)
    ]
    rows = rows[~missing]
    spread = rows.groupby("id").energy_eV_per_cell.agg(np.ptp)
    if clash := spread.index[spread > SAME_ENERGY].tolist():
        raise TrainingError(
            f"more than one energy for {_some(clash)}; remove the rows that are not meant"
        )
    again = rows.id.duplicated()
    gone += [
        Exclusion(i, "duplicate", "the same row is in the table twice") for i in rows.id[again]
    ]
    return rows[~again], gone


def _unmapped(rows: pd.DataFrame, by_id: dict[str, Ordering], prim: Prim) -> list[Exclusion]:
    """Orderings whose relaxed structure is another ordering or crystal."""
    gone = []
    for ordering, path in zip(rows.id, rows.get("structure", [""] * len(rows)), strict=True):
        try:
            if isinstance(path, str) and path:
                check_relaxed(prim, by_id[ordering], Structure.from_file(path))
        except (OSError, ValueError, MappingError) as error:
            gone.append(Exclusion(ordering, "unmapped", f"{path}: {error}"))
    return gone


def _equivalent(training: Training, prim: Prim, space_group: SpaceGroup) -> list[Exclusion]:
    """Orderings that symmetry makes equal to one of lower energy."""
    kept: dict[tuple, Ordering] = {}
    gone = []
    # Equal correlations are necessary and quickly found; they are not sufficient.
    alike = pd.Series([row.tobytes() for row in np.round(training.averages, 6) + 0.0])
    candidates = np.flatnonzero(alike.duplicated(keep=False))
    for i in sorted(candidates, key=lambda i: (training.energies[i], i)):
        one = training.orderings[i]
        key = canonical_key(prim, space_group, one.supercell, one.occupation)
        if (other := kept.setdefault(key, one)) is not one:
            gone.append(Exclusion(one.id, "equivalent", f"by symmetry the same as {other.id}, "
                                  "whose energy is not higher"))  # fmt: skip
    return gone


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more
