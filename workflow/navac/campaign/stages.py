"""The rules of the workflow: what each runs, and which settings it depends on.

How a job is run (cores, memory, batches of replicas, intervals of polling) changes no number and
is not a setting of any rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from navac.campaign.jobs import (
    Jobs,
    bonded,
    cells,
    climbing,
    described,
    dft_batches,
    diffusing,
    ensembles,
    enumerated,
    exchanged,
    extracted,
    fitted,
    heating,
    hopping,
    imported,
    lobster_structures,
    mapped,
    metal,
    mlip,
    mlip_batches,
    numbers,
    once,
    published,
    round_batches,
    round_energies,
    round_inputs,
    round_relaxations,
    rounds,
    sampled,
    sampled_ranges,
    scanning,
    screened,
    these_rounds,
    user,
    vasp,
    vasp_batches,
    with_fits,
    with_states,
)

VASP_RUN = (
    "dft.settings", "dft.potcar_library", "energies.vasp.command", "energies.vasp.restarts",
    "energies.vasp.settled_volume_change", "energies.vasp.max_corrections",
    "energies.vasp.attempts", "energies.vasp.max_failed", "energies.vasp.symmetry_tolerance_A",
)  # fmt: skip
RELAXED = tuple(f"energies.mlip.{key}" for key in (
    "calculator", "options", "level", "optimiser", "max_force_eV_per_A", "max_steps", "relax_cell",
))  # fmt: skip
HOPS = (
    "species",
    "hops.ordering",
    "hops.reach_A",
    "hops.repeat",
    "hops.around_A",
)
SAMPLED = (
    "seed", "ranges.{range}.supercell", "ranges.{range}.position", "sampling.rule",
    "sampling.equilibration_sweeps", "sampling.blocks", "sampling.block_sweeps",
    "sampling.carried_sweeps", "sampling.precision", "sampling.refuse_unreliable",
    "sampling.shards",
)  # fmt: skip
TOTALS = ("ranges.*.x", "energies.title", "until")
PUBLISHED_ENERGIES = (
    "seed", "energies.noise_meV_per_fu", "expansion.cutoffs_A", "expansion.basis", "ranges.*.x",
    "ranges.*.published_eci", "ranges.*.expansion_file", "ranges.*.constant_meV_per_cell",
)  # fmt: skip
VASP_EXECUTION = tuple(f"energies.vasp.{key}" for key in (
    "hours", "spare_minutes", "frozen_hours", "poll_seconds", "check_seconds"
))  # fmt: skip
MLIP_EXECUTION = ("energies.mlip.hours", "energies.mlip.spare_minutes")
SAMPLING_EXECUTION = (
    "sampling.replicas_per_batch", "sampling.core_hours", "sampling.memory_mb",
)  # fmt: skip
MATERIAL = (
    "species", "about.material", "ranges.*.x", "cell.temperature_K", "cell.x",
    "cell.open_circuit_file",
    "cell.volumes_A3_per_fu", "cell.volumes_source", "cell.diffusivity_m2_per_s", "cell.radius_um",
    "cell.young_modulus_GPa", "cell.poisson_ratio", "cell.interface_nm", "cell.coherent",
    "cell.barrier_meV_per_fu",
    "cell.exchange_current_A_per_m2", "cell.diffusivity_kind", "cell.diffusivity_file",
    "cell.diffusivity_scale",
    "cell.beside", "cell.beside_file",
)  # fmt: skip
ELECTRODE = ("cell.rates_C", "cell.electrode", "cell.voltage_limits_V")
PARTICLE = ("cell.particle_rate_C", "cell.mesh_radial")
LOOK = ("energies.title", "figures.width_mm", "figures.composition_label", "species")


ROUND = (
    "seed", "expansion", "orderings.charges", "rounds.budget", "rounds.per_round",
    "rounds.max_cells", "rounds.hull_meV_per_fu", "rounds.loocv_meV_per_fu", "rounds.voltage_mV",
    "ranges.*.x", "ranges.*.published_eci", "ranges.*.constant_meV_per_cell",
    "ranges.*.expansion_file", "ranges.*.searched_in",
)  # fmt: skip
MLIP_RUN = (*RELAXED, *(f"energies.mlip.{key}" for key in (
    "attempts", "batches", "max_failed", "max_strain", "symmetry_tolerance_A"
)))  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A rule.

    Attributes:
        script: name of its script, without ``.py``.
        keys: settings it depends on; ``{range}`` is the wildcard.
        jobs: wildcards of its jobs in a campaign.
        says: what it does, for people.
        execution: settings of how it is run, which change no result.
    """

    script: str
    keys: tuple[str, ...]
    jobs: Jobs
    says: str
    execution: tuple[str, ...] = ()


