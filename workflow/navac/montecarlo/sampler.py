"""Checkerboard grand-canonical Monte Carlo of many replicas in lockstep.

A *replica* is one copy of the supercell at its own temperature and chemical potential. All
sites of a step move at once, in all replicas; the steps of a sweep follow in fixed order. Each
step satisfies detailed balance, and so each sweep leaves the Boltzmann distribution of
Ω = E − μN invariant.

Replicas are shared out over the devices (the cores of a CPU, or GPUs) and never meet.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from navac.crystal.configurations import Configurations
from navac.montecarlo import sweep
from navac.montecarlo.acceptance import RULES
from navac.montecarlo.averages import averages_of
from navac.montecarlo.batches import Batches, SamplingError, check_finite
from navac.montecarlo.compiled import has_ternary_logic
from navac.montecarlo.device import DeviceKernel, planes_or_bytes
from navac.montecarlo.kernels import ByteKernel, Kernel, PlaneKernel
from navac.montecarlo.layout import Layout, layout
from navac.montecarlo.model import LatticeModel
from navac.montecarlo.packing import BITS, packed, unpacked
from navac.montecarlo.tiling import byte_tiling, plane_tiling

KERNELS = ("planes", "bytes")


class Sampler(Batches):
    """Samples replicas of a lattice model; compiled once."""

    def __init__(self, model: LatticeModel, *, replicas: int, most: int | None = None,
                 rule: str = "metropolis", blocks: int = 10,
                 kernel: str | None = None):  # fmt: skip
        """
        Args:
            model: the Hamiltonian on its supercell.
            replicas: how many there will be.
            most: how many may be run together; None for all. A core runs no more than
                :mod:`navac.montecarlo.tiling` says anyhow, so that their state stays in its cache.
            rule: how flips are accepted, ``metropolis`` or ``heat_bath``. Metropolis moves
                more, but always accepts a flip of no cost: where many flips cost exactly
                nothing (a chain at μ = 0) a sweep becomes deterministic; take the heat bath.
            blocks: blocks that every condition's averages are split into.
            kernel: one of :data:`KERNELS`; None takes planes.
        """
        super().__init__(blocks)
        self.model, self.rule = model, rule
        self.kernel_name = chosen_kernel(kernel, rule)
        self.kernel = self._kernel(*self.share(replicas, most))
        # What computes energies in full reads bytes, whatever the kernel.
        self.compile((sweep.tables(self.layout, self.kernel.portion), self.kernel.tables))

    def _kernel(self, share: int, allowed: int) -> Kernel:
        if not self.on_cpu:
            return self._device_kernel(-(-share // -(-share // allowed)))
        planes = self.kernel_name == "planes"
        tiling = (plane_tiling if planes else byte_tiling)(self.model, share, allowed)
        self.tile = tiling.tile
        self.layout: Layout = layout(self.model, tiling.parts, tiling.rows)
        if planes:
            return PlaneKernel(self.model, self.layout, self.tile, self.rule, tiling.vector,
                               tiling.bundle, ternary=has_ternary_logic())  # fmt: skip
        return ByteKernel(self.model, self.layout, self.tile, self.rule)

    def _device_kernel(self, replicas: int) -> Kernel:
        """Of a GPU: planes, unless bytes are asked for or planes fail."""
        self.tile = -(-replicas // BITS) * BITS
        self.layout = layout(self.model, 1, sweep.MOST_ROWS)
        made_of = self.model, self.layout, self.tile, self.rule
        plain = ByteKernel(*made_of)
        if self.kernel_name == "bytes":
            return plain
        return planes_or_bytes(DeviceKernel(*made_of), plain, self.tile, (self.layout.n_rows, 1))

    def packed(self, codes: np.ndarray) -> Configurations:
        """See :class:`~navac.montecarlo.batches.Batches`.

        Raises:
            SiteError: a code other than 0 and 1.
        """
        return Configurations.of(codes)

    def advance(self, configurations, temperature, mu, keys, sweeps, equilibration, block_sweeps):
        """Run every replica at its condition, and change its configuration in place.

        Args:
            configurations: one per replica.
            temperature: ``[replica]`` K.
            mu: ``[replica]`` eV per atom of the first species.
            keys: ``[replica]`` random keys, see :func:`navac.montecarlo.random.path_keys`.
            sweeps: sweeps that the replicas made before, one number or ``[replica]``; the
                random numbers continue there.
            equilibration: sweeps before measuring.
            block_sweeps: measured sweeps per block.

        Returns:
            The :class:`Averages`.

        Raises:
            SamplingError: NaN or non-positive temperature, NaN μ, or numbers of sites or replicas
                that differ.
        """
        temperature, mu = _checked(self.model, configurations, temperature, mu)
        sweeps = np.broadcast_to(np.asarray(sweeps, np.uint32), len(mu))
        lengths = np.array([equilibration] + [block_sweeps] * self.blocks, np.int32)
        sums = self.run_all(configurations, lengths, temperature, mu, keys, sweeps)
        return averages_of(self.model, sums, block_sweeps)

    def _run_share(self, tables, lengths, bits, temperature, mu, keys, sweeps):
        """Run stretches of ``lengths[stretch]`` sweeps; sums of every stretch but the first.

        The first stretch equilibrates. It shares the loop of the others, because a second
        copy of the sweep would double the time to compile.
        """
        model, kernel, quantum = self.model, self.kernel, self.model.quantum
        divisor = sweep.energy_divisor(model)
        full, tables = tables
        conditions = kernel.conditions(temperature, mu, keys)
        constant = model.expansion.constant * model.supercell.size
        # As bytes there is only a portion at a time: of all replicas they would take most memory.
        some = bits.reshape(-1, kernel.portion, *bits.shape[1:])
        portions = jnp.arange(len(some), dtype=jnp.int32)
        state, (start, number) = jax.lax.scan(
            partial(self._begin, full), kernel.empty(), (portions, some)
        )
        state = kernel.closed(state)
        start, number = start.ravel(), jnp.moveaxis(number, 0, 1).reshape(-1, self.tile)

        def step(i, carry):
            state, energy, number, sums, made = carry
            state, changes = kernel.sweep(tables, state, conditions, made)
            energy = energy + 2 * divisor * changes.energy
            number = number + changes.number
            e = energy * (quantum / divisor) + constant
            n = number.sum(axis=0).astype(jnp.float64)
            sample = (e, n, e**2, e * n, n**2, number, changes.accepted)
            sums = tuple(s + x for s, x in zip(sums, sample, strict=True))
            return state, energy, number, sums, made + jnp.uint32(1)

        def stretch(carry, length):
            zero = jnp.zeros(self.tile, jnp.float64)
            sub = jnp.zeros((model.n_sublattices, self.tile), jnp.float64)
            carry = (*carry[:3], (zero, zero, zero, zero, zero, sub, zero), carry[3])
            state, energy, number, sums, made = jax.lax.fori_loop(0, length, step, carry)
            return (state, energy, number, made), sums

        (state, energy, _, _), sums = jax.lax.scan(stretch, (state, start, number, sweeps), lengths)
        ends, recomputed = jax.lax.map(partial(self._end, full, state), portions)
        discrepancy = (energy - recomputed.ravel()) * (quantum / divisor)
        return ends.reshape(bits.shape), (*(s[1:] for s in sums), discrepancy)

    def _begin(self, tables, state: jax.Array, portion):
        """The state with a portion more, whose energy and number of atoms."""
        k, bits = portion
        rows = self.layout.to_rows(1 - unpacked(bits, self.model.n_sites))
        return self.kernel.put(state, k, rows), (self._energy(tables, rows), self._occupied(rows))

    def _end(self, tables, state: jax.Array, k: jax.Array):
        """The configurations of a portion, and their energy."""
        rows = self.kernel.rows(state, k)
        return packed(1 - self.layout.from_rows(rows), 1), self._energy(tables, rows)

    def _energy(self, tables, rows: jax.Array) -> jax.Array:
        """``[replica]`` energies from scratch, see :func:`navac.montecarlo.sweep.energies`."""
        state = sweep.with_margins(self.layout, rows.reshape(len(rows), -1))
        lanes = self.layout.parts * self.kernel.portion
        energies = sweep.energies(self.model, self.layout, tables, state, lanes)
        return energies.reshape(self.layout.parts, -1).sum(axis=0)

    def _occupied(self, rows: jax.Array) -> jax.Array:
        """``[sublattice, replica]`` atoms of the first species."""
        sublattice = self.layout.sites[:, 0] // self.model.supercell.size
        own = [np.flatnonzero(sublattice == s) for s in range(self.model.n_sublattices)]
        return jnp.stack([jnp.sum(rows[r], axis=(0, 1), dtype=jnp.int32) for r in own])


def chosen_kernel(kernel: str | None, rule: str) -> str:
    """The name of a kernel, planes if None is given.

    Raises:
        SamplingError: there is no such kernel, or no such rule of acceptance.
    """
    if rule not in RULES:
        raise SamplingError(f"rule {rule!r} is not one of {RULES}")
    if (kernel or "planes") not in KERNELS:
        raise SamplingError(f"kernel {kernel!r} is not one of {KERNELS}")
    return kernel or "planes"


def _checked(model, configurations, temperature, mu):
    temperature, mu = np.asarray(temperature, float), np.asarray(mu, float)
    shape, asked = (len(configurations), configurations.sites), (len(temperature), model.n_sites)
    if shape != asked or mu.shape != temperature.shape:
        raise SamplingError(
            f"configurations {shape}, T {temperature.shape} and μ {mu.shape} must be [replica, "
            f"{model.n_sites} sites], [replica] and [replica]"
        )
    if configurations.bits.shape[1] != 1:
        raise SamplingError("configurations of more than two species per site; sites here have two")
    check_finite(temperature, mu)
    return temperature, mu
