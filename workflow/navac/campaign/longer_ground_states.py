"""``python -m navac.campaign.longer_ground_states``: orderings that an expansion asks for.

Searches the expansion that a campaign has fitted or read for ground states of any period along
an axis, and writes them as orderings, for ``orderings.more``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from navac import NavacError
from navac.composition import atoms_per_cell
from navac.config import load_config
from navac.crystal.symmetry import find_space_group
from navac.expansion.file import read_expansion
from navac.expansion.repulsion import repelling
from navac.expansion.stackings import ground_state_stackings
from navac.orderings.ordering import Ordering, write_orderings
from navac.orderings.symmetry import canonical_key


def main(argv: list[str] | None = None) -> int:
    """Write the ground-state stackings of a range as orderings; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m navac.campaign.longer_ground_states", description=__doc__
    )
    parser.add_argument("--configfile", type=Path, default=Path("config/config.yaml"))
    parser.add_argument("--range", required=True, help="composition range of the configuration")
    parser.add_argument("output", type=Path, help="CSV of orderings, for orderings.more")
    options = parser.parse_args(argv)
    try:
        found = search(options.configfile, options.range)
    except NavacError as error:
        print(error, file=sys.stderr)
        return 2
    write_orderings(options.output, found)
    return 0


def search(configfile: Path, name: str) -> list[Ordering]:
    """Ground-state stackings along any axis, equivalent ones once."""
    config = load_config(configfile)
    if name not in config.ranges:
        raise NavacError(
            f"{configfile}: ranges.{name} is missing; name one of {', '.join(config.ranges)}"
        )
    results = Path("results") / config.campaign
    prim, expansion = read_expansion(results / "expansion" / f"{name}_expansion.json")
    expansion = repelling(prim, expansion)
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    low, high = (atoms_per_cell(x, prim.formula_units) for x in config.ranges[name].x)
    charges = {s: sum(some) / len(some) for s, some in config.orderings.states.items()}
    found: dict[tuple, Ordering] = {}
    for axis in range(3):
        for one in ground_state_stackings(expansion, len(prim.active), axis, (low, high)):
            ordering = one.ordering(prim, group, charges)
            key = canonical_key(prim, group, ordering.supercell, ordering.occupation)
            if key not in found:
                found[key] = ordering
                print(f"{ordering.id}: {1e3 * one.energy:.3f} meV per cell")
    return list(found.values())


if __name__ == "__main__":
    sys.exit(main())
