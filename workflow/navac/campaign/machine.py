"""How long single steps take on one core: the constants of every forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from navac.sampling.budget import SECONDS_PER_FLIP


@dataclass(frozen=True)
class Machine:
    """Times on one core of a present-day server (AMD EPYC, quiet), s.

    Attributes:
        job: a job without its own work: Snakemake, Python, imports, provenance.
        figure: drawing one figure.
        pattern: enumerating one way to fill a supercell.
        input_set: writing one input set.
        fit: one fit of an expansion with cross-validation.
        visit: a visit of one site in an annealing, of all its replicas.
        flip: one attempted flip.
        sampler: compiling the sampler.
        gas: compiling the sampler of sites of many species.
        condition: analysing one sampled condition.
        cell: charging, discharging and titrating cells, or charging particles, or varying numbers.
        report: writing the report at the end.
        models: seconds per atom and step of a relaxation, by calculator.
        other_model: the same for a calculator that is not in the list.
        load: loading a model.
        steps: steps of a typical relaxation of cell and positions, by optimiser.
    """

    job: float = 3.0
    figure: float = 3.0
    pattern: float = 4e-7
    input_set: float = 0.03
    fit: float = 4.0
    visit: float = 1.5e-4
    flip: float = SECONDS_PER_FLIP
    sampler: float = 3.0
    gas: float = 8.0
    cell: float = 60.0
    report: float = 20.0
    condition: float = 4e-4
    models: Mapping[str, float] = field(
        default_factory=lambda: {
            "chgnet": 1.2e-2, "sevenn": 2.4e-2, "ase.calculators.emt:EMT": 2.5e-3
        }
    )  # fmt: skip
    other_model: float = 1e-4
    load: float = 6.0
    steps: Mapping[str, int] = field(default_factory=lambda: {"FIRE": 40, "LBFGS": 25})


MACHINE = Machine()
"""Models and steps: benchmarks/README.md, "Relaxations by machine-learned potentials"; sevenn by
estimate."""
