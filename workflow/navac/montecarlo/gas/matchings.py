"""Pairs of sites that move together: from colours that share no cluster.

Two sites that share no cluster have additive costs, and all pairs of sites of two *independent*
colours may be tried at once. A step joins every site of one colour with the site of another that
is so many blocks away. Whether a sequence of steps can carry an atom from any site to any other
is checked: the graph whose edges are the pairs must be connected. Since the product of the
transpositions along a path is any permutation, every arrangement is then within reach.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from navac.crystal.supercell import Supercell
from navac.montecarlo.gas.moves import EnsembleError

Colour = tuple[int, int]
"""Sublattice, and index of the cell in the block."""

MOST_ROUNDS = 12
"""Rounds of steps in a sweep, of which each tries about every site once."""


@dataclass(frozen=True)
class Step:
    """All pairs of sites of two colours, so many blocks apart.

    Attributes:
        first, second: the colours.
        blocks: from the first to the second, blocks along each axis.
    """

    first: Colour
    second: Colour
    blocks: tuple[int, int, int]


@dataclass(frozen=True)
class Colours:
    """The colours of a supercell of blocks, and which of them interact.

    Attributes:
        supercell: the supercell.
        block: the repeated block.
        neighbours: per sublattice, ``[neighbour, 4]`` sublattice and cell offset.
    """

    supercell: Supercell
    block: Supercell
    neighbours: Sequence[np.ndarray]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Blocks along each axis."""
        a, b, c = (n // m for n, m in zip(self.supercell.diag, self.block.diag, strict=True))
        return a, b, c

    def of(self, sublattices: Sequence[int]) -> list[Colour]:
        """The colours of some sublattices."""
        return [(s, cell) for s in sublattices for cell in range(self.block.size)]

    def interacting(self) -> set[tuple[Colour, Colour]]:
        """Pairs of colours some of whose sites share a cluster, both ways, and each with itself.

        A colour does not interact with itself, but a site is no partner of its own.
        """
        found = set()
        for s, near in enumerate(self.neighbours):
            for index, cell in enumerate(self.block.cells):
                others = self.block.wrap(near[:, 1:] + cell)
                pairs = {
                    ((s, index), (int(t), int(c))) for t, c in zip(near[:, 0], others, strict=True)
                }
                found |= pairs | {(b, a) for a, b in pairs} | {((s, index), (s, index))}
        return found

    def independent(self, first: Sequence[int], second: Sequence[int]) -> nx.Graph:
        """The colours of some sublattices, joined where they are independent.

        Nodes are (side, colour): side 1 for ``second`` where it differs from ``first``.
        """
        graph, meet = nx.Graph(), self.interacting()
        side = int(set(first) != set(second))
        graph.add_nodes_from((0, c) for c in self.of(first))
        graph.add_nodes_from((side, d) for d in self.of(second))
        graph.add_edges_from(
            ((0, c), (side, d)) for c in self.of(first) for d in self.of(second)
            if (c, d) not in meet
        )  # fmt: skip
        return graph

    def allow(self, first: Sequence[int], second: Sequence[int]) -> bool:
        """Whether steps between some sublattices can connect all of their sites."""
        graph = self.independent(first, second)
        return len(graph) > 1 and nx.is_connected(graph)

    def steps(self, first: Sequence[int], second: Sequence[int]) -> tuple[Step, ...]:
        """Steps of a sweep that connect all sites of some sublattices.

        They are drawn with fixed random numbers, and depend on nothing but the supercell.

        Raises:
            EnsembleError: sites fall into parts that no step connects.
        """
        graph = self.independent(first, second)
        draw = random.Random(0)
        steps: list[Step] = []
        for _ in range(MOST_ROUNDS):
            steps += self._round(graph, draw)
            if steps and self._connect(steps, sorted({*first, *second})):
                return tuple(steps)
        raise EnsembleError(
            f"between sites of the sublattices {tuple(first)} and {tuple(second)} moves cannot "
            f"reach every arrangement in a supercell of {self.supercell.diag} cells: too few of "
            "them share no cluster; choose longer supercells, best multiples of 2 and 3"
        )

    def _round(self, graph: nx.Graph, draw: random.Random) -> Iterator[Step]:
        """Pairs of colours of which each has about one, in random order."""
        left = set(graph)
        while left:
            weighted = nx.Graph()
            for a, b in sorted(graph.edges):
                # Colours without a pair yet are served first.
                weighted.add_edge(a, b, weight=10 * ((a in left) + (b in left)) + draw.random())
            matching = sorted(sorted(pair) for pair in nx.max_weight_matching(weighted))
            served = [pair for pair in matching if left & set(pair)]
            if not served:
                break
            for (_, a), (_, b) in served:
                # Rows of memory run along the third axis: not far, or their margins grow.
                n1, n2, n3 = self.counts
                i, j, k = (int(draw.random() * n) for n in (n1, n2, min(n3, 2)))
                yield Step(a, b, (i, j, k))
            left -= {node for pair in served for node in pair}

    def _connect(self, steps: Sequence[Step], sublattices: Sequence[int]) -> bool:
        """Whether the pairs of some steps connect all sites of some sublattices."""
        size = self.supercell.size
        pairs = np.concatenate([np.stack(self.pairs(step), axis=-1) for step in steps])
        graph = coo_array((np.ones(len(pairs), bool), tuple(pairs.T)),
                          shape=(len(self.neighbours) * size,) * 2)  # fmt: skip
        _, label = connected_components(graph, directed=False)
        own = np.concatenate([label[s * size : (s + 1) * size] for s in sublattices])
        return bool((own == own[0]).all())

    def pairs(self, step: Step) -> tuple[np.ndarray, np.ndarray]:
        """``[pair]`` the first and the second site of every pair of a step."""
        (s, a), (t, b) = step.first, step.second
        corners = Supercell.diagonal(*self.counts).cells
        diag = np.array(self.block.diag)
        first = corners * diag + self.block.cells[a]
        second = (corners + step.blocks) * diag + self.block.cells[b]
        return self.supercell.site(np.asarray(s), first), self.supercell.site(np.asarray(t), second)
