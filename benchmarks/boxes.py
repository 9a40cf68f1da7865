"""What lies between the phases of Table S6: a separate phase, or coexistence inside the supercell?

The paper's ground states are heated at chemical potentials around their transitions, in supercells
of several lengths. States whose x lies between those of the phases are told apart by the amplitude
and wavelength of their concentration wave. Slabs of two phases have the longest wave that fits the
supercell. A modulated phase keeps its wavelength, in cells, from one supercell to the next. A
disordered state has no wave of large amplitude, and its amplitude falls as the supercell grows.
Records are kept, and continued when the script is run again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from peers.published import published_expansion

from navac.crystal.configurations import Configurations
from navac.crystal.supercell import Supercell
from navac.expansion.expansion import Expansion
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.results.records import RecordFile
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import Walks
from navac.sampling.record import read_samples
from navac.sampling.walk import sample_paths, use_cores

GROUND_STATES = {"zeta": (0, 1), "psi": (0, 1, 2, 6), "omega": (0, 1, 2, 3, 6, 7)}
"""Filled sites of the primitive cell (reference data of the paper's Table S6)."""

TRANSITIONS = {
    # name: phases, μ in eV per Na of the transition at 0 K, x taken as between the two
    "zeta+psi": (("zeta", "psi"), -0.474, (1.3, 1.85)),
    "psi+omega": (("psi", "omega"), -0.438, (2.25, 2.8)),
}
STRONG = 0.15
"""Amplitude above which a concentration wave is more than noise in all supercells."""

BLOCKS = 10


def walks(expansion: Expansion, supercell: Supercell, transition: str, options) -> Walks:
    """Both phases at every μ of the window, heated together."""
    phases, centre, _ = TRANSITIONS[transition]
    mu = centre + options.step * np.arange(-options.width, options.width + 1)
    one = np.ones((len(phases), 8), np.int8)  # vacancies, the second species
    for row, phase in zip(one, phases, strict=True):
        row[list(GROUND_STATES[phase])] = 0
    start = np.repeat(np.repeat(one, supercell.size, axis=1), len(mu), axis=0)
    T = np.arange(*options.temperatures)
    shape = len(T), 2 * len(mu)
    return Walks(
        Configurations.of(start), np.broadcast_to(T[:, None], shape).astype(float),
        np.broadcast_to(np.tile(mu, 2), shape),
    )  # fmt: skip


def sample(transition: str, length: int, options) -> Path:
    """Sample one supercell; its record."""
    expansion, supercell = published_expansion(), Supercell.diagonal(*[length] * 3)
    model = lattice_model(expansion, supercell)
    paths = walks(expansion, supercell, transition, options)
    n, per_block = len(paths.start), options.sweeps // BLOCKS
    record = options.output / f"{transition}-{length}.h5"
    sample_paths(
        model, paths, record, paths=np.arange(n), first_stream=10**7 * length, seed=1,
        sampler=Sampler(model, replicas=n, blocks=BLOCKS),
        lengths=Lengths.of(options.sweeps // 2, per_block, per_block, Precision()),
        progress=lambda done, of, T: print(f"{transition} {length}³: {done} of {of}, {T}",
                                           file=sys.stderr),
    )  # fmt: skip
    return record


def rows(transition: str, length: int, record: Path) -> list[list[str]]:
    """A table row per temperature: how many paths are between the phases, and their waves."""
    samples = read_samples([record])
    with RecordFile(record) as file:
        T = file.temperature[:, 0]
    x = samples.number.mean(axis=1) / 2
    low, high = TRANSITIONS[transition][2]
    found = []
    for step in range(len(T)):
        between = np.flatnonzero((x[step] > low) & (x[step] < high))
        amplitude = samples.wave_amplitude[step, between]
        strong = between[amplitude > STRONG]
        vectors = Counter(tuple(np.abs(v).tolist()) for v in samples.wave_vector[step, strong])
        most = ", ".join(f"{k} × {n}" for k, n in vectors.most_common(2)) or "–"
        found.append([
            f"{T[step]:.0f}", f"{length}³", f"{len(between)} of {x.shape[1]}",
            f"{np.median(amplitude):.3f}" if len(between) else "–", f"{len(strong)}", most,
        ])  # fmt: skip
    return found


def main() -> None:
    """Sample every supercell, then print one table per transition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transitions", nargs="+", choices=TRANSITIONS, default=[*TRANSITIONS])
    parser.add_argument("--lengths", type=int, nargs="+", default=[8, 12, 16, 24])
    parser.add_argument("--temperatures", type=int, nargs=3, default=[640, 921, 40])
    parser.add_argument("--width", type=int, default=8, help="steps of μ on either side")
    parser.add_argument("--step", type=float, default=0.00125, help="of μ, eV per Na")
    parser.add_argument("--sweeps", type=int, default=1000, help="measured per condition")
    parser.add_argument("--output", type=Path, default=Path("results/benchmarks/boxes"))
    options = parser.parse_args()
    use_cores(len(os.sched_getaffinity(0)))
    for transition in options.transitions:
        table = []
        for length in options.lengths:
            table += rows(transition, length, sample(transition, length, options))
        print(f"\n## {transition}\n")
        print(
            "| T, K | supercell | between the phases | median amplitude | strong | their k × L/2π |"
        )
        print("|---|---|---|---|---|---|")
        table.sort(key=lambda row: int(row[0]))
        for row in table:
            print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
