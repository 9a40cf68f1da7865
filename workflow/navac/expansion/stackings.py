"""Ground states of an expansion among all stackings of primitive cells along one axis.

An enumeration ends at a few cells and misses ground states of longer period, which a sampled
supercell then finds. Along one axis they can be found whatever their period: an ordering is a
cycle in the graph whose nodes are the occupations of a layer (as many cells thick as interactions
reach) and whose edges carry the energy of a layer beside the next. The ordering of least E − μN
per cell is the cycle of least mean (:mod:`navac.expansion.cycles`). The cell repeats unchanged
along the other two axes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.composition import atoms_per_cell, composition_of
from navac.crystal.prim import Prim
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.clusters import Cluster
from navac.expansion.cycles import least_mean_cycle
from navac.expansion.expansion import Expansion
from navac.hull import SAME_GROUND_STATE, Hull
from navac.orderings.ewald import build_ewald
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import pack, supercell_symmetry, unpack

MOST_LAYERS = 1 << 12
"""Most occupations of a layer; the graph has the square of this as edges."""


Term = tuple[tuple[int, int], ...]
"""A product of σ over sites (active sublattice, cell along the axis)."""


class StackingError(NavacError):
    """The layers have too many occupations to be searched."""


@dataclass(frozen=True)
class Stacking:
    """An ordering that changes along one axis only.

    Attributes:
        axis: 0, 1 or 2.
        occupation: ``[site, cell]`` int8 index of the species in the prim's list.
        energy: eV per primitive cell.
    """

    axis: int
    occupation: np.ndarray
    energy: float

    @property
    def number(self) -> float:
        """Atoms of the first species per primitive cell."""
        return float((self.occupation == 0).sum() / self.occupation.shape[1])

    def ordering(self, prim: Prim, group: SpaceGroup, charges: Mapping[str, float]) -> Ordering:
        """The stacking in the form that an enumeration gives its orderings."""
        sites, cells = self.occupation.shape
        diagonal = [1, 1, 1]
        diagonal[self.axis] = cells
        supercell = Supercell.diagonal(*diagonal)
        x = composition_of(self.number, prim.formula_units)
        symmetry = supercell_symmetry(prim, group, supercell)
        pattern = symmetry.canonical(pack(self.occupation.reshape(1, -1)))
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
        axis: 0, 1 or 2.
        cells: primitive cells in a layer; interactions reach from a layer to the next.
        occupation: ``[layer, site, cell]`` int8, every occupation of a layer, as species indices.
        energy: ``[layer, next]`` of a layer with its interactions with the next, eV.
    """

    axis: int
    cells: int
    occupation: np.ndarray
    energy: np.ndarray

    @classmethod
    def of(cls, expansion: Expansion, sites: int, axis: int) -> Layers:
        """Every occupation of the layers of a prim with ``sites`` active sites.

        Raises:
            StackingError: there are more than :data:`MOST_LAYERS` of them.
        """
        expansion.require_spin("a search of stackings")
        terms: dict[Term, float] = defaultdict(float)
        for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True):
            for cluster in orbit.clusters if eci else ():
                terms[_along(cluster, axis)] += eci
        cells = max((cell for term in terms for _, cell in term), default=0) or 1
        if 2 ** (sites * cells) > MOST_LAYERS:
            raise StackingError(
                f"a layer of {cells} cells of {sites} sites has 2^{sites * cells} occupations; "
                f"stackings of up to {MOST_LAYERS} can be searched"
            )
        layer = np.arange(2 ** (sites * cells))
        # A set bit of a layer's number is the first species, index 0.
        held = (layer[:, None] >> np.arange(sites * cells) & 1).reshape(-1, sites, cells)
        occupation = (1 - held).astype(np.int8)
        sigma = spins(occupation).astype(float)
        energy = np.full((len(layer), len(layer)), expansion.constant * cells)
        for term, eci in terms.items():
            for first in range(cells):
                here, there = (np.full(len(layer), 1.0) for _ in range(2))
                for site, cell in term:
                    if first + cell < cells:
                        here = here * sigma[:, site, first + cell]
                    else:
                        there = there * sigma[:, site, first + cell - cells]
                energy += eci * np.outer(here, there)
        return cls(axis, cells, occupation, energy)

    @property
    def atoms(self) -> np.ndarray:
        """``[layer]`` atoms of the first species."""
        return (self.occupation == 0).sum(axis=(1, 2))

    def lowest(self, mu: float) -> Stacking:
        """The stacking of least E − μN per cell."""
        cycle = least_mean_cycle(self.energy - mu * self.atoms[:, None])
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
    number = layers.atoms / layers.cells
    inside = (number >= bounds[0] - 1e-9) & (number <= bounds[1] + 1e-9)
    # Beyond the bounds the expansion is not valid: each end is the lowest of its composition
    # among stackings of one layer.
    own = np.where(inside, np.diag(layers.energy) / layers.cells, np.inf)
    ends = []
    for end in (number[inside].min(), number[inside].max()):
        k = int(np.where(np.isclose(number, end), own, np.inf).argmin())
        ends.append(Stacking(axis, _primitive(layers.occupation[k]), float(own[k])))
    return [ends[0], *_between(layers, *ends), ends[1]]


def missed_ground_states(expansion: Expansion, sites: int, hull: Hull) -> list[Stacking]:
    """Stackings along any axis that lie below a hull; of equivalent ones, the first.

    Raises:
        StackingError: as :meth:`Layers.of`.
    """
    fu = hull.formula_units
    bounds = (atoms_per_cell(float(hull.x[0]), fu), atoms_per_cell(float(hull.x[-1]), fu))
    found: dict[tuple[float, float], Stacking] = {}
    for axis in range(3):
        for one in ground_state_stackings(expansion, sites, axis, bounds):
            if hull.above(composition_of(one.number, fu), one.energy) < -SAME_GROUND_STATE:
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


def _along(cluster: Cluster, axis: int) -> Term:
    """Sites and cells along the axis of a cluster, without those that coincide: σ² is 1."""
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
