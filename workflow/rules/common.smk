# Names that several files of rules share; this one is included first.

# Orderings that are enumerated.
ENUMERATED = f"{R}/orderings/orderings.csv"
# Tables of published expansions, and expansions fitted elsewhere.
TABLES = [
    table
    for r in campaign.ranges.values()
    for table in (r.published_eci, r.expansion_file)
    if table
]
# Rounds within a run. Energies of the user come between two runs.
ROUNDS = (
    range(1, campaign.rounds.max + 1)
    if campaign.energies.backend != "user"
    else range(0)
)
PUBLISHED = [str(r.published_eci) for r in campaign.ranges.values() if r.published_eci]
# Energies of all orderings that are known after so many rounds.
ROUND_ENERGIES = f"{R}/rounds/{{round}}/energies.csv"
# Orderings that a round asks for.
ASKED = f"{R}/rounds/{{round}}/asked.csv"
# All orderings: the enumerated ones and, if there are rounds, those that are asked for.
ORDERINGS = f"{R}/rounds/{max(ROUNDS)}/orderings.csv" if ROUNDS else ENUMERATED


def known_orderings(number):
    """Orderings that are known after a number of rounds."""
    return f"{R}/rounds/{number}/orderings.csv" if number else ENUMERATED
