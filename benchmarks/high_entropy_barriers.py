"""Barriers of sodium in NaxV2(PO4)3 and in HE-V by nudged elastic bands with CHGNet.

    python benchmarks/high_entropy_barriers.py [--minutes 60] [--valence crystal|relaxed]
                                               [--figure FILE]

Needs CHGNet (make mlip). Each host is relaxed with its cell first, and kept in
config/published/hev/hosts.extxyz; the hops begin in that cell. The tables barriers.csv and, of
vanadium alone, barriers_nvp.csv there gain a row per band, and barrier_paths.csv the energies
along its path; what has a row is not computed again. Hops that fail have a row with the reason.
Relaxed bands are kept in results/high_entropy/hops/. `seconds` is time of one core.

--valence writes valence.csv instead: bond-valence barriers of the same hops beside those of bands,
in the crystal before any relaxation or in the relaxed cells (make hops). --figure draws how the
barriers are spread.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read, write
from scipy.stats import spearmanr

from navac.config import load_config
from navac.crystal.prim import Prim
from navac.crystal.supercell import spanned
from navac.crystal.symmetry import find_space_group
from navac.energies.batch import Batch
from navac.energies.mlip.backend import ModelBackend
from navac.energies.mlip.calculators import Model, load_model
from navac.energies.mlip.files import RESULT, atoms_of, read_relaxed
from navac.energies.store import Store
from navac.figures.barriers import histogram_figure
from navac.figures.style import COLUMN_MM
from navac.hops.barrier import band
from navac.hops.ends import Hop, hops_in, relaxed_hop
from navac.hops.network import HopError, hop_kinds
from navac.hops.valence import barriers, energy_map, percolation
from navac.orderings.charges import balanced_charges, states_of
from navac.orderings.ordering import Ordering, read_orderings
from navac.orderings.structures import calculation_cell

ROOT = Path(__file__).parents[1]
DATA = ROOT / "config/published/hev"
TABLES, PATHS = (DATA / "barriers.csv", DATA / "barriers_nvp.csv"), DATA / "barrier_paths.csv"
VALENCE, HOSTS = DATA / "valence.csv", DATA / "hosts.extxyz"
RESULTS = ROOT / "results/high_entropy"
COLUMNS = (
    "host", "x", "cells", "atoms", "kind", "from", "to", "length_A", "around", "passes", "status",
    "reason", "barrier_eV", "back_eV", "max_force_eV_per_A", "steps", "images", "seconds", "model",
    "level_of_theory",
)  # fmt: skip
KEY = ("host", "cells", "images", "kind", "around")
"""What tells a band from others in the tables."""
CUBE = ((-1, 1, 1), (1, -1, 1), (1, 1, -1))
"""Four rhombohedral cells in a nearly cubic one, 12.3 Å wide."""
TWO = ((1, 0, 0), (0, 2, 0), (0, 1, 1))
"""Those of most hosts of two cells."""
RESOLUTION_A = 0.2
MAX_FORCE = 0.05
MAX_STEPS = 250


@dataclass(frozen=True)
class Case:
    """Hops of one host.

    Attributes:
        host: an id of further_orderings.csv, whose cell is relaxed.
        reach: length of the hops, from and to, Å.
        images: between the ends.
        vectors: of the supercell in which atoms hop; None for that of the host.
        emptied: labels of sites of which the first one is emptied there.
        around: radius in which metals tell hops apart, Å.
        most: hops that are computed, the first ones; None for all.
    """

    host: str
    reach: tuple[float, float]
    images: int
    vectors: tuple[tuple[int, int, int], ...] | None = None
    emptied: tuple[str, ...] = ()
    around: float = 5.0
    most: int | None = None


NVP, N1VP = "vanadium-c1-h00-Na6Va2_V4-0000", "vanadium-c1-h00-Na2Va6_V4-0000"
FIRST = (0.0, 3.4)
"""From Na(1) to Na(2)."""
CASES = (
    Case(NVP, FIRST, 3, CUBE),
    Case(NVP, (3.4, 4.6), 3, CUBE),
    Case(NVP, (3.4, 4.6), 1, CUBE),
    Case(N1VP, (6.2, 6.3), 3, TWO, ("Na1",)),
    Case(N1VP, (6.2, 6.3), 3, CUBE, ("Na1",)),
    Case("pair-c2-h01-Na14Va2_V6Mn1Mg1-0000", FIRST, 3, around=5.5, most=3),
    Case("pair-c2-h01-Na12Va4_V6Cr1Mn1-0000", FIRST, 3, around=5.5, most=2),
    Case("pair-c2-h01-Na12Va4_V6Fe1Al1-0000", FIRST, 3, around=5.5, most=3),
    Case("pair-c2-h00-Na14Va2_V6Cr1Mg1-0000", FIRST, 3, around=5.5, most=2),
    Case("pair-c2-h00-Na14Va2_V6Fe1Mg1-0000", FIRST, 3, around=5.5, most=1),
    Case("pair-c2-h01-Na12Va4_V6Mn1Al1-0000", FIRST, 3, around=5.5, most=1),
    Case("hev-c5-x3.2", FIRST, 3, around=5.5, most=3),
)
"""The two-cell hosts have HE-V's share of vanadium and two of its five dopants; the five-cell host,
all of HE-V's metals."""


