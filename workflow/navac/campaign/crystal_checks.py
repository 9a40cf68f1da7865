"""Checks of a configuration against the crystal and the tables it names.

Every check yields (field, what is wrong; fix).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from navac.composition import in_range
from navac.crystal.prim import Prim, PrimError, read_prim
from navac.crystal.sites import VACANCY, spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import Orbit, enumerate_orbits
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.foreign.read import import_expansion
from navac.expansion.foreign.terms import InterchangeError
from navac.hull import Hull, lower_hull
from navac.montecarlo.model import ColouringError, clusters_through, smallest_block
from navac.orderings.ordering import OrderingError, read_orderings
from navac.vasp.settings import VaspInputError, load_settings

if TYPE_CHECKING:
    from navac.config.campaign import Config
    from navac.config.ranges import RangeSection

Problems = Iterator[tuple[str, str]]

MAX_ONE_CELL_SITES = 16
"""With more active sites the orderings of one cell are too many to list before every run."""


class Crystal(NamedTuple):
    """What the crystal and the tables of a configuration give."""

    prim: Prim
    orbits: tuple[Orbit, ...] | None
    published: dict[str, Expansion]
    imported: dict[str, Expansion]


def read_crystal(config: Config, expansion: bool) -> tuple[Crystal | None, list[tuple[str, str]]]:
    """Read the crystal, the published tables and other codes' files, as far as they can be read."""
    section = config.prim
    if not section.file.is_file():
        return None, [("prim.file", f"{section.file} does not exist; give a path from the folder "
                       "of the Snakefile")]  # fmt: skip
    sites = [s.model_dump(exclude_none=True) for s in section.sites]
    try:
        prim = read_prim(section.file, sites, section.formula_units)
    except PrimError as error:
        return None, [("prim", str(error))]
    if not len(prim.active):
        return None, [("prim.sites", "no site may hold more than one species; add an entry with "
                       f"species: [{getattr(config, 'species', 'Na')}, {VACANCY}]")]  # fmt: skip
    if not expansion:
        return Crystal(prim, None, {}, {}), []
    try:
        group = find_space_group(prim, section.symmetry_tolerance_A)
    except PrimError as error:
        return Crystal(prim, None, {}, {}), [("prim.symmetry_tolerance_A", str(error))]
    orbits = enumerate_orbits(prim, group, config.expansion.cutoffs_A)
    published, imported, problems = {}, {}, []
    for name, settings in vars(config).get("ranges", {}).items():
        path = settings.published_eci
        if path is not None and path.is_file():
            try:
                published[name] = read_eci_table(path, orbits)
            except ExpansionError as error:
                fix = "correct it, or expansion.cutoffs_A and prim.symmetry_tolerance_A"
                problems.append(
                    (f"ranges.{name}.published_eci", f"{shorten(str(error), 200)}; {fix}")
                )
        path = settings.expansion_file
        if path is not None and path.is_file():
            try:
                imported[name], _ = import_expansion(path, prim, group)
            except InterchangeError as error:
                problems.append((f"ranges.{name}.expansion_file", str(error)))
    return Crystal(prim, orbits, published, imported), problems


def species(config: Config, crystal: Crystal) -> Problems:
    """Every active site holds the counted species or one other; the counted one is listed first.

    σ = −1 is the first species of a site, and the sampler counts those.
    """
    labels: dict[tuple[str, ...], list[str]] = {}
    for site in crystal.prim.active:
        labels.setdefault(crystal.prim.species[site], []).append(crystal.prim.labels[site])
    for allowed, sites in labels.items():
        if len(allowed) != 2 or allowed[0] != config.species:
            others = " or ".join(s for s in allowed if s != VACANCY)
            yield "species", (f"sites {', '.join(dict.fromkeys(sites))} may hold "
                              f"[{', '.join(allowed)}]; make it [{config.species}, {VACANCY}] in "
                              f"the crystal or prim.sites, or count {others}")  # fmt: skip


def charges(config: Config, crystal: Crystal) -> Problems:
    """Every element has a charge, and only those."""
    elements = {s for site in crystal.prim.species for s in site} - {VACANCY}
    given = config.orderings.charges
    if missing := sorted(elements - set(given)):
        yield "orderings.charges", f"no charge for {', '.join(missing)}; add it"
    if idle := sorted(set(given) - elements - {VACANCY}):
        yield "orderings.charges", f"{', '.join(idle)} is not in the crystal; remove it"