STAGES: dict[str, Stage] = {
    "prim": Stage(
        "write_prim",
        ("species", "prim"),
        once, "crystal",
    ),
    "orderings": Stage("enumerate_orderings", ("seed", "species", "orderings"), enumerated,
                       "orderings"),
    "dft_batch": Stage(
        "write_dft_inputs", ("dft.settings", "dft.batches", "dft.prerelax", "orderings.charges"),
        dft_batches, "DFT input",
    ),
    "potentials": Stage(
        "check_potentials", ("dft.settings", "dft.potcar_library", "energies.vasp.command"),
        vasp, "potentials",
    ),
    "vasp_batch": Stage(
        "run_vasp_batch", (*VASP_RUN, "energies.vasp.batches", "orderings.charges"),
        vasp_batches, "VASP", VASP_EXECUTION,
    ),
    "mlip_batch": Stage("run_mlip_batch", MLIP_RUN, mlip_batches, "relaxations", MLIP_EXECUTION),
    "metal_reference": Stage("compute_metal", ("species", *RELAXED), metal, "metal"),
    "round": Stage("ask_for_energies", ROUND, these_rounds, "rounds"),
    "round_dft_batch": Stage(
        "write_dft_inputs", ("dft.settings", "dft.prerelax", "orderings.charges"), round_inputs,
        "DFT input of rounds",
    ),
    "round_vasp_batch": Stage(
        "run_vasp_batch", (*VASP_RUN, "energies.vasp.batches", "orderings.charges"),
        round_batches, "VASP of rounds", VASP_EXECUTION,
    ),
    "round_vasp_energies": Stage(
        "collect_total_energies", TOTALS, round_energies("vasp"), "energies of rounds",
    ),
    "round_published_energies": Stage(
        "collect_energies", PUBLISHED_ENERGIES, round_energies("published"), "energies of rounds",
    ),
    "vasp_energies": Stage("collect_total_energies", (*TOTALS, "rounds.max"), vasp, "energies"),
    "published_energies": Stage(
        "collect_energies", (*PUBLISHED_ENERGIES, "rounds.max"), published, "energies",
    ),
    "round_mlip_batch": Stage(
        "run_mlip_batch", MLIP_RUN, round_relaxations, "relaxations of rounds", MLIP_EXECUTION,
    ),
    "round_mlip_energies": Stage(
        "collect_total_energies", TOTALS, round_energies("mlip"), "energies of rounds",
    ),
    "mlip_energies": Stage("collect_total_energies", (*TOTALS, "rounds.max"), mlip, "energies"),
    "user_energies": Stage(
        "read_user_energies", ("species", "energies.user", "ranges.*.x"), user, "energies",
    ),
    "rounds": Stage("judge_rounds", (*ROUND, "rounds.max"), rounds, "verdict of the rounds"),
    "ground_states": Stage(
        "report_ground_states", (*VASP_RUN, "ranges.*.x", "rounds.max", "figures.width_mm"), vasp,
        "ground states by VASP", VASP_EXECUTION,
    ),
    "expansion": Stage(
        "fit_expansion",
        ("seed", "species", "axes", "expansion", "rounds.max", "ranges.{range}.x",
         "ranges.{range}.published_eci", "ranges.{range}.constant_meV_per_cell",
         "ranges.{range}.hamiltonian"),
        fitted, "cluster expansion",
    ),
    "imported_expansion": Stage(
        "import_expansion", ("ranges.{range}.expansion_file",), imported, "cluster expansion",
    ),
    "paths": Stage(
        "plan_paths",
        ("sampling.protocol", "rounds.max", "reported_temperatures_K",
         *(f"ranges.{{range}}.{key}" for key in (
            "x", "phases", "supercell", "temperatures_K", "cool_to_K", "start_mu_eV", "mu_eV",
            "mu_step_eV", "mu_margin_eV", "mu_reach_eV"))),
        sampled_ranges, "paths",
        ("sampling.equilibration_sweeps", "sampling.blocks", "sampling.block_sweeps",
         "sampling.core_hours"),
    ),
    "sampling": Stage("sample", SAMPLED, heating, "sampling", SAMPLING_EXECUTION),
    "scanning": Stage("sample", SAMPLED, scanning, "scanning", SAMPLING_EXECUTION),
    "thermodynamics": Stage(
        "analyse",
        ("seed", "species", "energies.average_voltage_V", "energies.metal_eV_per_atom",
         "energies.title", "rounds.max", "ranges.*.x", "ranges.*.windows", "ranges.*.supercell",
         "thermodynamics"),
        sampled, "thermodynamics",
    ),
    "reproduction": Stage(
        "compare_numbers",
        ("campaign", "species", "reproduction", "energies.backend", "energies.noise_meV_per_fu",
         "energies.title", "ranges.*.x", "ranges.*.windows", "dft.settings"),
        numbers, "comparison with published numbers",
    ),
    "descriptors": Stage(
        "describe_compositions",
        ("species", "orderings.charges", "descriptors.compositions", "descriptors.occupied",
         "descriptors.temperatures_K", "figures.width_mm"),
        described, "descriptors",
    ),
    "screening": Stage(
        "screen_compositions",
        ("species", "orderings.charges", "descriptors.compositions", "descriptors.occupied",
         "descriptors.screening", "figures.width_mm"),
        screened, "screening",
    ),
    "extraction": Stage(
        "extract_species",
        ("species", "orderings.charges", "extraction", "energies.metal_eV_per_atom",
         "energies.title", "figures.width_mm"),
        extracted, "extraction at 0 K",
    ),
    "lobster_inputs": Stage(
        "write_lobster_inputs",
        ("dft.settings", "electrons.structures", "electrons.centres", "electrons.ligand",
         "electrons.within_A"),
        lobster_structures, "input of LOBSTER",
    ),
    "bonding": Stage(
        "sum_bonds",
        ("electrons.outputs", "electrons.centres", "electrons.ligand", "electrons.within_A",
         "figures.width_mm"),
        bonded, "bonding",
    ),
    "states": Stage(
        "draw_states", ("electrons.states", "figures.width_mm"), with_states,
        "densities of states",
    ),
    "hops": Stage(
        "list_hops",
        (*HOPS, "dft.settings", "hops.images"),
        hopping, "hops",
    ),
    "barriers": Stage(
        "find_barriers",
        (*HOPS, "energies.mlip.calculator", "energies.mlip.options", "energies.mlip.level",
         "hops.images", "hops.barriers", "hops.most", "hops.max_force_eV_per_A",
         "hops.max_steps", "figures.width_mm"),
        climbing, "barriers",
    ),
    "valence": Stage(
        "map_valence",
        (*HOPS, "orderings.charges", "hops.valence", "hops.resolution_A", "figures.width_mm"),
        mapped, "bond-valence energies",
    ),
    "diffusivity": Stage(
        "estimate_diffusivity",
        ("seed", "species", "hops.reach_A", "hops.barriers_file", "hops.temperatures_K",
         "hops.attempts_THz", "figures.width_mm"),
        diffusing, "diffusivities",
    ),
    "ensemble": Stage(
        "sample_ensemble",
        ("seed", "sampling.rule", "ensembles.range", "ensembles.supercell", "ensembles.replicas",
         "ensembles.amounts", "ensembles.runs.{run}"),
        ensembles, "ensembles", SAMPLING_EXECUTION,
    ),
    "ensemble_report": Stage(
        "report_ensemble",
        ("species", "energies.average_voltage_V", "energies.metal_eV_per_atom", "energies.title",
         "figures.width_mm", "figures.reference_electrode"),
        ensembles, "tables and figures of ensembles",
    ),
    "ensemble_voltages": Stage(
        "compare_ensembles",
        ("species", "energies.title", "figures.width_mm", "figures.reference_electrode"),
        exchanged, "voltages of ensembles",
    ),
    "cell_parameters": Stage("set_cell_parameters", MATERIAL, cells, "parameters of the cell"),
    "cell_cycling": Stage(
        "cycle_cell", (*ELECTRODE, "cell.gitt", "figures.width_mm"), cells, "cells"
    ),
    "cell_particles": Stage(
        "charge_particles", (*PARTICLE, "cell.meshes", "figures.width_mm"), cells, "particles"
    ),
    "cell_sensitivity": Stage(
        "vary_cell_parameters", (*PARTICLE, *ELECTRODE), cells, "sensitivity of the cell"
    ),
}  # fmt: skip

