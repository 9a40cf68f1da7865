"""Relaxations of orderings by a model, as a backend of :class:`~navac.energies.batch.Batch`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ase import Atoms

from navac.crystal.prim import Prim
from navac.energies.batch import BatchSettings, Outcome, OutOfTime
from navac.energies.mlip.calculators import Model
from navac.energies.mlip.files import RESULT, atoms_of, write_relaxed
from navac.energies.mlip.relax import CHECKPOINT, Relaxation, RelaxationError, relax
from navac.energies.store import State, Store
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell


class ModelSettings(BatchSettings, Relaxation, Protocol):
    """How a batch is relaxed: the configuration's section ``energies.mlip``.

    Attributes:
        options: of the calculator; files among them belong to what is computed.
    """

    @property
    def options(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class ModelBackend:
    """Relaxes an ordering by a model.

    Attributes:
        prim: the crystal.
        model: gives the energies.
        how: the settings.
    """

    section: ClassVar = "energies.mlip"
    prim: Prim
    model: Model
    how: ModelSettings

    def fingerprint(self, ordering: Ordering) -> str:
        """SHA-256 of the structure, of the model with its weights, and of how it is relaxed."""
        return fingerprint(self._ideal(ordering), self.model, self.how)

    def prepare(self, ordering: Ordering, store: Store, state: State) -> State:
        """An empty folder for a new relaxation."""
        if state.status == "new":
            store.set_aside(ordering.id)
        store.directory(ordering.id).mkdir(parents=True, exist_ok=True)
        return state

    def compute(self, ordering: Ordering, folder: Path, ends_at: float | None) -> Outcome:
        """Relax from the ideal structure, or from the checkpoint in the folder."""
        stop_at = None if ends_at is None else ends_at - 60 * self.how.spare_minutes
        checkpoint = folder / CHECKPOINT
        try:
            found = relax(self._ideal(ordering), self.model.calculator, self.how, folder, stop_at)
            write_relaxed(folder / RESULT, found)
        except RelaxationError as error:
            return Outcome("failed", str(error))
        except (OutOfTime, OSError):
            raise
        except Exception as error:
            # The accident may lie in the checkpoint: the next attempt begins anew.
            checkpoint.unlink(missing_ok=True)
            reason = f"{self.model.name}: {type(error).__name__}: {error}"
            return Outcome("failed", reason, known=False)
        checkpoint.unlink(missing_ok=True)
        return Outcome("done")

    def corrections(self, folder: Path) -> tuple[str, ...]:
        """None: an error is tried again, not corrected."""
        return ()

    def _ideal(self, ordering: Ordering) -> Atoms:
        return atoms_of(calculation_cell(self.prim, ordering))


def fingerprint(start: Atoms, model: Model, how: ModelSettings) -> str:
    """SHA-256 of a structure, of the model with its weights, and of how it is relaxed."""
    digest = hashlib.sha256()
    made_from = (
        start.get_chemical_symbols(), start.get_positions().tolist(), start.cell.tolist(),
        model.name, model.version, dict(how.options),
        how.optimiser, how.max_force_eV_per_A, how.max_steps, how.relax_cell,
    )  # fmt: skip
    digest.update(json.dumps(made_from, sort_keys=True).encode())
    for path in weight_files(how.options):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def weight_files(options: Mapping[str, Any]) -> list[Path]:
    """The files among the options of a calculator."""
    texts = (value for _, value in sorted(options.items()) if isinstance(value, str))
    return [Path(text) for text in texts if Path(text).is_file()]
