"""Short-range order by Warren–Cowley parameters, one per shell of pairs and pair of species.

α_ij = 1 − p_ij / (c_i c_j), where p_ij is the share of the pairs of a shell that hold the species i
and j, and c the share of sites that hold a species: negative where unlike species attract (Cowley,
Phys. Rev. 77, 669 (1950)). Pairs are those of a bare orbit, so that a shell may join sublattices
that hold different species.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.crystal.sites import SiteSpace, checked
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import ClusterError, Orbit


@dataclass(frozen=True)
class ShortRangeOrder:
    """The order of one shell of pairs.

    Attributes:
        length: of the pairs, Å.
        species: those of the first and of the second site.
        pairs: ``[ordering, first, second]`` share of pairs.
        alpha: ``[ordering, first, second]`` Warren–Cowley parameters; NaN where the sites hold
            none of a species.
        random: ``[ordering, first, second]`` mean of ``alpha`` when the atoms of the ordering are
            dealt out anew at random. It is not 0: a site that an atom leaves is one the fewer
            for others of its kind.
    """

    length: float
    species: tuple[tuple[str, ...], tuple[str, ...]]
    pairs: np.ndarray
    alpha: np.ndarray
    random: np.ndarray


def warren_cowley(
    orbit: Orbit,
    spaces: Sequence[SiteSpace],
    supercell: Supercell,
    occupation: np.ndarray,
    labels: Sequence[str] = (),
) -> ShortRangeOrder:
    """Short-range order of orderings of one supercell, or of samples of it.

    Args:
        orbit: of bare pairs, as :func:`navac.expansion.clusters.enumerate_orbits` lists them.
        spaces: ``[sublattice]`` species of the active sites.
        occupation: ``[ordering, site]`` codes.
        labels: ``[sublattice]`` such as :attr:`navac.crystal.prim.Prim.active_labels`. In pairs of
            one label neither site is the first, and concentrations are those of all these sites.
            Without labels this holds for pairs that share sites.

    Raises:
        ClusterError: the orbit is not one of pairs.
        SiteError: a code that the site has no species for.
    """
    if orbit.order != 2:
        raise ClusterError(f"short-range order is that of pairs, not of {orbit.order} sites")
    occupation = checked(occupation, np.repeat([len(s) for s in spaces], supercell.size))
    first, second = _oriented(orbit, spaces, supercell)
    species = tuple(spaces[int(side[0] // supercell.size)].species for side in (first, second))
    sides = [set(np.unique(side // supercell.size).tolist()) for side in (first, second)]
    kinds = [{labels[s] for s in side} for side in sides if labels]
    alike = bool(sides[0] & sides[1]) or (len(kinds) == 2 and kinds[0] == kinds[1])
    counts = _joint(occupation, first, second, (len(species[0]), len(species[1])))
    return order_of_counts(
        counts, length=orbit.max_length, species=(species[0], species[1]),
        dealt_over=len(sides[0] | sides[1]) * supercell.size if alike else None,
        own=float(np.mean(first == second)),
    )  # fmt: skip


def order_of_counts(
    counts: np.ndarray,
    *,
    length: float,
    species: tuple[tuple[str, ...], tuple[str, ...]],
    dealt_over: int | None = None,
    own: float = 0.0,
) -> ShortRangeOrder:
    """Short-range order from numbers of pairs, such as a sampler adds up.

    Args:
        counts: ``[sample, first, second]`` numbers or shares of the pairs of a shell that hold a
            species on the first and another on the second site.
        length: of the pairs, Å.
        species: those of the first and of the second site.
        dealt_over: number of the sites that both ends of the pairs belong to, where neither end
            is the first; None where the ends are on different sites.
        own: share of pairs that join a site with its own image in a small supercell.
    """
    pairs = counts / np.sum(counts, axis=(1, 2), keepdims=True)
    if dealt_over is not None:  # which of the two sites comes first has no meaning
        pairs = (pairs + pairs.swapaxes(1, 2)) / 2
    product = pairs.sum(axis=2)[:, :, None] * pairs.sum(axis=1)[:, None, :]
    dealt = product if dealt_over is None else _dealt(pairs, dealt_over, own)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = 1 - pairs / product
        random = 1 - dealt / product
    return ShortRangeOrder(length, species, pairs, alpha, random)


def _oriented(
    orbit: Orbit, spaces: Sequence[SiteSpace], supercell: Supercell
) -> tuple[np.ndarray, np.ndarray]:
    """``[pair]`` the two sites of every pair in the supercell, those of one species list first."""
    kind = spaces[orbit.prototype[0][0]].species
    sides = []
    for cluster in orbit.clusters:
        ordered = cluster if spaces[cluster[0][0]].species == kind else cluster[::-1]
        at = np.array(ordered)[:, None, :]
        sides.append(supercell.site(at[..., 0], supercell.cells + at[..., 1:]))
    first, second = np.array(sides).swapaxes(0, 1).reshape(2, -1)
    return first, second


def _joint(
    occupation: np.ndarray, first: np.ndarray, second: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """``[ordering, first, second]`` share of pairs."""
    states, cells = len(occupation), shape[0] * shape[1]
    # One number for each state and pair of codes, so that one pass counts them all.
    both = np.arange(states)[:, None] * cells + occupation[:, first].astype(np.int64) * shape[1]
    both += occupation[:, second]
    found = np.bincount(both.ravel(), minlength=states * cells).reshape(states, *shape)
    return found / len(first)


def _dealt(pairs: np.ndarray, sites: int, own: float) -> np.ndarray:
    """Mean share of pairs if the atoms of ``sites`` sites are dealt out at random.

    Args:
        own: share of pairs that join a site with its own image in a small supercell.
    """
    share = pairs.sum(axis=2)
    same = share[:, :, None] * np.eye(share.shape[1])
    other = (sites * share[:, :, None] * share[:, None, :] - same) / max(1, sites - 1)
    return own * same + (1 - own) * other
