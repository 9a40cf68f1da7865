"""Checkerboard grand-canonical Monte Carlo of many replicas in lockstep.

A *replica* is one copy of the supercell at its own temperature and chemical potential. All
sites of a step move at once, in all replicas; the steps of a sweep follow in fixed order. Each
step satisfies detailed balance, and so each sweep leaves the Boltzmann distribution of
Ω = E − μN invariant.

Replicas are shared out over the devices (the cores of a CPU, or GPUs) and never meet.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from navac import NavacError
from navac.montecarlo import sweep
from navac.montecarlo.averages import averages_of
from navac.montecarlo.layout import Layout, layout
from navac.montecarlo.model import LatticeModel
from navac.montecarlo.tiling import most_rows, parts_and_tile
from navac.units import BOLTZMANN

RULES = ("metropolis", "heat_bath")


class SamplingError(NavacError):
    """Sampling was asked for conditions or a start that make no sense."""


class Sampler:
    """Samples replicas of a lattice model; compiled once."""

    def __init__(self, model: LatticeModel, *, replicas: int, most: int | None = None,
                 rule: str = "metropolis", blocks: int = 10):  # fmt: skip
        """
        Args:
            model: the Hamiltonian on its supercell.
            replicas: how many there will be.
            most: how many may be run together; None for all. A core runs no more than
                :data:`REPLICAS` anyhow, so that their state stays in its cache.
            rule: how flips are accepted, ``metropolis`` or ``heat_bath``. Metropolis moves
                more, but always accepts a flip of no cost: where many flips cost exactly
                nothing (a chain at μ = 0) a sweep becomes deterministic; take the heat bath.
            blocks: blocks that every condition's averages are split into.
        """
        # Energies are summed as 64-bit integers.
        jax.config.update("jax_enable_x64", True)
        if rule not in RULES:
            raise SamplingError(f"rule {rule!r} is not one of {RULES}")
        self.model, self.rule, self.blocks = model, rule, blocks
        self.devices = jax.devices()
        on_cpu = self.devices[0].platform == "cpu"
        share = -(-replicas // len(self.devices))
        allowed = share if most is None else max(1, most // len(self.devices))
        if on_cpu:
            parts, self.tile = parts_and_tile(model, share, allowed)
        else:
            parts, self.tile = 1, -(-share // -(-share // allowed))
        rows = most_rows(parts * self.tile) if on_cpu else sweep.MOST_ROWS
        self.layout: Layout = layout(model, parts, rows)
        self._run = self._compilable(on_cpu)

    def _compilable(self, on_cpu):
        shared = PartitionSpec("devices")
        mesh = Mesh(np.array(self.devices), ("devices",))
        program = jax.shard_map(
            self._run_device, mesh=mesh,
            in_specs=(PartitionSpec(), PartitionSpec(), shared, shared), out_specs=shared,
            check_vma=False,
        )  # fmt: skip
        # Cores are devices here, so a device must not start threads of its own; and LLVM
        # would use half of the vector width.
        options = {"xla_cpu_multi_thread_eigen": False, "xla_cpu_prefer_vector_width": 512}
        self._tables = jax.device_put(
            sweep.tables(self.layout, self.tile), NamedSharding(mesh, PartitionSpec())
        )
        return jax.jit(program, donate_argnums=2, compiler_options=options if on_cpu else None)

    @property
    def capacity(self) -> int:
        """Replicas that are run together."""
        return len(self.devices) * self.tile

    @property
    def compilations(self) -> int:
        """How many times the sampling loop has been compiled."""
        return self._run._cache_size()

    def run(self, occupation, temperature, mu, keys, sweeps, equilibration, block_sweeps):
        """Run every replica at its condition.

        Args:
            occupation: int8 ``[site, replica]`` index of the species that a site holds.
            temperature: ``[replica]`` K.
            mu: ``[replica]`` eV per atom of the first species.
            keys: ``[replica]`` random keys, see :func:`navac.montecarlo.random.path_keys`.
            sweeps: sweeps that the replicas made before, one number or ``[replica]``; the
                random numbers continue there.
            equilibration: sweeps before measuring.
            block_sweeps: measured sweeps per block.

        Returns:
            The new occupation and the :class:`Averages`.

        Raises:
            SamplingError: NaN or non-positive temperature, NaN μ, a species other than 0 and
                1, or shapes that differ.
        """
        occupation, temperature, mu = _checked(self.model, occupation, temperature, mu)
        n = len(mu)
        sweeps = np.broadcast_to(np.asarray(sweeps, np.uint32), n)
        lengths = np.array([equilibration] + [block_sweeps] * self.blocks, np.int32)
        ends, batches = np.empty_like(occupation), []
        for first in range(0, n, self.capacity):
            batch = np.arange(first, min(first + self.capacity, n))
            batches.append(
                self.run_batch(batch, occupation, ends, lengths, temperature, mu, keys, sweeps)
            )
        sums = [np.concatenate(s, axis=-1) for s in zip(*batches, strict=True)]
        return ends, averages_of(self.model, sums, block_sweeps)

    def run_batch(self, batch, occupation, ends, lengths, *conditions):
        """Run the replicas ``batch``, put their occupations into ``ends``, return their sums."""
        first, last = batch[0], batch[-1] + 1
        # A batch is filled up with copies of its last replica.
        missing = self.capacity - len(batch)
        own = np.pad(_bits(occupation[:, first:last]), ((0, 0), (0, missing)), mode="edge")
        shares = np.minimum(first + np.arange(self.capacity), batch[-1]).reshape(-1, self.tile)
        found, sums = self._run(
            self._tables, lengths, own.reshape(len(own), *shares.shape).swapaxes(0, 1),
            [c[shares] for c in conditions],
        )  # fmt: skip
        found = np.asarray(found).swapaxes(0, 1).reshape(len(own), -1)
        ends[:, first:last] = _bits(found[:, : len(batch)])
        joined = [np.moveaxis(np.asarray(s), 0, -2) for s in sums]
        return [s.reshape(*s.shape[:-2], -1)[..., : len(batch)] for s in joined]

    def _run_device(self, tables, lengths, occupation, conditions):
        """Run the share of one device."""
        found = self._run_share(tables, lengths, occupation[0], *(c[0] for c in conditions))
        return jax.tree.map(lambda x: x[None], found)

    def _run_share(self, tables, lengths, occupation, temperature, mu, keys, sweeps):
        """Run stretches of ``lengths[stretch]`` sweeps; sums of every stretch but the first.

        The first stretch equilibrates. It shares the loop of the others, because a second
        copy of the sweep would double the time to compile.
        """
        model, layout, quantum = self.model, self.layout, self.model.quantum
        divisor = sweep.energy_divisor(model)

        def lanes(x):
            return jnp.tile(x, layout.parts)

        def fold(x):
            return x.reshape(*x.shape[:-1], layout.parts, self.tile).sum(axis=-2)

        conditions = sweep.Conditions(
            lanes(mu / (2 * quantum)).astype(jnp.float32),
            lanes(2 * quantum / (BOLTZMANN * temperature)).astype(jnp.float32),
            (lanes(keys[:, 0]), lanes(keys[:, 1])),
        )
        constant = model.expansion.constant * model.supercell.size
        rows = layout.to_rows(occupation)
        state = sweep.with_margins(layout, rows.reshape(layout.n_rows, -1))
        n_lanes = layout.parts * self.tile
        start = fold(sweep.energies(model, layout, tables, state, n_lanes))
        number = fold(self._occupied(rows.reshape(layout.n_rows, -1)))

        def step(i, carry):
            state, energy, number, sums, made = carry
            state, changes = sweep.sweep(
                model, layout, self.rule, tables, state, conditions, lanes(made)
            )
            energy = energy + 2 * divisor * fold(changes.energy)
            number = number + fold(changes.number)
            e = energy * (quantum / divisor) + constant
            n = number.sum(axis=0).astype(jnp.float64)
            sample = (e, n, e**2, e * n, n**2, number, fold(changes.accepted))
            sums = tuple(s + x for s, x in zip(sums, sample, strict=True))
            return state, energy, number, sums, made + jnp.uint32(1)

        def stretch(carry, length):
            zero = jnp.zeros(self.tile, jnp.float64)
            sub = jnp.zeros((model.n_sublattices, self.tile), jnp.float64)
            carry = (*carry[:3], (zero, zero, zero, zero, zero, sub, zero), carry[3])
            state, energy, number, sums, made = jax.lax.fori_loop(0, length, step, carry)
            return (state, energy, number, made), sums

        (state, energy, _, _), sums = jax.lax.scan(stretch, (state, start, number, sweeps), lengths)
        discrepancy = energy - fold(sweep.energies(model, layout, tables, state, n_lanes))
        ends = layout.from_rows(sweep.without_margins(layout, state).reshape(rows.shape))
        return ends, (*(s[1:] for s in sums), discrepancy * (quantum / divisor))

    def _occupied(self, rows):
        """``[sublattice, lane]`` atoms of the first species."""
        sublattice = self.layout.sites[:, 0] // self.model.supercell.size
        own = [np.flatnonzero(sublattice == s) for s in range(self.model.n_sublattices)]
        return jnp.stack([jnp.sum(rows[r], axis=0, dtype=jnp.int32) for r in own])


def _checked(model, occupation, temperature, mu):
    occupation = np.asarray(occupation)
    temperature, mu = np.asarray(temperature, float), np.asarray(mu, float)
    shape = (model.n_sites, len(temperature))
    if occupation.shape != shape or mu.shape != temperature.shape:
        raise SamplingError(
            f"occupation {occupation.shape}, T {temperature.shape} and μ {mu.shape} must be "
            f"{shape}, [replica] and [replica]"
        )
    if occupation.min() < 0 or occupation.max() > 1:
        raise SamplingError("a site holds an unknown species: indices are 0 or 1")
    if not (np.isfinite(temperature).all() and (temperature > 0).all()):
        raise SamplingError("every temperature must be a positive number of K")
    if not np.isfinite(mu).all():
        raise SamplingError("every chemical potential must be a finite number of eV")
    return occupation.astype(np.int8, copy=False), temperature, mu


def _bits(occupation: np.ndarray) -> np.ndarray:
    """The bit of a site in the kernels, 1 for its first species, from its index, and back."""
    return 1 - occupation
