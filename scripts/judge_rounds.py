"""What the rounds ended with, and which energies are still wanted."""

from pathlib import Path

from navac.campaign.job import Job, run
from navac.campaign.rounds import the_round
from navac.crystal.symmetry import read_crystal
from navac.orderings.ordering import write_orderings
from navac.rounds.orderings import write_structures
from navac.rounds.record import OPEN, Score, State, Wanted, read_scores, read_states, write_table


def main(job: Job) -> None:
    """Write the scores and hulls of all rounds, and what is wanted after the last."""
    scores, states = read_scores(*job.input.scores), read_states(*job.input.states)
    found = the_round(job, 1 + max((score.round for score in scores), default=0))
    write_table(job.output.scores, Score, [*scores, *found.scores])
    write_table(job.output.states, State, [*states, *found.states])
    write_table(job.output.wanted, Wanted, found.wanted)
    write_orderings(job.output.orderings, found.asked)
    prim, _ = read_crystal(job.input.prim)
    write_structures(Path(job.params.structures), found.asked, prim)
    for score in found.scores:
        if score.state == OPEN:
            job.say(f"{score.range} is not settled")
    if found.asked:
        job.say(f"{len(found.asked)} energies are wanted: {job.output.wanted}; their structures "
                f"are in {job.params.structures}")  # fmt: skip


if "snakemake" in globals():
    run(main, snakemake)
