"""A byte per site and replica: the sweep of a lattice gas in plain JAX, for any device.

It is also the oracle of the bit planes, which make the same moves.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo.acceptance import threshold
from navac.montecarlo.gas.environment import Bit, GasEnvironment, Term
from navac.montecarlo.gas.model import DIGITS, GasModel
from navac.montecarlo.gas.moves import Ensemble, Swaps
from navac.montecarlo.gas.visits import Places, Visit
from navac.montecarlo.layout import alike, neighbours_of, places_of
from navac.montecarlo.random import threefry_2x32
from navac.units import BOLTZMANN


class Conditions(NamedTuple):
    """What the replicas feel.

    Attributes:
        kt: float32 ``[replica]``, quanta.
        mu: float32 ``[group, code, replica]``, quanta.
        keys: uint32 ``[replica, 2]``.
    """

    kt: jax.Array
    mu: jax.Array
    keys: jax.Array


class Changes(NamedTuple):
    """What a sweep changed, per replica.

    Attributes:
        energy: int64 ``[replica]``, quanta.
        tried: int32 ``[move, replica]`` attempts: sites that held what a move exchanges.
        accepted: int32 ``[move, replica]``.
        number: int32 ``[sublattice, code, replica]`` atoms after it.
    """

    energy: jax.Array
    tried: jax.Array
    accepted: jax.Array
    number: jax.Array


def conditions_of(model: GasModel, temperature, mu, keys) -> Conditions:
    """Temperatures and chemical potentials in quanta.

    Args:
        temperature: ``[replica]`` K.
        mu: ``[replica, group, code]`` eV per atom.
    """
    largest = float(np.finfo(np.float32).max) / 64
    kt = jnp.minimum(BOLTZMANN * temperature / model.quantum, largest).astype(jnp.float32)
    return Conditions(kt, jnp.moveaxis(mu / model.quantum, 0, -1).astype(jnp.float32), keys)


def gain_of(ensemble: Ensemble, mu: jax.Array, index: int, m: int) -> jax.Array:
    """What μN gains by one of the changes of a move, quanta ``[replica]``.

    Args:
        mu: ``[group, code, replica]``.
    """
    move = ensemble.moves[index]
    if isinstance(move, Swaps):
        return jnp.zeros(mu.shape[-1], mu.dtype)
    gain = jnp.zeros(mu.shape[-1], mu.dtype)
    for (a, b), sublattices in zip(move.changed(m), move.sides, strict=True):
        own = mu[ensemble.group(sublattices[0])]
        gain = gain + (own[b] - own[a])
    return gain


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


class ByteKernel:
    """The sweep of a lattice gas on int8 codes ``[row, part, replica]``."""

    def __init__(self, model: GasModel, ensemble: Ensemble, places: Places, rule: str) -> None:
        self.model, self.ensemble, self.places, self.rule = model, ensemble, places, rule
        self.first_move = np.cumsum([0] + [m.count for m in ensemble.moves])
        self.tables = (
            tuple(tuple(t.astype(np.int32) for t in reads) for reads in places.reads),
            tuple((v.callers.astype(np.uint32), v.second) for v in places.visits),
        )
        # Of every row the sites of the parts follow each other at the same distance.
        self._along = (places.sites[0] - places.sites[0, 0]).astype(np.uint32)
        assert ((places.sites - places.sites[:, :1]) == self._along).all()

    def conditions(self, temperature, mu, keys) -> Conditions:
        """See :func:`conditions_of`."""
        return conditions_of(self.model, temperature, mu, keys)

    def state(self, rows: jax.Array) -> jax.Array:
        """The state, from int8 ``[row, part, replica]``."""
        return rows

    def rows(self, state: jax.Array) -> jax.Array:
        """Inverse of :meth:`state`."""
        return state

    def sweep(self, tables, state, conditions: Conditions, made) -> tuple[jax.Array, Changes]:
        """Try every move once; ``made`` sweeps were made before, ``[replica]``."""
        names, replicas = int(self.first_move[-1]), state.shape[-1]
        counts = jnp.zeros((names, replicas), jnp.int32)
        carry = state, jnp.zeros(replicas, jnp.int64), counts, counts
        for visit, reads, words in zip(self.places.visits, *tables, strict=True):
            carry = self._visit(visit, reads, words, conditions, made, carry)
        state, energy, tried, accepted = carry
        return state, Changes(energy, tried, accepted, numbers(self.model, self.places, state))

    def _visit(self, visit: Visit, reads, words, conditions, made, carry):
        """Try all units of a visit, as many at once as share no cluster."""

        def some(x):
            return jnp.asarray(x).reshape(-1, visit.at_once, *x.shape[1:])

        def step(carry, inputs):
            own, (callers, second) = inputs
            return self._step(visit, own, callers, second, conditions, made, carry), None

        inputs = tuple(some(r) for r in reads), tuple(some(w) for w in words)
        carry, _ = jax.lax.scan(step, carry, inputs)
        return carry

    def _step(self, visit: Visit, reads, callers, second, conditions, made, carry):
        state, energy, tried, accepted = carry
        turn = jnp.arange(self.places.parts)
        sites = [self._at(state, r, turn) for r in reads]
        codes = [s[:, 0] for s in sites]
        own = [
            [jnp.int32(0), *fields(self.model.environments[e], s[:, 1:].swapaxes(0, 1))]
            for e, s in zip(visit.environments, sites, strict=True)
        ]
        # Otherwise XLA may compute fields anew for each of their uses.
        own, codes = jax.lax.optimization_barrier((own, codes))
        for m in range(self.ensemble.moves[visit.move].count):
            words = self._words(callers + jnp.uint32(m * self.model.n_sites), second, conditions,
                                made)  # fmt: skip
            codes, cost, active, flip = self._try(visit.move, m, codes, own, words, conditions)
            place = self.first_move[visit.move] + m
            energy = energy + jnp.where(flip, cost, 0).sum((0, 1), dtype=jnp.int64)
            tried = tried.at[place].add(active.sum((0, 1), dtype=jnp.int32))
            accepted = accepted.at[place].add(flip.sum((0, 1), dtype=jnp.int32))
        for r, new in zip(reads, codes, strict=True):
            parts = (turn + r[:, 0, 1:]) % self.places.parts
            state = state.at[r[:, 0, :1], parts].set(new)
        return state, energy, tried, accepted

    def _at(self, state, reads, turn):
        """``[unit, 1 + neighbour, part, replica]`` codes of the sites of units."""
        return state[reads[..., :1], (turn + reads[..., 1:]) % self.places.parts]

    def _words(self, callers, second, conditions, made):
        """Random words ``[unit, part, replica]``."""
        site = (callers[:, None] + self._along)[..., None]
        key = conditions.keys[:, 0], conditions.keys[:, 1]
        words = threefry_2x32((site, made), key)
        return jnp.where(second[:, None, None], words[1], words[0])

    def _try(self, index: int, m: int, codes, own, words, conditions):
        """New codes, cost in quanta, which lanes held what is exchanged, and which accept."""
        move = self.ensemble.moves[index]
        if isinstance(move, Swaps):
            return self._swap(codes, own, words, conditions)
        pairs = move.changed(m)
        forward, backward, cost = True, True, jnp.int32(0)
        for (a, b), code, field in zip(pairs, codes, own, strict=True):
            forward, backward = forward & (code == a), backward & (code == b)
            cost = cost + field[b] - field[a]
        cost = jnp.where(backward, -cost, cost)
        gain = gain_of(self.ensemble, conditions.mu, index, m)
        flip = (forward | backward) & (cost <= self._limit(words, gain, conditions, backward))
        codes = [
            jnp.where(flip, jnp.where(backward, a, b), code).astype(jnp.int8)
            for (a, b), code in zip(pairs, codes, strict=True)
        ]
        return codes, cost, forward | backward, flip

    def _swap(self, codes, own, words, conditions):
        first, second = (jnp.stack([f + jnp.zeros(c.shape, jnp.int32) for f in field])
                         for field, c in zip(own, codes, strict=True))  # fmt: skip

        def of(field, code):
            return jnp.take_along_axis(field, code[None].astype(jnp.int32), axis=0)[0]

        a, b = codes
        cost = of(first, b) - of(first, a) + of(second, a) - of(second, b)
        unlike = a != b
        limit = self._limit(words, jnp.float32(0), conditions, jnp.zeros_like(unlike))
        flip = unlike & (cost <= limit)
        return [jnp.where(flip, b, a), jnp.where(flip, a, b)], cost, unlike, flip

    def _limit(self, words, gain, conditions, backward):
        return threshold(words, gain, conditions.kt, backward, self.rule, DIGITS)


def numbers(model: GasModel, places: Places, state: jax.Array) -> jax.Array:
    """int32 ``[sublattice, code, replica]`` atoms of each species; codes that a sublattice
    does not have count none."""
    sublattice = places.sites[:, 0] // model.supercell.size
    found = []
    for s in range(model.n_sublattices):
        rows = state[np.flatnonzero(sublattice == s)]
        found.append([(rows == c).sum((0, 1), dtype=jnp.int32) for c in range(max(model.sizes))])
    return jnp.stack([jnp.stack(own) for own in found])


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
