"""A round of the closed loop as a job runs it."""

from __future__ import annotations

from navac.campaign.job import Job
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import read_crystal
from navac.energies.published import published_expansion
from navac.energies.table import read_energies
from navac.expansion.clusters import enumerate_orbits
from navac.orderings.ordering import read_orderings
from navac.rounds.record import read_scores, read_states
from navac.rounds.round import Found, Loop, RangeInput


def the_round(job: Job, number: int) -> Found:
    """Run a round on the orderings and energies that a job is handed."""
    settings = job.settings
    prim, group = read_crystal(job.input.prim)
    orbits = enumerate_orbits(prim, group, settings.expansion.cutoffs_A)
    ranges = [
        RangeInput(
            name, tuple(one.x),
            orbits if one.published_eci is None else published_expansion(one, orbits).orbits,
            None if one.searched_in is None else Supercell.diagonal(*one.searched_in),
        )
        for name, one in settings.ranges.items() if one.expansion_file is None
    ]  # fmt: skip
    scores, states = read_scores(*job.input.scores), read_states(*job.input.states)
    loop = Loop(
        number, prim, group, settings.orderings.charges, settings.rounds, settings.expansion,
        settings.seed, job.say, job.progress,
    )  # fmt: skip
    return loop.run(
        ranges,
        read_orderings(job.input.orderings),
        read_energies(job.input.energies),
        [score for score in scores if score.round == number - 1],
        [state for state in states if state.round == number - 1],
    )
