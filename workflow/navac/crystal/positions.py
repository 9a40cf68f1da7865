"""Positions that are one site: images that rounding sets apart, and sites split by a refinement.

A CIF with 0.333 for 1/3 generates three atoms some 0.003 Å apart where there is one. A
refinement may put a disordered atom on several partly filled positions around a site.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import numpy as np
from pymatgen.core import Composition, PeriodicSite, Structure

from navac.crystal.prim import MIN_DISTANCE_A, PrimError

ROUNDING_A = 0.1
"""Images of one atom of a CIF closer than this, Å, are one position that was rounded. A
coordinate of two decimals in a cell of 10 Å moves images apart by as much; positions of a real
disorder that X-rays resolve are farther apart."""
ROUNDING_FULL_A = 0.2
"""The same where the images would fill the site more than once, and so are certainly one, Å."""

TOLERANCE_A = 1e-3
"""Coordinates in files are rounded: a distance may fall short of a limit by this, Å."""


def merged_positions(
    path: Path, structure: Structure, *, images: bool
) -> tuple[Structure, list[str]]:
    """The crystal with one site where several positions cannot be filled together.

    Positions of one species set are merged onto their centre, in two cases: images of one atom
    that lie within :data:`ROUNDING_A`; and positions whose occupancies add up to one at most.

    Args:
        images: sites of one label are images of one atom by symmetry, as a CIF lists them.

    Returns:
        the crystal, and a sentence per kind of merging.

    Raises:
        PrimError: other positions are closer than ``MIN_DISTANCE_A``: with both and their distance.
    """
    groups = _close_groups(structure, MIN_DISTANCE_A)
    drop: set[int] = set()
    new: dict[int, PeriodicSite] = {}
    said: dict[tuple[str, str], list[float]] = {}
    for group in groups:
        site, how, moved = _one_site(path, structure, group, images)
        new[group[0]] = site
        drop |= set(group[1:])
        said.setdefault((site.label, how), []).append(moved)
    sites = [new.get(i, site) for i, site in enumerate(structure) if i not in drop]
    if not groups:
        return structure, []
    notes = [f"{label}: {how} ({len(moved)} sites, moved by up to {max(moved):.3f} Å)"
             for (label, how), moved in said.items()]  # fmt: skip
    return Structure.from_sites(sites), notes


def close_pairs(structure: Structure, limit: float) -> list[tuple[int, int, float]]:
    """Pairs of sites closer than a limit: both indices and the distance, Å, closest first."""
    distances = structure.distance_matrix
    first, second = np.nonzero(np.triu(distances < limit, k=1))
    pairs = [(int(i), int(j), float(distances[i, j])) for i, j in zip(first, second, strict=True)]
    return sorted(pairs, key=lambda pair: pair[2])


def close_atoms(structure: Structure, limit: float) -> str:
    """The two atoms that are closest, if they are closer than a limit, Å; otherwise empty."""
    close = close_pairs(structure, limit - TOLERANCE_A)
    if not close:
        return ""
    i, j, distance = close[0]
    one, other = (f"{structure[k].species_string} at {_place(structure[k])}" for k in (i, j))
    return f"{one} and {other}, {distance:.3f} Å"


def _close_groups(structure: Structure, limit: float) -> list[list[int]]:
    """Sites connected by distances below a limit, in groups of two at least."""
    graph = nx.Graph([(i, j) for i, j, _ in close_pairs(structure, limit)])
    return sorted(sorted(group) for group in nx.connected_components(graph))


def _one_site(
    path: Path, structure: Structure, group: Sequence[int], images: bool
) -> tuple[PeriodicSite, str, float]:
    """The one site of a group, how it came about, and how far its positions were moved, Å."""
    sites = [structure[i] for i in group]
    spread = max(a.distance(b) for a in sites for b in sites)
    one_atom = images and len({site.label for site in sites}) == 1
    one_kind = len({site.species for site in sites}) == 1
    elements = {frozenset(site.species.elements) for site in sites}
    total = sum((site.species for site in sites), Composition())
    occupancy = sum(total.values())
    rounding = ROUNDING_FULL_A if occupancy > 1.05 else ROUNDING_A
    if one_atom and one_kind and spread < rounding:
        how = f"rounded coordinates put onto their symmetry position, {len(group)} images each"
        species = sites[0].species
    elif len(elements) == 1 and occupancy < 1.05 and spread < MIN_DISTANCE_A:
        how = (f"{len(group)} positions up to {spread:.2f} Å apart, filled {occupancy:.2f} "
               "together, are taken as one site")  # fmt: skip
        species = total / max(occupancy, 1.0)
    else:
        raise _too_close(path, structure, group, images, occupancy)
    weights = np.array([sum(site.species.values()) for site in sites])
    near = np.array([sites[0].frac_coords + _shortest(sites[0], site) for site in sites])
    centre = weights @ near / weights.sum()
    site = PeriodicSite(species, inside(centre), structure.lattice, label=sites[0].label)
    return site, how, max(site.distance(old) for old in sites)


def inside(frac: np.ndarray) -> np.ndarray:
    """Fractional coordinates in [0, 1), those just below 1 at 0."""
    wrapped = np.mod(frac, 1.0)
    return np.where(wrapped > 1 - 1e-10, 0.0, wrapped)


def _shortest(one: PeriodicSite, other: PeriodicSite) -> np.ndarray:
    """Fractional vector to the nearest image of another site."""
    _, image = one.distance_and_image(other)
    return other.frac_coords + image - one.frac_coords


def _too_close(
    path: Path, structure: Structure, group: Sequence[int], images: bool, occupancy: float
) -> PrimError:
    pairs = [(structure[i].distance(structure[j]), i, j) for i in group for j in group if i < j]
    distance, i, j = min(pairs)
    names = " and ".join(_named(structure[k], k) for k in (i, j))
    if distance < 0.01 and not images:
        fix = "an atom is there twice; remove one"
    elif occupancy > 1.05 and images and len({structure[k].label for k in group}) == 1:
        fix = (f"they are images of one atom by the symmetry of the file, filled {occupancy:.2f} "
               "together; give its symmetry position with more digits, lower its occupancy, or "
               "correct the symmetry operations (perhaps they have another origin)")  # fmt: skip
    elif occupancy > 1.05:
        fix = (f"they are filled {occupancy:.2f} together, and cannot be at once; remove one, or "
               "give occupancies that add up to 1")  # fmt: skip
    else:
        fix = ("they are one site that a refinement split; replace them by one site with both "
               "species and the sum of their occupancies")  # fmt: skip
    return PrimError(f"{path}: {names} are {distance:.3f} Å apart: {fix}")


def _named(site: PeriodicSite, index: int) -> str:
    return f"{site.label} (site {index}, {site.species_string} at {_place(site)})"


def _place(site: PeriodicSite) -> str:
    return " ".join(f"{value:.4f}" for value in site.frac_coords)
