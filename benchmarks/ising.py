"""Critical temperatures that are known, found by campaigns: nearest-neighbour lattices.

The campaigns of config/ising/ are run in several supercells and with several steps of μ, through
``navac.campaign.run``, up to their phase diagrams. One of them may take the energies of a table
instead of an expansion: the expansion is then fitted to them. The critical temperatures are set
beside those of Onsager (square lattice, kT = 2.269 J) and of series and simulations (fcc, 9.793 J),
and x on the boundary of the square lattice beside the exact magnetisation. Finished campaigns are
not run again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml

from navac.results import schema
from navac.results.read import read_record
from navac.units import BOLTZMANN

ROOT = Path(__file__).parents[1]
J = {"square": 0.02, "fcc": 0.005}
"""Coupling, eV."""

EXACT = {"square": 2 / np.log(1 + np.sqrt(2)), "fcc": 9.793}
"""kT/J of the critical point."""

LENGTHS = {"square": (32, 64, 128), "fcc": (8, 12, 16)}
STEPS = (0.002, 0.0005, 0.0001)
"""Of μ, eV. The finer ones at every second temperature."""

REACH = 10
"""Steps of μ to either side of the transition; so the finest reach no farther than 0.001 eV."""

FARTHEST = 0.98
"""x is compared up to this part of the critical temperature."""


def configuration(lattice: str, length: int, step: float) -> Path:
    """Write the campaign of a lattice in another supercell, with another step of μ."""
    data = yaml.safe_load((ROOT / f"config/ising/{lattice}.yaml").read_text(encoding="utf-8"))
    data["campaign"] = f"ising-{lattice}-{length}-{step:g}"
    data["sampling"]["supercell"] = [length, length, 1 if lattice == "square" else length]
    of_range = data["ranges"]["all"]
    of_range |= {"mu_step_eV": step, "mu_margin_eV": 2 * step, "mu_reach_eV": REACH * step}
    of_range["temperatures_K"][1]["step"] = 5 if step == max(STEPS) else 10
    path = ROOT / f"results/benchmarks/{data['campaign']}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def diagram(config: Path) -> Path:
    """Run a campaign up to its phase diagram."""
    name = yaml.safe_load(config.read_text(encoding="utf-8"))["campaign"]
    found = ROOT / f"results/{name}/thermodynamics/phase_diagram.h5"
    if not found.exists():
        subprocess.run(
            [sys.executable, "-m", "navac.campaign.run", "--configfile", str(config),
             str(found.relative_to(ROOT))],
            cwd=ROOT, check=True,
        )  # fmt: skip
    return found


def magnetisation(T: np.ndarray, coupling: float) -> np.ndarray:
    """Spontaneous magnetisation of the square lattice (Yang 1952)."""
    return np.maximum(1 - np.sinh(2 * coupling / (BOLTZMANN * T)) ** -4, 0) ** 0.125


def row(lattice: str, length: int, step: float, path: Path) -> list[str]:
    """A row of the table."""
    exact = EXACT[lattice] * J[lattice] / BOLTZMANN
    top = read_record(path, schema.Summary, "poor+rich")
    T, error = top.highest_two_phase_temperature_K, top.highest_two_phase_temperature_stderr_K
    cells = [
        lattice, f"{length}", f"{step:g}", f"{T:.1f} ± {error:.1f}",
        f"{100 * (T / exact - 1):+.2f}",
        f"{(T - exact) / error:+.1f}",
    ]  # fmt: skip
    return [*cells, _pulls(path, exact) if lattice == "square" else "–"]


def _pulls(path: Path, critical: float) -> str:
    """How many sides of the boundary lie within two standard errors of the exact ones."""
    region = read_record(path, schema.Boundary, "poor+rich")
    below = (region.temperature_K > 400) & (region.temperature_K < FARTHEST * critical)
    x = (1 - magnetisation(region.temperature_K[below], J["square"])) / 2
    pulls = np.concatenate([
        (region.x_low[below] - x) / region.x_low_stderr[below],
        (region.x_high[below] - 1 + x) / region.x_high_stderr[below],
    ])  # fmt: skip
    return f"{np.count_nonzero(np.abs(pulls) < 2)} of {len(pulls)}, {np.abs(pulls).max():.1f}"


def main() -> None:
    """Run what is not there yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lattices", nargs="+", choices=LENGTHS, default=[*LENGTHS])
    parser.add_argument("--lengths", type=int, nargs="+", help="instead of the usual three")
    parser.add_argument("--steps", type=float, nargs="+", default=STEPS, help="of μ, eV")
    options = parser.parse_args()
    table = [
        row(lattice, length, step, diagram(configuration(lattice, length, step)))
        for lattice in options.lattices
        for length in options.lengths or LENGTHS[lattice]
        for step in options.steps
    ]
    print("| lattice | length | μ step, eV | T_c, K | off, % | off, errors | x within 2 errors, "
          "largest |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for cells in table:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
