"""What replicas of a lattice gas feel, and what a sweep changes, whatever computes it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo.gas.model import GasModel
from navac.montecarlo.gas.moves import Ensemble, Swaps
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
