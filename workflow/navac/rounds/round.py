"""One round over all composition ranges: judge each, and choose what to ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Protocol

import numpy as np
import pandas as pd

from navac.composition import in_range
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.energies.table import rows_of
from navac.expansion.clusters import Orbit
from navac.fit.range_fit import FitSettings, fit_range
from navac.fit.training import training_set
from navac.orderings.ordering import Ordering
from navac.rounds.orderings import ordering_of
from navac.rounds.outlook import Outlook, outlook
from navac.rounds.record import SETTLED, SPENT, Score, State, Wanted
from navac.rounds.settling import Limits, hull_change, hull_of, verdict, voltage_change
from navac.units import per_formula_unit


class RoundSettings(Limits, Protocol):
    """The section ``rounds`` of the configuration, but for the number of rounds.

    Attributes:
        budget: most energies in all; None for no limit.
        per_round: most orderings asked for in a range.
        max_cells: largest supercell that is searched.
    """

    @property
    def budget(self) -> int | None: ...
    @property
    def per_round(self) -> int: ...
    @property
    def max_cells(self) -> int: ...


@dataclass(frozen=True)
class RangeInput:
    """A composition range that is fitted.

    Attributes:
        name, bounds: of the range.
        orbits: candidates, numbered as the fit of the campaign numbers them.
        within: only supercells that repeat in this one are searched; None for all.
    """

    name: str
    bounds: tuple[float, float]
    orbits: tuple[Orbit, ...]
    within: Supercell | None = None


@dataclass(frozen=True)
class Found:
    """What a round finds.

    Attributes:
        scores: a row per range.
        states: ground states of the energies, per range.
        asked: new orderings, and why each.
        wanted: the same with what is predicted of them.
    """

    scores: list[Score]
    states: list[State]
    asked: list[Ordering]
    wanted: list[Wanted]


@dataclass(frozen=True)
class Loop:
    """A round of the loop.

    Attributes:
        round: number of the round, from 1.
        prim, group: the crystal.
        charges: for the Ewald energies of new orderings, e.
        settings: of the rounds.
        expansion: how ranges are fitted.
        seed: of the campaign.
        say, progress: tell people.
    """

    round: int
    prim: Prim
    group: SpaceGroup
    charges: Mapping[str, float]
    settings: RoundSettings
    expansion: FitSettings
    seed: int
    say: Callable[[str], None] = lambda text: None
    progress: Callable[[int, int], None] | None = None

    def run(
        self,
        ranges: Sequence[RangeInput],
        orderings: Sequence[Ordering],
        energies: pd.DataFrame,
        before: Sequence[Score],
        states: Sequence[State],
    ) -> Found:
        """Judge every range that may still change, and ask.

        Args:
            orderings: all known ones.
            energies: table of their energies.
            before, states: what the round before found; nothing in the first.
        """
        room = self._room(len(orderings))
        found = Found([], [], [], [])
        last = {score.range: score for score in before}
        for place, one in enumerate(ranges):
            kept = [s for s in states if s.range == one.name]
            score = last.get(one.name)
            if score is not None and self._idle(score, one, orderings):
                found.scores.append(replace(score, round=self.round, spent=len(orderings), asked=0))
                found.states.extend(replace(s, round=self.round) for s in kept)
                continue
            self._judge(one, place, orderings, energies, score, kept, room, found)
            room = self._room(len(orderings) + len(found.asked))
        return found

    def _room(self, spent: int) -> int | None:
        """How many more energies the budget allows."""
        budget = self.settings.budget
        return None if budget is None else max(0, budget - spent)

    def _idle(self, score: Score, one: RangeInput, orderings: Sequence[Ordering]) -> bool:
        """Whether a range has ended, and no ordering that another range asked for is in it."""
        ended = score.state in (SETTLED, SPENT)
        return ended and score.orderings == len(self._inside(orderings, one))

    def _judge(
        self, one: RangeInput, place: int, orderings: Sequence[Ordering], energies: pd.DataFrame,
        before: Score | None, states: Sequence[State], room: int | None, found: Found,
    ) -> None:  # fmt: skip
        """Fit a range, search for what it lacks, and add what it finds to ``found``."""
        prim = self.prim
        rows = rows_of(energies, one.name, one.bounds)
        training = training_set(rows, orderings, one.orbits, prim, self.group)
        fit = fit_range(training, one.orbits, self.expansion, prim.formula_units, self.seed)
        seen = outlook(
            fit, self._inside([*orderings, *found.asked], one), prim, self.group,
            max_cells=self.settings.max_cells, within=one.within,
            least=self.settings.hull_meV_per_fu * prim.formula_units / 1000,
            seed=(self.seed + 7919 * self.round + place) % 2**32, progress=self.progress,
        )  # fmt: skip
        known = self._inside(orderings, one)
        score = self._score(one, seen, (len(orderings), len(known)), before, states)
        asked = self._ask(one, seen, score, room, found)
        if score.state != SETTLED and not asked and room == 0:
            score = replace(score, state=SPENT)
        score = replace(score, asked=len(asked))
        found.scores.append(score)
        ids = [o.id for o in fit.training.orderings]
        found.states.extend(
            State(self.round, one.name, ids[k], float(x), float(e))
            for k, x, e in zip(seen.data.index, seen.data.x, seen.data.energy, strict=True)
        )
        found.asked.extend(asked)
        self._tell(score)

    @staticmethod
    def _inside(orderings: Sequence[Ordering], one: RangeInput) -> list[Ordering]:
        """The orderings of a range."""
        return list(compress(orderings, in_range(np.array([o.x for o in orderings]), one.bounds)))

    def _score(
        self, one: RangeInput, seen: Outlook, known: tuple[int, int], before: Score | None,
        states: Sequence[State],
    ) -> Score:  # fmt: skip
        """The range in numbers.

        Args:
            known: orderings of the campaign and of the range.
        """
        prim, fit = self.prim, seen.fit.fit
        changes = None
        if before is not None and states:
            was = hull_of(states, prim.formula_units)
            changes = hull_change(was, seen.data), voltage_change(was, seen.data)
        rms, loocv, kfold, deepest = (
            per_formula_unit(value, prim) for value in (fit.rms, fit.loocv, fit.kfold, seen.deepest)
        )
        number = len(seen.fit.training.energies)
        return Score(
            round=self.round, range=one.name, spent=known[0], orderings=known[1],
            energies=number, terms=fit.n_terms,
            rms_meV_per_fu=rms, loocv_meV_per_fu=loocv, kfold_meV_per_fu=kfold,
            predicted=len(seen.predicted), deepest_meV_per_fu=deepest, asked=0,
            hull_change_meV_per_fu=changes and changes[0],
            loocv_change_meV_per_fu=None if before is None
            else abs(loocv - before.loocv_meV_per_fu),
            voltage_change_mV=changes and changes[1],
            state=verdict(self.settings, before, number, loocv, deepest, changes),
        )  # fmt: skip

    def _ask(
        self, one: RangeInput, seen: Outlook, score: Score, room: int | None, found: Found
    ) -> list[Ordering]:
        """New orderings of a range that is not settled."""
        count = self.settings.per_round if room is None else min(self.settings.per_round, room)
        if score.state == SETTLED:
            return []
        asked = []
        for number, ask in enumerate(seen.ask(count)):
            name = f"r{self.round}-{one.name}-{number:02d}"
            ordering = ordering_of(seen.pool, ask.row, self.prim, self.group, self.charges, name)
            asked.append(ordering)
            found.wanted.append(Wanted(
                self.round, one.name, ordering.id, ordering.x, ordering.cells, ask.why,
                per_formula_unit(ask.above, self.prim), per_formula_unit(ask.stderr, self.prim),
            ))  # fmt: skip
        return asked

    def _tell(self, score: Score) -> None:
        change = score.hull_change_meV_per_fu
        moved = "" if change is None else (
            f", hull moved by {change:.3g} meV/f.u., voltage by {score.voltage_change_mV:.3g} mV"
        )  # fmt: skip
        self.say(
            f"{score.range}: {score.energies} energies, {score.terms} terms, LOOCV "
            f"{score.loocv_meV_per_fu:.3g} meV/f.u., {score.predicted} ground states predicted "
            f"without energy{moved}; {score.state}, {score.asked} energies asked for"
        )
