"""Monte Carlo of a lattice gas in any ensemble: many replicas in lockstep.

A *replica* is one copy of the supercell at its own temperature and chemical potentials. Every step
of a sweep satisfies detailed balance for Ω = E − Σ μ N, and leaves its Boltzmann distribution
invariant among the states that the moves can reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from navac.crystal.configurations import Configurations
from navac.crystal.sites import checked
from navac.montecarlo.batches import Batches, SamplingError, check_finite
from navac.montecarlo.compiled import has_ternary_logic
from navac.montecarlo.gas.bytes import ByteKernel
from navac.montecarlo.gas.energies import energies, energy_divisor, energy_tables
from navac.montecarlo.gas.model import GasModel
from navac.montecarlo.gas.moves import Ensemble, Flips
from navac.montecarlo.gas.planes import PlaneKernel
from navac.montecarlo.gas.visits import places
from navac.montecarlo.packing import packed, unpacked
from navac.montecarlo.sampler import chosen_kernel
from navac.montecarlo.tiling import plane_tiling


@dataclass(frozen=True)
class GasAverages:
    """What one condition measured, block by block.

    Amounts are a vector over the species of all groups of chemical potentials, see
    :meth:`GasSampler.amounts`.

    Attributes:
        energy: ``[block, replica]`` mean E, eV per primitive cell.
        amounts: ``[block, amount, replica]`` mean N, atoms per primitive cell.
        energy2: ``[block, replica]`` mean E² of the whole supercell divided by the number of cells
            squared.
        cross: ``[block, amount, replica]`` the same of E N.
        amounts2: ``[block, amount, amount, replica]`` the same of N N.
        sublattice: ``[block, sublattice, code, replica]`` share of the sites that hold a species.
        tried: ``[block, change, replica]`` attempts per sweep.
        acceptance: ``[block, change, replica]`` accepted share of them; NaN without any.
        discrepancy: ``[replica]`` accumulated minus recomputed energy at the end, eV.
    """

    energy: np.ndarray
    amounts: np.ndarray
    energy2: np.ndarray
    cross: np.ndarray
    amounts2: np.ndarray
    sublattice: np.ndarray
    tried: np.ndarray
    acceptance: np.ndarray
    discrepancy: np.ndarray


class GasSampler(Batches):
    """Samples replicas of a lattice gas; compiled once."""

    def __init__(self, model: GasModel, ensemble: Ensemble, *, replicas: int,
                 most: int | None = None, rule: str = "metropolis", blocks: int = 10,
                 kernel: str | None = None):  # fmt: skip
        """
        Args:
            model: the lattice gas on its supercell, prepared for the ensemble.
            ensemble: what a sweep tries.
            replicas, most, rule, blocks, kernel: see :class:`navac.montecarlo.sampler.Sampler`;
                moves of two sites are always accepted by the heat bath.

        Raises:
            SamplingError: an unknown rule or kernel.
        """
        super().__init__(blocks)
        self.model, self.ensemble, self.rule = model, ensemble, rule
        # Planes of many species are a program of the CPU.
        self.kernel_name = chosen_kernel(kernel or (None if self.on_cpu else "bytes"), rule)
        share, allowed = self.share(replicas, most)
        self.kernel = self._kernel(share, allowed)
        self.compile((energy_tables(model, self.places), self.kernel.tables))

    def _kernel(self, share: int, allowed: int):
        if self.kernel_name == "bytes":
            self.tile = -(-share // -(-share // allowed))
            self.places = places(self.model, self.ensemble, 1)
            return ByteKernel(self.model, self.ensemble, self.places, self.rule)
        joint = any(not isinstance(m, Flips) for m in self.ensemble.moves)
        tiling = plane_tiling(self.model, share, allowed, planes=max(self.model.sizes) - 1,
                              joint=joint, bundles=False)  # fmt: skip
        self.tile = tiling.tile
        self.places = places(self.model, self.ensemble, tiling.parts)
        return PlaneKernel(self.model, self.ensemble, self.places, self.tile, self.rule,
                           tiling.vector, ternary=has_ternary_logic())  # fmt: skip

    @property
    def amounts(self) -> tuple[tuple[int, int], ...]:
        """(group, code) of every amount that is averaged."""
        return tuple(
            (g, code)
            for g, own in enumerate(self.ensemble.groups)
            for code in range(self.model.sizes[own[0]])
        )

    def packed(self, codes: np.ndarray) -> Configurations:
        """See :class:`~navac.montecarlo.batches.Batches`.

        Raises:
            SiteError: a code that its site has no species for.
        """
        sizes = np.repeat(self.model.sizes, self.model.supercell.size)
        return Configurations.of(checked(codes, sizes), max(self.model.sizes))

    def advance(self, configurations, temperature, mu, keys, sweeps, equilibration, block_sweeps):
        """Run every replica at its condition, and change its configuration in place.

        Args:
            configurations: one per replica.
            temperature: ``[replica]`` K.
            mu: ``[replica, group, code]`` eV per atom of each species; only differences of
                species that a move exchanges with a reservoir matter.
            keys: ``[replica]`` random keys, see :func:`navac.montecarlo.random.path_keys`.
            sweeps: sweeps that the replicas made before, one number or ``[replica]``.
            equilibration: sweeps before measuring.
            block_sweeps: measured sweeps per block.

        Returns:
            The :class:`GasAverages`.

        Raises:
            SamplingError: NaN or non-positive temperature, NaN μ, or shapes that differ.
        """
        temperature, mu = self._checked(configurations, temperature, mu)
        sweeps = np.broadcast_to(np.asarray(sweeps, np.uint32), len(mu))
        lengths = np.array([equilibration] + [block_sweeps] * self.blocks, np.int32)
        return self._averages(
            self.run_all(configurations, lengths, temperature, mu, keys, sweeps), block_sweeps
        )

    def _checked(self, configurations, temperature, mu):
        temperature, mu = np.asarray(temperature, float), np.asarray(mu, float)
        shape = len(configurations), configurations.sites
        asked = len(temperature), self.model.n_sites
        of_mu = (len(temperature), len(self.ensemble.groups), max(self.model.sizes))
        if shape != asked or mu.shape != of_mu:
            raise SamplingError(
                f"configurations {shape} and μ {mu.shape} must be {asked} and {of_mu}"
            )
        check_finite(temperature, mu)
        return temperature, mu

    def _run_share(self, tables, lengths, bits, temperature, mu, keys, sweeps):
        """See :class:`~navac.montecarlo.batches.Batches`; the first stretch equilibrates."""
        model, kernel = self.model, self.kernel
        unit = model.quantum / energy_divisor(model)
        full, tables = tables
        conditions = kernel.conditions(temperature, mu, keys)
        constant = model.gas.constant * model.supercell.size

        def step(i, carry):
            state, energy, sums, made = carry
            state, changes = kernel.sweep(tables, state, conditions, made)
            energy = energy + energy_divisor(model) * changes.energy
            sums = tuple(map(jnp.add, sums, self._sample(energy * unit + constant, changes)))
            return state, energy, sums, made + jnp.uint32(1)

        def stretch(carry, length):
            state, energy, made = carry
            state, energy, sums, made = jax.lax.fori_loop(
                0, length, step, (state, energy, self._nothing(), made)
            )
            return (state, energy, made), sums

        def turn(carry, lengths):
            rows, made = carry
            start = energies(model, self.places, full, rows)
            (state, energy, made), sums = jax.lax.scan(
                stretch, (kernel.state(rows), start, made), lengths
            )
            return (kernel.rows(state), made), (start, energy, sums)

        # A second turn without sweeps recomputes the energy: one copy of what is long to compile.
        (rows, _), (start, energy, sums) = jax.lax.scan(
            turn,
            (unpacked(bits, model.n_sites)[self.places.sites], sweeps),
            jnp.stack([lengths, 0 * lengths]),
        )
        order = np.argsort(self.places.sites.ravel())
        ends = packed(rows.reshape(-1, self.tile)[order], bits.shape[1])
        return ends, (*(s[0, 1:] for s in sums), (energy[0] - start[1]) * unit)

    def _sample(self, energy, changes):
        """What is added up after a sweep."""
        n = jnp.stack([
            changes.number[np.array(self.ensemble.groups[g]), code].sum(axis=0)
            for g, code in self.amounts
        ]).astype(jnp.float64)  # fmt: skip
        return (energy, n, energy**2, energy * n, n[:, None] * n,
                changes.number.astype(jnp.float64), changes.tried.astype(jnp.float64),
                changes.accepted.astype(jnp.float64))  # fmt: skip

    def _nothing(self):
        amounts, changes = len(self.amounts), sum(m.count for m in self.ensemble.moves)
        shapes = [
            (),
            (amounts,),
            (),
            (amounts,),
            (amounts, amounts),
            (self.model.n_sublattices, max(self.model.sizes)),
            (changes,),
            (changes,),
        ]
        return tuple(jnp.zeros((*shape, self.tile), jnp.float64) for shape in shapes)

    def _averages(self, sums, block_sweeps: int) -> GasAverages:
        cells = self.model.supercell.size
        *measured, discrepancy = sums
        e, n, e2, en, nn, sub, tried, accepted = (s / block_sweeps for s in measured)
        with np.errstate(invalid="ignore"):
            share = accepted / tried
        return GasAverages(
            energy=e / cells, amounts=n / cells, energy2=e2 / cells**2, cross=en / cells**2,
            amounts2=nn / cells**2, sublattice=sub / cells, tried=tried, acceptance=share,
            discrepancy=discrepancy,
        )  # fmt: skip
