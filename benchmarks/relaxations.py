"""Time of relaxations by a model: seconds per atom and step on one core, and steps per relaxation.

    snakemake -c1 --configfile config/nxvp_chgnet.yaml results/nxvp_chgnet/orderings/orderings.csv
    python benchmarks/relaxations.py config/nxvp_chgnet.yaml --orderings 4

Takes orderings spread over the list that the campaign has enumerated. Prints a row of Markdown for
each; times are of the processor, so that other work on the machine counts little.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

from navac.campaign.check import checked_file
from navac.crystal.symmetry import read_crystal
from navac.energies.mlip.calculators import load_model
from navac.energies.mlip.files import atoms_of
from navac.energies.mlip.relax import RelaxationError, relax
from navac.orderings.ordering import read_orderings
from navac.orderings.structures import calculation_cell


def measured(start, model, how):
    """Processor seconds and what came of one relaxation."""
    began = time.process_time()
    try:
        found = relax(start, model.calculator, how)
    except RelaxationError as error:
        return time.process_time() - began, None, str(error)
    return time.process_time() - began, found.steps, f"{found.energy_eV / len(start):.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--orderings", type=int, default=4)
    parser.add_argument("--optimiser", choices=["FIRE", "LBFGS"])
    arguments = parser.parse_args()
    config = checked_file(arguments.config)
    how = config.energies.mlip
    if arguments.optimiser:
        how = how.model_copy(update={"optimiser": arguments.optimiser})
    results = Path("results") / config.campaign
    prim, _ = read_crystal(results / "prim/prim.json")
    orderings = read_orderings(results / "orderings/orderings.csv")
    chosen = np.linspace(0, len(orderings) - 1, arguments.orderings).round().astype(int)
    model = load_model(how.calculator, how.options, how.level_of_theory, threads=1)
    print(f"{model.title}, {how.optimiser}, {how.max_force_eV_per_A:g} eV/Å, "
          f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}\n")  # fmt: skip
    print("| ordering | atoms | steps | processor s | ms per atom and step | eV per atom |")
    print("|---|---|---|---|---|---|")
    for ordering in (orderings[i] for i in chosen):
        start = atoms_of(calculation_cell(prim, ordering))
        seconds, steps, said = measured(start, model, how)
        each = "" if steps is None else f"{1000 * seconds / len(start) / (steps + 1):.2f}"
        print(f"| {ordering.id} | {len(start)} | {steps} | {seconds:.0f} | {each} | {said} |",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