def host_ordering(name: str) -> Ordering:
    """A host of the campaign's orderings."""
    known = read_orderings(DATA / "further_orderings.csv")
    return next(one for one in known if one.id == name)


def larger(one: Ordering, prim: Prim, case: Case) -> Ordering:
    """The host in the supercell of a case, with its sites emptied there."""
    if case.vectors is None:
        return one
    cell = spanned(np.array(case.vectors))
    assert one.cells == 1
    codes = np.repeat(one.occupation, cell.size)
    for label in case.emptied:
        codes[list(prim.active_labels).index(label) * cell.size] = 1
    hnf = tuple(int(n) for row in cell.hnf for n in row)
    return replace(one, hnf=hnf, occupation=codes)


def relaxed(one: Ordering, prim: Prim, model: Model, how) -> Atoms:
    """A host and its cell, relaxed, and kept for the next time."""
    if (found := kept(one)) is not None:
        return found
    store = Store(RESULTS / "energies/relaxations")
    with store.batch("barriers"):
        Batch(store, ModelBackend(prim, model, how), None).run(
            [one], say=print, progress=lambda *_: None
        )
    atoms = read_relaxed(store.directory(one.id) / RESULT).atoms
    plain = Atoms(atoms.symbols, atoms.positions, cell=atoms.cell, pbc=True, info={"host": one.id})
    write(HOSTS, plain, append=True)
    return plain


def kept(one: Ordering) -> Atoms | None:
    """A host as it was relaxed before."""
    there = read(HOSTS, ":") if HOSTS.is_file() else []
    return next((atoms for atoms in there if atoms.info["host"] == one.id), None)


def hops_of(case: Case, prim: Prim, relax: Callable[[Ordering], Atoms | None]) -> Iterator[Hop]:
    """The hops of a case, in the cell that its host relaxes to, or, for None, in the crystal."""
    least, most = case.reach
    kinds = hop_kinds(prim, find_space_group(prim, 1e-3), "Na", most)
    kinds = [kind for kind in kinds if kind.length > least]
    host = host_ordering(case.host)
    ideal, after = atoms_of(calculation_cell(prim, host)), relax(host)
    found = hops_in(prim, larger(host, prim, case), kinds, "Na", (1, 1, 1), case.around)
    for hop in islice(found, case.most):
        yield hop if after is None else relaxed_hop(hop, ideal, after)


def passed(hop: Hop) -> str:
    """The metal that is nearest to the middle of the way."""
    middle = (hop.start.positions[hop.mover] + hop.end) / 2
    symbols = np.array(hop.start.get_chemical_symbols())
    metals = np.flatnonzero(np.isin(symbols, list(hop.around)))
    probe = hop.start + Atoms("X", positions=[middle])
    return str(symbols[metals[probe.get_distances(-1, metals, mic=True).argmin()]])


