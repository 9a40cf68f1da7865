"""Reading every file of a campaign's own energies, each by its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from navac.energies.user.atoms import read_container, read_database, read_xyz
from navac.energies.user.casm import read_casm
from navac.energies.user.entries import read_entries
from navac.energies.user.files import KNOWN, SourceError, main_files
from navac.energies.user.given import Given, Per
from navac.energies.user.tables import read_table

Reader = Callable[[Path], Given]


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        runs: readers of one calculation per file, by kind (``vasp``, ``outcar``).
        per: what an energy is of where the file does not tell.
        icet_property: the property of icet's containers that is the energy.
        icet_per: what that is of.
    """

    runs: Mapping[str, Reader]
    per: Per
    icet_property: str
    icet_per: Per


def read_all(
    paths: Sequence[Path], how: Reading, progress: Callable[[int, int], None] | None = None
) -> list[Given]:
    """Everything that files give, in the order of their names.

    Raises:
        SourceError: a file is of no known kind.
        EnergyError: a table has a mistake.
    """
    found: list[Given] = []
    files = main_files(paths)
    for number, (kind, path) in enumerate(files, 1):
        found += _read(kind, path, how)
        if progress:
            progress(number, len(files))
    return found


def _read(kind: str, path: Path, how: Reading) -> Iterator[Given]:
    if kind in how.runs:
        yield how.runs[kind](path)
    elif kind == "xyz":
        yield from read_xyz(path, how.per)
    elif kind == "ase":
        yield from read_database(path, how.per)
    elif kind == "icet":
        yield from read_container(path, how.icet_property, how.icet_per)
    elif kind == "entries":
        yield from read_entries(path, how.per)
    elif kind == "casm":
        yield from read_casm(path, how.per)
    elif kind == "csv":
        yield from read_table(path, how.per)
    else:
        raise SourceError(f"{path} is no file of energies that is known; {KNOWN}")