def compositions(config: Config, crystal: Crystal) -> Problems:
    """Every enumerated composition fits some supercell."""
    prim, section, field = crystal.prim, config.orderings, "orderings.compositions"
    fu, sizes = prim.formula_units, np.arange(1, section.max_cells + 1)
    highest = sum(config.species in prim.species[i] for i in prim.active) / fu
    if not highest:
        return  # refused as the species
    values = section.compositions.values()
    if beyond := [x for x in values if x < 0 or x > highest + 1e-6]:
        yield field, f"x = {_list(beyond)} is outside 0 to {highest:g}, what the sites hold; cut it"
    counts = np.outer(values, sizes * fu)
    whole = (np.abs(counts - np.round(counts)) < 1e-6).any(axis=1)
    if unfit := [x for x, fits in zip(values, whole, strict=True) if not fits and x <= highest]:
        yield field, (f"x = {_list(unfit)} is not a whole number of atoms in up to "
                      f"{section.max_cells} cells; use multiples of {1 / fu / section.max_cells:g} "
                      "or raise orderings.max_cells")  # fmt: skip


def more_orderings(config: Config, crystal: Crystal) -> Problems:
    """The file of further orderings can be read, and is one of this crystal."""
    path, field = config.orderings.more, "orderings.more"
    if path is None:
        return
    if not path.is_file():
        yield field, (f"{path} does not exist; give a path from the folder of the Snakefile, or "
                      "null")  # fmt: skip
        return
    try:
        given = read_orderings(path)
    except OrderingError as error:
        yield field, str(error)
        return
    allowed = [crystal.prim.species[site] for site in crystal.prim.active]
    if any(len(two) != 2 or config.species not in two for two in allowed):
        return  # refused as the species
    counted = np.array([two.index(config.species) for two in allowed])
    for ordering in given:
        if len(ordering.occupation) != len(allowed) * ordering.cells:
            yield field, (f"{path}, {ordering.id}: {len(ordering.occupation)} sites in "
                          f"{ordering.cells} cells, the crystal has {len(allowed)} active sites in "
                          "each; write the file with this crystal")  # fmt: skip
            continue
        number = (ordering.occupation == np.repeat(counted, ordering.cells)).sum()
        x = number / ordering.cells / crystal.prim.formula_units
        if abs(x - ordering.x) > 1e-6:
            yield field, (f"{path}, {ordering.id}: x is {ordering.x:g}, the occupation holds "
                          f"{x:g} {config.species}; correct it")  # fmt: skip


def dft_settings(config: Config, crystal: Crystal) -> Problems:
    """DFT settings can be read, know every element, and have k-points for every supercell."""
    field = "dft.settings"
    try:
        settings = load_settings(config.dft.settings)
    except VaspInputError as error:
        yield field, f"{' '.join(str(error).split())}; give scan_u or the path of a YAML file"
        return
    elements = sorted({s for site in crystal.prim.species for s in site} - {VACANCY})
    if missing := [e for e in elements if e not in settings.species]:
        yield field, f"{settings.source} lacks species {_list(missing)}; add them there"
    sizes = {*range(1, config.orderings.max_cells + 1), *_more_sizes(config)}
    if missing := sorted(n for n in sizes if n not in settings.kpoint_divisions):
        yield field, (f"{settings.source} has no kpoint_divisions for {_list(missing)} cells; add "
                      "them there, or have no orderings so large")  # fmt: skip


def _more_sizes(config: Config) -> set[int]:
    """Cells of the further orderings; a file that cannot be read is refused elsewhere."""
    if config.orderings.more is None:
        return set()
    try:
        return {o.cells for o in read_orderings(config.orderings.more)}
    except (OSError, OrderingError):
        return set()


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
                smallest_block(clusters_through(sampled), box)
            except ColouringError as error:
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


def _list(values) -> str:
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


CRYSTAL_CHECKS: tuple[tuple[set[str], Callable[[Config, Crystal], Problems]], ...] = (
    ({"species"}, species),
    ({"orderings"}, charges),
    ({"orderings", "species"}, compositions),
    ({"orderings", "species"}, more_orderings),
    ({"dft", "orderings"}, dft_settings),
    ({"ranges", "sampling"}, supercell),
    ({"ranges", "species"}, mu_windows),
)
