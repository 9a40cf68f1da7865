"""Replicas shared out over devices, batch by batch, through one compiled program.

The cores of a CPU are devices here, or GPUs; replicas never meet.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from navac import NavacError
from navac.crystal.configurations import Configurations


class SamplingError(NavacError):
    """Sampling was asked for conditions or a start that make no sense."""


class Batches(ABC):
    """A sampling loop that every device runs for its share of a batch.

    Attributes:
        devices: where it runs.
        tile: replicas of a device in a batch.
        blocks: blocks that every condition's averages are split into.
    """

    tile: int

    def __init__(self, blocks: int) -> None:
        # Energies are summed as 64-bit integers.
        jax.config.update("jax_enable_x64", True)
        self.blocks = blocks
        self.devices = jax.devices()

    @property
    def on_cpu(self) -> bool:
        """Whether the devices are cores."""
        return self.devices[0].platform == "cpu"

    @property
    def capacity(self) -> int:
        """Replicas that are run together."""
        return len(self.devices) * self.tile

    @property
    def compilations(self) -> int:
        """How many times the sampling loop has been compiled."""
        return self._run._cache_size()

    @abstractmethod
    def _run_share(self, tables, lengths, bits, *conditions) -> tuple[jax.Array, Any]:
        """Run the replicas of one device through stretches of ``lengths[stretch]`` sweeps.

        Args:
            bits: uint8 ``[replica, digit, byte]``, see
                :class:`~navac.crystal.configurations.Configurations`.

        Returns:
            The new bits, and sums ``[…, replica]`` of every stretch but the first.
        """

    def share(self, replicas: int, most: int | None) -> tuple[int, int]:
        """Replicas of each device in all, and at most together.

        Args:
            most: replicas of all devices that may be run together; None for all.
        """
        share = -(-replicas // len(self.devices))
        return share, share if most is None else max(1, most // len(self.devices))

    def compile(self, tables) -> None:
        """Prepare the program, with arrays that every device needs."""
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
        self._run: Any
        self._tables = jax.device_put(tables, NamedSharding(mesh, PartitionSpec()))
        self._run = jax.jit(
            program, donate_argnums=2, compiler_options=options if self.on_cpu else None
        )

    def run(self, occupation, *args):
        """Run replicas whose configurations are not packed; see :meth:`advance`.

        Args:
            occupation: int8 ``[site, replica]`` codes.

        Returns:
            The new occupation, and the averages.
        """
        configurations = self.packed(np.asarray(occupation).T)
        averages = self.advance(configurations, *args)
        return configurations.codes().T, averages

    @abstractmethod
    def packed(self, codes: np.ndarray) -> Configurations:
        """Configurations that can be advanced, of ``[replica, site]`` codes."""

    @abstractmethod
    def advance(self, configurations: Configurations, *args) -> Any:
        """Run every replica at its condition, and change its configuration in place."""

    def run_all(self, configurations: Configurations, lengths, *conditions) -> list[np.ndarray]:
        """Run every replica, one batch after the other; see :meth:`run_batch`.

        Returns:
            The sums. Configurations are changed in place.
        """
        batches = []
        for first in range(0, len(configurations), self.capacity):
            batch = slice(first, first + self.capacity)
            own = configurations.bits[batch]
            batches.append(self.run_batch(own, lengths, *(c[batch] for c in conditions)))
        return [np.concatenate(s, axis=-1) for s in zip(*batches, strict=True)]

    def run_batch(self, bits, lengths, *conditions):
        """Run as many replicas as fit, and no more.

        Args:
            bits: uint8 ``[replica, digit, byte]`` configurations, changed in place.
            lengths: sweeps of each stretch.
            conditions: arrays whose first axis is that of the replicas.

        Returns:
            The sums ``[…, replica]``.
        """
        # A batch is filled up with copies of its last replica.
        missing = self.capacity - len(bits)

        def shares(x):
            filled = np.concatenate([x, np.repeat(x[-1:], missing, axis=0)]) if missing else x
            return filled.reshape(-1, self.tile, *x.shape[1:])

        found, sums = self._run(self._tables, lengths, shares(bits), list(map(shares, conditions)))
        for share in found.addressable_shards:
            own = bits[(share.index[0].start or 0) * self.tile :][: self.tile]
            own[...] = np.asarray(share.data)[0, : len(own)]
        joined = [np.moveaxis(np.asarray(s), 0, -2) for s in sums]
        return [s.reshape(*s.shape[:-2], -1)[..., : len(bits)] for s in joined]

    def _run_device(self, tables, lengths, bits, conditions):
        """Run the share of one device."""
        found = self._run_share(tables, lengths, bits[0], *(c[0] for c in conditions))
        return jax.tree.map(lambda x: x[None], found)


def check_finite(temperature: np.ndarray, mu: np.ndarray) -> None:
    """Refuse conditions without meaning.

    Raises:
        SamplingError: NaN or non-positive temperature, or NaN μ.
    """
    if not (np.isfinite(temperature).all() and (temperature > 0).all()):
        raise SamplingError("every temperature must be a positive number of K")
    if not np.isfinite(mu).all():
        raise SamplingError("every chemical potential must be a finite number of eV")