def computed(
    hop: Hop, case: Case, prim: Prim, model: Model
) -> tuple[dict[str, object], list[dict]]:
    """The row of a hop and the points of its path."""
    started = time.process_time()
    row: dict[str, object] = key(hop, case, prim) | {
        "from": hop.labels[0], "to": hop.labels[1], "length_A": f"{hop.kind.length:.4f}",
        "atoms": len(hop.start), "passes": passed(hop), "x": host_ordering(case.host).x,
        "model": f"{model.name} {model.version}",
        "level_of_theory": model.level,
    }  # fmt: skip
    points = []
    try:
        found = band(hop, model.calculator, case.images, MAX_FORCE, MAX_STEPS)
    except HopError as error:
        row |= {"status": "failed", "reason": str(error)}
    else:
        row |= {
            "status": "done", "barrier_eV": f"{found.forward:.4f}",
            "back_eV": f"{found.backward:.4f}", "steps": found.steps,
            "max_force_eV_per_A": f"{found.max_force:.4f}",
        }  # fmt: skip
        points = [
            {**key(hop, case, prim), "way_A": f"{way:.4f}", "energy_eV": f"{energy:.4f}"}
            for way, energy in zip(found.way, found.energies, strict=True)
        ]
        keep(hop, case, found.path)
    return row | {"seconds": f"{time.process_time() - started:.0f}"}, points


def keep(hop: Hop, case: Case, path: Sequence[Atoms]) -> None:
    """The images of a band, for what is computed from them later."""
    folder = RESULTS / "hops"
    folder.mkdir(parents=True, exist_ok=True)
    plain = [Atoms(a.symbols, a.positions, cell=a.cell, pbc=True) for a in path]
    for image in plain:
        image.info["mover"] = hop.mover
    write(folder / f"{case.host} {case.images} {hop.name}.extxyz", plain)


def key(hop: Hop, case: Case, prim: Prim) -> dict[str, object]:
    """What tells a band from others, as the tables write it."""
    return {
        "host": case.host, "cells": str(cells(hop, prim)), "images": str(case.images),
        "kind": hop.kind.name, "around": hop.name.partition(" ")[2],
    }  # fmt: skip


def rows_of(paths: Sequence[Path]) -> list[dict[str, str]]:
    """Rows of tables."""
    found = []
    for path in filter(Path.is_file, paths):
        with path.open(newline="") as file:
            found += list(csv.DictReader(file))
    return found


def known() -> set[tuple[object, ...]]:
    """Bands that have a row."""
    return {tuple(row[name] for name in KEY) for row in rows_of(TABLES)}


