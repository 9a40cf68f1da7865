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
    def _run_share(self, tables, lengths, occupation, *conditions) -> tuple[jax.Array, Any]:
        """Run the replicas of one device through stretches of ``lengths[stretch]`` sweeps.

        Args:
            occupation: int8 ``[site, replica]`` codes.

        Returns:
            The new occupation, and sums ``[…, replica]`` of every stretch but the first.
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

    def run_all(self, occupation, lengths, *conditions):
        """Run every replica; see :meth:`run_batch`.

        Returns:
            The new occupation, and the sums.
        """
        n = occupation.shape[1]
        ends, batches = np.empty_like(occupation), []
        for first in range(0, n, self.capacity):
            batch = np.arange(first, min(first + self.capacity, n))
            batches.append(self.run_batch(batch, occupation, ends, lengths, *conditions))
        return ends, [np.concatenate(s, axis=-1) for s in zip(*batches, strict=True)]

    def run_batch(self, batch, occupation, ends, lengths, *conditions):
        """Run the replicas ``batch``, put their occupations into ``ends``, return their sums.

        Args:
            lengths: sweeps of each stretch.
            conditions: arrays whose first axis is that of all replicas.
        """
        first, last = batch[0], batch[-1] + 1
        # A batch is filled up with copies of its last replica.
        missing = self.capacity - len(batch)
        own = np.pad(occupation[:, first:last], ((0, 0), (0, missing)), mode="edge")
        shares = np.minimum(first + np.arange(self.capacity), batch[-1]).reshape(-1, self.tile)
        found, sums = self._run(
            self._tables, lengths, own.reshape(len(own), *shares.shape).swapaxes(0, 1),
            [c[shares] for c in conditions],
        )  # fmt: skip
        found = np.asarray(found).swapaxes(0, 1).reshape(len(own), -1)
        ends[:, first:last] = found[:, : len(batch)]
        joined = [np.moveaxis(np.asarray(s), 0, -2) for s in sums]
        return [s.reshape(*s.shape[:-2], -1)[..., : len(batch)] for s in joined]

    def _run_device(self, tables, lengths, occupation, conditions):
        """Run the share of one device."""
        found = self._run_share(tables, lengths, occupation[0], *(c[0] for c in conditions))
        return jax.tree.map(lambda x: x[None], found)
