# Names that several files of rules share; this one is included first.

# Whatever they come from, energies are one table.
ENERGIES = f"{R}/energies/energies.csv"
# The enumerated orderings.
ENUMERATED = f"{R}/orderings/orderings.csv"
# Tables of published expansions, and expansions fitted elsewhere.
TABLES = [
    table
    for r in campaign.ranges.values()
    for table in (r.published_eci, r.expansion_file)
    if table
]
USER = campaign.energies.backend == "user"
# Rounds within a run. Energies of the user come between two runs.
ROUNDS = range(0) if USER else range(1, campaign.rounds.max + 1)
PUBLISHED = [str(r.published_eci) for r in campaign.ranges.values() if r.published_eci]
# Energies of all orderings that are known after so many rounds.
ROUND_ENERGIES = f"{R}/rounds/{{round}}/energies.csv"
# Orderings that a round asks for.
ASKED = f"{R}/rounds/{{round}}/asked.csv"


def known_orderings(number):
    """Orderings that are known after a number of rounds."""
    return f"{R}/rounds/{number}/orderings.csv" if number else ENUMERATED


def vasp_of_rounds(last):
    """What VASP found for the orderings of the first rounds."""
    return expand(
        rules.round_vasp_batch.output.results,
        round=range(1, last + 1),
        batch=range(campaign.energies.vasp.batches),
    )


def relaxations_of_rounds(last):
    """What the model found for the orderings of the first rounds."""
    return expand(
        rules.round_mlip_batch.output.results,
        round=range(1, last + 1),
        batch=range(campaign.energies.mlip.batches),
    )


# All orderings: those of the user's structures, or the enumerated ones and, if there are rounds,
# those that are asked for.
ORDERINGS = (
    f"{R}/energies/orderings.csv" if USER else known_orderings(max(ROUNDS, default=0))
)


def cell_figures(names):
    """The figures as named outputs of a rule: PNG in the report, PDF beside it."""
    found = {}
    for name in names:
        stem = f"{R}/figures/cell_{name}"
        found[f"{name}_png"] = report(
            f"{stem}.png", caption=f"../report/cell_{name}.rst", category="Cell"
        )
        found[f"{name}_pdf"] = f"{stem}.pdf"
    return found


def diffusivities_alone(temperatures):
    """Diffusivities of each temperature over x alone, as cell.diffusivity_file wants them."""
    return {f"at_{T:g}K": f"{R}/hops/diffusivity_{T:g}K.csv" for T in temperatures}


def lobster_lists(folders):
    """Lists of bonds, and the structures beside them, in folders of LOBSTER's output."""
    names = ("ICOHPLIST.lobster", "POSCAR.lobster.vasp", "CONTCAR", "POSCAR")
    found = (p for f in folders for n in names for p in sorted(Path(f).glob(f"{n}*")))
    return [str(path) for path in found]


def vasp_outputs(folders):
    """What VASP wrote into folders, as far as densities of states are read from it."""
    found = (
        p
        for f in folders
        for n in ("vasprun.xml", "OUTCAR")
        for p in Path(f).glob(f"{n}*")
    )
    return sorted(map(str, found))


HOSTS = campaign.extraction.hosts
# Runs of ensembles that vary the chemical potential of the counted species alone.
EXCHANGED = campaign.exchanged_runs


# Tables of other stages that published numbers are compared with.
MEASURED = [
    *(f"extraction/{t}" for t in ("contents", "voltages", "capacities") if HOSTS),
    *(f"ensembles/{run}" for run in campaign.ensembles.runs),
    *(f"ensembles/{run}_states" for run in EXCHANGED),
    *(["ensembles/steps"] if EXCHANGED else []),
]


def run_before(wildcards):
    """What a run of ensembles begins from, if not from random fillings."""
    before = campaign.ensembles.runs[wildcards.run].after
    return f"{R}/ensembles/{before}.h5" if before else []
