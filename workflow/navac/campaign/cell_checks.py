"""Checks of a configuration about particles and cells, as in
:mod:`navac.campaign.settings_checks`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from navac.campaign.energy_checks import Problems
from navac.config.campaign import EVERY_RANGE, Config
from navac.config.cell import CellSection, MaterialSection

NEEDED = ("diffusivity_m2_per_s", "radius_um", "young_modulus_GPa", "poisson_ratio")
RELAXED = ("vasp", "mlip")
"""Backends whose energies have volumes."""


def numbers(config: Config) -> Problems:
    """What particles and cells cannot be computed without is given."""
    if not config.cell.run:
        return
    if not config.samples:
        yield ("cell.run", f"true, but the campaign ends with until: {config.until} and has no "
               "voltages; set until to diagram, or cell.run to false")  # fmt: skip
    yield from _material(config.cell, "cell")
    if config.cell.beside is not None:
        yield from _material(config.cell.beside, "cell.beside")
    if not config.cell.volumes_A3_per_fu and config.energies.backend not in RELAXED:
        yield ("cell.volumes_A3_per_fu", f"empty, and the backend {config.energies.backend} "
               "relaxes no volumes; give two by x, and their source")  # fmt: skip
    yield from _file(config.cell.beside_file, "cell.beside_file")
    beside = config.cell.beside
    if beside is not None and config.cell.beside_file is not None:
        yield "cell.beside_file", f"given beside cell.beside ({beside.name}); write null for one"
    if beside is not None and not beside.volumes_A3_per_fu:
        yield "cell.beside.volumes_A3_per_fu", "empty; give two by x, and their source"
    if beside is not None and beside.open_circuit_file is None:
        yield ("cell.beside.open_circuit_file", "null, and no campaign computes the voltages of "
               f"{beside.name}; name a CSV of x and voltage_V, or a run of ensembles")  # fmt: skip


def _material(section: MaterialSection, field: str) -> Problems:
    """The numbers of one material."""
    for key in NEEDED:
        if getattr(section, key) is None:
            yield f"{field}.{key}", "null; give value and source"
    if section.poisson_ratio is not None and section.poisson_ratio.value >= 0.5:
        yield (f"{field}.poisson_ratio", f"{section.poisson_ratio.value:g} is not below 0.5, where "
               "a solid would not change its volume; correct it")  # fmt: skip
    if len(section.volumes_A3_per_fu) == 1:
        yield f"{field}.volumes_A3_per_fu", "one volume has no slope; give two by x, or none"
    for key in ("open_circuit_file", "diffusivity_file"):
        yield from _file(getattr(section, key), f"{field}.{key}")


def _file(file: Path | None, field: str) -> Problems:
    if file is not None and not file.is_file():
        yield field, f"{file} does not exist; give a path from the folder of the Snakefile"


def voltages(config: Config) -> Problems:
    """The campaign's voltages are there, in the window of the cell."""
    cell = config.cell
    if not cell.run:
        return
    reported = config.thermodynamics.voltage_temperatures_K
    if cell.open_circuit_file is None and cell.temperature_K not in reported:
        yield ("cell.temperature_K", f"{cell.temperature_K:g} K is not among "
               "thermodynamics.voltage_temperatures_K; add it there")  # fmt: skip
    if cell.interface_nm is None and cell.open_circuit_file is None:
        yield ("cell.interface_nm", "null; two phases of the campaign may meet in a particle: give "
               "the width of their interface")  # fmt: skip
    yield from _windows(cell, config)


def _windows(cell: CellSection, config: Config) -> Problems:
    low = min(r.x[0] for r in config.ranges.values())
    high = max(r.x[1] for r in config.ranges.values())
    if cell.x is not None:
        if cell.x[0] >= cell.x[1]:
            yield "cell.x", f"{list(cell.x)} is not an interval; write [lowest, highest]"
        elif cell.open_circuit_file is None and (cell.x[0] < low or cell.x[1] > high):
            yield ("cell.x", f"{list(cell.x)} reaches beyond the ranges of the campaign, {low:g} "
                   f"to {high:g}; narrow it")  # fmt: skip
    if cell.beside is not None and cell.beside.x[0] >= cell.beside.x[1]:
        yield "cell.beside.x", f"{list(cell.beside.x)} is not an interval; write [lowest, highest]"
    if cell.voltage_limits_V is not None and cell.voltage_limits_V[0] >= cell.voltage_limits_V[1]:
        yield "cell.voltage_limits_V", "the lower cut-off is not below the upper; swap them"
    if not cell.rates_C:
        yield "cell.rates_C", "empty; give a rate, in C"


def meshes(config: Config) -> Problems:
    """Meshes are files; what is in them is read when particles are charged."""
    for name, path in config.cell.meshes.items() if config.cell.run else ():
        yield from _file(path, f"cell.meshes.{name}")


CHECKS: tuple[tuple[set[str], Callable[[Config], Problems]], ...] = (
    ({"cell", "energies", "until"}, numbers),
    ({"cell", "thermodynamics", EVERY_RANGE}, voltages),
    ({"cell"}, meshes),
)
"""Checks with the keys they need."""
