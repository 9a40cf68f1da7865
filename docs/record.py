"""Keep the results of a campaign: its table, its figures and their origin.

    python docs/record.py results/nxvp-16

writes ``docs/nxvp-16/``. Figures are kept as PNG. The prose of such a folder is written by hand in
its README.md, which this script leaves alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import h5py
import pandas as pd

PACKAGES = ("navac", "jax", "numpy", "snakemake", "pymatgen", "scikit-learn")
FIGURES = (
    "phase_diagram", "voltage", "occupancies", "entropy", "heat_capacity", "order",
    "mixing_energies", "expansion_errors", "interactions",
)  # fmt: skip


def processor() -> str:
    """The processor's name; JAX's device alone says ``cpu``."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def provenance(campaign: Path) -> list[str]:
    """Commit, configuration, machine, versions and time, a line each."""
    with h5py.File(campaign / "thermodynamics" / "phase_diagram.h5") as file:
        attributes = dict(file.attrs)
    config = json.loads(attributes["config_json"])
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
    ).stdout.strip()
    seconds = {
        path.stem: pd.read_csv(path, sep="\t").s.sum()
        for path in sorted((campaign / "benchmarks").glob("*.tsv"))
    }
    supercells = ", ".join(
        f"{name} in {'×'.join(map(str, r['supercell'] or config['sampling']['supercell']))} cells"
        for name, r in config["ranges"].items()
    )
    return [
        f"- commit {commit}; {attributes['created_utc'][:10]}; seed {attributes['seed']}",
        f"- {supercells}; protocol {config['sampling']['protocol']}, "
        f"{config['sampling']['blocks']} × {config['sampling']['block_sweeps']} sweeps per "
        f"condition after {config['sampling']['equilibration_sweeps']}",
        f"- {processor()}, {config['sampling']['threads']} cores; device {attributes['device']}",
        "- " + ", ".join(f"{p} {version(p)}" for p in PACKAGES),
        "- " + ", ".join(f"{name} {s / 60:.1f} min" for name, s in seconds.items() if s > 60),
    ]  # fmt: skip


def number(value: float, digits: int) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}g}"


def table(campaign: Path) -> list[str]:
    """The reproduction table in Markdown."""
    rows = pd.read_csv(campaign / "reproduction.csv")
    names = rows["quantity"] + (", " + rows["unit"]).fillna("")
    lines = ["| quantity | this run | ± | published | source | verdict |", "|---" * 6 + "|"]
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        lines.append(
            f"| {name} | {number(row['this run'], 5)} | "
            f"{number(row['standard error'], 2)} | {number(row['published'], 5)} | "
            f"{row['source']} | {row['verdict']} |"
        )
    return lines


def main() -> None:
    """Write ``docs/<campaign>/``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("campaign", type=Path, help="its folder under results/")
    campaign = parser.parse_args().campaign
    folder = Path(__file__).parent / campaign.name
    folder.mkdir(exist_ok=True)
    shutil.copy(campaign / "reproduction.csv", folder)
    lines = [f"# {campaign.name}: table and figures", "", *provenance(campaign), "",
             *table(campaign)]  # fmt: skip
    for name in FIGURES:
        shutil.copy(campaign / "figures" / f"{name}.png", folder)
        caption = Path(f"workflow/report/{name}.rst").read_text()
        lines += ["", f"![{name}]({name}.png)", "", " ".join(caption.split())]
    (folder / "run.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
