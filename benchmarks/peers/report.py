"""Tables of a benchmark, with what is needed to judge them: versions, machine, date, commit."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from peers.compare import TURNS, Result, ratios

COLUMNS = (
    "engine", "supercell", "replicas", "cores", "device", "flips/s", "lowest – highest",
    "flips per CPU-second", "flips/ns", "Na per cell", "E, eV per cell", "accepted",
    "E − E(navac), eV", "set-up, s", "peak memory, MiB",
)  # fmt: skip


def provenance() -> dict:
    """Machine, load, date and commit."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _commit(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
    }


def _commit() -> str:
    """Short hash, with ``-dirty`` when files were changed since; empty outside git."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=Path(__file__).parent,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stdout.strip()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def comparison(results: Sequence[Result], conditions, about: dict) -> str:
    """The comparison of the engines in Markdown."""
    parts = ["# Engines on Table S6", about_lines(about)]
    for condition in conditions:
        parts.append(f"## {condition[0]:g} K, μ_Na = {condition[1]:g} eV")
        rows = [_row(r, condition) for r in results if r.timed.get(condition)]
        parts.append(markdown_table(COLUMNS, rows))
        parts += [_ratio_line(*_by_name(results, TURNS), condition)]
    parts += [f"- {r.engine}: {r.failure}" for r in results if r.failure]
    parts += [
        f"- {r.engine}: " + ", ".join(f"{k} {v}" for k, v in r.versions.items())
        for r in results if r.versions
    ]  # fmt: skip
    return "\n\n".join(p for p in parts if p) + "\n"


def about_lines(about: dict) -> str:
    """Provenance as a list in Markdown."""
    return "\n".join(f"- {key}: {value}" for key, value in about.items())


def _by_name(results, names):
    return [next((r for r in results if r.engine == name), None) for name in names]


def _row(result: Result, condition) -> list[str]:
    rates, last = result.rates(condition), result.timed[condition][-1]
    rate = median(rates)
    setup = ", ".join(f"{k} {v:.1f}" for k, v in result.setup_s.items())
    return [
        result.engine, "×".join(map(str, result.supercell)), str(result.replicas),
        str(result.cores), result.device,
        f"{rate:.3g}", f"{min(rates):.3g} – {max(rates):.3g}",
        f"{median(result.rates(condition, 'cpu_s')):.3g}", f"{rate * 1e-9:.3g}",
        f"{last['number']:.3f}", f"{last['energy_eV']:.4f}", f"{last['acceptance']:.3f}",
        f"{result.difference_eV:.0e}", setup, f"{result.peak_memory_MiB:.0f}",
    ]  # fmt: skip


def _ratio_line(ours: Result | None, theirs: Result | None, condition) -> str:
    """The headline: how many times faster, by the clock and by processor time."""
    if not (ours and theirs and ours.timed.get(condition) and theirs.timed.get(condition)):
        return ""
    wall = ratios(ours, theirs, condition)
    processor = ratios(ours, theirs, condition, "cpu_s")
    turns = ", ".join(f"{r:.1f}" for r in wall)
    return (
        f"**{ours.engine} / {theirs.engine}: {median(wall):.1f}** attempted flips per second, "
        f"{median(processor):.1f} per CPU-second (medians; turns: {turns})"
    )


def as_json(results: Sequence[Result], about: dict) -> str:
    """Everything that was measured."""
    records = []
    for result in results:
        timed = [{"temperature_K": t, "mu_eV_per_Na": mu, "runs": runs}
                 for (t, mu), runs in result.timed.items()]  # fmt: skip
        records.append({**asdict(result), "timed": timed})
    return json.dumps({"about": about, "engines": records}, indent=1) + "\n"
