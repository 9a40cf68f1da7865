"""Compiled code is kept where the environment says, or else in the campaign."""

import platform

import jax
import pytest

from navac.sampling.walk import keep_compiled


@pytest.fixture
def nowhere():
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    yield
    jax.config.update("jax_compilation_cache_dir", before)


@pytest.mark.usefixtures("nowhere")
def test_a_folder_for_each_machine(tmp_path):
    keep_compiled(tmp_path)
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / platform.node())


def test_the_environment_goes_first(tmp_path):
    before = jax.config.jax_compilation_cache_dir
    assert before is not None
    keep_compiled(tmp_path)
    assert jax.config.jax_compilation_cache_dir == before
