"""The boundaries of two campaigns that differ in their protocol alone, in standard errors.

For example, after ``config/intermediate.yaml`` has run, the same by scans of μ:

    snakemake --profile workflow/profiles/workstation --configfile config/intermediate.yaml \\
        --config campaign=nxvp-16-scans 'sampling={protocol: paper}'
    python benchmarks/protocols.py results/nxvp-16 results/nxvp-16-scans
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from navac.results import schema
from navac.results.read import read_records

COLUMNS = {"x_low": 1, "x_high": 1, "mu_eV": 1e3}
"""What is compared, and the unit it is printed in."""

KINDS = {"boundaries": schema.Boundary, "boundaries_electronic": schema.ElectronicBoundary}


def boundaries(campaign: Path, group: str) -> dict[tuple[str, float], dict[str, np.ndarray]]:
    """``{(region, T): {column: (value, standard error)}}``."""
    path = campaign / "thermodynamics" / "phase_diagram.h5"
    return {
        (name, float(T)): {
            c: np.array([getattr(region, c)[k], getattr(region, f"{c}_stderr")[k]]) for c in COLUMNS
        }
        for name, region in read_records(path, KINDS[group]).items()
        for k, T in enumerate(region.temperature_K)
    }


def main() -> None:
    """Print a row per boundary, and how many agree within two standard errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("campaigns", type=Path, nargs=2)
    parser.add_argument("--temperatures", type=float, nargs="*", default=[300, 500, 680, 800])
    parser.add_argument("--group", default="boundaries", choices=KINDS)
    options = parser.parse_args()
    one, other = (boundaries(c, options.group) for c in options.campaigns)
    print("| region | T, K | " + " | ".join(
        f"{c}: {folder.name} | {'' if c != 'mu_eV' else 'meV, '}other | σ apart"
        for c in COLUMNS for folder in options.campaigns[:1]
    ) + " |")  # fmt: skip
    print("|---" * (2 + 3 * len(COLUMNS)) + "|")
    apart = []
    for key in sorted(one.keys() | other.keys()):
        if key[1] not in options.temperatures:
            continue
        if key not in one or key not in other:
            where = options.campaigns[key not in one].name
            print(f"| {key[0]} | {key[1]:g} | in {where} alone |")
            continue
        cells = []
        for column, scale in COLUMNS.items():
            (a, da), (b, db) = one[key][column] * scale, other[key][column] * scale
            apart.append(abs(a - b) / np.hypot(da, db))
            cells += [f"{a:.4f} ± {da:.4f}", f"{b:.4f} ± {db:.4f}", f"{apart[-1]:.1f}"]
        print(f"| {key[0]} | {key[1]:g} | " + " | ".join(cells) + " |")
    within = np.array(apart) <= 2
    print(f"\n{within.sum()} of {len(within)} values agree within two standard errors")


if __name__ == "__main__":
    main()
