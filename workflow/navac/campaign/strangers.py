"""Files in a campaign's folder that no rule has made, found before a run.

Snakemake deletes what is in the place of a rule's output before the rule runs. What somebody put
there by hand would be lost, so that a run does not begin; what lies elsewhere in the folder is
named and left alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from navac import NavacError
from navac.campaign.provenance import FOLDER, METADATA, beside

OUTPUTS = (
    "prim/prim.json", "orderings/orderings.csv", "dft/batch-*.csv", "dft/potentials.json",
    "energies/*", "expansion/*", "sampling/*.h5", "thermodynamics/*.h5", "figures/*.png",
    "figures/*.pdf", "figures/*.csv", "figures/*.html", "reproduction.csv", "reproduction.html",
    "dft/round-*.csv", "rounds/*", "trust.csv", "trust.html",
    "cell/*", "figures/*.gif",
)  # fmt: skip
"""Where rules write, relative to the campaign's folder."""
OWN = (
    "logs/*", "benchmarks/*", f"*{FOLDER}/*", "report.zip", METADATA, "configuration.json",
    "*.part", *(f"{store}/*" for store in (
        "dft/inputs", "dft/runs", "dft/relaxed", "dft/prerelaxed", "energies/relaxations",
        "energies/relaxed", "rounds/structures",
    )),
)  # fmt: skip
"""What navac and Snakemake keep there besides, apart from stores in folders of their own."""
DEEPEST = 2
"""Rules write into folders of the campaign's; what is deeper is the store of some rule."""
NOTES = Path(".snakemake")
NAMED = 10


class StrangerError(NavacError):
    """Files that a run would delete."""


def strangers(results: Path) -> tuple[list[Path], list[Path]]:
    """Files that no rule has made.

    Args:
        results: the campaign's folder, relative to the one that Snakemake runs in.

    Returns:
        those in the place of an output, which a run would delete, and all others.
    """
    if not results.is_dir():
        return [], []
    noted = _noted()
    unknown = [
        path for path in _shallow(results)
        if path.is_file() and not _matches(path.relative_to(results), OWN)
        and not beside(path).exists() and path.as_posix() not in noted
    ]  # fmt: skip
    endangered = [p for p in unknown if _matches(p.relative_to(results), OUTPUTS)]
    return endangered, [p for p in unknown if p not in endangered]


def check_strangers(results: Path) -> list[str]:
    """Refuse to begin where a run would delete somebody's files.

    Returns:
        lines about files that are left alone.

    Raises:
        StrangerError: with the files and what to do.
    """
    endangered, others = strangers(results)
    if endangered:
        raise StrangerError(
            f"{_some(endangered)}: no rule of this campaign has made this, and a run would delete "
            "it; move it out of the results. Energies of your own are used with energies.backend: "
            "user and their file in energies.user.files; what is not needed, remove"
        )
    return [f"{_some(others)}: no rule has made this; it is left alone"] if others else []


def _matches(path: Path, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path.as_posix(), pattern) for pattern in patterns)


def _shallow(results: Path) -> list[Path]:
    """Everything that is no deeper than outputs are."""
    levels = ("/".join(["*"] * depth) for depth in range(1, DEEPEST + 1))
    return sorted(path for level in levels for path in results.glob(level))


def _noted() -> set[str]:
    """Outputs that Snakemake has noted, finished or begun, as it names them."""
    found = set()
    for kind in ("metadata", "incomplete"):
        folder = NOTES / kind
        for record in folder.rglob("*") if folder.is_dir() else ():
            # Long names are split over folders, whose names begin with @.
            parts = [part.removeprefix("@") for part in record.relative_to(folder).parts]
            try:
                found.add(base64.urlsafe_b64decode("".join(parts)).decode())
            except (binascii.Error, UnicodeDecodeError):
                continue
    return found


def _some(paths: list[Path]) -> str:
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return ", ".join(p.as_posix() for p in paths[:NAMED]) + more
