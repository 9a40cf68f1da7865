"""A phase diagram from samples of phases whose grand potentials are known in closed form.

A phase is a ground state with independent defects: sites that take up an atom (s = +1) or give one
away (s = −1) at an energy e, so that φ = E₀ − μN₀ − kT Σ g ln(1 + exp((sμ − e)/kT)). A phase in the
middle, β, is above the line from α to γ at 0 K and has many cheap defects: α and γ form it at a
eutectoid temperature, which is known with the compositions there.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import brentq, fsolve

from navac.sampling.plan import Plan
from navac.sampling.record import Samples
from navac.thermodynamics.diagram import phase_diagram, with_electronic_entropy
from navac.thermodynamics.electronic import MixedValence
from navac.thermodynamics.order import Crystal
from navac.thermodynamics.regions import boundaries, summary
from navac.units import BOLTZMANN

CELLS, BLOCKS = 512, 10
SWEEPS = 40
"""Independent configurations of a block."""

T = np.arange(20.0, 341, 10)
MU = 0.005 + 0.002 * np.arange(-15, 16)


@dataclass(frozen=True)
class Gas:
    """A ground state and its defects: how many, s and e in eV."""

    energy: float
    number: float
    defects: tuple[tuple[float, int, float], ...]

    def phi(self, T, mu):
        kT = BOLTZMANN * T
        excited = sum(g * np.log1p(np.exp((s * mu - e) / kT)) for g, s, e in self.defects)
        return self.energy - mu * self.number - kT * excited

    def share(self, T, mu, s, e):
        """Excited share of the defects."""
        return 1 / (1 + np.exp((e - s * mu) / (BOLTZMANN * T)))

    def averages(self, T, mu):
        """E and N."""
        E, N = self.energy + 0 * T * mu, self.number + 0 * T * mu
        for g, s, e in self.defects:
            E, N = E + g * e * self.share(T, mu, s, e), N + g * s * self.share(T, mu, s, e)
        return E, N

    def sampled(self, T, mu, rng):
        """E, N, E², EN and N² of blocks ``[T, block, μ]``, with noise."""
        T, mu = T[:, None, None], mu + np.zeros((BLOCKS, 1))
        E, N = self.averages(T, mu)
        second = [0 * E] * 3
        for g, s, e in self.defects:
            f = self.share(T, mu, s, e)
            spread = g * f * (1 - f)
            off = np.sqrt(spread / (CELLS * SWEEPS)) * rng.standard_normal(f.shape)
            E, N = E + e * off, N + s * off
            second = [v + spread * w for v, w in zip(second, (e * e, e * s, 1), strict=True)]
        square = (v / CELLS for v in second)
        return E, N, *(a + b for a, b in zip((E * E, E * N, N * N), square, strict=True))


ALPHA = Gas(0.0, 0.0, ((2, 1, 0.06),))
BETA = Gas(0.0095, 1.0, ((2, 1, 0.045), (2, -1, 0.035)))
GAMMA = Gas(0.01, 2.0, ((2, -1, 0.05),))
PHASES = {"alpha": ALPHA, "beta": BETA, "gamma": GAMMA}


def plan():
    count = len(PHASES)
    return Plan(
        phases=tuple(PHASES), energy=np.array([p.energy for p in PHASES.values()]),
        number=np.array([p.number for p in PHASES.values()]),
        occupation=np.zeros((count, 1), np.int8), mu_grid=MU,
        branch=np.repeat(np.arange(count), len(MU)), mu_index=np.tile(np.arange(len(MU)), count),
        temperatures=T, cooled=0, hot=np.zeros((2, len(MU))), nominal=MU[[0, 15, -1]],
    )  # fmt: skip


def samples(seed):
    """Block averages with the noise of independent configurations."""
    rng = np.random.default_rng(seed)
    every = [p.sampled(T, MU, rng) for p in PHASES.values()]
    E, N, EE, EN, NN = (np.concatenate(column, axis=-1) for column in zip(*every, strict=True))
    nothing = np.zeros_like(E[:, 0])
    return Samples(
        energy=E, number=N, energy2=EE, cross=EN, number2=NN, acceptance=np.ones_like(E),
        sublattice=N[:, :, None] / 8, discrepancy=nothing, wave_amplitude=nothing,
        wave_vector=np.zeros((*nothing.shape, 3), int), cells=CELLS, sweeps=1000,
    )  # fmt: skip


def diagram_of(seed, bounds=(-1.0, 3.0)):
    return phase_diagram(
        plan(), samples(seed), bounds=bounds, smallest_x=0.05, formula_units=1, resamples=20,
        seed=seed,
        crystal=Crystal(labels=("a",), lattice=5 * np.eye(3), supercell=(8, 8, 8)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def diagram():
    return diagram_of(1)


@pytest.fixture(scope="module")
def found(diagram):
    return boundaries(diagram)


def exact(low, high, at):
    """N of two phases and μ where they have the same φ."""
    a, b = PHASES[low], PHASES[high]
    mu = brentq(lambda m: a.phi(at, m) - b.phi(at, m), -0.05, 0.06)
    return a.averages(at, mu)[1], b.averages(at, mu)[1], mu


@pytest.fixture(scope="module")
def eutectoid():
    """T and μ at which the three have the same φ."""

    def differences(at):
        phi = [p.phi(1e4 * at[0], at[1]) for p in PHASES.values()]
        return [phi[1] - phi[0], phi[2] - phi[0]]

    (temperature, mu), _, ok, _ = fsolve(differences, [0.02, 0.005], full_output=True)
    assert ok == 1
    return 1e4 * temperature, mu


def test_regions_meet_at_the_eutectoid_line(found):
    assert list(found) == ["alpha+gamma", "alpha+beta", "beta+gamma"]
    ends = {name: (r.begins.kind, r.ends.kind) for name, r in found.items()}
    assert ends == {
        "alpha+gamma": ("sampled", "invariant"),
        "alpha+beta": ("invariant", "sampled"), "beta+gamma": ("invariant", "sampled"),
    }  # fmt: skip


def test_the_eutectoid_is_where_three_grand_potentials_are_equal(diagram, found, eutectoid):
    (point,) = diagram.invariants
    assert [diagram.assignment.names[k] for k in point.phases] == list(PHASES)
    assert point.above
    temperature, mu = eutectoid
    assert point.temperature == pytest.approx(temperature, abs=3 * point.stderr)
    assert 0 < point.stderr < 3
    assert point.mu == pytest.approx(mu, abs=2e-4)
    numbers = [p.averages(temperature, mu)[1] for p in PHASES.values()]
    assert point.number == pytest.approx(numbers, abs=0.01)
    # the regions end in these points
    last, first = found["alpha+gamma"], found["alpha+beta"]
    assert last.temperature[-1] == first.temperature[0] == point.temperature
    assert last.values[-1, :2] == pytest.approx([point.number[0], point.number[2]])
    assert first.values[0, :2] == pytest.approx(point.number[:2])
    assert not diagram.events


@pytest.mark.parametrize("name", ["alpha+gamma", "alpha+beta", "beta+gamma"])
def test_boundaries_are_where_two_grand_potentials_are_equal(found, name):
    region = found[name]
    sampled = np.isin(region.temperature, T)
    assert sampled.sum() > 10
    values, stderr = region.values[sampled], region.stderr[sampled]
    true = np.array([exact(*name.split("+"), at) for at in region.temperature[sampled]])
    off = np.abs(values - true)
    assert off.max() < 0.003
    # below 1e-5 the digits of the fit end
    assert np.mean(off < 2 * np.hypot(stderr, 1e-5)) > 0.85
    assert np.median(stderr[:, :2]) < 0.001
    # they move by far more than that over the temperatures
    assert np.ptp(true[:, :2], axis=0).max() > 0.05


def test_stable_states_are_those_of_the_stable_phases(diagram):
    for step in (0, 10, 18, 28):
        now, _ = diagram.at(T[step])
        phi = np.array([p.phi(T[step], MU) for p in PHASES.values()])
        np.testing.assert_allclose(now.phi, phi.min(axis=0), rtol=0, atol=1e-4)
        E, N = np.stack([p.averages(T[step], MU) for p in PHASES.values()], axis=1)
        at = now.phase, np.arange(len(MU))
        np.testing.assert_allclose(now.number, N[at], rtol=0, atol=0.01)
        entropy = (E[at] - MU * N[at] - phi[at]) / T[step]
        np.testing.assert_allclose(now.entropy / BOLTZMANN, entropy / BOLTZMANN, rtol=0, atol=0.02)


def test_the_highest_two_phase_temperature_of_a_window(diagram, found):
    windows = {"all": (0.0, 2.0), "middle": (0.9, 1.1), "empty": (2.2, 2.4)}
    tops = summary(diagram, windows)
    end = found["alpha+gamma"].ends
    assert tops["middle"] == pytest.approx((end.temperature, end.stderr, np.mean(end.values[:2])))
    assert tops["all"][0] == T[-1]
    assert np.isnan(tops["empty"]).all()


def test_only_boundaries_where_the_expansion_holds_are_kept():
    """From x = 1 to 3 there is γ beside the phase in the middle, but no α."""
    low = set(boundaries(diagram_of(1, bounds=(-1.0, 0.9))))
    high = set(boundaries(diagram_of(1, bounds=(1.1, 3.0))))
    assert low == {"alpha+beta"}
    assert high == {"beta+gamma"}


VALENCE = MixedValence(sites=2, n_oxidised=-1.0, n_reduced=4.0)


def shifted(phase, at, mu):
    """μ′, φ′ and N of a state, with the entropy of mixed valence."""
    N = phase.averages(at, mu)[1]
    moved = mu - at * VALENCE.slope(N)
    return moved, phase.phi(at, mu) + mu * N - at * VALENCE.entropy(N) - moved * N, N


@pytest.mark.parametrize("at", [100.0, 150.0])
def test_with_electronic_entropy_boundaries_are_common_tangents_again(diagram, at):
    def equations(mu):
        (m, phi, _), (n, psi, _) = (
            shifted(p, at, k) for p, k in zip((ALPHA, GAMMA), mu, strict=True)
        )
        return [m - n, phi - psi]

    mu = fsolve(equations, [0.005, 0.005], xtol=1e-12)
    region = boundaries(with_electronic_entropy(diagram, VALENCE))["alpha+gamma"]
    step = int(np.flatnonzero(region.temperature == at)[0])
    expected = [shifted(p, at, m)[2] for p, m in zip((ALPHA, GAMMA), mu, strict=True)]
    assert region.values[step, :2] == pytest.approx(expected, abs=0.003)
    assert region.values[step, 2] == pytest.approx(shifted(ALPHA, at, mu[0])[0], abs=2e-4)
    # the entropy moves them by far more than that
    assert np.abs(region.values[step, 2] - exact("alpha", "gamma", at)[2]) > 1e-3
