"""From a crystal file to a configuration: what is known, what is derived and what is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from pymatgen.core import Element

from navac.campaign.new.active import Decorated, decorated
from navac.campaign.new.chemistry import Charges, charges, formula, limits
from navac.campaign.new.error import NewError
from navac.campaign.new.geometry import closest_allowed, cutoffs, most_filled, too_close
from navac.campaign.new.primitive import TOLERANCE, Cell, primitive
from navac.campaign.new.sizes import Sizes, sizes
from navac.campaign.new.writing import Draft
from navac.crystal.reading import read_structure
from navac.crystal.sites import VACANCY

RANGE = "all"
NO_METAL = (
    "the energy of the metal at your level of theory is not known, so that voltages are relative "
    "to their mean over x; give metal_eV_per_atom, eV, in place of this and reference_electrode"
)
ENERGIES = 60
"""Orderings whose energies are computed, unless more are needed to have all of one cell."""
ROUNDS, PER_ROUND = 5, 6
"""Rounds that ask for further energies at most, and how many each asks for."""


@dataclass(frozen=True)
class Asked:
    """What a user asks for.

    Attributes:
        file: the crystal.
        campaign: name of the campaign.
        prim: where the primitive cell is written.
        species: see :func:`navac.campaign.new.active.decorated`.
        fixed: species that hold mixed sites alone.
        backend: source of the energies.
        energies: where the user's own energies are.
        metal: energy of the electrode's metal, eV per atom.
    """

    file: Path
    campaign: str
    prim: Path
    species: str | None
    fixed: tuple[str, ...]
    backend: str
    energies: str | None
    metal: float | None = None


@dataclass(frozen=True)
class Made:
    """A configuration that can be written.

    Attributes:
        draft: its values, with what is said about them.
        cell: the primitive cell.
        lines: what was found, for people.
    """

    draft: Draft
    cell: Cell
    lines: tuple[str, ...]


def made(asked: Asked) -> Made:
    """Read a crystal and derive a configuration from it.

    Raises:
        NewError: the file cannot be read, or leaves open which sites are active.
    """
    if not asked.file.is_file():
        raise NewError(f"{asked.file}: does not exist; give the path of a POSCAR, CIF or the like")
    read = read_structure(asked.file)
    found = decorated(read.structure, asked.file, asked.species, asked.fixed)
    cell = primitive(found)
    fu = cell.formula_units
    x_file = found.amount * len(cell.allowed) / len(read.structure) / fu
    charge = charges(cell, found.counted, x_file, read.charges)
    closest = closest_allowed(found.counted, found.other, charge.charge[found.counted])
    close = too_close(cell, closest)
    most = most_filled(cell, closest) / fu
    low, high, why = 0.0, most, "what the sites hold"
    if charge.known:
        low, high, why = limits(cell, found.counted, charge.charge, most)
    lengths, orbits = cutoffs(cell, closest)
    size = sizes(cell, found.counted, low, high, orbits)
    if len(size.compositions) < 2:
        raise NewError(
            f"{asked.file}: charges balance only for x = {low:g} to {high:g}, in which no two "
            f"orderings of up to {size.max_cells} cells lie; write the configuration by hand"
        )
    draft = Draft()
    _crystal(draft, asked, found, cell, close)
    _orderings(draft, size, charge, why)
    _energies(draft, asked, found)
    _expansion(draft, lengths, len(orbits), size)
    if asked.backend == "mlip":
        _rounds(draft, size)
    _range(draft, found, size, charge.known, bool(close))
    _sampling(draft, size)
    _reports(draft, found)
    return Made(draft, cell, tuple(_lines(asked, found, cell, x_file, read.notes, charge)))


def _crystal(
    draft: Draft, asked: Asked, found: Decorated, cell: Cell, close: list[tuple[str, str, float]]
) -> None:
    draft.put("campaign", asked.campaign)
    draft.put("seed", 1)
    named = "as you asked" if asked.species else ""
    draft.put("species", found.counted, said=named, guessed="" if named else found.guesses[0])
    draft.put("prim.file", asked.prim.as_posix(),
              said=f"from {asked.file.as_posix()}; {'; '.join(cell.notes)}")  # fmt: skip
    where = "named by element, multiplicity and letter of the Wyckoff position"
    draft.put("prim.sites", [
        {"label": label, "species": list(cell.allowed[sites[0]]), "indices": sites}
        for label, sites in cell.sublattices().items()
    ], said="; ".join([where, *found.guesses[1:]]))  # fmt: skip
    full = formula(cell, found.counted, len(cell.active) / cell.formula_units)
    unit = full.formula.replace(" ", "")
    draft.put("prim.formula_units", cell.formula_units,
              guessed="the largest number that divides host and active sites; one unit is "
              f"{unit} if {found.counted} fills every active site")  # fmt: skip
    draft.put("prim.symmetry_tolerance_A", TOLERANCE / 10, said=f"space group {cell.symbol}")
    if close:
        apart = [
            {"labels": [a, b], "distance_A": ceil(100 * distance) / 100} for a, b, distance in close
        ]
        why = "sites closer than two radii of the ion; the highest x is what fits"
        draft.put("prim.exclusions", apart, guessed=why)


def _orderings(draft: Draft, size: Sizes, charge: Charges, why: str) -> None:
    draft.put("orderings.max_cells", size.max_cells,
              said="chosen so that every ordering fits into the supercell of sampling")  # fmt: skip
    draft.put("orderings.compositions", list(size.compositions), guessed=why)
    draft.put("orderings.max_per_composition", 100)
    draft.put("orderings.total", max(ENERGIES, size.least),
              guessed="more give a better fit and cost as much more time")  # fmt: skip
    draft.put("orderings.charges", charge.charge, guessed=charge.source)


def _energies(draft: Draft, asked: Asked, found: Decorated) -> None:
    draft.put("energies.backend", asked.backend)
    if asked.backend == "mlip":
        draft.put("energies.mlip", {"calculator": "chgnet", "options": {"model_name": "r2scan"},
                                    "optimiser": "LBFGS"},
                  guessed="CHGNet, trained on r2SCAN energies")  # fmt: skip
    if asked.backend == "vasp":
        draft.put("dft.settings", "MPScanRelaxSet", guessed="r²SCAN as pymatgen sets it up")
    if asked.backend == "user":
        draft.put("energies.user", {"files": asked.energies})
    if found.other != VACANCY:
        draft.put("energies.average_voltage_V", 0, said="an alloy has no voltage")
    elif asked.metal is not None:
        draft.put("energies.metal_eV_per_atom", asked.metal, said="as you gave it")
    elif asked.backend != "mlip" or not _is_metal(found.counted):
        draft.put("energies.average_voltage_V", 0, guessed=NO_METAL)
        draft.put("figures.reference_electrode", "the mean over x", guessed="as the voltage")


def _is_metal(element: str) -> bool:
    """Whether a model can compute an electrode of the element; not so for oxygen."""
    return Element.is_valid_symbol(element) and Element(element).is_metal


def _expansion(draft: Draft, lengths: Mapping[int, float], orbits: int, size: Sizes) -> None:
    shells = f"between shells of neighbours; {orbits} orbits of clusters"
    draft.put("expansion.cutoffs_A", dict(lengths), guessed=shells)
    draft.put("expansion.regression", "lasso_cv",
              said="its penalty is found by cross-validation")  # fmt: skip


def _rounds(draft: Draft, size: Sizes) -> None:
    """A model is quick enough to be asked for what the fit lacks, within one run."""
    draft.put("rounds.max", ROUNDS, guessed="they end where nothing new is found")
    draft.put("rounds.per_round", PER_ROUND)
    draft.put("rounds.max_cells", size.searched_cells)
    draft.put("rounds.commensurate", True, said="what is found can then be sampled")


def _range(draft: Draft, found: Decorated, size: Sizes, ionic: bool, exclusive: bool) -> None:
    x, at = size.compositions, f"ranges.{RANGE}"
    draft.put(f"{at}.x", [x[0], x[-1]], said="one expansion for all compositions")
    top = 1000 if ionic else 1500
    draft.put(f"{at}.temperatures_K", [{"start": 50, "stop": top, "step": 25}],
              guessed="up to where most orders have melted; raise it if not")  # fmt: skip
    if not exclusive:
        draft.put(f"{at}.cool_to_K", 300)
    step, margin, reach = (0.005, 0.05, 0.2) if ionic else (0.002, 0.03, 0.1)
    draft.put(f"{at}.mu_step_eV", step, guessed="resolves boundaries of a preview")
    draft.put(f"{at}.mu_margin_eV", margin)
    draft.put(f"{at}.mu_reach_eV", reach)


def _sampling(draft: Draft, size: Sizes) -> None:
    draft.put("sampling.supercell", list(size.supercell),
              said="holds every ordering, and lets sites of one colour move at once")  # fmt: skip
    draft.put("sampling.equilibration_sweeps", 50)
    draft.put("sampling.blocks", 10)
    draft.put("sampling.block_sweeps", 20, guessed="enough for a preview; raise it for results")
    draft.put("sampling.carried_sweeps", 20)
    draft.put("sampling.threads", 2)


def _reports(draft: Draft, found: Decorated) -> None:
    for what in ("occupancy", "entropy"):
        draft.put(f"thermodynamics.{what}_temperatures_K", [300, 600])
    draft.put("thermodynamics.heat_capacity_temperatures_K", [600])
    if found.other == VACANCY:
        draft.put("thermodynamics.voltage_temperatures_K", [300])


def _lines(
    asked: Asked, found: Decorated, cell: Cell, x: float, notes: tuple[str, ...], charge: Charges
) -> list[str]:
    groups = ", ".join(
        f"{len(sites)} {name} ({' or '.join(cell.allowed[sites[0]])})"
        for name, sites in cell.sublattices().items()
    )
    ions = ", ".join(f"{e} {q:+g}" for e, q in charge.charge.items()) if charge.known else "none"
    return [
        *notes,
        f"{asked.file}: {formula(cell, found.counted, x).formula}, {cell.symbol}, "
        f"{len(cell.allowed)} sites and {cell.formula_units} formula units in the primitive cell",
        *cell.notes,
        *found.guesses,
        f"active sites per primitive cell: {groups}",
        f"charges: {ions} ({charge.source})",
    ]
