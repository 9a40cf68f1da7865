"""The program for GPUs: interpreted it makes the moves of bytes, and it can be handed to a GPU."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.device import DeviceKernel, planes_or_bytes
from navac.montecarlo.device_tables import width_of
from navac.montecarlo.kernels import ByteKernel, rows_of, state_of
from navac.montecarlo.layout import layout
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sweep import MOST_ROWS
from tests.montecarlo.test_sampler import lattice

REPLICAS = 64


CUBIC = lattice([(1, 0, 0), (0, 1, 0), (0, 0, 1)], 0.02, 0.01)
"""Few interactions: more take long to interpret."""


def made_of(expansion, lengths, rule="metropolis"):
    jax.config.update("jax_enable_x64", True)
    model = lattice_model(expansion, Supercell.diagonal(*lengths))
    return model, layout(model, 1, MOST_ROWS), REPLICAS, rule


def swept(kernel, rows, times=2):
    """Rows and changes after some sweeps at different conditions."""
    felt = kernel.conditions(
        jnp.linspace(300.0, 3000.0, REPLICAS), jnp.linspace(-0.6, 0.1, REPLICAS),
        jnp.asarray(path_keys(1, np.arange(REPLICAS))),
    )  # fmt: skip
    # A program that is interpreted would take a minute to be optimised.
    sweep = jax.jit(kernel.sweep, compiler_options={"xla_disable_hlo_passes": "fusion"})
    state, found = state_of(kernel, rows), []
    for k in range(times):
        state, changes = sweep(kernel.tables, state, felt, jnp.full(REPLICAS, k, jnp.uint32))
        found += changes
    return [np.asarray(x) for x in (rows_of(kernel, state, REPLICAS), *found)]


@pytest.mark.parametrize(("lengths", "rule"), [((2, 8, 4), "metropolis"), ((2, 6, 2), "heat_bath")])
def test_interpreted_it_makes_the_moves_of_bytes(lengths, rule):
    """Rows in pairs, and an odd number of rows along the second axis."""
    args = made_of(CUBIC, lengths, rule)
    kernels = ByteKernel(*args), DeviceKernel(*args, interpret=True)
    rng = np.random.default_rng(0)
    rows = jnp.asarray(rng.integers(0, 2, (args[1].n_rows, 1, REPLICAS)), jnp.int8)
    expected, found = (swept(kernel, rows) for kernel in kernels)
    assert 0 < expected[2].sum() < rows.size
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["sodium_poor", "sodium_rich"])
def test_a_sweep_is_one_kernel_of_a_gpu(name, request):
    """Lowered for CUDA, which needs none."""
    args = made_of(request.getfixturevalue(name), (4, 4, 4))
    kernel = DeviceKernel(*args)
    rows = jnp.zeros((args[1].n_rows, 1, REPLICAS), jnp.int8)
    zeros = jnp.zeros(REPLICAS)
    felt = kernel.conditions(zeros + 300, zeros, jnp.zeros((REPLICAS, 2), jnp.uint32))
    lowered = jax.jit(kernel.sweep).trace(
        kernel.tables, state_of(kernel, rows), felt, zeros.astype(jnp.uint32)
    ).lower(lowering_platforms=("cuda",))  # fmt: skip
    assert lowered.as_text().count("xla.gpu.triton") == 1


class Refused(ByteKernel):
    def sweep(self, tables, state, conditions, made):
        raise RuntimeError("no such instruction")


class Wrong(ByteKernel):
    def sweep(self, tables, state, conditions, made):
        return super().sweep(tables, state, conditions, made + jnp.uint32(1))


@pytest.mark.parametrize(
    ("other", "reason"), [(Refused, "refuses: no such instruction"), (Wrong, "other moves")]
)
def test_a_device_that_fails_takes_bytes(other, reason):
    args = made_of(CUBIC, (2, 8, 4))
    plain = ByteKernel(*args)
    with pytest.warns(UserWarning, match=reason):
        assert planes_or_bytes(other(*args), plain, REPLICAS, (args[1].n_rows, 1)) is plain


def test_a_device_that_does_not_fail_takes_planes():
    args = made_of(CUBIC, (2, 8, 4))
    one, other = ByteKernel(*args), ByteKernel(*args)
    assert planes_or_bytes(one, other, REPLICAS, (args[1].n_rows, 1)) is one


@pytest.mark.parametrize(
    ("words", "calls", "width"),
    [(8, 32, 1), (512, 32, 2), (2048, 32, 4), (2048, 64, 2), (513, 8, 1)],
)
def test_there_are_many_blocks_of_few_threads(words, calls, width):
    assert width_of(words, calls) == width
