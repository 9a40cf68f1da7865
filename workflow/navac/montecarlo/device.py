"""A sweep of bit planes as one program of a GPU, written with Pallas.

Replicas never meet, so that a block of threads makes the whole sweep of its own words of replicas
and waits for no other: a sweep is one kernel. The threads of a block share the rows of a step. They
make the moves of :mod:`navac.montecarlo.sweep`, in the same order and from the same random numbers.

On a CPU the program is interpreted, which is slow and there to be tested.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from navac.montecarlo.acceptance import DIGITS, threshold
from navac.montecarlo.device_tables import WARP, Tables, members_of, tables_of, width_of
from navac.montecarlo.kernels import (
    Kernel,
    changes_of,
    quanta_of_conditions,
    rows_of,
    state_of,
)
from navac.montecarlo.layout import Layout
from navac.montecarlo.model import Environment, LatticeModel
from navac.montecarlo.packing import BITS, Packing
from navac.montecarlo.planes import ArrayGates, Plane, add, field, less
from navac.montecarlo.random import path_keys, threefry_2x32
from navac.montecarlo.sweep import Changes

GATES = ArrayGates()
ONES = np.uint32(0xFFFFFFFF)


class Block(NamedTuple):
    """What the threads of a block see: references to memory.

    Attributes:
        state: ``[row, word]``.
        conditions: ``[bit, word]`` both words of the key, the sweeps made, μ/2 and kT/2.
        column: int32 ``[1, word]`` the words of the block.
    """

    state: Any
    conditions: tuple
    column: jax.Array


class DeviceKernel:
    """A bit per site and replica, by a program for a GPU."""

    def __init__(self, model: LatticeModel, layout: Layout, tile: int, rule: str, *,
                 interpret: bool = False) -> None:  # fmt: skip
        """
        Args:
            layout: of one part.
            tile: replicas, a multiple of 32.
            interpret: whether the program is interpreted, on any device.
        """
        self.model, self.layout, self.rule, self.interpret = model, layout, rule, interpret
        self.packing = Packing(tile, 1, (0, 0))
        self.portion = self.packing.portion.tile
        most = max(s.second.shape[1] // members_of(s) for s in layout.steps)
        self.calls = 1 << (most - 1).bit_length()
        self.tables = tuple(tables_of(s, self.calls, layout.n_rows) for s in layout.steps)
        self.width = width_of(self.packing.words, self.calls)
        self.flips = layout.n_rows.bit_length()

    @property
    def warps(self) -> int:
        """Of a block."""
        return max(1, self.calls * self.width // WARP)

    @property
    def state_bytes(self) -> int:
        """Memory of a state."""
        return 4 * (self.layout.n_rows + 1) * self.packing.words

    def conditions(self, temperature, mu, keys):
        """See :class:`~navac.montecarlo.kernels.Kernel`."""
        half_mu, half_kt = quanta_of_conditions(self.model, temperature, mu)
        return tuple(map(self._by_bit, (*keys.T, half_mu, half_kt)))

    def _by_bit(self, x: jax.Array) -> jax.Array:
        """``[replica]`` as ``[bit, word]``."""
        return self.packing.by_bit(x[None])

    def empty(self) -> jax.Array:
        """See :class:`~navac.montecarlo.kernels.Kernel`; the last row is a spare one."""
        return jnp.zeros((self.layout.n_rows + 1, self.packing.words), jnp.uint32)

    def put(self, state: jax.Array, k: jax.Array, rows: jax.Array) -> jax.Array:
        """See :class:`~navac.montecarlo.kernels.Kernel`."""
        return state.at[:-1, self.packing.places(k)].set(self.packing.portion.pack(rows))

    def closed(self, state: jax.Array) -> jax.Array:
        """See :class:`~navac.montecarlo.kernels.Kernel`."""
        return state

    def rows(self, state: jax.Array, k: jax.Array) -> jax.Array:
        """See :class:`~navac.montecarlo.kernels.Kernel`."""
        words = state[:-1, self.packing.places(k)]
        return self.packing.portion.unpack(words).astype(jnp.int8)

    def sweep(self, tables, state, conditions, made) -> tuple[jax.Array, Changes]:
        """See :class:`~navac.montecarlo.kernels.Kernel`."""
        shape, words = jax.ShapeDtypeStruct, self.packing.words
        key0, key1, half_mu, half_kt = conditions
        new, planes = pl.pallas_call(
            self._program,
            out_shape=(
                shape(state.shape, state.dtype),
                shape((DIGITS + 2 * self.flips, self.calls, words), jnp.uint32),
            ),
            grid=(words // self.width,),
            input_output_aliases={0: 0},
            interpret=self.interpret,
            compiler_params=triton.CompilerParams(num_warps=self.warps),
        )(state, key0, key1, self._by_bit(made), half_mu, half_kt, *jax.tree.leaves(tables))
        return new, self._changes(planes, self._occupied(new) - self._occupied(state))

    def _program(self, _, *references):
        """The sweep of the words of a block."""
        conditions, flat, (state, sums) = references[:5], references[5:-2], references[-2:]
        column = pl.program_id(0) * self.width + jnp.arange(self.width, dtype=jnp.int32)
        block = Block(state, conditions, column[None])
        counts = (jnp.zeros((self.calls, self.width), jnp.uint32),) * (DIGITS + 2 * self.flips)
        for k, steps in enumerate(self.layout.steps):
            own = Tables(*flat[len(Tables._fields) * k :][: len(Tables._fields)])
            step = partial(self._step, block, own, members_of(steps), steps.environment)
            counts = jax.lax.fori_loop(0, len(steps.starts), step, counts)
        call = jnp.arange(self.calls, dtype=jnp.int32)[:, None]
        for k, plane in enumerate(counts):
            triton.store(sums.at[k, call, block.column], jnp.asarray(plane))

    def _step(self, block: Block, tables: Tables, members: int, environment: Environment, i,
              counts):  # fmt: skip
        """Try the sites of a step; energies and flips so far, in planes, with its own."""
        there = tables.there[...][:, None]
        places = [(tables.rows[i, m, 0][:, None], block.column) for m in range(members)]
        own = [triton.load(block.state.at[place]) for place in places]
        limits = self._limits(block, tables, own, i)
        energy, flips = (
            list(map(Plane, counts[: -self.flips])),
            list(map(Plane, counts[-self.flips :])),
        )
        for m, (place, word) in enumerate(zip(places, own, strict=True)):
            first = Plane(word)
            near = [
                Plane(triton.load(block.state.at[tables.rows[i, m, 1 + n][:, None], block.column]))
                for n in range(environment.neighbours)
            ]
            h = field(GATES, environment, near, DIGITS)
            # σ = −1 where the first species is: flipping costs h there and −h = ¬h + 1 elsewhere.
            cost = [GATES.xor(digit, ~first) for digit in h]
            flip = GATES.both(less(GATES, cost, limits[m], first),
                              Plane(jnp.where(there, ONES, jnp.uint32(0))))  # fmt: skip
            new = GATES.word(GATES.xor(first, flip))
            triton.store(block.state.at[place], jnp.asarray(new))
            positive = [GATES.both(flip, p) for p in (*cost[:-1], ~cost[-1])]
            energy, flips = add(GATES, energy, positive), add(GATES, flips, [flip])
        if not self.interpret:
            triton.debug_barrier()
        return tuple(GATES.word(p) + jnp.zeros_like(counts[0]) for p in (*energy, *flips))

    def _limits(self, block: Block, tables: Tables, own, i) -> list[list[Plane]]:
        """Planes of the thresholds of each member, from its random numbers bit by bit."""
        callers, second = tables.callers[i][:, None], tables.second[i][:, None]

        def bit(b, planes):
            key0, key1, made, half_mu, half_kt = (
                triton.load(c.at[b, block.column]) for c in block.conditions
            )
            words = threefry_2x32((callers, made), (key0, key1))
            if len(own) == 1:
                words = (jnp.where(second, words[1], words[0]),)
            found = []
            for word, occupied in zip(words, own, strict=True):
                first = (occupied >> b.astype(jnp.uint32) & jnp.uint32(1)).astype(bool)
                t = threshold(word, half_mu, half_kt, first, self.rule)
                found += [
                    (t >> k & 1).astype(jnp.uint32) << b.astype(jnp.uint32) for k in range(DIGITS)
                ]
            return tuple(p | f for p, f in zip(planes, found, strict=True))

        nothing = (jnp.zeros_like(own[0]),) * (DIGITS * len(own))
        planes = list(map(Plane, jax.lax.fori_loop(0, BITS, bit, nothing)))
        return [planes[DIGITS * m :][:DIGITS] for m in range(len(own))]

    def _occupied(self, state: jax.Array) -> jax.Array:
        """``[sublattice, replica]`` atoms of the first species."""
        sublattice = self.layout.sites[:, 0] // self.model.supercell.size
        own = [np.flatnonzero(sublattice == s) for s in range(self.model.n_sublattices)]
        return jnp.stack([self.packing.unpack(state[r]).sum((0, 1), dtype=jnp.int32) for r in own])

    def _changes(self, planes: jax.Array, gain: jax.Array) -> Changes:
        def total(some, dtype):
            return self.packing.fold(self.packing.numbers(some, dtype).sum(axis=0, dtype=dtype))

        energy, flips = planes[: -self.flips], planes[-self.flips :]
        return changes_of(total(energy, jnp.int64), total(flips, jnp.int32), gain)


def planes_or_bytes(planes: Kernel, plain: Kernel, replicas: int, rows: tuple[int, int]) -> Kernel:
    """Bit planes where the device compiles them and makes of them what it makes of bytes.

    Args:
        rows: how many there are, and sites of each.

    A warning says why bytes are taken.
    """
    rng = np.random.default_rng(0)
    start = jnp.asarray(rng.integers(0, 2, (*rows, replicas)), jnp.int8)
    felt = jnp.full(replicas, 1000.0), jnp.zeros(replicas), path_keys(0, np.arange(replicas))

    def swept(kernel: Kernel) -> list[jax.Array]:
        state, changes = jax.jit(kernel.sweep)(
            kernel.tables, state_of(kernel, start), kernel.conditions(*felt),
            jnp.zeros(replicas, jnp.uint32),
        )  # fmt: skip
        return [rows_of(kernel, state, replicas), *changes]

    expected = swept(plain)
    try:
        found = swept(planes)
    except Exception as error:  # whatever a compiler or a driver raises
        warnings.warn(f"bytes instead of bit planes, which this device refuses: {error}",
                      stacklevel=2)  # fmt: skip
        return plain
    if not all(bool((a == b).all()) for a, b in zip(found, expected, strict=True)):
        warnings.warn("bytes instead of bit planes, of which this device makes other moves",
                      stacklevel=2)  # fmt: skip
        return plain
    return planes
