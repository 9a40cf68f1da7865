"""What a sampling run will need: device, memory, time. A run that cannot fit is refused."""

from __future__ import annotations

import time

import numpy as np
import psutil

from navac import NavacError
from navac.crystal.configurations import Configurations
from navac.montecarlo.sampler import Sampler
from navac.results.sampled import Shape

GIB = 2**30
LONG_ENOUGH = 0.5
"""Seconds over which the time of a sweep is measured."""


class MemoryShortage(NavacError):
    """The run would not fit in memory."""


def device_name(sampler: Sampler) -> str:
    """The devices, as ``2 CPU cores`` or ``1 × NVIDIA H100``."""
    device, count = sampler.devices[0], len(sampler.devices)
    if device.platform == "cpu":
        return f"{count} CPU core{'s' if count > 1 else ''}"
    return f"{count} × {device.device_kind}"


def memory_needed(sampler: Sampler, replicas: int) -> tuple[int, int]:
    """Bytes that a run takes on the host and on each device.

    On a CPU the devices' memory is the host's, and is counted there.
    """
    layout, devices = sampler.layout, len(sampler.devices)
    sites = sampler.model.n_sites
    # The state twice, bits on their way in and out, a portion as bytes, with what gives its energy
    # in full; the tables.
    portion = sampler.kernel.portion * (2 * sites + layout.n_rows * layout.width)
    working = 2 * sampler.kernel.state_bytes + sites * sampler.tile // 4 + portion
    per_device = working + 2 * layout.table_bytes
    # A bit of every site of all replicas when they start, now and aside, and on its way into the
    # record; a batch on its way in and out.
    host = sites * (replicas // 2 + sampler.capacity // 4) + layout.table_bytes
    if sampler.devices[0].platform == "cpu":
        host += devices * per_device
    return host, per_device


def memory_available(sampler: Sampler) -> tuple[int, int | None]:
    """Free bytes on the host, and on a device if it says so."""
    stats = sampler.devices[0].memory_stats() or {}
    free = stats.get("bytes_limit", 0) - stats.get("bytes_in_use", 0)
    return psutil.virtual_memory().available, free if "bytes_limit" in stats else None


def check_memory(sampler: Sampler, replicas: int, memory_mb: int | None = None) -> str:
    """What the run needs and what there is, as a sentence.

    Args:
        memory_mb: what it may take of the host's memory; None for all that is free.

    Raises:
        MemoryShortage: with the numbers.
    """
    lines = []
    places = ("memory", f"memory of each {sampler.devices[0].device_kind}")
    both = zip(memory_needed(sampler, replicas), memory_available(sampler), places, strict=True)
    for needed, free, place in both:
        if free is None:
            continue
        if place == "memory" and memory_mb is not None:
            free = min(free, memory_mb * 2**20)
        if needed > free:
            raise MemoryShortage(
                f"{replicas} paths in a supercell of {sampler.model.n_sites} sites need "
                f"{needed / GIB:.2f} GiB of {place}, {free / GIB:.2f} GiB are free; lower "
                "sampling.replicas_per_batch or sampling.supercell, or raise sampling.shards or "
                "sampling.memory_mb"
            )
        lines.append(f"{needed / GIB:.2f} of {free / GIB:.1f} GiB of {place}")
    return ", ".join(lines)


def seconds_per_sweep(sampler: Sampler) -> float:
    """Measured time of one sweep of a full batch; compiles the sampler first."""
    n = sampler.capacity
    bits = Configurations.of(np.ones((n, sampler.model.n_sites), np.int8)).bits
    conditions = (np.full(n, 1000.0), np.zeros(n), np.zeros((n, 2), np.uint32),
                  np.zeros(n, np.uint32))  # fmt: skip

    def run(sweeps):
        lengths = np.array([sweeps] + [0] * sampler.blocks, np.int32)
        start = time.perf_counter()
        sampler.run_batch(bits, lengths, *conditions)
        return time.perf_counter() - start

    run(0)
    empty, sweeps = run(0), 4
    while (taken := run(sweeps) - empty) < LONG_ENOUGH:
        sweeps *= 2
    return taken / sweeps


def disk_needed(sampler: Sampler, paths: int, steps: int, *, aside: bool) -> str:
    """The size of a record, as a phrase; making one checks that there is room for it."""
    model = sampler.model
    shape = Shape(steps, paths, sampler.blocks, model.n_sublattices, model.n_sites,
                  model.supercell.size, aside)  # fmt: skip
    return f"a record of {shape.bytes / GIB:.2f} GiB"
