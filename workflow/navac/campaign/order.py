"""The order of the rules: what each is made from."""

from __future__ import annotations

# Which orderings there are in the end depends on the number of rounds, or on the user's files.
ORDERINGS = ("orderings", "round", "user_energies")

ENERGIES = ("published_energies", "vasp_energies", "user_energies", "mlip_energies")
ROUND_ENERGIES = ("round_published_energies", "round_vasp_energies", "round_mlip_energies")
EXPANSIONS = ("expansion", "imported_expansion")
AFTER: dict[str, tuple[str, ...]] = {
    "orderings": ("prim",),
    "dft_batch": ("prim", "orderings"),
    "potentials": ("prim", "dft_batch"),
    "vasp_batch": ("prim", "orderings", "potentials"),
    "mlip_batch": ("prim", "orderings"),
    "metal_reference": (),
    "round": ("prim", "orderings", "round", *ROUND_ENERGIES),
    "round_dft_batch": ("prim", "round"),
    "round_vasp_batch": ("prim", "round", "potentials", "round_dft_batch"),
    "round_vasp_energies": ("vasp_batch", "round_vasp_batch"),
    "round_mlip_batch": ("prim", "round"),
    "round_mlip_energies": ("mlip_batch", "round_mlip_batch"),
    "round_published_energies": ("prim", "orderings", "round"),
    "vasp_energies": ("vasp_batch", "round_vasp_batch"),
    "mlip_energies": ("mlip_batch", "round_mlip_batch"),
    "published_energies": ("prim", "orderings", "round"),
    "user_energies": ("prim", "orderings"),
    "rounds": ("prim", *ORDERINGS, *ENERGIES),
    "ground_states": ("prim", *ORDERINGS, "potentials", *ENERGIES),
    "expansion": ("prim", *ORDERINGS, *ENERGIES),
    "imported_expansion": ("prim",),
    "paths": (*ORDERINGS, *EXPANSIONS),
    "sampling": (*EXPANSIONS, "paths"),
    "scanning": (*EXPANSIONS, "paths", "sampling"),
    "thermodynamics": (
        "prim", *ORDERINGS, *ENERGIES, "metal_reference", *EXPANSIONS, "paths", "sampling",
        "scanning",
    ),
    "reproduction": (
        "prim", *ENERGIES, *EXPANSIONS, "thermodynamics", "extraction", "ensemble_report",
        "ensemble_voltages", "barriers",
    ),
    "descriptors": ("prim",),
    "screening": ("prim",),
    "extraction": ("prim", *ORDERINGS, *ENERGIES, "metal_reference", "expansion"),
    "lobster_inputs": ("prim",),
    "bonding": (),
    "states": (),
    "hops": ("prim", *ORDERINGS),
    "barriers": ("prim", *ORDERINGS),
    "valence": ("prim", *ORDERINGS, "barriers"),
    "diffusivity": ("prim", "barriers"),
    "ensemble": ("prim", *EXPANSIONS, "ensemble"),
    "ensemble_report": ("prim", *ENERGIES, "metal_reference", "ensemble"),
    "ensemble_voltages": ("prim", "ensemble_report"),
    "cell_parameters": ("prim", *ENERGIES, "thermodynamics"),
    "cell_cycling": ("cell_parameters",),
    "cell_particles": ("cell_parameters",),
    "cell_sensitivity": ("cell_parameters",),
    "figure_mixing_energies": ("prim", *ENERGIES),
    "figure_rounds": ("prim", "rounds"),
    "figure_expansion_errors": ("prim", "expansion"),
    "figure_interactions": ("prim", "expansion"),
    "figure_short_range_order": ("prim", "expansion"),
    **{
        f"figure_{name}": ("prim", "thermodynamics")
        for name in (
            "phase_diagram", "uncertainty", "order", "heat_capacity", "entropy", "voltage",
            "occupancies", "interactive",
        )
    },
}  # fmt: skip
"""The rules whose outputs a rule is made from, as rules/ has them."""
