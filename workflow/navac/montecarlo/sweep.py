"""One sweep of checkerboard Monte Carlo, and the energy in full, as JAX programs.

State: occupation ``int8[row, margin + lane + margin]``, 1 where the site holds its first
species (σ = −1). A lane is one part of the supercell of one replica; the margins repeat
the lanes of the other end, see :mod:`navac.montecarlo.layout`. Energies are whole quanta, see
:mod:`navac.montecarlo.model`, so that sums of them are exact.
"""

from __future__ import annotations

import math
import operator
from functools import reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo.acceptance import threshold
from navac.montecarlo.layout import Layout, Steps
from navac.montecarlo.model import LARGEST_FIELD, Environment, LatticeModel
from navac.montecarlo.random import threefry_2x32


class Tables(NamedTuple):
    """The arrays of one :class:`navac.montecarlo.layout.Steps` on the device."""

    starts: jax.Array | np.ndarray
    callers: jax.Array | np.ndarray
    second: jax.Array | np.ndarray
    sublattice: jax.Array | np.ndarray


class Conditions(NamedTuple):
    """What each lane feels, ``[lane]``.

    Attributes:
        half_mu: μ/2 in quanta, float32.
        half_kt: kT/2 in quanta, float32.
        key: two words of its random key, uint32.
    """

    half_mu: jax.Array
    half_kt: jax.Array
    key: tuple[jax.Array, jax.Array]


class Changes(NamedTuple):
    """What a sweep changed, of a replica or of a lane.

    Attributes:
        energy: int64 ``[lane]``, 2 quanta.
        accepted: int32 ``[lane]`` flips.
        number: int32 ``[sublattice, lane]`` atoms of the first species.
    """

    energy: jax.Array
    accepted: jax.Array
    number: jax.Array


def tables(layout: Layout, replicas: int) -> tuple[Tables, ...]:
    """The tables of a layout, by environment, for so many replicas in a row."""
    unit = np.array([1, replicas], np.uint32)
    return tuple(
        Tables(s.starts * unit[: s.starts.shape[-1]], s.callers, s.second, s.sublattice)
        for s in layout.steps
    )


def field(environment: Environment, neighbours, dtype, weight=lambda order: 1) -> jax.Array:
    """Site field in quanta, ``[row, lane]``.

    With σ = 1 − 2n, a product of σ is 1 − 2 (n₁ xor n₂ …), so clusters of one orbit are
    added up as bytes before the one multiplication by their interaction.

    Args:
        neighbours: int8 ``[neighbour, row, lane]``.
        dtype: of the result.
        weight: factor for the clusters of each order (number of sites).
    """
    constant, h = environment.point * weight(1), 0
    for eci, clusters in environment.terms:
        scaled = eci * weight(1 + len(clusters[0]))
        constant += scaled * len(clusters)
        odd = sum(
            parity if len(clusters) < 128 else parity.astype(jnp.int32)
            for parity in (reduce(operator.xor, (neighbours[k] for k in own)) for own in clusters)
        )
        h = h + dtype(-2 * scaled) * odd.astype(dtype)
    return h + dtype(constant)


def with_margins(layout: Layout, rows: jax.Array) -> jax.Array:
    """The state, from ``[row, lane]``."""
    parts = rows.reshape(len(rows), layout.parts, -1)
    before, after = layout.margin
    wide = [parts[:, layout.parts - before :], parts, parts[:, :after]]
    return jnp.concatenate(wide, axis=1).reshape(len(rows), -1)


def without_margins(layout: Layout, state: jax.Array) -> jax.Array:
    """``[row, lane]`` of the state."""
    parts = state.reshape(layout.n_rows, layout.width, -1)[:, layout.margin[0] :][:, : layout.parts]
    return parts.reshape(layout.n_rows, -1)


def sweep(model: LatticeModel, layout: Layout, rule: str, at, state, conditions, number):
    """Try every site of every replica once.

    Args:
        at: the :class:`Tables`, by environment.
        state: int8 ``[row, margin + lane + margin]``.
        number: uint32 ``[lane]``, how many sweeps each lane made before.

    Returns:
        the new state and the :class:`Changes`.
    """
    lanes = len(number)
    changes = Changes(
        jnp.zeros(lanes, jnp.int64), jnp.zeros(lanes, jnp.int32),
        jnp.zeros((model.n_sublattices, lanes), jnp.int32),
    )  # fmt: skip
    for steps, tables in zip(layout.steps, at, strict=True):

        def body(i, carry, steps=steps, tables=tables):
            state, changes, old, outcome = carry
            state, changes = _apply(layout, steps, tables, i - 1, old, outcome, state, changes)
            return state, changes, *_try(steps, rule, tables, i, state, conditions, number)

        # What a step found is applied at the beginning of the next one. XLA would otherwise
        # compute it anew for each of its uses.
        own = _read(state, tables.starts[0, :1], lanes)[0]
        last = len(steps.starts) - 1
        carry = state, changes, own, jnp.zeros(own.shape, jnp.int32)
        state, changes, old, outcome = jax.lax.fori_loop(0, last + 1, body, carry)
        state, changes = _apply(layout, steps, tables, last, old, outcome, state, changes)
    return state, changes


