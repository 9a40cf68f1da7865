"""``navac``: a campaign from the command line.

``navac new`` writes a configuration from a crystal file, ``navac check`` says what is wrong with
one and what it will do, ``navac run`` runs it and ``navac status`` says how far it is. Run them in
the folder of the Snakefile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from navac import NavacError

CONFIG = Path("config/config.yaml")


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = _parser()
    args, more = parser.parse_known_args(argv)
    if more and args.command != "run":
        parser.error(f"unrecognised arguments: {' '.join(more)}")
    try:
        return args.do(args, more)
    except NavacError as error:
        print(error, file=sys.stderr)
        return args.refused
    except BrokenPipeError:  # | head
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="navac", description=__doc__.replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_new(commands)
    for name, do, says in (
        ("check", _check, "every problem of a configuration; what the campaign will do"),
        ("run", _run, "run a campaign, or continue it; other options go to Snakemake"),
        ("status", _status, "what of a campaign is done, running, left and failed, and why"),
    ):
        one = _add(commands, name, do, says)
        one.add_argument("config", type=Path, nargs="?", default=CONFIG,
                         help=f"configuration; {CONFIG} if none is given")  # fmt: skip
        if name == "run":
            one.add_argument("--profile", type=Path, default=Path("workflow/profiles/workstation"))
            one.add_argument("--dry-run", "-n", action="store_true",
                             help="say what would be done and why, and do nothing")  # fmt: skip
    return parser


def _add(commands, name: str, do: Callable, says: str) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=says, description=says, allow_abbrev=False)
    one.set_defaults(do=do, refused=1 if name == "check" else 2)
    return one


def _add_new(commands) -> None:
    new = _add(commands, "new", _new, "write a commented configuration from a crystal file")
    new.add_argument("crystal", type=Path, help="POSCAR, CIF or other structure file")
    new.add_argument("--species", metavar="A[/B]",
                     help="what moves: Li for Li or a vacancy, Cu/Au for either; not needed where "
                     "the file has partly or mixedly filled sites")  # fmt: skip
    new.add_argument("--fix", action="append", default=[], metavar="SPECIES",
                     help="mixed sites that contain this species hold it alone")  # fmt: skip
    new.add_argument("--output", "-o", type=Path, help="configuration to write; config/<name>.yaml")
    new.add_argument("--backend", choices=("mlip", "vasp", "user"), default="mlip",
                     help="source of the energies: machine-learned, VASP or your own")  # fmt: skip
    new.add_argument("--energies", metavar="FILES",
                     help="backend user: folder, file or pattern of your energies")  # fmt: skip
    new.add_argument("--metal-energy", type=float, metavar="EV",
                     help="backends vasp and user: energy of the metal, eV per atom")  # fmt: skip
    new.add_argument("--force", action="store_true", help="overwrite files that exist")


def _new(args: argparse.Namespace, more: list[str]) -> int:
    from navac.campaign.new.command import new

    return new(args)


def _check(args: argparse.Namespace, more: list[str]) -> int:
    from navac.campaign.check import checked_file
    from navac.campaign.forecast import outlook
    from navac.campaign.notices import notices

    config = checked_file(args.config)
    print(f"{args.config}: no problem found")
    for field, text in notices(config):
        print(f"{args.config}: NOTE: {field}: {text}")
    for line in outlook(config):
        print(line)
    return 0


def _run(args: argparse.Namespace, more: list[str]) -> int:
    from navac.campaign import run

    dry = ["--dry-run"] if args.dry_run else []
    given = ["--configfile", str(args.config), "--profile", str(args.profile)]
    return run.main([*given, *dry, *more])


def _status(args: argparse.Namespace, more: list[str]) -> int:
    from navac.campaign.check import checked_file
    from navac.campaign.status import status, table

    found = status(checked_file(args.config))
    for line in table(found):
        print(line)
    return 1 if any(stage.failed for stage in found.stages) else 0


if __name__ == "__main__":
    sys.exit(main())
