"""Phases of independent sites: grand potential, averages and fluctuations in closed form.

Site ``s`` of a phase is filled with the probability 1/(1 + exp((ε_s − μ)/kT)), so that

    φ = E₀ − kT Σ_s ln(1 + exp((μ − ε_s)/kT)).

Samples of it need no Monte Carlo: how many of n sites are filled is binomial.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from navac.sampling.plan import HOT_STEPS, Plan
from navac.sampling.record import Samples
from navac.thermodynamics.diagram import Diagram, phase_diagram
from navac.thermodynamics.fields import ERRORS, Fields
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.order import Crystal
from navac.units import BOLTZMANN

CRYSTAL = Crystal(labels=("A",) * 4, lattice=3.0 * np.eye(3), supercell=(8, 8, 8))
MU = np.round(0.0025 * np.arange(-20, 21), 6)
T = 60.0 + 20.0 * np.arange(31)


@dataclass(frozen=True, kw_only=True)
class Sites:
    """A phase.

    Attributes:
        name: of it.
        energy: E₀, of the empty cell, eV.
        levels: ε of every site, eV.
    """

    name: str
    energy: float
    levels: tuple[float, ...]

    @classmethod
    def ordered(cls, name: str, ground: float, filled: int, gap: float, sites: int = 4) -> "Sites":
        """With some sites filled at μ = 0, at the energy ``ground``; any change costs ``gap``."""
        levels = (-gap,) * filled + (gap,) * (sites - filled)
        return cls(name=name, energy=ground + gap * filled, levels=levels)

    @property
    def ground(self) -> tuple[float, int]:
        """Energy and atoms at 0 K and μ = 0."""
        filled = [level for level in self.levels if level < 0]
        return self.energy + sum(filled), len(filled)

    def fillings(self, T, mu) -> np.ndarray:
        """``[…, site]`` filled fractions."""
        excess = np.array(self.levels) - np.asarray(mu)[..., None]
        return 1 / (1 + np.exp(excess / (BOLTZMANN * np.asarray(T)[..., None])))

    def phi(self, T, mu) -> np.ndarray:
        """``[…]`` eV per cell."""
        kT = BOLTZMANN * np.asarray(T)
        excess = np.asarray(mu)[..., None] - np.array(self.levels)
        return self.energy - kT * np.logaddexp(0, excess / kT[..., None]).sum(axis=-1)

    def exact(self, T, mu) -> dict[str, np.ndarray]:
        """``[…]`` every scalar of :class:`navac.thermodynamics.fields.Fields`."""
        T, mu = np.broadcast_arrays(np.asarray(T, float), np.asarray(mu, float))
        f, levels = self.fillings(T, mu), np.array(self.levels)
        spread = f * (1 - f)
        return {
            "phi": self.phi(T, mu),
            "number": f.sum(axis=-1),
            "energy": self.energy + f @ levels,
            "susceptibility": spread.sum(axis=-1) / (BOLTZMANN * T),
            "omega_variance": (spread * (levels - mu[..., None]) ** 2).sum(axis=-1),
        }

    def entropy(self, T, mu) -> np.ndarray:
        """``[…]`` eV/K per cell."""
        f = self.fillings(T, mu)
        return -BOLTZMANN * (f * np.log(f) + (1 - f) * np.log1p(-f)).sum(axis=-1)


def meeting(phases: Sequence[Sites], near: tuple[float, float]) -> tuple[float, float]:
    """T in K and μ in eV at which three phases have the same φ."""

    def differences(at):
        phi = [float(p.phi(at[0], at[1])) for p in phases]
        return [phi[1] - phi[0], phi[2] - phi[0]]

    found = root(differences, near, tol=1e-13)
    assert np.abs(differences(found.x)).max() < 1e-10
    return float(found.x[0]), float(found.x[1])


def exact_fields(phases: Sequence[Sites], T=T, mu=MU, *, noise: np.ndarray | None = None) -> Fields:
    """The phases on a grid, all of them sampled everywhere.

    Args:
        noise: ``[resample, phase, T]`` added to φ, eV per cell; the first resample is that of all
            data.
    """
    values = [p.exact(T[:, None], mu) for p in phases]
    resamples = 1 if noise is None else len(noise)
    stacked = {
        name: np.repeat(np.array([v[name] for v in values])[None], resamples, axis=0)
        for name in values[0]
    }
    if noise is not None:
        stacked["phi"] = stacked["phi"] + noise[..., None]
    return Fields(
        temperature=T, mu=mu, sampled=np.ones((len(phases), len(T), len(mu)), bool),
        phi_error=np.zeros(len(phases)),
        **{name: np.zeros((len(phases), len(T), len(mu))) for name in ERRORS}, **stacked,
    )  # fmt: skip


def branches_in(
    plan: Plan, phases: Sequence[Sites], state: np.ndarray, *, seed: int = 0, resamples: int = 8,
    snapshots: int = 240,
) -> tuple[Branches, ...]:  # fmt: skip
    """Branches whose states are in given phases, and resamples of them; φ is exact.

    Args:
        state: ``[branch, T, μ]`` position in ``phases``.
        snapshots: whose number sets the noise of fillings, hence of N and E.
    """
    rng = np.random.default_rng(seed)
    at_T = np.broadcast_to(plan.temperatures[:, None], state.shape)
    at_mu = np.broadcast_to(plan.mu_grid, state.shape)
    fillings = np.choose(state[..., None], [p.fillings(at_T, at_mu) for p in phases])
    levels = np.choose(state[..., None], [np.array(p.levels) for p in phases])
    energy = np.choose(state, [p.energy for p in phases])
    spread, off = fillings * (1 - fillings), levels - at_mu[..., None]
    exact = [p.exact(at_T, at_mu) for p in phases]
    fixed = {
        name: np.choose(state, [e[name] for e in exact])
        for name in ("phi", "susceptibility", "omega_variance")
    } | {
        "cross": (spread * off).sum(axis=-1), "stationary": np.ones(state.shape, bool),
        "wave_amplitude": np.full(state.shape, 0.04),
        "wave_vector": np.ones((*state.shape, 3), int),
    }  # fmt: skip
    width = np.sqrt(spread / (CRYSTAL.cells * snapshots))
    measured = fillings + width * rng.standard_normal(width.shape)
    found = []
    for n in range(resamples + 1):
        f = measured + (n > 0) * width * rng.standard_normal(width.shape)
        found.append(Branches(
            number=f.sum(axis=-1), energy=energy + (f * levels).sum(axis=-1), sublattice=f, **fixed
        ))  # fmt: skip
    return tuple(found)


def plan_for(heated: Sequence[Sites], cooled: Sites | None, T=T, mu=MU) -> Plan:
    """Every phase heated, and a disordered one cooled, at all chemical potentials."""
    count = len(heated) + (cooled is not None)
    hot = np.zeros((2, len(mu)))
    if cooled is not None:
        excess = np.array(cooled.levels) - mu[:, None]
        hot = np.array([cooled.energy + excess.sum(axis=1) / 2, (excess**2).sum(axis=1) / 4])
    ground = [p.ground for p in heated]
    return Plan(
        phases=tuple(p.name for p in heated),
        energy=np.array([e for e, _ in ground]),
        number=np.array([float(n) for _, n in ground]),
        occupation=np.zeros((len(heated), 1), np.int8),
        mu_grid=mu,
        branch=np.repeat(np.arange(count), len(mu)),
        mu_index=np.tile(np.arange(len(mu)), count),
        temperatures=T,
        cooled=len(T) - 4 if cooled is not None else 0,
        hot=hot,
        nominal=np.zeros(len(heated)),
    )


def states_on(plan: Plan, phases: Sequence[Sites], holds: float) -> np.ndarray:
    """``[step, path]`` the phase that a path is in; −1 after its end.

    Args:
        phases: those of the branches, in their order.
        holds: how far above the lowest φ a path stays in its phase, eV per cell.
    """
    temperature, mu = plan.walks().temperature, plan.mu
    state = plan.branch.copy()
    result = np.full(temperature.shape, -1)
    at_all = np.arange(len(mu))
    for step, now in enumerate(temperature):
        there = np.isfinite(now)
        if step >= HOT_STEPS - 1 or plan.heats.any():
            phi = np.array([p.phi(np.where(there, now, 1e3), mu) for p in phases])
            left = phi[state, at_all] - phi.min(axis=0) > holds
            # At infinite temperature all phases are the one that is cooled.
            left &= plan.heats | (step >= HOT_STEPS - 1)
            state = np.where(left, phi.argmin(axis=0), state)
        result[step, there] = state[there]
    return result


def samples_of(
    plan: Plan, phases: Sequence[Sites], *, seed: int, snapshots: int = 20, blocks: int = 12,
    holds: float = 0.02, common: int = 0,
) -> Samples:  # fmt: skip
    """Independent snapshots of a supercell along every path.

    Args:
        snapshots: of a block.
        common: all blocks of a condition fluctuate about the mean of so many snapshots, as where
            fluctuations last longer than blocks; 0 for independent blocks.
    """
    rng, cells = np.random.default_rng(seed), CRYSTAL.cells
    temperature = plan.walks().temperature
    state = states_on(plan, phases, holds)
    sites = len(phases[0].levels)
    shape = (len(temperature), blocks, len(plan.mu))
    sums = {name: np.zeros(shape) for name in ("energy", "number", "energy2", "cross", "number2")}
    filled = np.zeros((*shape[:2], sites, shape[2]))
    for k, phase in enumerate(phases):
        step, path = np.nonzero(state == k)
        f = phase.fillings(temperature[step, path], plan.mu[path])
        around = rng.binomial(cells * common, f) / (cells * common) if common else f
        drawn = rng.binomial(cells * snapshots, around, size=(blocks, *f.shape))
        drawn = drawn / (cells * snapshots)
        # Of the fluctuations of a snapshot, a part is that of the means of blocks.
        spread = drawn * (1 - drawn) / cells * (1 - 1 / snapshots)
        levels = np.array(phase.levels)
        N, E = drawn.sum(axis=-1), phase.energy + drawn @ levels
        found = {
            "energy": E, "number": N, "energy2": E**2 + spread @ levels**2,
            "cross": E * N + spread @ levels, "number2": N**2 + spread.sum(axis=-1),
        }  # fmt: skip
        for name, values in found.items():
            sums[name][step, :, path] = values.T
        filled[step, :, :, path] = np.moveaxis(drawn, 0, 1)
    nothing = np.zeros((shape[0], shape[2]))
    return Samples(
        **sums, acceptance=np.ones(shape), sublattice=filled, discrepancy=nothing,
        wave_amplitude=nothing + 0.04, wave_vector=np.ones((*nothing.shape, 3), np.int16),
        cells=cells, sweeps=snapshots * shape[1],
    )  # fmt: skip


def sampled_diagram(
    heated: Sequence[Sites], cooled: Sites | None = None, *, seed: int, resamples: int = 12,
    T=T, mu=MU, **of_samples,
) -> Diagram:  # fmt: skip
    """The diagram that :func:`navac.thermodynamics.diagram.phase_diagram` finds from samples."""
    plan = plan_for(heated, cooled, T, mu)
    phases = [*heated, *([] if cooled is None else [cooled])]
    return phase_diagram(
        plan, samples_of(plan, phases, seed=seed, **of_samples), crystal=CRYSTAL,
        bounds=(0.0, 4.0), smallest_x=0.1, formula_units=1, resamples=resamples, seed=seed,
    )  # fmt: skip


LOW = Sites.ordered("low", 0.0, 1, 0.12)
HIGH = Sites.ordered("high", 0.01, 3, 0.11)
DISORDERED = Sites(name="disordered", energy=0.105, levels=(0.0,) * 4)
MIDDLE = Sites.ordered("middle", -0.013, 2, 0.2)
SOFT_LOW, SOFT_HIGH = (
    Sites.ordered("low", 0.0, 1, 0.09), Sites.ordered("high", 0.004, 3, 0.095),
)  # fmt: skip
EUTECTOID = (LOW, DISORDERED, HIGH)
PERITECTOID = (SOFT_LOW, MIDDLE, SOFT_HIGH)
