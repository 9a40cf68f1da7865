"""Enumerate the symmetry-distinct orderings."""

import hashlib
import json
import shutil
from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.sites import site_spaces
from navac.crystal.symmetry import read_crystal
from navac.expansion.correlations import correlation_matrix
from navac.expansion.functions import candidate_functions
from navac.expansion.special import special_orderings
from navac.fit.design import optimal_choice
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.exclusions import allowed_only
from navac.orderings.groups import site_groups
from navac.orderings.kept import KeptOrderings
from navac.orderings.mixtures import Drawing, enumerate_mixtures
from navac.orderings.ordering import read_orderings, write_orderings
from navac.orderings.rooms import counts_by_size, rooms
from navac.orderings.symmetry import without_equivalents
from navac.orderings.wanted import counted_alone, wanted_of


def seek_special(prim, group, cutoffs, number):
    """What finds special quasi-random orderings of a supercell at a composition."""
    orbits, spaces = candidate_functions(prim, group, cutoffs)
    groups = site_groups(prim)
    spaces = spaces or site_spaces(prim.species)

    def seek(supercell, counts, rng):
        # The best may be images of each other.
        some, _ = special_orderings(
            orbits, spaces, supercell, groups, counts, number=8 * number, rng=rng
        )
        return some

    return seek


def most_telling(prim, group, found, settings):
    """The orderings whose energies tell most, those that are always kept among them."""
    orbits, spaces = candidate_functions(prim, group, settings.cutoffs_A)
    known = [k for k, one in enumerate(found) if one.cells <= settings.always_keep_cells]
    averages = correlation_matrix(orbits, found, spaces)
    number = max(0, settings.total - len(known))
    rows = optimal_choice(averages, number, criterion=settings.choice, known=known)
    return [found[k] for k in sorted([*known, *rows.tolist()])]


def enumerated(job: Job, prim, group):
    """The orderings of the campaign by enumeration, and by draws where these are too many."""
    settings, species = job.settings.orderings, job.settings.species
    limits = {
        "max_per_composition": settings.max_per_composition,
        "random_share": settings.random_share,
        "total": settings.total if settings.choice == "spread" else None,
        "always_keep_cells": settings.always_keep_cells,
        "seed": job.settings.seed,
        "progress": job.progress,
    }
    if counted_alone(prim, species, settings.amounts, settings.charges):
        return enumerate_orderings(
            prim, group, max_cells=settings.max_cells, compositions=settings.compositions,
            species=species, charges=settings.charges, **limits,
        )  # fmt: skip
    wanted = wanted_of(species, settings.compositions, settings.amounts, settings.charges)
    drawn, seek = settings.drawn, None
    if drawn.special:
        seek = seek_special(prim, group, settings.cutoffs_A, drawn.special)
    drawing = Drawing(
        beyond=drawn.beyond, random=drawn.random, low_energy=drawn.low_energy,
        special=drawn.special, seek=seek,
    )  # fmt: skip
    places = rooms(prim, group, wanted, settings.max_cells, drawing.beyond)
    for line in counts_by_size(places):
        job.say(line)
    return enumerate_mixtures(
        prim, group, places, species=species, drawing=drawing, kept=kept_orderings(job), **limits
    )


def kept_orderings(job: Job) -> KeptOrderings | None:
    """Where drawn orderings are kept until all are there; a test may have no such place."""
    folder = getattr(job.params, "drawn", None)
    if folder is None:
        return None
    made = job.provenance
    depends = json.dumps([made.settings, made.code, made.inputs], sort_keys=True)
    return KeptOrderings(Path(folder), hashlib.sha256(depends.encode()).hexdigest())


def main(job: Job) -> None:
    """Write the orderings of the campaign."""
    settings = job.settings.orderings
    prim, group = read_crystal(job.input.prim)
    found = enumerated(job, prim, group)
    if settings.choice != "spread":
        pool = len(found)
        found = most_telling(prim, group, found, settings)
        job.say(f"{len(found)} of {pool} orderings chosen ({settings.choice})")
    if job.input.more:
        more, broken = allowed_only(prim, read_orderings(job.input.more))
        for one in broken:
            job.say(f"WARNING: {one.id} of {settings.more} is left out: it fills sites that "
                    "prim.exclusions keeps apart")  # fmt: skip
        new = without_equivalents(prim, group, more, found)
        job.say(f"{len(new)} further orderings from {settings.more}; its other "
                f"{len(more) - len(new)} are enumerated already, or repeated in it")  # fmt: skip
        found += new
    write_orderings(job.output.orderings, found)
    if kept := kept_orderings(job):
        shutil.rmtree(kept.folder, ignore_errors=True)
    job.say(f"{len(found)} orderings of up to {max(o.cells for o in found)} cells")


if "snakemake" in globals():
    run(main, snakemake)