FIGURES: dict[str, tuple[tuple[str, ...], Jobs]] = {
    "mixing_energies": ((*LOOK, "ranges.*.x"), once),
    "expansion_errors": ((*LOOK, "ranges.*.x", "ranges.*.expansion_file"), with_fits),
    "interactions": (
        ("energies.title", "figures.width_mm", "ranges.*.x", "ranges.*.expansion_file"),
        with_fits,
    ),
    "short_range_order": ((*LOOK, "ranges.*.x", "ranges.*.expansion_file"), with_fits),
    "rounds": ((*LOOK, "ranges.*.x", "ranges.*.expansion_file"), rounds),
    "phase_diagram": (LOOK, sampled),
    "uncertainty": (("energies.title", "figures.width_mm"), sampled),
    "order": (LOOK, sampled),
    "heat_capacity": (LOOK, sampled),
    "entropy": (LOOK, sampled),
    "voltage": ((*LOOK, "figures.reference_electrode"), sampled),
    "occupancies": (LOOK, sampled),
}
STAGES["figure_interactive"] = Stage(
    "draw_page",
    ("energies.title", "figures.composition_label", "figures.reference_electrode", "species",
     "about"),
    sampled, "interactive page",
)  # fmt: skip
STAGES |= {
    # The captions, and with them the report, are renewed with the figures.
    f"figure_{name}": Stage(
        "draw_figures", (*keys, "about"), jobs, f"figure {name.replace('_', ' ')}"
    )
    for name, (keys, jobs) in FIGURES.items()
}
