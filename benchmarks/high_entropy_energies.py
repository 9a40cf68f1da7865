"""Relax orderings of config/high_entropy.yaml one after the other, and keep a table of energies.

    python benchmarks/high_entropy_energies.py [--minutes 60] [--orderings orderings.csv …]
                                               [--table unseen]

Needs CHGNet (make mlip). The table, config/published/hev/energies.csv, gains a row per ordering, or
unseen_energies.csv, whose orderings only test the expansion. What has a row is not computed again,
so that the work can be stopped and continued elsewhere. A relaxation that is killed goes on from
its checkpoint. Orderings that fail have a row with the reason and no energy. First come vanadium
alone and HE-V itself, then the others in turns. `seconds` is time of one core, empty where a
relaxation was begun before.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from navac.config import load_config
from navac.crystal.prim import Prim
from navac.energies.batch import Batch, BatchStopped
from navac.energies.mlip.backend import ModelBackend
from navac.energies.mlip.calculators import Model, load_model
from navac.energies.mlip.table import Reader
from navac.energies.store import Store
from navac.orderings.ordering import Ordering, read_orderings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "config/published/hev"
TABLES = {"fit": "energies", "unseen": "unseen_energies"}
ORDERINGS = {"fit": "further_orderings", "unseen": "unseen_orderings"}
STORE = ROOT / "results/high_entropy/energies/relaxations"
COLUMNS = (
    "id", "x", "hnf", "occupation", "energy_eV_per_cell", "status", "reason", "volume_A3_per_fu",
    "strain", "max_displacement_A", "moments_muB", "max_force_eV_per_A", "steps", "seconds",
    "model", "level_of_theory",
)  # fmt: skip
FIRST = ("vanadium", "hev")


def in_turns(orderings: Sequence[Ordering]) -> Iterator[Ordering]:
    """Kinds by their names: the first ones whole, the others one of each in turn."""
    kinds: dict[str, list[Ordering]] = {}
    for one in orderings:
        kinds.setdefault(one.id.split("-")[0], []).append(one)
    for kind in FIRST:
        yield from kinds.pop(kind, [])
    for turn in zip_longest(*kinds.values()):
        yield from (one for one in turn if one is not None)


def known(table: Path) -> set[tuple[str, str]]:
    """Orderings that have a row."""
    if not table.is_file():
        return set()
    with table.open(newline="") as file:
        return {(row["hnf"], row["occupation"]) for row in csv.DictReader(file)}


def key(one: Ordering) -> tuple[str, str]:
    return " ".join(map(str, one.hnf)), "".join(map(str, one.occupation))


def relaxed(one: Ordering, prim: Prim, model: Model, how, ends_at: float) -> dict[str, object]:
    """The row of an ordering.

    Raises:
        BatchStopped: the time is over.
    """
    store, started = Store(STORE), time.process_time()
    begun = store.read(one.id) is not None
    batch = Batch(store, ModelBackend(prim, model, how), ends_at)
    with store.batch("0"):
        batch.run([one], say=print, progress=lambda *_: None)
    reader = Reader(prim, model, how.max_strain, how.symmetry_tolerance_A, STORE.parent / "relaxed")
    row = reader.row(one, store)
    hnf, occupation = key(one)
    return {name: row.get(name, "") for name in COLUMNS} | {
        "hnf": hnf, "occupation": occupation, "model": f"{model.name} {model.version}",
        # What has moved is another crystal or ordering, and its energy is not this one's.
        "energy_eV_per_cell": row["total_energy_eV_per_cell"] if row["status"] == "done" else "",
        "seconds": "" if begun else f"{time.process_time() - started:.1f}",
    }  # fmt: skip


def add(table: Path, row: dict[str, object]) -> None:
    """Append a row to the table."""
    new = not table.is_file()
    with table.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def main() -> None:
    """Relax what the time allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--orderings", type=Path, nargs="*", default=[])
    parser.add_argument("--table", choices=tuple(TABLES), default="fit")
    asked = parser.parse_args()
    table = FOLDER / f"{TABLES[asked.table]}.csv"
    ends_at = time.time() + 60 * asked.minutes
    config = load_config(ROOT / "config/high_entropy.yaml")
    written = json.loads((ROOT / config.prim.file).read_text())
    prim = Prim.from_dict(written | {"formula_units": config.prim.formula_units})
    paths = [FOLDER / f"{ORDERINGS[asked.table]}.csv", *asked.orderings]
    how = config.energies.mlip
    model = load_model(how.calculator, how.options, how.level_of_theory, 1)
    there = known(table)
    for one in in_turns([o for path in paths for o in read_orderings(path)]):
        if key(one) in there:
            continue
        if time.time() > ends_at:
            break
        there.add(key(one))
        try:
            add(table, row := relaxed(one, prim, model, how, ends_at))
        except BatchStopped as error:
            print(error)
            break
        print(f"{one.id}: {row['status']}, {row['steps']} steps, {row['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
