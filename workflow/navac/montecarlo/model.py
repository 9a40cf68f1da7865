"""The expansion as site fields on a supercell, with the colouring that lets sites move at once.

For a binary site the field is h(i) = Σ over clusters through i of J × Π σ(other sites);
flipping site i changes the energy by −2 σ(i) h(i). Interactions are rounded to whole *quanta*
(about 1e-7 eV), few enough that every field is exact in single precision: energies that are
added up flip by flip stay exact, whatever the device and the order of additions.

The supercell is a periodic array of identical *blocks* of a few primitive cells. No site
interacts with its own images in other blocks, so the sites at one place of all blocks have one
colour and may move at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from navac import NavacError
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Cluster
from navac.expansion.expansion import Expansion

LARGEST_FIELD = 2**23
"""Quanta. Single precision holds integers up to 2²⁴ exactly."""


class ColouringError(NavacError):
    """The supercell cannot be updated a colour at a time."""


@dataclass(frozen=True)
class Environment:
    """How a site interacts; sites that are equivalent by symmetry share one.

    Attributes:
        point: point interaction, quanta.
        terms: per orbit, the interaction per cluster in quanta, and the other sites of each
            cluster as positions in the list of neighbours.
        neighbours: how many neighbours there are.
    """

    point: int
    terms: tuple[tuple[int, tuple[tuple[int, ...], ...]], ...]
    neighbours: int


@dataclass(frozen=True)
class LatticeModel:
    """A cluster expansion prepared for sampling one supercell.

    Attributes:
        expansion: the interactions, rounded to quanta.
        supercell: the supercell, periodic.
        block: the repeated block.
        quantum: unit of the interactions, eV; a power of two.
        environments: the distinct environments.
        environment: ``[sublattice]`` which of them each sublattice has.
        neighbours: per sublattice, ``[neighbour, 4]`` sublattice and cell offset of its
            neighbours, in the order of its environment.
    """

    expansion: Expansion
    supercell: Supercell
    block: Supercell
    quantum: float
    environments: tuple[Environment, ...]
    environment: tuple[int, ...]
    neighbours: tuple[np.ndarray, ...]

    @property
    def n_sublattices(self) -> int:
        """Number of active sites of the primitive cell."""
        return len(self.neighbours)

    @property
    def n_sites(self) -> int:
        """Active sites in the supercell."""
        return self.n_sublattices * self.supercell.size

    @property
    def n_colours(self) -> int:
        """Number of colours."""
        return self.n_sublattices * self.block.size


def lattice_model(expansion: Expansion, supercell: Supercell) -> LatticeModel:
    """Prepare an expansion for sampling a supercell.

    Raises:
        ColouringError: the supercell is too small or not commensurate with any colouring.
        ExpansionError: a site is not binary.
    """
    expansion.require_spin("the sampler")
    quantum = _quantum(clusters_through(expansion), expansion)
    rounded = replace(expansion, eci=np.round(expansion.eci / quantum) * quantum)
    through = clusters_through(rounded)
    environments: list[Environment] = []
    environment: list[int] = []
    neighbours: list[np.ndarray] = []
    for clusters in through:
        own, near = _environment(rounded, clusters, quantum)
        for k, known in enumerate(environments):
            if (order := _same(known, own)) is not None:
                environment.append(k)
                neighbours.append(near[order])
                break
        else:
            environment.append(len(environments))
            environments.append(own)
            neighbours.append(near)
    block = smallest_block(through, supercell)
    return LatticeModel(rounded, supercell, block, quantum, tuple(environments),
                        tuple(environment), tuple(neighbours))  # fmt: skip


def clusters_through(expansion: Expansion) -> list[list[tuple[int, Cluster]]]:
    """Per sublattice, (orbit position, other sites) of each interacting cluster through it.

    Clusters are shifted so that the site itself is in the home cell.
    """
    n_sublattices = 1 + max(s for o in expansion.orbits for c in o.clusters for s, *_ in c)
    through: list[list[tuple[int, Cluster]]] = [[] for _ in range(n_sublattices)]
    for position in np.flatnonzero(expansion.eci):
        for cluster in expansion.orbits[position].clusters:
            for k, (s, a, b, c) in enumerate(cluster):
                others = tuple(
                    (t, int(d - a), int(e - b), int(f - c))
                    for m, (t, d, e, f) in enumerate(cluster)
                    if m != k
                )
                through[s].append((int(position), others))
    return through


def _quantum(through, expansion: Expansion) -> float:
    """The smallest power of two, eV, in which no field exceeds :data:`LARGEST_FIELD`."""
    largest = max(sum(abs(expansion.eci[p]) for p, _ in clusters) for clusters in through)
    return 2.0 ** math.ceil(math.log2(largest / LARGEST_FIELD)) if largest else 1.0


def _environment(expansion, clusters, quantum) -> tuple[Environment, np.ndarray]:
    """The environment that some clusters make, and the ``[neighbour, 4]`` sites in it."""
    near = sorted({site for _, others in clusters for site in others})
    place = {site: k for k, site in enumerate(near)}
    point = 0
    terms: dict[int, list[tuple[int, ...]]] = {}
    for position, others in clusters:
        if others:
            terms.setdefault(position, []).append(tuple(place[site] for site in others))
        else:
            point += round(expansion.eci[position] / quantum)
    eci = {p: round(expansion.eci[p] / quantum) for p in terms}
    environment = Environment(point, tuple((eci[p], tuple(c)) for p, c in terms.items()), len(near))
    return environment, np.array(near, int).reshape(-1, 4)


def _graph(environment: Environment) -> nx.Graph:
    """Neighbours and clusters as the two kinds of nodes of a graph."""
    graph = nx.Graph()
    graph.add_nodes_from(range(environment.neighbours), label=None)
    for t, (eci, clusters) in enumerate(environment.terms):
        for c, cluster in enumerate(clusters):
            graph.add_node((t, c), label=eci)
            graph.add_edges_from(((t, c), site) for site in cluster)
    return graph


def _same(known: Environment, own: Environment) -> list[int] | None:
    """For each neighbour of ``known`` the corresponding one of ``own``; None if they differ."""
    if (known.point, known.neighbours) != (own.point, own.neighbours):
        return None
    if not known.neighbours:
        return []
    match = nx.vf2pp_isomorphism(_graph(known), _graph(own), node_label="label")
    return None if match is None else [match[k] for k in range(known.neighbours)]


def smallest_block(through: list[list[tuple[int, Cluster]]], supercell: Supercell) -> Supercell:
    """The smallest block that tiles the supercell and in which no site meets its own image.

    Args:
        through: see :func:`clusters_through`.

    Raises:
        ColouringError: there is none.
    """
    images = {
        (a, b, c)
        for s, clusters in enumerate(through)
        for _, others in clusters
        for t, a, b, c in others
        if t == s
    }
    return next(possible_blocks(np.array(sorted(images), int), supercell))


def possible_blocks(images: np.ndarray, supercell: Supercell) -> Iterator[Supercell]:
    """The blocks that tile the supercell and in which no site meets its own image, by size.

    Args:
        images: ``[neighbour, 3]`` cells in which sites have neighbours of their own sublattice.

    Raises:
        ColouringError: there is none.
    """
    diag = supercell.diag
    if np.count_nonzero(np.array(supercell.hnf) - np.diag(diag)):
        raise ColouringError("sampling supercells are diagonal: give three numbers of cells")
    own = images.reshape(-1, 3)
    divisors = [[d for d in range(1, n + 1) if n % d == 0] for n in diag]
    shapes = [(a, b, c) for a in divisors[0] for b in divisors[1] for c in divisors[2]]
    free = [s for s in shapes if not (own % s == 0).all(axis=1).any()]
    if not free:
        raise ColouringError(
            f"in a supercell of {diag[0]} × {diag[1]} × {diag[2]} cells sites interact with their "
            "own images; choose lengths beyond the longest interaction, best multiples of 2 or 3"
        )
    for shape in sorted(free, key=lambda d: (np.prod(d), d)):
        yield Supercell.diagonal(*shape)
