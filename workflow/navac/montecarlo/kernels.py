"""The two kernels of a sweep: bytes, which any device runs, and bit planes for the CPU.

Both make the same flips from the same random numbers. A kernel holds the state of the replicas of
one device in a form of its own, and hands out what changed per replica.
"""

from __future__ import annotations

from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo import compiled, native, sweep
from navac.montecarlo.layout import Layout, Steps
from navac.montecarlo.model import LatticeModel
from navac.montecarlo.packing import Packing
from navac.montecarlo.sweep import Changes
from navac.units import BOLTZMANN


class Kernel(Protocol):
    """A way to make a sweep.

    Attributes:
        tables: arrays that it needs on the device.
        portion: replicas whose sites are handed over as bytes at once.
    """

    tables: Any
    portion: int

    def conditions(self, temperature, mu, keys) -> Any:
        """What the replicas feel, in the kernel's form."""

    def empty(self) -> jax.Array:
        """A state that portions are put into."""

    def put(self, state: jax.Array, k: jax.Array, rows: jax.Array) -> jax.Array:
        """A state with portion ``k``, int8 ``[row, part, replica]``."""

    def closed(self, state: jax.Array) -> jax.Array:
        """A state that all portions were put into, ready to be swept."""

    def rows(self, state: jax.Array, k: jax.Array) -> jax.Array:
        """Int8 ``[row, part, replica]`` of portion ``k``."""

    def sweep(self, tables, state, conditions, made) -> tuple[jax.Array, Changes]:
        """Try every site once; ``made`` sweeps were made before, ``[replica]``."""

    @property
    def state_bytes(self) -> int:
        """Memory of a state."""


def state_of(kernel: Kernel, rows: jax.Array) -> jax.Array:
    """The state, from int8 ``[row, part, replica]`` of all replicas."""
    some = jnp.moveaxis(rows.reshape(*rows.shape[:2], -1, kernel.portion), 2, 0)
    state = kernel.empty()
    for k, own in enumerate(some):
        state = kernel.put(state, jnp.int32(k), own)
    return kernel.closed(state)


