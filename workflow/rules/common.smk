# Names that several rules share.
# Whatever they come from, energies are one table.
ENERGIES = f"{R}/energies/energies.csv"
# The enumerated orderings, and those that are computed, fitted and sampled: structures from
# elsewhere bring orderings of their own.
ENUMERATED = f"{R}/orderings/orderings.csv"
USER = campaign.energies.backend == "user"
ORDERINGS = f"{R}/energies/orderings.csv" if USER else ENUMERATED
