"""A byte per site and replica: the sweep of a lattice gas in plain JAX, for any device.

It is also the oracle of the bit planes, which make the same moves.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo.acceptance import threshold
from navac.montecarlo.gas.conditions import Changes, Conditions, conditions_of, gain_of
from navac.montecarlo.gas.energies import fields
from navac.montecarlo.gas.model import DIGITS, GasModel
from navac.montecarlo.gas.moves import Ensemble, Swaps, rule_of
from navac.montecarlo.gas.visits import Places, Visit
from navac.montecarlo.random import threefry_2x32


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
        limit = self._limit(words, gain, conditions, backward, len(codes))
        flip = (forward | backward) & (cost <= limit)
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
        limit = self._limit(words, jnp.float32(0), conditions, jnp.zeros_like(unlike), 2)
        flip = unlike & (cost <= limit)
        return [jnp.where(flip, b, a), jnp.where(flip, a, b)], cost, unlike, flip

    def _limit(self, words, gain, conditions, backward, sites: int):
        rule = rule_of(sites, self.rule)
        return threshold(words, gain, conditions.kt, backward, rule, DIGITS)


def numbers(model: GasModel, places: Places, state: jax.Array) -> jax.Array:
    """int32 ``[sublattice, code, replica]`` atoms of each species; codes that a sublattice
    does not have count none."""
    sublattice = places.sites[:, 0] // model.supercell.size
    found = []
    for s in range(model.n_sublattices):
        rows = state[np.flatnonzero(sublattice == s)]
        found.append([(rows == c).sum((0, 1), dtype=jnp.int32) for c in range(max(model.sizes))])
    return jnp.stack([jnp.stack(own) for own in found])