def rows_of(kernel: Kernel, state: jax.Array, replicas: int) -> jax.Array:
    """Inverse of :func:`state_of`."""
    portions = range(replicas // kernel.portion)
    return jnp.concatenate([kernel.rows(state, jnp.int32(k)) for k in portions], axis=-1)


def quanta_of_conditions(model: LatticeModel, temperature, mu):
    """μ/2 and kT/2 in quanta, float32."""
    largest = float(np.finfo(np.float32).max) / 64
    half_kt = jnp.minimum(BOLTZMANN * temperature / (2 * model.quantum), largest)
    return (mu / (2 * model.quantum)).astype(jnp.float32), half_kt.astype(jnp.float32)


def changes_of(total: jax.Array, flips: jax.Array, gain: jax.Array) -> Changes:
    """What a sweep of planes changed.

    Args:
        total: int64 ``[replica]`` Σ (cost + 2^(digits − 1)) over flips, with −h − 1 for the cost of
            atoms that come.
        flips: int32 ``[replica]``.
        gain: int32 ``[sublattice, replica]`` atoms of the first species.
    """
    come = (flips + gain.sum(axis=0)) // 2
    offset = flips.astype(jnp.int64) << (native.DIGITS - 1)
    return Changes(total - offset + come, flips, gain)


class ByteKernel:
    """A byte per site and replica: plain JAX, and the oracle of the other kernel."""

    def __init__(self, model: LatticeModel, layout: Layout, tile: int, rule: str) -> None:
        self.model, self.layout, self.tile, self.rule = model, layout, tile, rule
        self.tables, self.portion = sweep.tables(layout, tile), tile

    @property
    def state_bytes(self) -> int:
        return self.layout.n_rows * self.layout.width * self.tile

    def conditions(self, temperature, mu, keys):
        half_mu, half_kt = quanta_of_conditions(self.model, temperature, mu)
        key = self._lanes(keys[:, 0]), self._lanes(keys[:, 1])
        return sweep.Conditions(self._lanes(half_mu), self._lanes(half_kt), key)

    def empty(self):
        return jnp.zeros((self.layout.n_rows, self.layout.width * self.tile), jnp.int8)

    def put(self, state, k, rows):
        return sweep.with_margins(self.layout, rows.reshape(len(rows), -1))

    def closed(self, state):
        return state

    def rows(self, state, k):
        flat = sweep.without_margins(self.layout, state)
        return flat.reshape(len(flat), self.layout.parts, self.tile)

    def sweep(self, tables, state, conditions, made):
        state, changes = sweep.sweep(
            self.model, self.layout, self.rule, tables, state, conditions, self._lanes(made)
        )
        return state, Changes(*(self._fold(x) for x in changes))

    def _lanes(self, x):
        return jnp.tile(x, self.layout.parts)

    def _fold(self, x):
        parts = x.reshape(*x.shape[:-1], self.layout.parts, self.tile)
        return parts.sum(axis=-2, dtype=x.dtype)


class PlaneKernel:
    """A bit per site and replica, by a program made for the model and the CPU."""

    def __init__(self, model: LatticeModel, layout: Layout, tile: int, rule: str,
                 vector: int, bundle: int, *, ternary: bool) -> None:  # fmt: skip
        """
        Args:
            tile: replicas; a multiple of 32, or a power of two below, with a multiple of
                32/tile parts.
            vector: words of a vector.
            bundle: rows that share it.
            ternary: whether the CPU has AVX-512.
        """
        self.model, self.layout, self.tile = model, layout, tile
        self.packing = Packing(tile, layout.parts, layout.margin)
        self.portion = self.packing.portion.tile
        couples = [self._couples(s, bundle) for s in layout.steps]
        self.shape = native.Shape(
            words=self.packing.words, margin=self.packing.margin, turn=self.packing.turn,
            couples=tuple(map(len, couples)), counters=_counters(model, layout), vector=vector,
            bundle=bundle, ternary=ternary, rule=rule,
        )  # fmt: skip
        text = native.program(self.shape, model.environments, compiled.interface_version())
        self._target = compiled.register(text, ternary=ternary)
        self.tables = (np.concatenate([c.ravel() for c in couples]).astype(np.uint32),)

    @property
    def state_bytes(self) -> int:
        return 4 * self.layout.n_rows * self.shape.width

    def _couples(self, steps: Steps, bundle: int) -> np.ndarray:
        """``[couple, word]``, see :func:`navac.montecarlo.native.record`."""
        rows = self._rows(steps)
        second = steps.second.ravel()
        first = np.flatnonzero(~second)
        follow = np.append(second[1:], False)[first]
        if bundle > 1 and (not follow.all() or len(first) % bundle):
            raise ValueError(f"bundles of {bundle} rows do not fit the groups of the layout")
        both = np.stack([first, np.where(follow, first + 1, first)])
        one, other = both.reshape(2, -1, bundle)
        callers = steps.callers[..., 0].ravel()[one]
        counters = _counters(self.model, self.layout)
        sublattice = np.repeat(steps.sublattice, second.size // len(steps.sublattice))[one[:, :1]]
        sums = counters.energy + counters.accepted + sublattice * counters.number
        many = 1 + follow.reshape(-1, bundle)[:, :1]
        return np.concatenate([
            callers, many, sums * self.packing.words * bundle,
            rows[one].reshape(len(one), -1), rows[other].reshape(len(one), -1),
        ], axis=1)  # fmt: skip

    def _rows(self, steps: Steps) -> np.ndarray:
        """``[row, 1 + neighbour]`` words from the beginning of the state to what a row sees."""
        starts = steps.starts.astype(np.int64)
        words = starts[..., 0] * (self.packing.words + sum(self.packing.margin))
        if starts.shape[-1] == 2:
            words += starts[..., 1] * self.packing.stack
        return words.transpose(0, 2, 1).reshape(-1, words.shape[1])

    def conditions(self, temperature, mu, keys):
        half_mu, half_kt = quanta_of_conditions(self.model, temperature, mu)
        sites = self.layout.sites
        # Of every row the sites of the parts follow each other at the same distance.
        along = (sites[0] - sites[0, 0]).astype(np.uint32)
        assert ((sites - sites[:, :1]) == along).all()
        key0, key1 = (jnp.broadcast_to(k, (self.layout.parts, self.tile)) for k in keys.T)
        counters = [key0 + along[:, None], key1, key0, key1]
        reals = [jnp.broadcast_to(x, key0.shape) for x in (half_mu, half_kt)]
        return (jnp.stack([self._lanes(c) for c in counters]),
                jnp.stack([self._lanes(x) for x in reals]))  # fmt: skip

    def _lanes(self, x: jax.Array) -> jax.Array:
        """``[part, replica]`` as ``[bit, lane]``, repeated for the rows of a bundle."""
        pieces = self.packing.by_bit(x).reshape(32, -1, 1, self.shape.piece)
        return jnp.repeat(pieces, self.shape.bundle, axis=2).reshape(32, -1)

    def _fold(self, x: jax.Array) -> jax.Array:
        """``[…, replica]`` sums over rows of a bundle, and parts, of ``[…, lane, bit]``."""
        bits = x.shape[-1]
        pieces = x.reshape(*x.shape[:-2], -1, self.shape.bundle, self.shape.piece, bits)
        words = pieces.sum(axis=-3, dtype=x.dtype).reshape(*x.shape[:-2], -1, bits)
        return self.packing.fold(words)

    def empty(self):
        return jnp.zeros((self.layout.n_rows, self.shape.width), jnp.uint32)

    def put(self, state, k, rows):
        return state.at[:, self.packing.places(k)].set(self.packing.portion.pack(rows))

    def closed(self, state):
        return self.packing.closed(state)

    def rows(self, state, k):
        words = state[:, self.packing.places(k)]
        return self.packing.portion.unpack(words).astype(jnp.int8)

    def sweep(self, tables, state, conditions, made):
        counters, reals = conditions
        everywhere = jnp.broadcast_to(made, (self.layout.parts, self.tile))
        counters = counters.at[1].add(self._lanes(everywhere))
        shape = jax.ShapeDtypeStruct
        sums = shape((self.shape.counters.planes, self.shape.lanes), jnp.uint32)
        call = jax.ffi.ffi_call(self._target, (shape(state.shape, state.dtype), sums),
                                input_output_aliases={0: 0})  # fmt: skip
        state, planes = call(state, counters, reals, *tables)
        return state, self._changes(planes)

    def _changes(self, planes: jax.Array) -> Changes:
        c = self.shape.counters
        energy, accepted, number = jnp.split(planes, [c.energy, c.energy + c.accepted])
        total = self.packing.numbers(energy, jnp.int64)
        flips = self.packing.numbers(accepted, jnp.int32)
        each = number.reshape(c.sublattices, c.number, -1).swapaxes(0, 1)
        gain = self.packing.numbers(each, jnp.int32)
        gain = jnp.where(gain >= 2 ** (c.number - 1), gain - 2**c.number, gain)
        return changes_of(self._fold(total), self._fold(flips), self._fold(gain))


def _counters(model: LatticeModel, layout: Layout) -> native.Counters:
    """Counters that no sweep overflows."""
    flips = layout.n_rows.bit_length()
    sublattice = layout.sites[:, 0] // model.supercell.size
    most = int(np.bincount(sublattice).max()).bit_length()
    return native.Counters(energy=native.DIGITS + flips, accepted=flips, number=most + 1,
                           sublattices=model.n_sublattices)  # fmt: skip
