"""The published crystal and expansions, shared by the tests."""

import os
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from navac.crystal.decoration import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.eci_table import read_eci_table
from navac.expansion.expansion import Expansion
from tests.checkout import (
    MINIATURE,
    WORKSTATION,
    checkout,
    made_once,
    run,
    with_longer_blocks,
    without_samples,
)

# Two devices, so that sharing replicas out is tested on any machine.
jax.config.update("jax_num_cpu_devices", 2)
# As a sampler has it.
jax.config.update("jax_enable_x64", True)

PUBLISHED = Path(__file__).parents[1] / "config" / "published" / "nxvp"
CUTOFFS = {2: 10.0, 3: 6.0, 4: 5.0}
CAMPAIGNS = (
    "provenance", "vasp", "mlip", "slurm", "full_disk", "settings", "miniature", "imported",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Whole campaigns, minutes each, first: of two workers none waits long for the other."""
    order = {f"workflow/test_{name}.py": k for k, name in enumerate(CAMPAIGNS)}
    items.sort(key=lambda item: order.get("/".join(item.path.parts[-2:]), len(order)))


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def miniature(shared):
    """A copy of this checkout with the miniature campaign finished, shared by all workers."""

    def make(folder):
        run(checkout(folder), "--configfile", MINIATURE)

    return made_once(shared, "miniature", make)


@pytest.fixture(scope="session")
def longer(shared, miniature):
    """The results of the miniature campaign, sampled in longer blocks from the beginning."""

    def make(folder):
        file = with_longer_blocks(without_samples(miniature, folder))
        run(folder, "thermodynamics", "--configfile", file, "--profile", WORKSTATION,
            module="snakemake")  # fmt: skip

    return made_once(shared, "longer", make) / "results/miniature"


@pytest.fixture(scope="session")
def prim():
    return read_prim(PUBLISHED / "prim.json", [], 2)


@pytest.fixture(scope="session")
def orbits(prim):
    return enumerate_orbits(prim, find_space_group(prim, 1e-5), CUTOFFS)


@pytest.fixture(scope="session")
def sodium_poor(orbits):
    """Table S6, 1 ≤ x ≤ 3."""
    return read_eci_table(PUBLISHED / "eci_x1to3.csv", orbits)


@pytest.fixture(scope="session")
def sodium_rich(orbits):
    """Table S7, 3 ≤ x ≤ 4."""
    return read_eci_table(PUBLISHED / "eci_x3to4.csv", orbits)


@pytest.fixture(scope="session")
def one_cell(sodium_poor) -> Expansion:
    """Table S6 as a single periodic cell sees it, up to a constant.

    In one cell the pairs of a site with its own images are σ² = 1. Without them no site meets
    itself, and all 2⁸ states can be listed.
    """
    own = [all(c[0][0] == c[1][0] for c in o.clusters) if o.order == 2 else False
           for o in sodium_poor.orbits]  # fmt: skip
    return replace(sodium_poor, eci=np.where(own, 0.0, sodium_poor.eci))
