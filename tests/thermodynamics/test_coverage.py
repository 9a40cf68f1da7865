"""Whether 95 % errors of a cooled phase hold what is exact in 95 % of seeds, or nearly."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.integration import block_weights, branches
from navac.thermodynamics.phase_states import doubts, states_of
from navac.thermodynamics.scatter import Excess
from navac.thermodynamics.surfaces import fit_surface
from tests.thermodynamics.models import LOW, MU, Sites, T, plan_for, samples_of

SPREAD = Sites(name="disordered", energy=0.128, levels=(-0.06, -0.03, 0.03, 0.06))
"""Its integrals from infinite temperature are noisy, 0.05 meV per cell for each path."""

PLAN = plan_for([LOW], SPREAD)
SEEDS, BLOCKS, SNAPSHOTS = 24, 10, 8
KINDS = {"independent blocks": 0, "fluctuations longer than blocks": BLOCKS * SNAPSHOTS // 2}
EXCESSES = (lambda e: e.phi, lambda e: np.median(e.number), lambda e: np.median(e.energy))
AT_T, AT_MU = (g.ravel() for g in np.meshgrid(T[16::6], MU[4::8]))


def fitted(seed, common):
    """The surface of the cooled phase alone."""
    samples = samples_of(
        PLAN, (LOW, SPREAD), seed=seed, snapshots=SNAPSHOTS, blocks=BLOCKS, holds=9.0,
        common=common,
    )  # fmt: skip
    data = [branches(PLAN, samples, w) for w in block_weights(BLOCKS, 24, seed)]
    phase = np.full(data[0].phi.shape, -1)
    phase[1][np.isfinite(data[0].phi[1])] = 1
    doubt = doubts(PLAN, data[0])
    return fit_surface(PLAN, states_of(PLAN, data, doubt, phase, 1, samples.cells, samples.sweeps))


@pytest.fixture(scope="module", params=KINDS)
def surfaces(request):
    return request.param, [fitted(seed, KINDS[request.param]) for seed in range(SEEDS)]


def z_of(surfaces, name):
    """``[seed, point]`` deviations in standard errors."""
    exact = SPREAD.exact(AT_T, AT_MU)[name]
    found = []
    for surface in surfaces:
        values = surface.at(AT_T, AT_MU)[name]
        beyond = surface.route_error * (name == "phi")
        found.append((values[:, 0] - exact) / np.hypot(values[:, 1:].std(axis=1), beyond))
    return np.array(found)


@pytest.mark.parametrize("name", ["phi", "number", "energy"])
def test_errors_cover_what_is_exact(surfaces, name):
    inside = np.abs(z_of(surfaces[1], name)) < 1.96
    assert 0.85 < inside.mean() <= 0.99


def test_the_constant_is_covered(surfaces):
    """φ averaged over the phase, in which nothing but the constant is left."""
    z = []
    for surface in surfaces[1]:
        off = surface.at(AT_T, AT_MU)["phi"] - SPREAD.phi(AT_T, AT_MU)[:, None]
        mean = off.mean(axis=0)
        z.append(mean[0] / np.hypot(mean[1:].std(), surface.route_error))
    assert 0.6 < np.sqrt(np.mean(np.square(z))) < 1.4


def test_resampled_blocks_alone_do_not_cover_long_fluctuations(surfaces):
    """Negative control: without the scatter about the surface, errors are too small."""
    kind, found = surfaces
    alone = [replace(s, excess=Excess()) for s in found]
    inside = (np.abs(z_of(alone, "number")) < 1.96).mean()
    assert inside < 0.8 if KINDS[kind] else inside > 0.88
    typical = np.array([np.median([f(s.excess) for s in found]) for f in EXCESSES])
    assert (typical > 1.4).all() if KINDS[kind] else (typical < 1.2).all()


def test_errors_of_states_are_pooled():
    """Those of integrals, from ten blocks, would be off by a quarter; their weights are not."""
    samples = samples_of(PLAN, (LOW, SPREAD), seed=0, snapshots=SNAPSHOTS, blocks=BLOCKS, holds=9.0)
    data = [branches(PLAN, samples, w) for w in block_weights(BLOCKS, 200, 0)]
    phase = np.where(np.isfinite(data[0].phi), np.arange(2)[:, None, None], -1)
    states = states_of(PLAN, data, doubts(PLAN, data[0]), phase, 1, samples.cells, samples.sweeps)
    hottest = states.where[0] == len(T) - 1
    single = states.phi[hottest][:, 1:].std(axis=1)
    pooled = states.phi_stderr[hottest]

    def rough(errors):
        return np.diff(errors).std() / errors.mean()

    assert rough(single) > 0.2
    assert rough(pooled) < 0.3 * rough(single)
    assert pooled.mean() == pytest.approx(np.sqrt((single**2).mean()), rel=0.05)
