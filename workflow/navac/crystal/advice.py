"""What a prim should be asked about: cells, symmetry and formula units that look unintended."""

from __future__ import annotations

from collections import Counter
from math import gcd

import numpy as np

from navac.crystal.exclusions import near_pairs
from navac.crystal.prim import Prim, PrimError
from navac.crystal.symmetry import primitive_lattice, symmetry_at

TRIED_A = (1e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05)
"""Tolerances at which a higher symmetry is looked for, Å. Relaxed and rounded coordinates miss
it by 0.02 Å or so; distortions that matter are larger than 0.05 Å."""

UNLIKELY_A = 1.9
"""Two ions closer than this, Å, repel each other too much to share these sites. Li and Na in
neighbouring tetrahedra and prisms are 1.5 to 1.8 Å apart; no metallic bond is so short."""


def cell_problem(prim: Prim, tolerance: float) -> str:
    """Why a cell is not primitive, and the one that is; empty for a primitive cell.

    Sites take part with their species and labels. The supercells of a cell that is not
    primitive repeat: the same ordering would be listed several times.

    Raises:
        PrimError: no symmetry is found.
    """
    found = symmetry_at(prim, tolerance)
    if found.cells == 1:
        return ""
    rows = ", ".join(
        f"({' '.join(f'{x + 0:.5f}' for x in row)})" for row in primitive_lattice(prim, tolerance)
    )
    said = _units_of(prim, found.cells)
    return (
        f"the cell is not primitive: it holds {found.cells} primitive cells, and equivalent "
        f"orderings would be listed several times; give the primitive cell, spanned by {rows} Å, "
        f"{said} (navac new writes it)"
    )


def _units_of(prim: Prim, cells: int) -> str:
    """The formula units of one of several primitive cells, as far as they are clear."""
    units = prim.formula_units / cells
    if units.is_integer():
        return f"with prim.formula_units: {units:g}"
    fixed = fixed_atoms(prim)
    likely = gcd(*fixed.values()) // cells if fixed else 1
    return (
        f"with the formula units in it; the {prim.formula_units} given make x count per "
        f"{_formula(fixed, prim.formula_units)}, and the smallest formula unit would be "
        f"prim.formula_units: {max(likely, 1)}"
    )


def symmetry_advice(prim: Prim, tolerance: float) -> str:
    """The symmetry that a little more tolerance would find; empty if that is no other.

    Raises:
        PrimError: no symmetry is found at ``tolerance``.
    """
    found = symmetry_at(prim, tolerance)
    best = found
    for tried in TRIED_A:
        if tried > tolerance:
            try:
                more = symmetry_at(prim, tried)
            except PrimError:
                continue
            best = max(best, more, key=lambda one: one.operations)
    if best is found:
        return ""
    smaller = f", in a cell of {best.cells} primitive ones" if best.cells > found.cells else ""
    return (
        f"the space group is {found.symbol} ({found.operations} operations) at {tolerance:g} Å, "
        f"and {best.symbol} ({best.operations}) at {best.tolerance:g} Å{smaller}; if the "
        "coordinates are rounded or relaxed, set prim.symmetry_tolerance_A: "
        f"{best.tolerance:g}: equivalent orderings and clusters are otherwise taken as different"
    )


def fixed_atoms(prim: Prim) -> Counter[str]:
    """Atoms of each element that are always there, per cell."""
    return Counter(allowed[0] for allowed in prim.species if len(allowed) == 1)


def formula_problem(prim: Prim) -> str:
    """Why ``formula_units`` cannot be right; empty if it can.

    Elements that share a site may have fractions in a formula unit (Ni₁⸝₃Mn₂⸝₃O₂), if they make
    up whole atoms together.
    """
    fixed, units = fixed_atoms(prim), prim.formula_units
    fractional = [count for count in fixed.values() if count % units]
    if not fractional or (len(fractional) < len(fixed) and not sum(fractional) % units):
        return ""
    common = gcd(*fixed.values())
    choices = ", ".join(str(n) for n in range(1, common + 1) if common % n == 0)
    return (
        f"{units} formula units do not divide the {_formula(fixed)} of the cell into whole atoms; "
        f"use one of {choices}"
    )


def formula_advice(prim: Prim) -> str:
    """A smaller formula unit than ``formula_units`` makes; empty if there is none."""
    fixed, units = fixed_atoms(prim), prim.formula_units
    if not fixed:
        return ""
    common = gcd(*fixed.values())
    if common % units or common == units:
        return ""
    return (
        f"{units} makes the formula unit {_formula(fixed, units)}, and x counts per that; the cell "
        f"holds {common} of the smallest, {_formula(fixed, common)}: set prim.formula_units: "
        f"{common} if x is meant per that"
    )


def distance_advice(prim: Prim) -> str:
    """Active sites so close that both are hardly ever filled; empty if there are none."""
    active = set(prim.active.tolist())
    for pair, distance in near_pairs(prim, UNLIKELY_A):
        i, j, *_ = pair
        if {i, j} <= active and pair not in prim.excluded:
            return (
                f"sites {i} ({prim.labels[i]}) and {j} ({prim.labels[j]}) are {distance:.2f} Å "
                "apart; if both are never filled, say so, which spares energies that mean "
                f"nothing: prim.exclusions: [{{labels: [{prim.labels[i]}, {prim.labels[j]}], "
                f"distance_A: {np.ceil(100 * distance) / 100:g}}}]"
            )
    return ""


def advice(prim: Prim, tolerance: float) -> list[tuple[str, str]]:
    """(field, what to look at) of a prim that can be used.

    Raises:
        PrimError: no symmetry is found.
    """
    found = [
        ("prim.symmetry_tolerance_A", symmetry_advice(prim, tolerance)),
        ("prim.formula_units", formula_advice(prim)),
        ("prim.exclusions", distance_advice(prim)),
    ]
    return [(field, text) for field, text in found if text]


def _formula(atoms: Counter[str], units: int = 1) -> str:
    """A formula per so many units, elements by name."""
    return "".join(f"{e}{'' if n == units else f'{n / units:g}'}" for e, n in sorted(atoms.items()))
