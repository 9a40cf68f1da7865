"""Structures for input of VASP that a model has relaxed beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pymatgen.core import Structure

from navac.crystal.prim import Prim
from navac.energies.batch import Batch
from navac.energies.mlip.backend import ModelBackend
from navac.energies.mlip.calculators import Model
from navac.energies.mlip.files import RESULT, read_relaxed, structure_of
from navac.energies.mlip.relax import Relaxation
from navac.energies.mlip.table import Reader
from navac.energies.store import Store
from navac.orderings.mapping import MAX_STRAIN
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell

SYMMETRY_TOLERANCE_A = 0.1


class Section(Relaxation, Protocol):
    """The configuration's section ``dft.prerelax``.

    Attributes:
        options: of the calculator.
    """

    @property
    def options(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class _Unbounded:
    """A batch that any number of failures may belong to, and that no wall time ends."""

    options: Mapping[str, Any]
    optimiser: Literal["FIRE", "LBFGS"]
    max_force_eV_per_A: float
    max_steps: int
    relax_cell: bool
    hours: float = float("inf")
    spare_minutes: float = 0.0
    attempts: int = 1
    max_failed: float = float("inf")


@dataclass(frozen=True)
class Prerelaxation:
    """Relaxes orderings one by one, each once.

    Attributes:
        prim: the crystal.
        model: gives the energies.
        how: they are relaxed.
        root: folder that the relaxations are kept in.
    """

    prim: Prim
    model: Model
    how: Section
    root: Path

    def structure(self, ordering: Ordering, say: Callable[[str], None]) -> Structure:
        """The relaxed structure; the ideal one, and a word on it, where it does not relax."""
        store = Store(self.root)
        Batch(store, ModelBackend(self.prim, self.model, self._unbounded())).run([ordering])
        reader = Reader(
            self.prim, self.model, MAX_STRAIN, SYMMETRY_TOLERANCE_A, self.root / "structures"
        )
        row = reader.row(ordering, store)
        if row["status"] == "done":
            return structure_of(read_relaxed(store.directory(ordering.id) / RESULT).atoms)
        say(f"{ordering.id} begins from its ideal structure; {self.model.name}: {row['reason']}")
        return calculation_cell(self.prim, ordering)

    def _unbounded(self) -> _Unbounded:
        how = self.how
        return _Unbounded(
            how.options, how.optimiser, how.max_force_eV_per_A, how.max_steps, how.relax_cell
        )