def _try(steps: Steps, rule, tables, i, state, conditions, number):
    """Try the sites of step ``i``.

    Returns:
        the occupation int8 ``[row, lane]`` before, and int32 ``[row, lane]`` half the energy of
        the flip in quanta, times 2, + 1 if the site flips.
    """
    old, *neighbours = _read(state, tables.starts[i], len(number))
    first = old.astype(bool)
    h = field(steps.environment, neighbours, jnp.float32).astype(jnp.int32)
    cost = jnp.where(first, h, -h)
    site = tables.callers[i]
    site = jnp.repeat(site, old.shape[1] // site.shape[1], axis=1)
    words = threefry_2x32((site, number), conditions.key)
    word = jnp.where(tables.second[i][:, None], words[1], words[0])
    limit = threshold(word, conditions.half_mu, conditions.half_kt, first, rule)
    return old, cost * 2 + (cost <= limit)


def _apply(layout: Layout, steps, tables, i, old, outcome, state, changes: Changes):
    """Write the outcome of step ``i`` into its rows, and count it.

    Nothing happens with the outcome that precedes the first step, ``i = −1``.
    """
    i = jnp.maximum(i, 0)
    new = old ^ (outcome & 1).astype(jnp.int8)
    lanes, (before, after) = outcome.shape[1], layout.margin
    tile = lanes // layout.parts
    first, left, right = steps.start + i * len(new), before * tile, after * tile
    state = jax.lax.dynamic_update_slice(state, new, (first, left))
    if before:
        state = jax.lax.dynamic_update_slice(state, new[:, lanes - left :], (first, 0))
    if after:
        state = jax.lax.dynamic_update_slice(state, new[:, :right], (first, left + lanes))
    return state, _count(changes, old, outcome, tables.sublattice[i])


def _read(state, starts, lanes):
    """int8 ``[1 + neighbour, row, lane]``: stretches of the state."""
    stretches = jax.lax.GatherDimensionNumbers(
        offset_dims=(1,), collapsed_slice_dims=(0,),
        start_index_map=tuple(range(starts.shape[-1])),
    )  # fmt: skip
    starts_of = starts.reshape(-1, starts.shape[-1])
    found = jax.lax.gather(state, starts_of, stretches, (1, lanes),
                           mode=jax.lax.GatherScatterMode.PROMISE_IN_BOUNDS)  # fmt: skip
    return found.reshape(*starts.shape[:-1], lanes)


def _count(changes: Changes, old, outcome, sublattice) -> Changes:
    """Add the outcomes of a step; flips and departures in the halves of one word."""
    accepted, left = outcome & 1, old.astype(jnp.int32)
    energy = jnp.sum((outcome >> 1) * accepted, axis=0, dtype=jnp.int32)
    total = jnp.sum(accepted * (2**16 + left), axis=0, dtype=jnp.int32)
    flips = total >> 16
    gained = flips - 2 * (total & (2**16 - 1))
    return Changes(
        changes.energy + energy.astype(jnp.int64), changes.accepted + flips,
        changes.number + gained * (jnp.arange(len(changes.number)) == sublattice)[:, None],
    )  # fmt: skip


MOST_ROWS = 2**31 // LARGEST_FIELD - 1
"""Rows that a step may have, so that their energies can be added up in 32 bits."""


def energy_divisor(model: LatticeModel) -> int:
    """Energies in full are whole numbers of quanta / this: each cluster is seen by every one
    of its sites."""
    orders = {1 + len(c[0]) for e in model.environments for _, c in e.terms} | {1}
    return math.lcm(*orders)


def energies(model: LatticeModel, layout: Layout, at, state, lanes: int) -> jax.Array:
    """Energies from scratch, without the constant: int64 ``[lane]``, quanta / divisor."""
    divisor = energy_divisor(model)
    exact = np.int32 if divisor * LARGEST_FIELD < 2**31 else np.int64
    total = jnp.zeros(lanes, jnp.int64)
    for steps, tables in zip(layout.steps, at, strict=True):

        def body(i, sums, steps=steps, tables=tables):
            own, *neighbours = _read(state, tables.starts[i], lanes)
            h = field(steps.environment, neighbours, exact, lambda order: divisor // order)
            return sums + ((1 - 2 * own.astype(exact)) * h).astype(jnp.int64)

        sums = jnp.zeros((steps.starts.shape[2], lanes), jnp.int64)
        sums = jax.lax.fori_loop(0, len(steps.starts), body, sums)
        total = total + jnp.sum(sums, axis=0)
    return total
