"""A bit per site, species and replica: the sweep of a lattice gas by a program of the CPU."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo import compiled
from navac.montecarlo.gas import program
from navac.montecarlo.gas.conditions import Changes, conditions_of, gain_of
from navac.montecarlo.gas.model import DIGITS, GasModel
from navac.montecarlo.gas.moves import Ensemble, Swaps
from navac.montecarlo.gas.shape import Change, Counters, Couples, Shape
from navac.montecarlo.gas.visits import Places, Visit
from navac.montecarlo.layout import alike
from navac.montecarlo.packing import Packing


class PlaneKernel:
    """The sweep of a lattice gas on words of 32 replicas.

    The bits of a row follow each other in memory, from code 1.
    """

    def __init__(self, model: GasModel, ensemble: Ensemble, places: Places, tile: int, rule: str,
                 vector: int, *, ternary: bool) -> None:  # fmt: skip
        """
        Args:
            tile: replicas, see :class:`navac.montecarlo.packing.Packing`.
            vector: words of a vector.
            ternary: whether the CPU has AVX-512.
        """
        self.model, self.ensemble, self.places, self.tile = model, ensemble, places, tile
        self.packing = Packing(tile, places.parts, places.margin)
        sublattice = places.sites[:, 0] // model.supercell.size
        planes = np.array(model.sizes)[sublattice] - 1
        self._row = np.repeat(np.arange(len(planes)), planes)
        first = np.cumsum(planes) - planes
        self._code = 1 + np.arange(len(self._row)) - first[self._row]
        width = self.packing.words + sum(self.packing.margin)
        self._start = first * width
        couples, units = self._couples()
        self.shape = Shape(
            words=self.packing.words, margin=self.packing.margin, turn=self.packing.turn,
            vector=vector, bundle=1, ternary=ternary, rule=rule,
            rows=tuple(int(np.isin(sublattice, own).sum()) for own in alike(model)),
            couples=couples, counters=self._counters(sublattice),
        )  # fmt: skip
        text = program.program(self.shape, model.environments, compiled.interface_version())
        self._target = compiled.register(text, ternary=ternary)
        self.tables = units, self._rows(sublattice)

    @property
    def state_bytes(self) -> int:
        """Memory of a state."""
        return 4 * len(self._row) * self.shape.width

    def _couples(self) -> tuple[tuple[Couples, ...], np.ndarray]:
        """What the program knows of the visits, and their units: one record per couple."""
        couples, records, first = [], [], 0
        counted = np.cumsum([0] + [m.count for m in self.ensemble.moves])
        for visit, reads in zip(self.places.visits, self.places.reads, strict=True):
            move = self.ensemble.moves[visit.move]
            changes = tuple(
                Change(() if isinstance(move, Swaps) else move.changed(m),
                       int(counted[visit.move]) + m)
                for m in range(move.count)
            )  # fmt: skip
            own = self._records(visit, reads)
            couples.append(
                Couples(visit.environments, changes, len(own), first, self.model.n_sites)
            )
            records.append(own.ravel())
            first += own.size
        return tuple(couples), np.concatenate(records).astype(np.uint32)

    def _records(self, visit: Visit, reads) -> np.ndarray:
        """``[couple, word]`` see :func:`navac.montecarlo.gas.program.record`."""
        own = np.concatenate([self._sites(r) for r in reads], axis=1)
        starts = np.flatnonzero(~visit.second)
        follow = np.append(visit.second[1:], False)[starts]
        other = np.where(follow, starts + 1, starts)
        head = np.stack([visit.callers[starts], 1 + follow], axis=-1)
        return np.concatenate([head, own[starts], own[other]], axis=1)

    def _sites(self, reads: np.ndarray) -> np.ndarray:
        """``[unit, word]`` a site of a unit and its neighbours."""
        turn = reads[..., 1] * self.packing.stack
        words = self._start[reads[..., 0]] + self.packing.margin[0] + turn
        row = self._start[reads[:, 0, 0]]
        own = [words[:, 0], row, np.maximum(turn[:, 0], 0), np.maximum(-turn[:, 0], 0)]
        return np.concatenate([np.stack(own, axis=-1), words[:, 1:]], axis=1)

    def _counters(self, sublattice: np.ndarray) -> Counters:
        """Counters that no sweep overflows."""
        tried = sum(len(v.sites) * self.ensemble.moves[v.move].count for v in self.places.visits)
        digits = int(tried).bit_length()
        return Counters(
            energy=DIGITS + digits, change=digits,
            changes=sum(m.count for m in self.ensemble.moves),
            number=int(np.bincount(sublattice).max()).bit_length(),
            species=sum(n - 1 for n in self.model.sizes),
        )  # fmt: skip

    def _rows(self, sublattice: np.ndarray) -> np.ndarray:
        """``[row, 2]`` where a row begins without its margin, and the sums of its sublattice."""
        before = np.cumsum([0] + [n - 1 for n in self.model.sizes])[sublattice]
        counters = self._counters(sublattice)
        sums = (counters.first_number + before * counters.number) * self.packing.words
        return np.stack([self._start + self.packing.margin[0], sums], -1).astype(np.uint32)

    def conditions(self, temperature, mu, keys):
        """What the replicas feel: counters of random numbers, and kT and what μN gains, quanta.

        Args:
            temperature: ``[replica]`` K.
            mu: ``[replica, group, code]`` eV per atom.
        """
        felt = conditions_of(self.model, temperature, mu, keys)
        sites = self.places.sites
        along = (sites[0] - sites[0, 0]).astype(np.uint32)
        key0, key1 = (jnp.broadcast_to(k, (self.places.parts, self.tile)) for k in keys.T)
        counters = [key0 + along[:, None], key1, key0, key1]
        reals = [felt.kt] + [
            gain_of(self.ensemble, felt.mu, index, m)
            for index, move in enumerate(self.ensemble.moves)
            for m in range(move.count)
        ]
        wide = [jnp.broadcast_to(x, key0.shape) for x in reals]
        return (jnp.stack([self.packing.by_bit(c) for c in counters]),
                jnp.stack([self.packing.by_bit(x) for x in wide]))  # fmt: skip

    def state(self, rows: jax.Array) -> jax.Array:
        """The state, from int8 ``[row, part, replica]``."""
        bits = rows[self._row] == self._code[:, None, None].astype(np.int8)
        return self.packing.pack(bits)

    def rows(self, state: jax.Array) -> jax.Array:
        """Inverse of :meth:`state`."""
        bits = self.packing.unpack(state).astype(jnp.int8)
        codes = bits * self._code[:, None, None].astype(np.int8)
        return jax.ops.segment_sum(codes, self._row, len(self._start))

    def sweep(self, tables, state, conditions, made) -> tuple[jax.Array, Changes]:
        """Try every move once; ``made`` sweeps were made before, ``[replica]``."""
        counters, reals = conditions
        everywhere = jnp.broadcast_to(made, (self.places.parts, self.tile))
        counters = counters.at[1].add(self.packing.by_bit(everywhere))
        shape = jax.ShapeDtypeStruct
        sums = shape((self.shape.counters.planes, self.shape.words), jnp.uint32)
        call = jax.ffi.ffi_call(self._target, (shape(state.shape, state.dtype), sums),
                                input_output_aliases={0: 0})  # fmt: skip
        state, planes = call(state, counters, reals, *tables)
        return state, self._changes(planes)

    def _changes(self, planes: jax.Array) -> Changes:
        c, pack = self.shape.counters, self.packing
        energy, counts, number = jnp.split(planes, [c.energy, c.first_number])
        each = counts.reshape(c.changes, 2, c.change, -1).transpose(2, 0, 1, 3)
        tried, accepted = jnp.moveaxis(pack.fold(pack.numbers(each, jnp.int32)), 1, 0)
        offset = accepted.sum(axis=0).astype(jnp.int64) << (DIGITS - 1)
        total = pack.fold(pack.numbers(energy, jnp.int64)) - offset
        atoms = number.reshape(c.species, c.number, -1).swapaxes(0, 1)
        return Changes(total, tried, accepted,
                       self._numbers(pack.fold(pack.numbers(atoms, jnp.int32))))  # fmt: skip

    def _numbers(self, atoms: jax.Array) -> jax.Array:
        """``[sublattice, code, replica]``, of ``[sublattice and code from 1, replica]``."""
        found, first = [], 0
        for size in self.model.sizes:
            own = atoms[first : first + size - 1]
            rest = self.model.supercell.size - own.sum(axis=0, keepdims=True)
            none = jnp.zeros((max(self.model.sizes) - size, self.tile), atoms.dtype)
            found.append(jnp.concatenate([rest, own, none]))
            first += size - 1
        return jnp.stack(found)
