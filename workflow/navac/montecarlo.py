"""Checkerboard grand-canonical Monte Carlo of many replicas in lockstep.

A *replica* is one copy of the supercell at its own temperature and chemical potential. All
sites of a colour move at once, in all replicas; the colours of a sweep follow in fixed order.
Each colour update satisfies detailed balance, and so each sweep leaves the Boltzmann
distribution of Ω = E − μN invariant.

State: per block site, occupation ``int8[block a, block b, block c, replica]``, 1 where the
site holds its first species (σ = −1), with a halo of periodic images so that neighbours are
slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from navac.hamiltonian import BlockSite, LatticeModel
from navac.random import uniforms

jax.config.update("jax_enable_x64", True)

BOLTZMANN = 8.617333262e-5
"""eV/K (CODATA 2018)."""

RULES = ("metropolis", "heat_bath")


MOST_BLOCKS = 2**15
"""Flips and occupied sites of a block site are counted in the halves of one int32."""


class SamplingError(ValueError):
    """Sampling was asked for conditions or a start that make no sense."""


@dataclass(frozen=True)
class Averages:
    """What one condition measured, per primitive cell, block by block.

    Attributes:
        energy: ``[block, replica]`` mean E, eV.
        number: ``[block, replica]`` mean N, atoms of the first species.
        energy2, cross, number2: ``[block, replica]`` means of E², EN, N² of the whole
            supercell divided by the number of cells squared.
        sublattice: ``[block, sublattice, replica]`` mean occupation of each sublattice.
        acceptance: ``[block, replica]`` accepted share of the attempted flips.
        drift: ``[replica]`` accumulated minus recomputed energy at the end, eV.
    """

    energy: np.ndarray
    number: np.ndarray
    energy2: np.ndarray
    cross: np.ndarray
    number2: np.ndarray
    sublattice: np.ndarray
    acceptance: np.ndarray
    drift: np.ndarray


class Sampler:
    """Samples replicas of a lattice model; compiled once for a number of replicas."""

    def __init__(self, model: LatticeModel, *, rule: str = "metropolis", blocks: int = 10):
        """
        Args:
            model: the Hamiltonian on its supercell.
            rule: how flips are accepted, ``metropolis`` or ``heat_bath``. Metropolis moves
                more, but always accepts a flip of no cost: where many flips cost exactly
                nothing (a chain at μ = 0) a sweep becomes deterministic; take the heat bath.
            blocks: blocks that every condition's averages are split into.
        """
        if rule not in RULES:
            raise SamplingError(f"rule {rule!r} is not one of {RULES}")
        if model.n_blocks >= MOST_BLOCKS:
            raise SamplingError(
                f"{model.n_blocks} blocks of {model.block.diag} cells are more than can be counted "
                f"({MOST_BLOCKS - 1}); take a smaller supercell"
            )
        self.model = model
        self.blocks = blocks
        self._run = jax.jit(partial(_run_condition, model, rule, blocks))

    @property
    def compilations(self) -> int:
        """How many times the sampling loop has been compiled."""
        return self._run._cache_size()

    def run(self, occupation, temperature, mu, keys, sweep, equilibration, block_sweeps):
        """Run every replica at its condition.

        Args:
            occupation: int8 ``[block site, block, replica]``, 1 = first species.
            temperature: ``[replica]`` K.
            mu: ``[replica]`` eV per atom of the first species.
            keys: ``[replica]`` random keys, see :func:`navac.random.path_keys`.
            sweep: sweeps that these replicas made before; the random numbers continue there.
            equilibration: sweeps before measuring.
            block_sweeps: measured sweeps per block.

        Returns:
            The new occupation and the :class:`Averages`.

        Raises:
            SamplingError: NaN or non-positive temperature, NaN μ, or shapes that differ.
        """
        kT, mu = _checked(self.model, occupation, temperature, mu)
        lengths = jnp.array([equilibration] + [block_sweeps] * self.blocks, jnp.int32)
        occupation, energy, sums = self._run(
            jnp.asarray(occupation), jnp.asarray(self.energies(occupation)), kT, mu,
            jnp.asarray(keys, jnp.uint32), jnp.uint32(sweep), lengths,
        )  # fmt: skip
        occupation = np.asarray(occupation)
        drift = np.asarray(energy) - self.energies(occupation)
        return occupation, _averages(self.model, sums, drift, block_sweeps)

    def energies(self, occupation) -> np.ndarray:
        """``[replica]`` energies of the supercells in full, eV, in float64 on the host."""
        sigma = 1 - 2 * self.model.from_blocks(np.asarray(occupation)).T
        model = self.model
        return model.expansion.energies(model.supercell, sigma) * model.supercell.size


def _checked(model, occupation, temperature, mu):
    temperature, mu = np.asarray(temperature, float), np.asarray(mu, float)
    shape = (len(model.sites), model.n_blocks, len(temperature))
    if occupation.shape != shape or mu.shape != temperature.shape:
        raise SamplingError(
            f"occupation {occupation.shape}, T {temperature.shape} and μ {mu.shape} must be "
            f"{shape}, [replica] and [replica]"
        )
    if not (np.isfinite(temperature).all() and (temperature > 0).all()):
        raise SamplingError("every temperature must be a positive number of K")
    if not np.isfinite(mu).all():
        raise SamplingError("every chemical potential must be a finite number of eV")
    return jnp.asarray(BOLTZMANN * temperature, jnp.float32), jnp.asarray(mu, jnp.float32)


def _averages(model, sums, drift, block_sweeps) -> Averages:
    cells = model.supercell.size
    e, n, e2, en, n2, sub, accepted = (np.asarray(s) / block_sweeps for s in sums)
    return Averages(
        energy=e / cells, number=n / cells,
        energy2=e2 / cells**2, cross=en / cells**2, number2=n2 / cells**2,
        sublattice=sub / cells, acceptance=accepted / model.n_sites, drift=np.asarray(drift),
    )  # fmt: skip


def _with_halo(model: LatticeModel, flat: jax.Array) -> jax.Array:
    """``[block, replica]`` to ``[a + halo, b + halo, c + halo, replica]``.

    One gather of whole rows; writing the halo as concatenated slices instead lets XLA pull
    the whole update into each of the pieces, and compilation takes minutes.
    """
    reach = model.reach
    index = [np.arange(-reach, n + reach) % n for n in model.blocks]
    a, b, c = np.meshgrid(*index, indexing="ij")
    rows = (a * model.blocks[1] + b) * model.blocks[2] + c
    return flat.at[rows.ravel()].get(mode="promise_in_bounds").reshape(*rows.shape, -1)


def _window(model: LatticeModel, halo: jax.Array, offset=(0, 0, 0)) -> jax.Array:
    """``[block, replica]`` of the blocks ``offset`` away."""
    start = [model.reach + d for d in offset]
    stop = [s + n for s, n in zip(start, model.blocks, strict=True)]
    part = jax.lax.slice(halo, (*start, 0), (*stop, halo.shape[-1]))
    return part.reshape(model.n_blocks, -1)


def _field(model: LatticeModel, state, site: BlockSite) -> jax.Array:
    """Site field h, eV, ``[block, replica]``.

    With σ = 1 − 2n, a product of σ is 1 − 2 (n₁ xor n₂ …), so clusters of one orbit are
    added up as int8 before the one multiplication by their interaction.
    """
    cache: dict = {}

    def occupation(neighbour):
        if neighbour not in cache:
            i, *offset = neighbour
            cache[neighbour] = _window(model, state[i], offset)
        return cache[neighbour]

    h = jnp.float32(site.point)
    for eci, clusters in site.terms:
        odd = None
        for first, *others in clusters:
            parity = occupation(first)
            for other in others:
                parity = parity ^ occupation(other)
            odd = parity if odd is None else odd + parity
        h = h + jnp.float32(eci) * (len(clusters) - 2 * odd).astype(jnp.float32)
    return h


def _flip_probability(rule: str, x: jax.Array) -> jax.Array:
    """Probability of a flip that changes Ω by −x kT."""
    return jnp.exp(x) if rule == "metropolis" else jax.nn.sigmoid(x)


def _sweep(model: LatticeModel, rule: str, state, kT, mu, keys, sweep):
    """Try every site of every replica once.

    Returns:
        the state, ΔE ``[replica]``, occupied sites ``[sublattice, replica]`` and accepted
        flips ``[replica]``.
    """
    n = model.n_blocks
    state = list(state)
    energy = jnp.zeros(kT.shape, jnp.float64)
    occupied = [jnp.zeros(kT.shape, jnp.int32) for _ in range(model.n_sublattices)]
    accepted = jnp.zeros(kT.shape, jnp.int32)
    for i, site in enumerate(model.sites):
        old = _window(model, state[i])
        sigma = 1 - 2 * old.astype(jnp.float32)
        # −μN is +μσ/2 up to a constant. Dividing (not multiplying by β) keeps XLA from
        # recomputing the field in each of its users.
        x = (_field(model, state, site) + 0.5 * mu) / kT
        u = uniforms(i * -(-n // 2), n, sweep, keys)
        flip = u < _flip_probability(rule, 2 * sigma * x)
        state[i] = _with_halo(model, old ^ flip.astype(jnp.int8))
        new = _window(model, state[i])
        changed = (old ^ new).astype(jnp.float32)
        energy -= jnp.sum(changed * 2 * sigma * (x * kT - 0.5 * mu), axis=0)
        # One integer reduction counts both the flips and the occupied sites.
        counts = jnp.sum((old ^ new).astype(jnp.int32) * 2**16 + new, axis=0)
        occupied[site.sublattice] += counts & (2**16 - 1)
        accepted += counts >> 16
    return tuple(state), energy, jnp.stack(occupied), accepted


def _run_condition(model, rule, blocks, occupation, energy, kT, mu, keys, sweep, lengths):
    """Run stretches of ``lengths[stretch]`` sweeps; sums of every stretch but the first.

    The first stretch equilibrates. It shares the loop of the others, because a second copy
    of the sweep would double the time to compile.
    """

    def step(i, carry):
        state, energy, sums, start = carry
        number = start + i.astype(jnp.uint32)
        state, change, occupied, accepted = _sweep(model, rule, state, kT, mu, keys, number)
        energy = energy + change
        n = occupied.sum(axis=0).astype(jnp.float64)
        sample = (energy, n, energy**2, energy * n, n**2, occupied, accepted)
        return state, energy, tuple(s + x for s, x in zip(sums, sample, strict=True)), start

    def stretch(carry, length):
        state, energy, start = carry
        zero = jnp.zeros(kT.shape, jnp.float64)
        sub = jnp.zeros((model.n_sublattices, *kT.shape), jnp.float64)
        sums = (zero, zero, zero, zero, zero, sub, zero)
        state, energy, sums, _ = jax.lax.fori_loop(0, length, step, (state, energy, sums, start))
        return (state, energy, start + length.astype(jnp.uint32)), sums

    state = tuple(_with_halo(model, o) for o in occupation)
    (state, energy, _), sums = jax.lax.scan(stretch, (state, energy, sweep), lengths)
    occupation = jnp.stack([_window(model, s) for s in state])
    return occupation, energy, tuple(s[1:] for s in sums)
