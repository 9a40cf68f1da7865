"""Keep the results of a campaign: its tables, its figures and their origin.

    python docs/record.py results/nxvp-16

writes ``docs/nxvp-16/``. Figures are kept as PNG. The prose of such a folder is written by hand in
its README.md, which this script leaves alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
from jinja2 import Template

from navac.campaign.about import texts
from navac.campaign.changes import made_jobs
from navac.campaign.provenance import Provenance
from navac.config.campaign import parse
from navac.results.content import embedded_provenance

FIGURES = (
    "phase_diagram", "voltage", "occupancies", "entropy", "heat_capacity", "order",
    "mixing_energies", "expansion_errors", "interactions", "rounds",
)  # fmt: skip


def processor() -> str:
    """The processor's name; JAX's device alone says ``cpu``."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def origin(campaign: Path) -> list[str]:
    """Commit, settings, machine, versions and times of a campaign, a line each."""
    path = campaign / "thermodynamics" / "phase_diagram.h5"
    embedded = embedded_provenance(path)
    if embedded is None:
        raise SystemExit(f"{path}: carries no provenance; run the campaign again with this navac")
    made = Provenance.from_dict(embedded)
    settings = made.lineage
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
    ).stdout.strip()
    seconds = {
        path.stem: pd.read_csv(path, sep="\t").s.sum()
        for path in sorted((campaign / "benchmarks").glob("*.tsv"))
    }
    long = [f"{name} {s / 60:.1f} min" for name, s in seconds.items() if s > 60]
    supercells = ", ".join(
        f"{name} in {'×'.join(map(str, settings[f'ranges.{name}.supercell']))} cells"
        for name in ranges(settings)
    )
    return [
        f"- commit {commit}; {made.created_utc[:10]}; seed {made.seed}",
        f"- {supercells}; protocol {settings['sampling.protocol']}, {settings['sampling.blocks']} "
        f"× {settings['sampling.block_sweeps']} sweeps per condition after "
        f"{settings['sampling.equilibration_sweeps']}",
        f"- {processor()}; sampled on {made.device}",
        "- " + ", ".join(f"{package} {version}" for package, version in made.versions.items()),
        *(["- " + ", ".join(long)] if long else []),
        *(f"- code of {rule} vouched for: {because}" for rule, because in vouched(campaign)),
    ]


def ranges(settings: dict[str, object]) -> list[str]:
    """The composition ranges that were sampled, by rising x."""
    names = {key.split(".")[1] for key in settings if key.startswith("ranges.")}
    return sorted(names, key=lambda name: settings[f"ranges.{name}.x"])


def vouched(campaign: Path) -> list[tuple[str, str]]:
    """Rules of which somebody said that a change of code changes no result, and why."""
    statements = [(v["rule"], v["because"]) for job in made_jobs(campaign)
                  for v in job.provenance.vouched]  # fmt: skip
    return list(dict.fromkeys(statements))


def number(value: float, digits: int) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}g}"


def table(campaign: Path) -> list[str]:
    """The reproduction table in Markdown."""
    path = campaign / "reproduction.csv"
    if not path.exists():
        return []  # a campaign without published numbers
    rows = pd.read_csv(path)
    names = rows["quantity"] + (", " + rows["unit"]).fillna("")
    lines = ["| quantity | this run | ± | published | source | verdict |", "|---" * 6 + "|"]
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        lines.append(
            f"| {name} | {number(row['this run'], 5)} | "
            f"{number(row['standard error'], 2)} | {number(row['published'], 5)} | "
            f"{row['source']} | {row['verdict']} |"
        )
    return lines


def trust(campaign: Path) -> list[str]:
    """What the page of trust says of what is not good, in Markdown."""
    path = campaign / "trust.csv"
    if not path.exists():
        return []  # a campaign that was analysed before there was one
    rows = pd.read_csv(path, keep_default_na=False)
    counts = ", ".join(f"{n} {verdict}" for verdict, n in rows.verdict.value_counts().items())
    lines = [f"Checks of trust: {counts}.", "", "| of | quantity | verdict | |", "|---" * 4 + "|"]
    for row in rows[rows.verdict.isin(["bad", "doubtful"])].sort_values("verdict").itertuples():
        lines.append(f"| {row.subject} | {row.quantity} | {row.verdict} | {row.sentence} |")
    return lines


def caption(name: str, campaign: Path) -> str:
    """The caption of a figure, as the report of the campaign has it."""
    config = parse(json.loads((campaign / "configuration.json").read_text())).config
    seen = SimpleNamespace(config=SimpleNamespace(report=texts(config)))
    text = Template(Path(f"workflow/report/{name}.rst").read_text()).render(snakemake=seen)
    # reStructuredText escapes what Markdown takes as it is.
    return " ".join(re.sub(r"\\(.)", r"\1", text).split())


def main() -> None:
    """Write ``docs/<campaign>/``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("campaign", type=Path, help="its folder under results/")
    campaign = parser.parse_args().campaign
    folder = Path(__file__).parent / campaign.name
    folder.mkdir(exist_ok=True)
    about = origin(campaign)  # before anything is written here, which git would call dirty
    numbers, rows = campaign / "reproduction.csv", table(campaign)
    if rows:
        shutil.copy(numbers, folder)
    judged = trust(campaign)
    if judged:
        shutil.copy(campaign / "trust.csv", folder)
    lines = [f"# {campaign.name}: {'table and figures' if rows else 'figures'}", "",
             *about, *(["", *rows] if rows else []),
             *(["", *judged] if judged else [])]  # fmt: skip
    for name in FIGURES:
        if not (campaign / "figures" / f"{name}.png").exists():
            continue  # only campaigns with rounds have a figure of them
        shutil.copy(campaign / "figures" / f"{name}.png", folder)
        lines += ["", f"![{name}]({name}.png)", "", caption(name, campaign)]
    (folder / "run.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
