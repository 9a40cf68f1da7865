"""One round of the closed loop: fit, judge, and ask for the energies that tell most."""

from navac.campaign.job import Job, run
from navac.campaign.rounds import the_round
from navac.orderings.ordering import read_orderings, write_orderings
from navac.rounds.record import Score, State, Wanted, write_table


def main(job: Job) -> None:
    """Write what the round found, the orderings it asks for, and all that are known then."""
    found = the_round(job, int(job.wildcards["round"]))
    write_table(job.output.scores, Score, found.scores)
    write_table(job.output.states, State, found.states)
    write_table(job.output.wanted, Wanted, found.wanted)
    write_orderings(job.output.asked, found.asked)
    write_orderings(job.output.orderings, [*read_orderings(job.input.orderings), *found.asked])


if "snakemake" in globals():
    run(main, snakemake)
