"""Sampling the paths of a plan: into a record that is resumed, or continues an older one."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import jax
import numpy as np

from navac.montecarlo.model import LatticeModel
from navac.montecarlo.sampler import Sampler
from navac.results.sampled import Shape
from navac.sampling.continuation import Identity, find_donor, fingerprint
from navac.sampling.lengths import Lengths
from navac.sampling.plan import Walks
from navac.sampling.record import begin, set_aside, settle
from navac.sampling.walker import Walker


def sample_paths(
    model: LatticeModel,
    walks: Walks,
    record_path: str | Path,
    *,
    paths: np.ndarray,
    first_stream: int,
    seed: int,
    sampler: Sampler,
    lengths: Lengths,
    code: str = "",
    provenance: str = "",
    alone: bool = True,
    progress: Callable[[int, int, str], None],
) -> None:
    """Walk some paths through their conditions, recording each.

    A record that an earlier run left at ``record_path`` is continued, bit for bit as if it had
    not been interrupted; one of other settings gives what it has in common with this run.

    Args:
        walks: every path there is.
        paths: ``[path]`` those to walk.
        first_stream: random stream of path 0; ranges must not overlap.
        sampler: of the model. How many replicas it runs together does not matter.
        code: digest of the code; records of other code are not continued.
        provenance: JSON that the record carries.
        alone: whether no other record has paths of this range.
        progress: called as ``progress(finished, of, note)``.

    Raises:
        DiscrepancyError: see :data:`LARGEST_DISCREPANCY`.
    """
    walks = walks[paths]
    carried = (
        seed, first_stream, sampler.rule, sampler.blocks, lengths.equilibration, lengths.carried,
        code,
    )  # fmt: skip
    identity = Identity(
        whole=fingerprint(model, walks, paths.tolist(), lengths, carried),
        carried=fingerprint(model, None, carried),
        lengths=repr(lengths),
        provenance=provenance,
    )
    shape = Shape(
        steps=len(walks.temperature), paths=len(paths), blocks=sampler.blocks,
        sublattices=model.n_sublattices, sites=model.n_sites, cells=model.supercell.size,
        aside=lengths.aside,
    )  # fmt: skip
    with ExitStack() as files:
        record = files.enter_context(
            begin(record_path, identity, paths, first_stream + paths, walks, shape,
                  may_renumber=alone)
        )  # fmt: skip
        record.set_provenance(provenance)
        stream, older = record.stream, set_aside(record_path)
        if donor := find_donor(older, identity, walks, stream, lengths.block):
            files.enter_context(donor.file)
        Walker(sampler, walks, lengths, seed, stream, donor).go(record, progress)
    settle(record_path)
    progress(shape.steps, shape.steps, "")


def keep_compiled(folder: Path) -> None:
    """Keep compiled code, so that a resumed job and others like it need not compile again.

    It is that of one machine and may not run on another. ``JAX_COMPILATION_CACHE_DIR`` says
    where, or else a folder of the machine in ``folder``.
    """
    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(folder / platform.node()))


def use_cores(count: int) -> None:
    """Give JAX ``count`` cores of the CPU, each as a device of its own.

    Call it before the first computation.
    """
    jax.config.update("jax_num_cpu_devices", count)