def write_valence(prim: Prim, charges: Mapping[str, float | Sequence[float]], cell: str) -> None:
    """Bond-valence barriers of the hops that have one by a band, and how their ranks agree.

    Args:
        cell: ``crystal`` or ``relaxed``.
    """
    done = {tuple(row[name] for name in KEY): row for row in rows_of(TABLES)
            if row["status"] == "done"}  # fmt: skip
    table: list[dict[str, object]] = []
    for case in CASES:
        if cell == "relaxed" and kept(host_ordering(case.host)) is None:
            print(f"{case.host}: is not in {HOSTS.name}; compute its barriers first")
            continue
        relax = kept if cell == "relaxed" else lambda _: None
        hops = [hop for hop in hops_of(case, prim, relax)
                if tuple(key(hop, case, prim).values()) in done]  # fmt: skip
        if not hops:
            continue
        atoms = Counter(hops[0].start.get_chemical_symbols())
        balanced = balanced_charges(atoms, states_of(charges))
        energies = energy_map(hops[0].start, balanced, "Na", RESOLUTION_A)
        levels = percolation(energies)
        print(f"{case.host}: percolation from {levels} eV", flush=True)
        for hop in hops:
            forth, back = barriers(energies, hop)
            row = done[tuple(key(hop, case, prim).values())]
            table.append({
                **key(hop, case, prim), "cell": cell, "valence_eV": f"{forth:.4f}",
                "valence_back_eV": f"{back:.4f}",
                "barrier_eV": row["barrier_eV"], "back_eV": row["back_eV"],
                **{f"percolation_{n}d_eV": f"{value:.4f}"
                   for n, value in enumerate(levels, start=1)},
            })  # fmt: skip
    others = [row for row in rows_of([VALENCE]) if row["cell"] != cell]
    VALENCE.unlink(missing_ok=True)
    add(VALENCE, tuple(table[0]), [*others, *table])
    said = {"all": table, "Na1-Na2": [r for r in table if str(r["kind"]).startswith("Na1-Na2")]}
    for kind, some in said.items():
        # Of a hop with several bands, the one with most images.
        last = {(r["host"], r["kind"], r["around"]): r
                for r in sorted(some, key=lambda r: int(str(r["images"])))}  # fmt: skip
        for one, other in (("valence_eV", "barrier_eV"), ("valence_back_eV", "back_eV")):
            values = np.array([(float(str(r[one])), float(str(r[other]))) for r in last.values()])
            print(f"{kind}, rank correlation of {one} with {other}: {spearmanr(*values.T)}, "
                  f"{len(values)} hops")  # fmt: skip


def draw(path: str) -> None:
    """How barriers are spread, beside the published ones."""
    groups: dict[str, list[float]] = {"HE-V, two cells": [], "HE-V, five cells": [], "NVP": []}
    best = {tuple(row[k] for k in ("host", "kind", "around")): row
            for row in sorted(rows_of(TABLES), key=lambda row: int(row["images"]))
            if row["status"] == "done"}  # fmt: skip
    for row in best.values():
        if row["kind"].startswith("Na1-Na2"):
            name = "NVP" if row["host"] == NVP else "HE-V, two cells"
            name = "HE-V, five cells" if row["host"].startswith("hev") else name
            groups[name].append(float(row["barrier_eV"]))
    figure = histogram_figure(
        {name: some for name, some in groups.items() if some},
        {"HE-V, twelve routes, PBE+U": (0.162, 0.425)}, width_mm=COLUMN_MM,
    )  # fmt: skip
    figure.savefig(path)


def add(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Append rows to a table."""
    new = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Compute what the time allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--valence", choices=("crystal", "relaxed"))
    parser.add_argument("--figure")
    asked = parser.parse_args()
    ends_at = time.time() + 60 * asked.minutes
    config = load_config(ROOT / "config/high_entropy.yaml")
    written = json.loads((ROOT / config.prim.file).read_text())
    prim = Prim.from_dict(written | {"formula_units": config.prim.formula_units})
    if asked.valence:
        write_valence(prim, config.orderings.charges, asked.valence)
    if asked.figure:
        draw(asked.figure)
    if asked.valence or asked.figure:
        return
    how = config.energies.mlip
    model = load_model(how.calculator, how.options, how.level_of_theory, 1)
    there = known()
    for case in CASES:
        for hop in hops_of(case, prim, lambda one: relaxed(one, prim, model, how)):
            if time.time() > ends_at:
                return
            if tuple(key(hop, case, prim).values()) in there:
                continue
            row, points = computed(hop, case, prim, model)
            add(TABLES["vanadium" in case.host], COLUMNS, [row])
            add(PATHS, (*KEY, "way_A", "energy_eV"), points)
            said = row.get("reason") or f"{row['barrier_eV']} and {row['back_eV']} eV"
            print(f"{case.host} {hop.name}: {said}, {row['seconds']} s", flush=True)


def cells(hop: Hop, prim: Prim) -> int:
    """Primitive cells in the structure of a hop."""
    fixed = [allowed[0] for allowed in prim.species if len(allowed) == 1]
    return hop.start.get_chemical_symbols().count(fixed[0]) // fixed.count(fixed[0])


if __name__ == "__main__":
    main()
