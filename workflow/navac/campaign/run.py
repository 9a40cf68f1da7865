"""``python -m navac.campaign.run``: run a campaign with Snakemake and write its report.

Says beforehand what will be redone and why, clears what a killed run leaves behind, leaves
another run in the same folder alone, and says in the end where the results are.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from navac import NavacError

if TYPE_CHECKING:
    import psutil

REPORT_SOURCES = (
    "figures/*.png", "figures/*.html", "thermodynamics/*.h5", "reproduction.html", "trust.html",
)  # fmt: skip
CRATE_SOURCES = ("**/.provenance/*.json", "report.zip")
RUNNING = Path(".snakemake/navac")
LOCK = RUNNING / "lock"

LEAST_ROOM = 50
"""MB of the disk that a run needs free to begin with; a sampling job says how much it needs."""


class AtWork(NavacError):
    """Another run is at work in this folder."""


def main(argv: list[str] | None = None) -> int:
    """Run a campaign; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m navac.campaign.run", description=__doc__)
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--profile", type=Path, default=Path("workflow/profiles/workstation"))
    parser.add_argument("--dry-run", "-n", action="store_true",
                        help="say what would be done and why, and do nothing")  # fmt: skip
    args, more = parser.parse_known_args(argv)
    try:
        return _run(args, more)
    except AtWork as error:
        print(error, file=sys.stderr)
        return 3
    except NavacError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        from navac.campaign.job import disk_problem

        if (said := disk_problem(error)) is None:
            raise
        print(said, file=sys.stderr)
        return 2


def _is_new(prim: Path, *sources: Path) -> bool:
    """Whether a crystal is read for the first time, or its sources were written since."""
    if not prim.is_file():
        return True
    return any(source.stat().st_mtime > prim.stat().st_mtime for source in sources)


def _run(args: argparse.Namespace, more: list[str]) -> int:
    # Imported late: these load pymatgen, and --help should not.
    from navac.campaign.check import checked_file
    from navac.campaign.notices import notices
    from navac.campaign.provenance import METADATA
    from navac.campaign.rules import Rules
    from navac.campaign.strangers import check_strangers
    from navac.files import check_room

    start = time.monotonic()
    config = checked_file(args.configfile)
    rules = Rules(config)
    if _is_new(rules.results / "prim/prim.json", args.configfile, config.prim.file):
        for field, text in notices(config):
            print(f"{args.configfile}: NOTE: {field}: {text}", file=sys.stderr)
    for line in check_strangers(rules.results):
        print(line, file=sys.stderr)
    if args.dry_run:
        _say_changes(rules, nothing=True)
        return 0
    results, common = rules.results, ["--configfile", str(args.configfile)]
    with _alone(config.campaign):
        check_room(Path.cwd(), LEAST_ROOM * 2**20, "a run")
        clear_killed_run(common)
        _say_changes(rules)
        profile = ["--profile", str(args.profile)]
        status = snakemake([*common, *profile, *more, "--quiet", "rules", "host"])
        if status:
            _say_room()
            print(f"\nThe campaign stopped. Logs: {results}/logs. Run again to continue.")
            return status
        if _unfinished(rules):  # some of its files alone were asked for
            print(f"{results} has what was asked for; the report waits for the whole campaign")
            return 0
        report = results / "report.zip"
        if outdated(report, results):
            print("Writing the report", file=sys.stderr)
            status = snakemake([*common, "--report", str(report), "--quiet", "all"])
            if status:
                return status
        if outdated(results / METADATA, results, CRATE_SOURCES):
            from navac.campaign.crate import write_crate

            write_crate(rules, args.configfile)
    print(f"{results} is complete ({time.monotonic() - start:.0f} s): figures/, report.zip")
    if not config.samples:
        runs = ", ".join(config.ensembles.runs)
        print("It ends with the expansion, its hull and its errors, as until: expansion says; "
              + (f"runs of ensembles: {runs}" if runs else "nothing was sampled"))  # fmt: skip
    return 0


def _unfinished(rules) -> bool:
    """Whether anything of the campaign is still to be done."""
    from navac.campaign.changes import changes

    return bool(changes(rules))


def _say_changes(rules, *, nothing: bool = False) -> None:
    """Say what will be redone and why."""
    from navac.campaign.changes import changes, sentences

    found = changes(rules)
    for line in sentences(found, sum(1 for _ in rules.jobs())):
        print(line, file=sys.stderr)
    if any(change.seconds is None for change in found):
        _say_expected(rules, [change for change in found if change.seconds is None])
    if nothing and not found:
        print("Nothing to be done: every result belongs to its settings.", file=sys.stderr)


def _say_expected(rules, new) -> None:
    """Say how long the jobs that never ran are expected to take."""
    from navac.campaign.changes import duration
    from navac.campaign.forecast import forecast

    seconds, unknown = forecast(rules.config).of(new)
    beyond = f", without {', '.join(unknown)}" if unknown else ""
    what = f"the {len(new)} jobs that never ran{beyond}"
    print(f"  about {duration(seconds)} for {what}, by forecast", file=sys.stderr)


@contextmanager
def _alone(campaign: str) -> Iterator[None]:
    """Hold the folder for one run.

    Raises:
        AtWork: another run holds it; says what that is doing.
    """
    RUNNING.mkdir(parents=True, exist_ok=True)
    with open(LOCK, "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AtWork(_at_work(lock.read().strip())) from None
        if others := working_here("snakemake"):
            raise AtWork(_at_work(f"Snakemake (process {others[0].pid})"))
        lock.truncate(0)
        lock.write(f"The campaign {campaign} (process {os.getpid()})\n")
        lock.flush()
        yield
        lock.truncate(0)


def _at_work(what: str) -> str:
    """What is at work here, and in which stage."""
    import psutil

    jobs = []
    for file in RUNNING.glob("*.json"):
        with suppress(OSError, ValueError):
            job = json.loads(file.read_text())
            if psutil.pid_exists(job["pid"]):
                jobs.append(f"{job['job']} (process {job['pid']})")
    stage = f", now at {', '.join(jobs)}" if jobs else ""
    return f"{what} is at work in this folder{stage}; wait until it has finished"


def _say_room() -> None:
    """Say it if the disk is full; Snakemake shows a traceback at best."""
    free = shutil.disk_usage(".").free / 2**20
    if free < LEAST_ROOM:
        print(
            f"{Path.cwd()}: the disk is full ({free:.0f} MB free, a run needs {LEAST_ROOM}); make "
            "room and run again; finished work is kept",
            file=sys.stderr,
        )


def snakemake(arguments: list[str]) -> int:
    """Run Snakemake of this environment; returns its exit status."""
    return subprocess.run([sys.executable, "-m", "snakemake", *arguments], check=False).returncode


def working_here(name: str) -> list[psutil.Process]:
    """Live processes in this folder, other than this one, that run a file or module so named."""
    import psutil

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
    import psutil

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


def outdated(summary: Path, results: Path, sources: Iterable[str] = REPORT_SOURCES) -> bool:
    """Whether some of the results are newer than a summary of them, the report or the RO-Crate."""
    if not summary.exists():
        return True
    written = summary.stat().st_mtime
    return any(f.stat().st_mtime > written for g in sources for f in results.glob(g))


if __name__ == "__main__":
    sys.exit(main())
