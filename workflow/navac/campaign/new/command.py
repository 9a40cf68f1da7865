"""``navac new``: writes the configuration and the primitive cell, and says what to do."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from pymatgen.io.vasp import Poscar

from navac.campaign.check import checked
from navac.campaign.new.error import NewError
from navac.campaign.new.make import Asked, Made, made
from navac.campaign.new.writing import GUESS, rendered
from navac.config.explain import ConfigError
from navac.files import replacing


def new(args: argparse.Namespace) -> int:
    """Write a configuration; returns the exit status.

    Raises:
        NewError: the crystal cannot be used as it is, or a file would be overwritten.
    """
    if args.backend == "user" and not args.energies:
        raise NewError("--backend user: say where your energies are, --energies FILES")
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", args.crystal.stem).strip("._-") or "campaign"
    output = args.output or Path("config") / f"{name}.yaml"
    asked = Asked(
        file=args.crystal, campaign=output.stem if args.output else name,
        prim=output.with_suffix(".vasp"), species=args.species, fixed=tuple(args.fix),
        backend=args.backend, energies=args.energies, metal=args.metal_energy,
    )  # fmt: skip
    for path in (output, asked.prim):
        _refuse_overwriting(path, args.crystal, force=args.force)
    found = made(asked)
    write(found, asked, output)
    _say(found, output)
    try:
        checked(found.draft.values, output)
    except ConfigError as error:
        print(f"\nTo be mended before it can run:\n{error}", file=sys.stderr)
        return 1
    print(f"\nNext: navac check {output}, then navac run {output}")
    return 0


def _refuse_overwriting(path: Path, crystal: Path, *, force: bool) -> None:
    """The crystal itself is never overwritten, other files only if that is asked for."""
    if not path.exists():
        return
    if crystal.exists() and path.samefile(crystal):
        raise NewError(f"{path} is the crystal itself; give another --output")
    if not force:
        raise NewError(f"{path} exists; give another --output, or --force to overwrite it")


def write(found: Made, asked: Asked, output: Path) -> None:
    """Write the primitive cell and the configuration."""
    comment = f"primitive cell of {asked.file.name}, all active sites filled; by navac new"
    with replacing(asked.prim) as part:
        text = Poscar(found.cell.structure(), comment=comment).get_str(significant_figures=12)
        part.write_text(text, encoding="utf-8")
    heading = (
        f"Written by navac new from {asked.file.as_posix()}. Look at what is marked {GUESS} before "
        "you trust a result.\n"
        "Paths are relative to the folder of the Snakefile. Keys that are not here have their "
        "defaults: workflow/schemas/config.schema.json."
    )
    with replacing(output) as part:
        part.write_text(rendered(found.draft, heading), encoding="utf-8")


def _say(found: Made, output: Path) -> None:
    for line in found.lines:
        print(line)
    print(f"\n{output} is written. Guessed, marked in its comments:")
    for key, why in found.draft.guesses():
        print(f"  {key}: {why}")
