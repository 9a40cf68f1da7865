"""Runs of VASP, as a backend of :class:`~navac.energies.batch.Batch`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from navac.energies.batch import BatchSettings, Outcome
from navac.energies.store import State, Store
from navac.orderings.ordering import Ordering
from navac.vasp.corrections import forget_corrections, recorded_corrections
from navac.vasp.files import CalculationError
from navac.vasp.output import read_calculation
from navac.vasp.potcar import no_library, potcar
from navac.vasp.run import RunSettings, end_orphans, run_vasp
from navac.vasp.settings import VaspSettings
from navac.vasp.store import INPUT_FILES, fingerprint


class VaspRunSettings(BatchSettings, RunSettings, Protocol):
    """How a batch is run: the configuration's section ``energies.vasp``."""


@dataclass(frozen=True)
class VaspBackend:
    """Runs VASP on the input set of an ordering.

    Attributes:
        inputs: folder with an input set per ordering.
        settings: of the input, for the potentials and the bound on the stress.
        how: VASP is run.
        library: folder of potentials.
    """

    section: ClassVar = "energies.vasp"
    inputs: Path
    settings: VaspSettings
    how: VaspRunSettings
    library: Path | None

    def fingerprint(self, ordering: Ordering) -> str:
        """SHA-256 of the input set."""
        return fingerprint(self.inputs / ordering.id)

    def prepare(self, ordering: Ordering, store: Store, state: State) -> State:
        """Take a run that somebody has finished, or make the folder of one ready."""
        directory = store.directory(ordering.id)
        if state.status == "new":
            forget_corrections(directory)
            if not unusable(directory):
                return state.become("done", "was there already")
        if self.how.command is None:
            reason = unusable(directory) or (
                f"{directory}: the run was started from another input set"
            )
            return state.become("failed", reason)
        if state.status == "running":
            end_orphans(directory)
        if state.starts == 0:
            directory.mkdir(parents=True, exist_ok=True)
            for name in INPUT_FILES:
                shutil.copyfile(self.inputs / ordering.id / name, directory / name)
        return state

    def compute(self, ordering: Ordering, folder: Path, ends_at: float | None) -> Outcome:
        """Run VASP under custodian, from the input or from where an earlier start ended."""
        species = (folder / "POSCAR").read_text().splitlines()[5].split()
        # It exists only while VASP runs: what is left afterwards can be shared.
        private = folder / "POTCAR"
        try:
            private.write_bytes(self._potcar(species))
            return run_vasp(folder, self.how, ends_at, self.settings.max_stress_GPa)
        finally:
            private.unlink(missing_ok=True)

    def corrections(self, folder: Path) -> tuple[str, ...]:
        """What custodian corrected in the run."""
        return recorded_corrections(folder)

    def _potcar(self, species: Sequence[str]) -> bytes:
        if self.library is None:
            raise no_library(species, self.settings)
        return potcar(self.library, species, self.settings)


def unusable(directory: Path) -> str:
    """Why a folder holds no finished run that could be taken; empty if it does."""
    if not directory.is_dir():
        return (f"{directory}: does not exist, and energies.vasp.command is null: put a "
                "finished run there, or give the command")  # fmt: skip
    try:
        read_calculation(directory)
    except CalculationError as error:
        return str(error)
    return ""
