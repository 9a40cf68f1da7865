"""Checks of a configuration against the crystal and the tables it names.

Every check yields (field, what is wrong; fix).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from navac.campaign.budget_checks import budget
from navac.campaign.crystal import Crystal, Problems
from navac.campaign.descriptor_checks import CHECKS as DESCRIPTOR_CHECKS
from navac.campaign.ensemble_checks import CHECKS as ENSEMBLE_CHECKS
from navac.campaign.sampling_checks import mu_windows, supercell
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY, SiteError
from navac.crystal.supercell import Supercell, hermite_normal_forms
from navac.energies.mlip.metal import MetalError, metal_cell
from navac.orderings.amounts import amounts, composition_axes, varying_species
from navac.orderings.charges import mixed_valence
from navac.orderings.exclusions import most_filled
from navac.orderings.groups import site_groups
from navac.orderings.ordering import OrderingError, read_orderings
from navac.orderings.wanted import counted_alone, unmet, wanted_of
from navac.rounds import MOST_SITES
from navac.vasp.settings import VaspInputError, load_settings

if TYPE_CHECKING:
    from navac.config.campaign import Config

MOST_SUPERCELLS = 200
"""The check before a run takes a few milliseconds for each; beyond, the enumeration refuses."""


def species(config: Config, crystal: Crystal) -> Problems:
    """What is sampled is binary: the counted species first, and one other.

    σ = −1 is the first species of a site, and the sampler counts those. A campaign that ends with
    its expansion has no such limit.
    """
    labels: dict[tuple[str, ...], list[str]] = {}
    for site in crystal.prim.active:
        labels.setdefault(crystal.prim.species[site], []).append(crystal.prim.labels[site])
    if not config.samples:
        if labels and not any(config.species in allowed for allowed in labels):
            held = dict.fromkeys(s for allowed in labels for s in allowed if s != VACANCY)
            yield "species", (f"no active site may hold {config.species}; count one of "
                              f"{', '.join(held)}")  # fmt: skip
        return
    for allowed, sites in labels.items():
        where = f"sites {', '.join(dict.fromkeys(sites))} may hold [{', '.join(allowed)}]"
        if config.species not in allowed and VACANCY not in allowed:
            yield "species", _mixed(config.species, allowed, list(dict.fromkeys(sites)))
        elif len(allowed) > 2:
            yield "until", (f"diagram, but {where}: sites of more than two species have no "
                            "diagram yet; write until: expansion, which ends the campaign with the "
                            "fit and its hull, and sample it by ensembles, or let the sites hold "
                            "two species")  # fmt: skip
        elif allowed[0] != config.species:
            others = " or ".join(s for s in allowed if s != VACANCY)
            yield "species", (f"{where}; make it [{config.species}, {VACANCY}] in the crystal or "
                              f"prim.sites, or count {others}")  # fmt: skip


def _mixed(counted: str, allowed: tuple[str, ...], labels: list[str]) -> str:
    """Sites on which only species that are not counted are mixed."""
    return (
        f"sites {', '.join(labels)} may hold [{', '.join(allowed)}], and {counted} is counted; "
        "such a mixture beside the counted species has no diagram yet: write until: expansion, "
        "which ends the campaign with the fit and its hull, and sample it by ensembles, say what "
        f"the sites hold in this campaign (prim.sites: {{label: {allowed[0]}, "
        f"species: [{allowed[0]}], element: {allowed[0]}}}, or by indices for an "
        "ordered arrangement in a larger cell), or count "
        f"{' or '.join(allowed)}"
    )


def axes(config: Config, crystal: Crystal) -> Problems:
    """The composition axes are independent, and tell all compositions."""
    try:
        if config.species in varying_species(crystal.prim):
            composition_axes(crystal.prim, config.species, config.axes)
    except OrderingError as error:
        field, _, what = str(error).partition(": ")
        yield field, what


def exclusions(config: Config, crystal: Crystal) -> Problems:
    """The disordered state of infinite temperature is not known with exclusions."""
    if crystal.prim.excluded:
        for name, settings in config.ranges.items():
            if settings.cool_to_K is not None:
                yield (
                    f"ranges.{name}.cool_to_K",
                    (
                        f"{settings.cool_to_K:g}, but with prim.exclusions the state of infinite "
                        "temperature, where the path begins, is not known; write null"
                    ),
                )


def charges(config: Config, crystal: Crystal) -> Problems:
    """Every element has a charge, and only those."""
    if not config.enumerates:
        return
    if config.rounds.max and mixed_valence(config.orderings.states):
        several = [s for s, q in config.orderings.states.items() if len(q) > 1]
        yield (f"orderings.charges.{several[0]}", "a list, but rounds.max is "
               f"{config.rounds.max}, and rounds take one charge; give its mean")  # fmt: skip
    elements = {s for site in crystal.prim.species for s in site} - {VACANCY}
    given = config.orderings.charges
    if missing := sorted(elements - set(given)):
        yield "orderings.charges", f"no charge for {', '.join(missing)}; add it"
    if idle := sorted(set(given) - elements - {VACANCY}):
        yield "orderings.charges", f"{', '.join(idle)} is not in the crystal; remove it"


def electrostatics(config: Config, crystal: Crystal) -> Problems:
    """An electrostatic term knows every species, and nothing that needs clusters follows."""
    given, field = config.expansion.charges, "expansion.charges"
    if not given:
        return
    held = {s for site in crystal.prim.species for s in site}
    if missing := sorted(held - set(given) - {VACANCY}):
        yield field, f"no charge for {', '.join(missing)}; add it, or write {{}}"
    if idle := sorted(set(given) - held):
        yield field, f"{', '.join(idle)} is not in the crystal; remove it"
    active = [crystal.prim.species[site] for site in crystal.prim.active]
    if not (missing or any(len({given.get(s, 0.0) for s in site}) > 1 for site in active)):
        yield field, ("all species of every active site have the same charge, so that their energy "
                      "is that of every ordering; correct them, or write {}")  # fmt: skip
    later = {"until": config.samples and config.until, "rounds.max": config.rounds.max}
    for what, value in later.items():
        if value:
            yield what, (f"{value}, but "
                         "expansion.charges give an electrostatic term, which is neither sampled "
                         "nor searched yet; end with until: expansion and rounds.max: 0, or write "
                         "expansion.charges: {}")  # fmt: skip


def compositions(config: Config, crystal: Crystal) -> Problems:
    """Every enumerated composition fits some supercell."""
    prim, section, field = crystal.prim, config.orderings, "orderings.compositions"
    if not config.enumerates:
        return
    if not counted_alone(prim, config.species, section.amounts, section.charges):
        yield from _mixtures(config, crystal)
        return
    if section.compositions is None:
        yield field, (f"null, but energies.backend is {config.energies.backend}; give start, stop "
                      "and step of x")  # fmt: skip
    fu, sizes = prim.formula_units, np.arange(1, section.max_cells + 1)
    highest = sum(config.species in prim.species[i] for i in prim.active) / fu
    if not highest or section.compositions is None:
        return  # refused as the species, or not enumerated
    values = section.x
    if beyond := [x for x in values if x < 0 or x > highest + 1e-6]:
        yield field, f"x = {_list(beyond)} is outside 0 to {highest:g}, what the sites hold; cut it"
    counts = np.outer(values, sizes * fu)
    fits = np.abs(counts - np.round(counts)) < 1e-6
    whole = fits.any(axis=1)
    if unfit := [x for x, one in zip(values, whole, strict=True) if not one and x <= highest]:
        yield field, (f"x = {_list(unfit)} is not a whole number of atoms in up to "
                      f"{section.max_cells} cells; use multiples of {1 / fu / section.max_cells:g} "
                      "or raise orderings.max_cells")  # fmt: skip
    if prim.excluded and (room := _room(prim, section.max_cells, config.species)):
        possible = (fits & (np.round(counts) <= room)).any(axis=1)
        tight = [x for x, can, one in zip(values, possible, whole, strict=True)
                 if one and not can and x <= highest + 1e-6]  # fmt: skip
        if tight:
            most = max(n / size for n, size in zip(room, sizes, strict=True)) / fu
            yield field, (f"x = {_list(tight)} fills sites that prim.exclusions keeps apart: "
                          f"{section.max_cells} cells hold {most:g} at most; cut it, or relax the "
                          "exclusions")  # fmt: skip


def _mixtures(config: Config, crystal: Crystal) -> Problems:
    """Every composition of several species fits some supercell, and can be neutral."""
    prim, section = crystal.prim, config.orderings
    field = "orderings.amounts" if section.amounts else "orderings.compositions"
    active = {s for site in prim.active for s in prim.species[site]}
    if config.species not in active:
        return  # refused as the species
    for species in dict.fromkeys(s for given in section.amounts for s in given):
        if species not in active:
            yield (
                f"orderings.amounts.{species}",
                (f"no active site may hold {species}; use {', '.join(sorted(active - {VACANCY}))}"),
            )
            return
        if species == config.species and section.compositions is not None:
            yield (f"orderings.amounts.{species}", "is the counted species, and compositions name "
                   "its amounts too; keep one of them")  # fmt: skip
    given = None if section.compositions is None else section.x
    wanted = wanted_of(config.species, given, section.amounts, section.charges)
    try:
        for what in unmet(prim, site_groups(prim), section.max_cells, wanted):
            yield field, what
    except OrderingError:
        return  # a species without a charge, which charges() names


def _room(prim: Prim, max_cells: int, species: str) -> list[int]:
    """The most atoms in supercells of each size; empty where these are too many to look at."""
    supercells = [list(map(Supercell, hermite_normal_forms(n))) for n in range(1, max_cells + 1)]
    if sum(map(len, supercells)) > MOST_SUPERCELLS:
        return []
    return [max(most_filled(prim, one, species) for one in some) for some in supercells]


def rounds(config: Config, crystal: Crystal) -> Problems:
    """Supercells of the search have no more sites than a pattern has bits, and two species each."""
    if config.rounds.max and not crystal.is_binary:
        yield ("rounds.max", f"{config.rounds.max}, but sites hold more than two species, whose "
               "ground states are not searched yet; write 0")  # fmt: skip
        return
    cells, sites = config.rounds.max_cells, len(crystal.prim.active)
    if config.rounds.max and cells * sites > MOST_SITES:
        yield "rounds.max_cells", (f"{cells} cells hold {cells * sites} active sites, more than "
                                   f"the {MOST_SITES} that can be searched; lower it to "
                                   f"{MOST_SITES // sites}")  # fmt: skip


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
    if config.species not in varying_species(crystal.prim):
        return  # refused as the species
    sites = len(crystal.prim.active)
    for ordering in given:
        if len(ordering.occupation) != sites * ordering.cells:
            yield field, (f"{path}, {ordering.id}: {len(ordering.occupation)} sites in "
                          f"{ordering.cells} cells, the crystal has {sites} active sites in "
                          "each; write the file with this crystal")  # fmt: skip
            continue
        try:
            x = float(amounts(crystal.prim, [ordering], [config.species])[0, 0])
        except SiteError as error:
            yield field, f"{path}, {ordering.id}: {error}"
            continue
        if abs(x - ordering.x) > 1e-6:
            yield field, (f"{path}, {ordering.id}: x is {ordering.x:g}, the occupation holds "
                          f"{x:g} {config.species}; correct it")  # fmt: skip


def dft_settings(config: Config, crystal: Crystal) -> Problems:
    """DFT settings can be read, know every element, and have k-points for every supercell."""
    field, name = "dft.settings", config.dft.settings
    if name is None or config.energies.backend == "user":
        return  # nothing is written for VASP; refused elsewhere where it is run
    try:
        settings = load_settings(name)
    except VaspInputError as error:
        yield field, f"{' '.join(str(error).split())}; give scan_u or the path of a YAML file"
        return
    elements = sorted({s for site in crystal.prim.species for s in site} - {VACANCY})
    if missing := [e for e in elements if e not in settings.species]:
        yield field, (f"{settings.source} lacks species {_list(missing)}; add them there, or start "
                      "from a base that has them (MPRelaxSet)")  # fmt: skip
    largest = max(config.orderings.max_cells, config.rounds.max_cells if config.rounds.max else 0)
    sizes = {*range(1, largest + 1), *_more_sizes(config)}
    known = settings.kpoint_divisions
    if known and (missing := sorted(n for n in sizes if n not in known)):
        yield field, (f"{settings.source} has no kpoint_divisions for {_list(missing)} cells; add "
                      "them there, or have no orderings so large")  # fmt: skip


def metal(config: Config, crystal: Crystal) -> Problems:
    """The metal that a model is to relax has a known structure."""
    try:
        if config.energies.computes_metal and config.samples:
            metal_cell(config.species)
    except MetalError as error:
        yield "species", str(error)


def _more_sizes(config: Config) -> set[int]:
    """Cells of the further orderings; a file that cannot be read is refused elsewhere."""
    if config.orderings.more is None:
        return set()
    try:
        return {o.cells for o in read_orderings(config.orderings.more)}
    except (OSError, OrderingError):
        return set()


def _list(values) -> str:
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def of_sampled(check: Callable[[Config, Crystal], Problems]) -> Callable:
    """A check of what is sampled, where anything is and can be."""

    def some(config: Config, crystal: Crystal) -> Problems:
        temperatures = all(r.temperatures_K for r in config.ranges.values())
        if config.samples and crystal.is_binary and temperatures:
            yield from check(config, crystal)

    return some


CRYSTAL_CHECKS: tuple[tuple[set[str], Callable[[Config, Crystal], Problems]], ...] = (
    ({"species", "until"}, species),
    ({"species", "axes"}, axes),
    ({"ranges"}, exclusions),
    ({"orderings", "energies", "rounds"}, charges),
    ({"expansion", "until", "rounds"}, electrostatics),
    ({"orderings", "species", "energies"}, compositions),
    ({"orderings", "species"}, more_orderings),
    ({"rounds"}, rounds),
    ({"dft", "orderings", "energies", "rounds"}, dft_settings),
    ({"energies", "species", "until"}, metal),
    *DESCRIPTOR_CHECKS,
    *ENSEMBLE_CHECKS,
    *(
        (needs | {"until"}, of_sampled(check))
        for needs, check in (
            ({"ranges", "sampling"}, supercell),
            ({"ranges", "species"}, mu_windows),
            ({"ranges", "sampling"}, budget),
        )
    ),
)
