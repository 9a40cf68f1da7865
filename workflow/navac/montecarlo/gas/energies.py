"""Fields of sites, and energies from scratch, from a byte per site and replica."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo.gas.environment import Bit, GasEnvironment, Term
from navac.montecarlo.gas.model import GasModel
from navac.montecarlo.gas.visits import Places
from navac.montecarlo.layout import alike, neighbours_of, places_of


def fields(environment: GasEnvironment, codes, dtype=jnp.int32, weight=lambda term: 1, point=1):
    """Field of each species but the first, quanta: one array per code from 1.

    Args:
        codes: ``[neighbour]`` arrays of int8.
        weight: whole factor of a term.
        point: whole factor of what is there without neighbours.
    """
    zero = jnp.zeros(codes[0].shape if len(codes) else (), dtype)
    found = [zero + value * point for value in environment.constant]
    for term in environment.terms:
        if not (factor := weight(term)):
            continue
        each = (_product(term, bits, codes) for bits in term.products)
        total = reduce(operator.add, each).astype(dtype)
        for k, value in enumerate(term.fields):
            if value:
                found[k] = found[k] + value * factor * total
    return found


def _product(term: Term, bits: tuple[Bit, ...], codes):
    own = [codes[k] == code for k, code in bits]
    if term.odd:
        return 1 - 2 * reduce(operator.xor, own, jnp.bool_(False)).astype(jnp.int16)
    return reduce(operator.and_, own).astype(jnp.int16)


def energy_divisor(model: GasModel) -> int:
    """Energies in full are whole numbers of quanta / this: each cluster is seen by every one of
    its sites, and half of the change of σ is its own."""
    terms = [t for e in model.environments for t in e.terms]
    return math.lcm(1, *((1 + t.odd) * t.order for t in terms))


PRODUCTS = 64
"""About so many products are added up in one loop over rows: XLA takes long for longer ones."""


def energies(model: GasModel, places: Places, tables, state: jax.Array) -> jax.Array:
    """Energies from scratch, without the constant: int64 ``[replica]``, quanta / divisor.

    Args:
        tables: :func:`energy_tables`.
        state: int8 ``[row, part, replica]``.
    """
    divisor = energy_divisor(model)
    total = jnp.zeros(state.shape[-1], jnp.int64)
    turn = jnp.arange(places.parts)
    for environment, reads in zip(model.environments, tables, strict=True):
        for some in _portions(environment):

            def share(total, read, some=some):
                codes = state[read[:, :1], (turn + read[:, 1:]) % places.parts]
                return total + _share(some, codes, divisor).sum(0), None

            total, _ = jax.lax.scan(share, total, jnp.asarray(reads))
    return total


def _portions(environment: GasEnvironment) -> Iterator[GasEnvironment]:
    """Environments of a few terms each that together make one."""
    point, some = environment.constant, []
    for term in environment.terms:
        some.append(term)
        if sum(len(t.products) for t in some) >= PRODUCTS:
            yield GasEnvironment(point, tuple(some), environment.sizes)
            point, some = (0,) * len(point), []
    if some or any(point):
        yield GasEnvironment(point, tuple(some), environment.sizes)


def _share(environment: GasEnvironment, codes, divisor: int):
    """A site's share of the energy of its clusters, quanta / divisor.

    Of products of bits it is the field of what the site holds, of products of σ half of it, of
    either sign.
    """
    own, *near = codes

    def part(odd: bool):
        def weight(term: Term) -> int:
            return (term.odd == odd) * divisor // ((1 + odd) * term.order)

        return fields(environment, near, jnp.int64, weight, 0 if odd else divisor)

    share = sum(jnp.where(own == k, f, 0) for k, f in enumerate(part(False), start=1))
    if environment.species == 2:
        (half,) = part(True)
        share = share + jnp.where(own == 1, half, -half)
    return share


def energy_tables(model: GasModel, places: Places) -> list[np.ndarray]:
    """Per environment ``[row, 1 + neighbour, 2]``: rows and parts, see :class:`Places`."""
    row, part = places_of(places.sites)
    sublattice = places.sites[:, 0] // model.supercell.size
    tables = []
    for group in alike(model):
        own = places.sites[np.isin(sublattice, group), 0]
        seen = np.column_stack([own, neighbours_of(model, own)])
        tables.append(np.stack([row[seen], part[seen]], axis=-1).astype(np.int32))
    return tables
