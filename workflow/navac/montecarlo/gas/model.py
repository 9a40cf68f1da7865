"""A lattice gas prepared for sampling one supercell, in whole quanta.

Every site sees a *field* for each of its species: the energy that it would gain by holding it
instead of the species with code 0. What a move costs is a difference of fields, as long as the
sites that move share no cluster. See :mod:`navac.montecarlo.model` for quanta, blocks and colours.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Cluster
from navac.expansion.expansion import Expansion
from navac.montecarlo.gas.environment import Bit, GasEnvironment, Term
from navac.montecarlo.gas.equivalence import corresponding
from navac.montecarlo.gas.matchings import Colours
from navac.montecarlo.gas.moves import Ensemble, EnsembleError, Flips
from navac.montecarlo.gas.polynomial import Polynomial, polynomial
from navac.montecarlo.model import LARGEST_FIELD, possible_blocks

DIGITS = 27
"""Binary digits of what a move costs: at most two fields of either sign on each of two sites, each
up to :data:`~navac.montecarlo.model.LARGEST_FIELD`, with a sign and room for the offset."""


@dataclass(frozen=True)
class GasModel:
    """A lattice gas on a supercell; see :class:`navac.montecarlo.model.LatticeModel`.

    Attributes:
        gas: the polynomial, its coefficients rounded to quanta.
        supercell: the supercell, periodic.
        block: the repeated block.
        quantum: unit of the interactions, eV; a power of two.
        environments: the distinct environments.
        environment: ``[sublattice]`` which of them each sublattice has.
        neighbours: per sublattice, ``[neighbour, 4]`` sublattice and cell offset of its
            neighbours, in the order of its environment.
    """

    gas: Polynomial
    supercell: Supercell
    block: Supercell
    quantum: float
    environments: tuple[GasEnvironment, ...]
    environment: tuple[int, ...]
    neighbours: tuple[np.ndarray, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """``[sublattice]`` number of species."""
        return self.gas.sizes

    @property
    def n_sublattices(self) -> int:
        """Number of active sites of the primitive cell."""
        return len(self.sizes)

    @property
    def n_sites(self) -> int:
        """Active sites in the supercell."""
        return self.n_sublattices * self.supercell.size


@dataclass(frozen=True)
class Interactions:
    """A lattice gas in whole quanta, seen from the sites of each sublattice.

    Attributes:
        gas: the rounded polynomial.
        quantum: eV.
        environments, environment, neighbours: see :class:`GasModel`.
    """

    gas: Polynomial
    quantum: float
    environments: tuple[GasEnvironment, ...]
    environment: tuple[int, ...]
    neighbours: tuple[np.ndarray, ...]

    def on(self, supercell: Supercell, block: Supercell) -> GasModel:
        """The model of a supercell that consists of blocks."""
        return GasModel(self.gas, supercell, block, self.quantum, self.environments,
                        self.environment, self.neighbours)  # fmt: skip


def interactions(expansion: Expansion) -> Interactions:
    """An expansion as seen from its sites, rounded to quanta."""
    gas = polynomial(expansion)
    quantum = _quantum(gas)
    gas = _rounded(gas, quantum)
    environments: list[GasEnvironment] = []
    environment: list[int] = []
    neighbours: list[np.ndarray] = []
    for s in range(len(gas.sizes)):
        own, near = _environment(gas, s, quantum)
        for k, known in enumerate(environments):
            if (order := corresponding(known, own)) is not None:
                environment.append(k)
                neighbours.append(near[order])
                break
        else:
            environment.append(len(environments))
            environments.append(own)
            neighbours.append(near)
    return Interactions(gas, quantum, tuple(environments), tuple(environment), tuple(neighbours))


def _seen_from(gas: Polynomial, sublattice: int) -> Iterator[tuple[int, bool, Cluster, float]]:
    """What adds to the fields of a site in cell 0: (code, odd, other sites and bits, eV).

    A product of n σ is (−1)ⁿ (1 − 2 × parity of their bits), and σ of the site itself changes by 2
    when it takes the species of code 1.
    """
    for cluster, value in gas.products.items():
        for k, (s, a, b, c, code) in enumerate(cluster):
            if s == sublattice:
                yield code, False, _others(cluster, k, (a, b, c)), value
    for cluster, value in gas.parities.items():
        bits = tuple((*site, 1) for site in cluster)
        sign = (-1) ** (len(cluster) - 1)
        for k, (s, a, b, c) in enumerate(cluster):
            if s == sublattice:
                yield 1, True, _others(bits, k, (a, b, c)), 2 * sign * value


def _others(cluster: Cluster, k: int, cell: tuple[int, int, int]) -> Cluster:
    """The other sites of a cluster, seen from its site k in ``cell``."""
    a, b, c = cell
    return tuple(
        (t, i - a, j - b, m - c, code)
        for n, (t, i, j, m, code) in enumerate(cluster)
        if n != k
    )  # fmt: skip


def _quantum(gas: Polynomial) -> float:
    """The smallest power of two, eV, in which no field exceeds the largest."""
    sums: defaultdict[tuple[int, int], float] = defaultdict(float)
    for s in range(len(gas.sizes)):
        for code, _, _, value in _seen_from(gas, s):
            sums[s, code] += abs(value)
    largest = max(sums.values(), default=0.0)
    return 2.0 ** math.ceil(math.log2(largest / LARGEST_FIELD)) if largest else 1.0


def _rounded(gas: Polynomial, quantum: float) -> Polynomial:
    def whole(terms: dict[Cluster, float]) -> dict[Cluster, float]:
        rounded = {cluster: round(value / quantum) * quantum for cluster, value in terms.items()}
        return {cluster: value for cluster, value in rounded.items() if value}

    return Polynomial(gas.sizes, gas.constant, whole(gas.products), whole(gas.parities))


def _environment(gas: Polynomial, s: int, quantum: float) -> tuple[GasEnvironment, np.ndarray]:
    """The environment of a sublattice, and the ``[neighbour, 4]`` sites in it."""
    fields: defaultdict[tuple[bool, Cluster], np.ndarray] = defaultdict(
        lambda: np.zeros(gas.sizes[s] - 1, int)
    )
    for code, odd, others, value in _seen_from(gas, s):
        fields[odd, others][code - 1] += round(value / quantum)
    near = sorted({site[:4] for _, others in fields for site in others})
    place = {site: k for k, site in enumerate(near)}
    constant = tuple(map(int, fields.pop((False, ()), np.zeros(gas.sizes[s] - 1, int))))
    terms: defaultdict[tuple, list[tuple[Bit, ...]]] = defaultdict(list)
    for (odd, others), own in fields.items():
        if own.any():
            bits = tuple((place[site[:4]], site[4]) for site in others)
            terms[tuple(map(int, own)), odd, len(bits)].append(bits)
    environment = GasEnvironment(
        constant,
        tuple(Term(own, odd, tuple(products)) for (own, odd, _), products in terms.items()),
        tuple(gas.sizes[t] for t, *_ in near),
    )
    return environment, np.array(near, int).reshape(-1, 4)


def gas_model(expansion: Expansion, supercell: Supercell, ensemble: Ensemble) -> GasModel:
    """Prepare an expansion for sampling a supercell in an ensemble.

    Raises:
        ColouringError: the supercell is too small or not commensurate with any colouring.
        EnsembleError: the moves do not fit the sites, or cannot reach every state.
    """
    known = interactions(expansion)
    ensemble.check(known.gas.sizes)
    joined = [m.sides for m in ensemble.moves if not isinstance(m, Flips)]
    images = np.concatenate([n[n[:, 0] == s, 1:] for s, n in enumerate(known.neighbours)])
    # Rows of memory can be cut into more parts where blocks are short along the third axis.
    blocks = sorted(possible_blocks(images, supercell), key=lambda b: (b.size, b.diag[2], b.diag))
    for block in blocks:
        colours = Colours(supercell, block, known.neighbours)
        if all(colours.allow(*sides) for sides in joined):
            return known.on(supercell, block)
    raise EnsembleError(
        f"in a supercell of {supercell.diag} cells too few sites share no cluster for swaps and "
        "coupled flips; choose longer supercells, best multiples of 2 and 3"
    )
