"""The expansion as site fields on a supercell, with the colouring that lets sites move at once.

For a binary site the field is h(i) = Σ over clusters through i of J × Π σ(other sites);
flipping site i changes the energy by −2 σ(i) h(i). The supercell is a periodic array of
identical *blocks* of a few primitive cells. Every site of a block sees the same neighbours,
a fixed number of blocks away, so the interactions are stored once per block site and the
sampler reads neighbours as shifted slices instead of looking each of them up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.clusters import Cluster
from navac.expansion import Expansion
from navac.supercell import Supercell

Neighbour = tuple[int, int, int, int]
"""(block site in update order, block offset a, b, c)."""


MAX_BLOCK_CELLS = 36
"""Larger blocks take too long to compile: one kernel per block site."""


class ColouringError(ValueError):
    """The supercell cannot be updated a colour at a time."""


@dataclass(frozen=True)
class BlockSite:
    """One site of the block and the clusters through it.

    Attributes:
        sublattice: active sublattice of the site.
        cell: its cell inside the block.
        colour: sites of one colour share no cluster.
        point: point interaction, eV.
        terms: per orbit, the interaction per cluster in eV and the other sites of each cluster.
    """

    sublattice: int
    cell: tuple[int, int, int]
    colour: int
    point: float
    terms: tuple[tuple[float, tuple[tuple[Neighbour, ...], ...]], ...]


@dataclass(frozen=True)
class LatticeModel:
    """A cluster expansion laid out for checkerboard sampling of one supercell.

    Attributes:
        expansion: the interactions.
        supercell: the periodic box.
        block: the repeated block.
        sites: the sites of the block in update order, colour by colour.
    """

    expansion: Expansion
    supercell: Supercell
    block: Supercell
    sites: tuple[BlockSite, ...]

    @property
    def blocks(self) -> tuple[int, int, int]:
        """Number of blocks along each axis."""
        return tuple(n // b for n, b in zip(self.supercell.diag, self.block.diag, strict=True))

    @property
    def n_blocks(self) -> int:
        """Number of blocks in the supercell."""
        return int(np.prod(self.blocks))

    @property
    def n_sublattices(self) -> int:
        """Number of active sites of the primitive cell."""
        return 1 + max(s.sublattice for s in self.sites)

    @property
    def n_sites(self) -> int:
        """Active sites in the supercell."""
        return self.n_blocks * len(self.sites)

    @property
    def n_colours(self) -> int:
        """Number of colours."""
        return 1 + max(s.colour for s in self.sites)

    @property
    def reach(self) -> int:
        """Blocks between a site and its farthest neighbour."""
        offsets = [abs(d) for s in self.sites for _, cs in s.terms for c in cs for n in c
                   for d in n[1:]]  # fmt: skip
        return max(offsets, default=0)

    def to_blocks(self, occupation: np.ndarray) -> np.ndarray:
        """``[site, …]`` in supercell numbering to ``[block site, block, …]``."""
        sites = self._site_of()
        return np.asarray(occupation)[sites]

    def from_blocks(self, blocks: np.ndarray) -> np.ndarray:
        """Inverse of :meth:`to_blocks`."""
        occupation = np.empty((self.n_sites, *blocks.shape[2:]), blocks.dtype)
        occupation[self._site_of()] = blocks
        return occupation

    def _site_of(self) -> np.ndarray:
        """``[block site, block]`` index of the site in the supercell."""
        corner = Supercell.diagonal(*self.blocks).cells * np.array(self.block.diag)
        return np.stack(
            [self.supercell.site(s.sublattice, corner + np.array(s.cell)) for s in self.sites]
        )


def clusters_through(expansion: Expansion) -> list[list[tuple[int, Cluster]]]:
    """Per sublattice, (orbit position, other sites) of each interacting cluster through it.

    Clusters are shifted so that the site itself is in the home cell.
    """
    n_sublattices = 1 + max(s for o in expansion.orbits for c in o.clusters for s, *_ in c)
    through: list[list[tuple[int, Cluster]]] = [[] for _ in range(n_sublattices)]
    for position in np.flatnonzero(expansion.eci):
        for cluster in expansion.orbits[position].clusters:
            for k, (s, *home) in enumerate(cluster):
                others = tuple(
                    (t, *(int(c - h) for c, h in zip(cell, home, strict=True)))
                    for m, (t, *cell) in enumerate(cluster)
                    if m != k
                )
                through[s].append((int(position), others))
    return through


def colour_block(through: list[list[tuple[int, Cluster]]], block: Supercell) -> np.ndarray:
    """Colour the sites of a periodic block so that no two of a colour share a cluster.

    Greedy colouring by saturation (DSATUR; Brélaz, Commun. ACM 22, 251), ties by degree.

    Returns:
        ``[sublattice * cells]`` colours, in the block's site numbering.

    Raises:
        ColouringError: a site interacts with its own image in the block.
    """
    n = len(through) * block.size
    adjacent: list[set[int]] = [set() for _ in range(n)]
    for s, clusters in enumerate(through):
        neighbours = np.array([n for _, others in clusters for n in others]).reshape(-1, 4)
        for cell in block.cells:
            near = block.site(neighbours[:, 0], cell + neighbours[:, 1:])
            adjacent[int(block.site(s, cell))] = set(near.tolist())
    if any(i in adjacent[i] for i in range(n)):
        raise ColouringError(f"in a block of {block.diag} cells sites interact with themselves")
    colours = np.full(n, -1)
    for _ in range(n):
        free = np.flatnonzero(colours < 0)
        taken = [{colours[j] for j in adjacent[i]} - {-1} for i in free]
        best = max(range(len(free)), key=lambda k: (len(taken[k]), len(adjacent[free[k]]), -k))
        colours[free[best]] = next(c for c in range(n) if c not in taken[best])
    return colours


def smallest_block(through, supercell: Supercell) -> tuple[Supercell, np.ndarray]:
    """The smallest block that can be coloured and that tiles the supercell, and its colours.

    A colouring of a periodic block is one of every periodic array of that block.

    Raises:
        ColouringError: there is none.
    """
    diag = supercell.diag
    if np.count_nonzero(np.array(supercell.hnf) - np.diag(diag)):
        raise ColouringError("sampling supercells are diagonal: give three numbers of cells")
    divisors = [[d for d in range(1, n + 1) if n % d == 0] for n in diag]
    shapes = [(a, b, c) for a in divisors[0] for b in divisors[1] for c in divisors[2]]
    for shape in sorted(shapes, key=lambda d: (np.prod(d), d)):
        if np.prod(shape) > MAX_BLOCK_CELLS:
            break
        block = Supercell.diagonal(*shape)
        try:
            return block, colour_block(through, block)
        except ColouringError:
            continue
    raise ColouringError(
        f"no block of up to {MAX_BLOCK_CELLS} cells tiles a supercell of "
        f"{diag[0]} × {diag[1]} × {diag[2]} cells without a site meeting its own image; "
        "choose lengths that are multiples of 2 or 3 and longer than twice the interactions"
    )


def lattice_model(expansion: Expansion, supercell: Supercell) -> LatticeModel:
    """Lay an expansion out on a supercell.

    Raises:
        ColouringError: the supercell is too small or not commensurate with any colouring.
    """
    through = clusters_through(expansion)
    block, colours = smallest_block(through, supercell)
    update_order = np.argsort(colours, kind="stable")
    rank = np.argsort(update_order)
    sites = []
    for i in update_order:
        sublattice, cell = divmod(int(i), block.size)
        point, terms = _terms(expansion, through[sublattice], block, block.cells[cell], rank)
        cell = tuple(block.cells[cell].tolist())
        sites.append(BlockSite(sublattice, cell, int(colours[i]), point, terms))
    model = LatticeModel(expansion, supercell, block, tuple(sites))
    check_colouring(model)
    return model


def _terms(expansion, clusters, block, home, rank):
    """Point interaction and multi-site terms of a site in cell ``home`` of the block."""
    point, grouped = 0.0, {}
    for position, others in clusters:
        if not others:
            point += float(expansion.eci[position])
            continue
        neighbours = []
        for sublattice, *offset in others:
            cell = home + np.array(offset)
            site = int(rank[int(block.site(sublattice, cell))])
            neighbours.append((site, *map(int, cell // np.array(block.diag))))
        grouped.setdefault(position, []).append(tuple(neighbours))
    return point, tuple((float(expansion.eci[p]), tuple(c)) for p, c in grouped.items())


def check_colouring(model: LatticeModel) -> None:
    """Refuse a model in which some cluster joins two sites of one colour.

    Raises:
        ColouringError: naming the colour.
    """
    for site in model.sites:
        for _, clusters in site.terms:
            for neighbour, *_ in (n for c in clusters for n in c):
                if model.sites[neighbour].colour == site.colour:
                    raise ColouringError(f"colour {site.colour} holds two sites of one cluster")
