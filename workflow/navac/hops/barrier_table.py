"""Tables of barriers: what hops of each kind cost, forth and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from navac.hops.network import HopError
from navac.rows import Row, read_rows

COLUMNS = ("kind", "from", "to", "status", "barrier_eV", "back_eV")


@dataclass(frozen=True)
class Barrier:
    """What one hop costs.

    Attributes:
        labels: sublattices from and to.
        forward, backward: barriers that way and back, eV.
    """

    labels: tuple[str, str]
    forward: float
    backward: float

    @property
    def resolved(self) -> float:
        """Energy of the saddle above the mean of both ends, eV.

        It is the same both ways: the barrier that A. Van der Ven et al., Phys. Rev. B 64, 184307
        (2001), call kinetically resolved.
        """
        return (self.forward + self.backward) / 2


def read_barriers(path: str | Path) -> dict[str, list[Barrier]]:
    """Barriers by kind of hop; rows whose status is not ``done`` are passed over.

    Raises:
        HopError: the file cannot be read, or no row has a barrier.
    """
    found: dict[str, list[Barrier]] = {}
    for row in read_rows(path, COLUMNS, HopError):
        if row.text("status") == "done":
            found.setdefault(row.text("kind"), []).append(_barrier(row))
    if not found:
        raise HopError(f"{path}: no hop has a barrier; compute some, or name another table")
    return found


def _barrier(row: Row) -> Barrier:
    labels = row.text("from"), row.text("to")
    one = Barrier(labels, row.number("barrier_eV"), row.number("back_eV"))
    if one.forward < 0 or one.backward < 0:
        raise row.wrong("barrier_eV", "is below one of its ends; correct it, or remove the row")
    return one
