"""Ground states of an expansion among all stackings of primitive cells along one axis.

An enumeration ends at a few cells; ground states of longer period are missed, and a sampled box
finds them unasked. Along one axis they can be found whatever their period: an ordering is a cycle
in the graph whose nodes are the occupations of a layer (of as many cells as interactions reach)
and whose edges carry the energy of a layer beside the next, and the one of least E − μN per
cell is the cycle of least mean. Howard's policy iteration finds it (Cochet-Terrasson et al., IFAC
Proc. 31, 667 (1998)). Found cells repeat in the directions of the other two axes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.expansion import Expansion
from navac.hull import SAME_GROUND_STATE, Hull
from navac.orderings.ewald import build_ewald
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import pack, supercell_symmetry, unpack

MOST_LAYERS = 1 << 12
"""Occupations of a layer; the graph has the square of them as edges."""


class StackingError(NavacError):
    """The layers have too many occupations to be listed."""


@dataclass(frozen=True)
class Stacking:
    """An ordering that changes along one axis only.

    Attributes:
        axis: 0, 1 or 2.
        occupation: ``[site, cell]`` 1 where the first species is.
        energy: eV per primitive cell.
    """

    axis: int
    occupation: np.ndarray
    energy: float

    @property
    def number(self) -> float:
        """Atoms of the first species per primitive cell."""
        return float(self.occupation.sum() / self.occupation.shape[1])

    def ordering(self, prim: Prim, group: SpaceGroup, charges: Mapping[str, float]) -> Ordering:
        """As one that an enumeration could have found."""
        sites, cells = self.occupation.shape
        diagonal = [1, 1, 1]
        diagonal[self.axis] = cells
        supercell = Supercell.diagonal(*diagonal)
        x = self.number / prim.formula_units
        symmetry = supercell_symmetry(prim, group, supercell)
        pattern = symmetry.canonical(pack(1 - self.occupation.reshape(1, -1)))
        images = len(symmetry.permutations) // int(symmetry.stabiliser(pattern)[0][0])
        occupation = unpack(pattern, sites * cells)
        ewald = build_ewald(prim, supercell, charges).energies(occupation)[0]
        return Ordering(
            f"stacking-{'abc'[self.axis]}{cells}-x{x:.3f}", sum(supercell.hnf, ()), x,
            occupation[0], images, round(float(ewald), 8),
        )  # fmt: skip


@dataclass(frozen=True)
class Layers:
    """Energies of layers stacked along an axis.

    Attributes:
        cells: primitive cells in a layer; interactions reach from a layer to the next.
        occupation: ``[layer, site, cell]`` every occupation of a layer.
        energy: ``[layer, next]`` of a layer with its interactions with the next, eV.
    """

    axis: int
    cells: int
    occupation: np.ndarray
    energy: np.ndarray

    @classmethod
    def of(cls, expansion: Expansion, sites: int, axis: int) -> Layers:
        """Every occupation of the layers of a prim with so many active sites.

        Raises:
            StackingError: there are more than :data:`MOST_LAYERS` of them.
        """
        terms = defaultdict(float)
        for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True):
            for cluster in orbit.clusters if eci else ():
                terms[_along(cluster, axis)] += eci
        cells = max((cell for term in terms for _, cell in term), default=0) or 1
        if 2 ** (sites * cells) > MOST_LAYERS:
            raise StackingError(
                f"a layer of {cells} cells of {sites} sites has 2^{sites * cells} occupations; "
                f"stackings of up to {MOST_LAYERS} can be searched"
            )
        number = np.arange(2 ** (sites * cells))
        occupation = (number[:, None] >> np.arange(sites * cells) & 1).reshape(-1, sites, cells)
        sigma = 1.0 - 2 * occupation
        energy = np.full((len(number), len(number)), expansion.constant * cells)
        for term, eci in terms.items():
            for first in range(cells):
                here, there = (np.full(len(number), 1.0) for _ in range(2))
                for site, cell in term:
                    if first + cell < cells:
                        here = here * sigma[:, site, first + cell]
                    else:
                        there = there * sigma[:, site, first + cell - cells]
                energy += eci * np.outer(here, there)
        return cls(axis, cells, occupation, energy)

    def lowest(self, mu: float) -> Stacking:
        """The stacking of least E − μN per cell."""
        numbers = self.occupation.sum(axis=(1, 2))
        cycle = _least_mean_cycle(self.energy - mu * numbers[:, None])
        energy = np.mean(
            [self.energy[a, b] for a, b in zip(cycle, cycle[1:] + cycle[:1], strict=True)]
        )
        occupation = np.concatenate([self.occupation[k] for k in cycle], axis=1)
        return Stacking(self.axis, _primitive(occupation), float(energy) / self.cells)


def ground_state_stackings(
    expansion: Expansion, sites: int, axis: int, bounds: tuple[float, float]
) -> list[Stacking]:
    """The lower convex hull of all stackings along an axis, by rising number of atoms.

    Args:
        sites: active sites of the prim.
        bounds: atoms per primitive cell between which the expansion holds.

    Raises:
        StackingError: as :meth:`Layers.of`.
    """
    layers = Layers.of(expansion, sites, axis)
    number = layers.occupation.sum(axis=(1, 2)) / layers.cells
    inside = (number >= bounds[0] - 1e-9) & (number <= bounds[1] + 1e-9)
    # Beyond the bounds the expansion means nothing: each end is the lowest of its composition
    # among stackings of one layer.
    own = np.where(inside, np.diag(layers.energy) / layers.cells, np.inf)
    ends = []
    for end in (number[inside].min(), number[inside].max()):
        k = int(np.where(np.isclose(number, end), own, np.inf).argmin())
        ends.append(Stacking(axis, _primitive(layers.occupation[k]), float(own[k])))
    return [ends[0], *_between(layers, *ends), ends[1]]


def missed_ground_states(expansion: Expansion, sites: int, hull: Hull) -> list[Stacking]:
    """Stackings along any axis that lie below a hull; equivalent ones once.

    Raises:
        StackingError: as :meth:`Layers.of`.
    """
    fu = hull.formula_units
    bounds = (fu * hull.x[0], fu * hull.x[-1])
    found: dict[tuple[float, float], Stacking] = {}
    for axis in range(3):
        for one in ground_state_stackings(expansion, sites, axis, bounds):
            if hull.above(one.number / fu, one.energy) < -SAME_GROUND_STATE:
                found.setdefault((round(one.number, 6), round(one.energy, 7)), one)
    return list(found.values())


def _between(layers: Layers, low: Stacking, high: Stacking) -> Iterator[Stacking]:
    """The vertices of the hull between two of its points."""
    mu = (high.energy - low.energy) / (high.number - low.number)
    found = layers.lowest(mu)
    gain = low.energy - mu * low.number - (found.energy - mu * found.number)
    if gain > SAME_GROUND_STATE and low.number < found.number < high.number:
        yield from _between(layers, low, found)
        yield found
        yield from _between(layers, found, high)


def _along(cluster: Sequence[tuple[int, int, int, int]], axis: int) -> tuple:
    """Sites and cells along the axis of a cluster, those that coincide twice left out."""
    along = [(site, cell[axis]) for site, *cell in cluster]
    first = min(cell for _, cell in along)
    odd = {place for place in along if along.count(place) % 2}
    return tuple(sorted((site, cell - first) for site, cell in odd))


def _primitive(occupation: np.ndarray) -> np.ndarray:
    """``[site, cell]`` cut to its own period."""
    cells = occupation.shape[1]
    for period in range(1, cells + 1):
        if cells % period == 0 and (np.roll(occupation, period, axis=1) == occupation).all():
            return occupation[:, :period]
    raise AssertionError("an ordering has at least its own period")


def _least_mean_cycle(weight: np.ndarray) -> list[int]:
    """Nodes of the cycle of least mean weight in a complete graph, by policy iteration."""
    successor = weight.argmin(axis=1)
    while True:
        mean, bias = _values(weight, successor)
        # All nodes are reached from all: those of another cycle are led to the best one.
        best = int(mean.argmin())
        if (mean > mean[best] + 1e-12).any():
            successor = np.where(mean > mean[best] + 1e-12, best, successor)
            continue
        worth = weight - mean[best] + bias
        better = worth.min(axis=1) < bias - 1e-11
        if not better.any():
            break
        successor = np.where(better, worth.argmin(axis=1), successor)
    return _cycle(successor, best)


def _values(weight: np.ndarray, successor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[node]`` mean weight of the cycle that a policy ends in, and the excess on the way."""
    mean, bias = np.full(len(successor), np.nan), np.zeros(len(successor))
    for node in range(len(successor)):
        way, at = [], node
        while np.isnan(mean[at]) and at not in way:
            way.append(at)
            at = int(successor[at])
        if np.isnan(mean[at]):
            cycle = way[way.index(at) :]
            mean[at] = np.mean([weight[k, successor[k]] for k in cycle])
        for k in reversed(way):
            if k != at:
                mean[k] = mean[at]
                bias[k] = weight[k, successor[k]] - mean[at] + bias[successor[k]]
    return mean, bias


def _cycle(successor: np.ndarray, node: int) -> list[int]:
    """The cycle that a node is led to."""
    way = [node]
    while (following := int(successor[way[-1]])) not in way:
        way.append(following)
    return way[way.index(following) :]
