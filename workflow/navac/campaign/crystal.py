"""The crystal that a configuration names, and its interactions, as far as they can be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import TYPE_CHECKING, NamedTuple

from navac.crystal.advice import cell_problem, formula_problem
from navac.crystal.decoration import read_prim_and_notes
from navac.crystal.prim import Prim, PrimError
from navac.crystal.sites import VACANCY
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import Orbit
from navac.expansion.counting import clusters_about
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.foreign.read import import_expansion
from navac.expansion.foreign.terms import InterchangeError
from navac.expansion.functions import candidate_functions

if TYPE_CHECKING:
    from navac.config.campaign import Config
Problems = Iterator[tuple[str, str]]
"""(field, what is wrong; fix)."""


MOST_CLUSTERS = 20_000
"""Per primitive cell. Each takes about a millisecond in every check; a fit has hundreds."""
MANY_CLUSTERS = 2_000
"""So many take seconds to list, which is said."""


class Crystal(NamedTuple):
    """What the crystal and the tables of a configuration give."""

    prim: Prim
    orbits: tuple[Orbit, ...] | None
    published: dict[str, Expansion]
    imported: dict[str, Expansion]

    @property
    def is_binary(self) -> bool:
        """Whether no active site may hold more than two species."""
        return all(len(self.prim.species[site]) == 2 for site in self.prim.active)


def read_configured(config: Config) -> tuple[Prim, tuple[str, ...]]:
    """The prim that a configuration names, and what was decided about its file.

    Raises:
        PrimError: as :func:`~navac.crystal.decoration.read_prim_and_notes`.
    """
    section = config.prim
    return read_prim_and_notes(
        section.file,
        [s.model_dump(exclude_none=True) for s in section.sites],
        section.formula_units,
        species=getattr(config, "species", None),
        min_distance=section.min_distance_A,
        exclusions=[e.model_dump(exclude_none=True) for e in section.exclusions],
    )


def read_crystal(config: Config, expansion: bool) -> tuple[Crystal | None, list[tuple[str, str]]]:
    """Read the crystal, the published tables and other codes' files, as far as they can be read."""
    section = config.prim
    if not section.file.is_file():
        return None, [("prim.file", f"{section.file} does not exist; give a path from the folder "
                       "of the Snakefile")]  # fmt: skip
    try:
        prim, _ = read_configured(config)
    except PrimError as error:
        return None, [("prim", str(error))]
    if not len(prim.active):
        return None, [("prim.sites", "no site may hold more than one species; add an entry with "
                       f"species: [{getattr(config, 'species', 'Li')}, {VACANCY}]")]  # fmt: skip
    if problem := formula_problem(prim):
        return Crystal(prim, None, {}, {}), [("prim.formula_units", problem)]
    try:
        if problem := cell_problem(prim, section.symmetry_tolerance_A):
            return Crystal(prim, None, {}, {}), [("prim.file", problem)]
        if not expansion:
            return Crystal(prim, None, {}, {}), []
        group = find_space_group(prim, section.symmetry_tolerance_A)
    except PrimError as error:
        return Crystal(prim, None, {}, {}), [("prim.symmetry_tolerance_A", str(error))]
    if problems := list(_too_many_clusters(prim, config.expansion.cutoffs_A)):
        return Crystal(prim, None, {}, {}), problems
    fit = config.expansion
    orbits, spaces = candidate_functions(prim, group, fit.cutoffs_A, fit.basis)
    published, imported, problems = {}, {}, []
    for name, settings in vars(config).get("ranges", {}).items():
        path = settings.published_eci
        if path is not None and path.is_file():
            try:
                published[name] = read_eci_table(path, orbits, spaces)
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


def _too_many_clusters(prim: Prim, cutoffs: Mapping[int, float]) -> Problems:
    """Whether the clusters within the cutoffs can be listed; says it where that takes a while."""
    counts = clusters_about(prim, cutoffs)
    total = sum(counts.values())
    if total > MOST_CLUSTERS:
        order = max(counts, key=lambda n: counts[n])
        yield (f"expansion.cutoffs_A.{order}", f"{cutoffs[order]:g} Å gives about "
               f"{counts[order]:.2g} clusters of {order} sites per primitive cell, and "
               f"{MOST_CLUSTERS} of all sizes are the most; shorten it")  # fmt: skip
    elif total > MANY_CLUSTERS:
        print(f"Checking the configuration: listing about {total:.2g} clusters", file=sys.stderr)
