"""What the program for GPUs costs per attempted flip, counted, and what a GPU could make of it.

    python benchmarks/roofline.py [--replicas 256 4096 16384] [--lengths 16 16 16]

No GPU is needed. The program of a sweep is lowered for CUDA, where its kernels are counted, and
walked through instruction by instruction: operations of a thread, and bytes that it reads and
writes. Divided by the rates of a device (of its makers' data sheets, the defaults those of an H200)
they are a bound, no measurement: operations are taken to be issued without a gap. Of the byte
kernel, the kernels of a step are counted in XLA's program for CPUs, which joins operations
otherwise than that for GPUs.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
from peers.published import published_expansion

from navac.crystal.supercell import Supercell
from navac.montecarlo.device import DeviceKernel
from navac.montecarlo.device_tables import WARP
from navac.montecarlo.kernels import ByteKernel, state_of
from navac.montecarlo.layout import layout
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sweep import MOST_ROWS

FREE = {"broadcast_in_dim", "reshape", "squeeze", "convert_element_type", "bitcast_convert_type",
        "program_id", "iota", "concatenate"}  # fmt: skip
"""Instructions without work, or of once per program."""


def counted(jaxpr, times: int = 1) -> Counter[str]:
    """Operations per thread of a program, and words that it reads and writes."""
    found: Counter[str] = Counter()
    for equation in jaxpr.eqns:
        name, repeat = equation.primitive.name, times
        if name in ("scan", "while"):
            if name == "while":
                raise ValueError("a loop whose length is not known")
            repeat *= equation.params["length"]
        inner = [p for p in equation.params.values() if hasattr(p, "eqns") or hasattr(p, "jaxpr")]
        if inner:
            for one in inner:
                found += counted(getattr(one, "jaxpr", one), repeat)
        elif name in ("masked_load", "load", "get"):
            found["words read"] += times
        elif name in ("masked_swap", "swap", "store"):
            found["words written"] += times
        elif name not in FREE:
            found["operations"] += times
    return found


def problem(lengths: list[int], replicas: int):
    """Model, layout, and arguments of a sweep."""
    model = lattice_model(published_expansion(), Supercell.diagonal(*lengths))
    where = layout(model, 1, MOST_ROWS)
    felt = (jnp.full(replicas, 1000.0), jnp.zeros(replicas),
            jnp.asarray(path_keys(1, np.arange(replicas))))  # fmt: skip
    return model, where, felt


def main() -> None:
    """Print the counts and the bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs=3, default=[16, 16, 16])
    parser.add_argument("--replicas", type=int, nargs="+", default=[256, 4096, 16384])
    parser.add_argument("--lanes", type=int, default=132 * 64, help="32-bit integer units")
    parser.add_argument("--clock", type=float, default=1.7e9, help="Hz")
    parser.add_argument("--processors", type=int, default=132, help="each runs 4 warps at once")
    parser.add_argument("--bandwidth", type=float, default=4.8e12, help="bytes per second")
    given = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    for replicas in given.replicas:
        report(given, replicas)


def report(given: argparse.Namespace, replicas: int) -> None:
    """One number of replicas."""
    model, where, felt = problem(given.lengths, replicas)
    kernel = DeviceKernel(model, where, replicas, "metropolis")
    state = jax.ShapeDtypeStruct((where.n_rows + 1, kernel.packing.words), jnp.uint32)
    args = (kernel.tables, state, kernel.conditions(*felt), jnp.zeros(replicas, jnp.uint32))
    traced = jax.jit(kernel.sweep).trace(*args)
    kernels = traced.lower(lowering_platforms=("cuda",)).as_text().count("xla.gpu.triton")
    calls = [e for e in traced.jaxpr.eqns if e.primitive.name == "pallas_call"]
    per_thread = counted(calls[0].params["jaxpr"])
    threads = kernel.calls * kernel.packing.words
    flips = model.n_sites * replicas
    blocks = kernel.packing.words // kernel.width
    each = {name: count * threads / flips for name, count in per_thread.items()}
    warps = blocks * kernel.warps
    busy = min(1.0, warps * WARP / given.lanes)
    bound = given.lanes * given.clock * busy / each["operations"]
    moved = 4 * (each["words read"] + each["words written"])
    print(f"{replicas} replicas: {kernels} kernel per sweep, {blocks} blocks of {kernel.warps} "
          f"warps; per flip {each['operations']:.1f} operations, {moved:.2f} bytes; state "
          f"{kernel.state_bytes / flips:.3f} bytes per site and replica; at best "
          f"{bound:.2g} flips/s by operations ({100 * busy:.0f} % of the units busy), "
          f"{given.bandwidth / moved:.2g} by memory")  # fmt: skip
    if replicas == given.replicas[0]:
        print(f"bytes: {byte_kernels(model, where, felt, replicas)} kernels per step")


def byte_kernels(model, where, felt, replicas: int) -> int:
    """Kernels of a step of the byte kernel, in XLA's program for CPUs."""
    kernel = ByteKernel(model, where, replicas, "metropolis")
    state = state_of(kernel, jnp.zeros((where.n_rows, 1, replicas), jnp.int8))
    compiled = jax.jit(kernel.sweep).lower(
        kernel.tables, state, kernel.conditions(*felt), jnp.zeros(replicas, jnp.uint32)
    ).compile()  # fmt: skip
    loops = compiled.as_text().split("\n\n")[1:]
    return max(len(re.findall(r" (?:fusion|copy|gather|scatter)\(", one)) for one in loops
               if not one.startswith("ENTRY"))  # fmt: skip


if __name__ == "__main__":
    main()
