"""``python -m navac.campaign.run``: run a campaign with Snakemake and write its report.

Wraps Snakemake only to clear what a killed run leaves behind, and to say in the end where the
results are.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from navac.campaign.check import checked_file
from navac.config.campaign import ConfigError

REPORT_SOURCES = ("figures/*.png", "thermodynamics/*.h5")


def main(argv: list[str] | None = None) -> int:
    """Run a campaign; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m navac.campaign.run", description=__doc__)
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--profile", type=Path, default=Path("workflow/profiles/workstation"))
    args, more = parser.parse_known_args(argv)
    try:
        config = checked_file(args.configfile)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    results = Path("results") / config.campaign
    common = ["--configfile", str(args.configfile)]
    profile = ["--profile", str(args.profile)]
    start = time.monotonic()
    if not working_here("snakemake"):
        clear_killed_run(common)
    status = snakemake([*common, *profile, *more, "--quiet", "rules", "host"])
    if status:
        print(f"\nThe campaign stopped. Logs: {results}/logs. Run again to continue.")
        return status
    report = results / "report.zip"
    if outdated(report, results):
        print("Writing the report", file=sys.stderr)
        status = snakemake([*common, "--report", str(report), "--quiet", "all"])
        if status:
            return status
    print(f"{results} is complete ({time.monotonic() - start:.0f} s): figures/, report.zip")
    return 0


def snakemake(arguments: list[str]) -> int:
    """Run Snakemake of this environment; returns its exit status."""
    return subprocess.run([sys.executable, "-m", "snakemake", *arguments], check=False).returncode


def working_here(name: str) -> list[psutil.Process]:
    """Live processes in this folder, other than this one, that run a file or module so named."""
    here = str(Path.cwd())
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        command = process.info["cmdline"] or []
        if process.pid != os.getpid() and process.info["cwd"] == here:
            # python -m snakemake …, python .snakemake/scripts/tmp….sample.py
            found += [process] * any(name in word for word in command[:3])
    return found


def clear_killed_run(common: list[str]) -> None:
    """Undo what a killed Snakemake leaves behind: jobs that run on, and its lock.

    A job that went on alone would write to the same files as its successor. Sampling continues
    from its record, so ending it loses one condition at most.
    """
    orphans = working_here(".snakemake/scripts/")
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):  # it may end by itself meanwhile
            orphan.terminate()
    _, alive = psutil.wait_procs(orphans, timeout=10)
    for orphan in alive:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    if Path(".snakemake/locks").is_dir() and any(Path(".snakemake/locks").iterdir()):
        snakemake([*common, "--unlock", "--quiet", "all"])


def outdated(report: Path, results: Path) -> bool:
    """Whether some result is newer than the report."""
    if not report.exists():
        return True
    written = report.stat().st_mtime
    return any(f.stat().st_mtime > written for g in REPORT_SOURCES for f in results.glob(g))


if __name__ == "__main__":
    sys.exit(main())
