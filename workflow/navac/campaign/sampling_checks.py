"""Checks of what is sampled against the crystal: supercells, and windows of μ.

Every check yields (field, what is wrong; fix).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from navac.campaign.crystal import Crystal, Problems
from navac.composition import in_range
from navac.crystal.prim import Prim
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.repulsion import repelling
from navac.hull import Hull, lower_hull
from navac.montecarlo.model import ColouringError, clusters_through, smallest_block

if TYPE_CHECKING:
    from navac.config.campaign import Config
    from navac.config.ranges import RangeSection

MAX_ONE_CELL_SITES = 16
"""With more active sites the orderings of one cell are too many to list before every run."""


def supercell(config: Config, crystal: Crystal) -> Problems:
    """The sampled supercell can be coloured for every Hamiltonian, and holds the phases.

    A fit may keep any of the orbits, so a fitted Hamiltonian must be safe with all of them.
    """
    refused: dict[tuple[str, str], None] = {}
    for name, settings in config.ranges.items():
        box = Supercell.diagonal(*config.supercell(name))
        field = f"ranges.{name}.supercell" if settings.supercell else "sampling.supercell"
        atoms = box.size * crystal.prim.formula_units
        for phase, x in settings.phases.items():
            if abs(x * atoms - round(x * atoms)) > 1e-6:
                yield field, (f"ranges.{name}.phases.{phase}, x = {x:g}, is not a whole number of "
                              f"atoms in {box.size} cells; use another supercell")  # fmt: skip
        if (sampled := _sampled(crystal, name, settings)) is not None:
            try:
                smallest_block(clusters_through(repelling(crystal.prim, sampled)), box)
            except (ColouringError, ExpansionError) as error:
                refused[field, str(error)] = None  # once, if it is of several ranges
    yield from refused


def _sampled(crystal: Crystal, name: str, settings: RangeSection) -> Expansion | None:
    """The expansion of a range, as far as it is known before the run."""
    if settings.expansion_file:
        return crystal.imported.get(name)
    if settings.hamiltonian == "published":
        return crystal.published.get(name)
    if crystal.orbits is None:
        return None
    return Expansion(crystal.orbits, np.ones(len(crystal.orbits)))


def mu_windows(config: Config, crystal: Crystal) -> Problems:
    """A μ window reaches into the stability interval of every named phase."""
    for name, settings in config.ranges.items():
        sampled = crystal.imported.get(name, crystal.published.get(name))
        if settings.mu_eV is not None and sampled is not None:
            hull = one_cell_hull(crystal.prim, sampled, config.species, settings.x)
            window = settings.mu_eV.start, settings.mu_eV.stop
            yield from excluded_phases(hull, settings.phases, window, f"ranges.{name}.mu_eV")


def one_cell_hull(
    prim: Prim, expansion: Expansion, species: str, bounds: tuple[float, float]
) -> Hull | None:
    """0 K hull over all orderings of one primitive cell; None without any in the bounds.

    Ground states with larger cells are missing from it: enough to see a window in the wrong
    units or on the wrong side, not to place one.
    """
    if len(prim.active) > MAX_ONE_CELL_SITES:
        return None
    occupation = np.array(list(product((0, 1), repeat=len(prim.active))), np.int8)
    holds = [[int(s == species) for s in prim.species[i][:2]] for i in prim.active]
    x = np.take_along_axis(np.array(holds).T, occupation, axis=0).sum(axis=1) / prim.formula_units
    inside = in_range(x, bounds)
    if not inside.any():
        return None
    energy = expansion.energies(Supercell.diagonal(1, 1, 1), spins(occupation[inside]))
    return lower_hull(x[inside], energy, prim.formula_units)


def excluded_phases(
    hull: Hull | None, phases: dict[str, float], window: tuple[float, float], field: str
) -> Problems:
    """Named ground states whose μ interval a window (eV per atom) does not touch.

    A phase that is not on the hull is not judged: its ordering may need a larger cell.
    """
    if hull is None:
        return
    for phase, x in phases.items():
        for state in np.flatnonzero(np.abs(hull.x - x) < 1e-6):
            low, high = hull.stable(int(state))
            if window[0] >= high or window[1] <= low:
                fix = f"start below {high:.4f}" if window[0] >= high else f"stop above {low:.4f}"
                yield field, (f"{window[0]:g} to {window[1]:g} excludes the phase {phase}, which "
                              f"is stable from {low:.4f} to {high:.4f} eV per atom; {fix}, or "
                              "write null to derive the window")  # fmt: skip
