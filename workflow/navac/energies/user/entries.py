"""pymatgen's ComputedStructureEntry in JSON: one, a list, or a mapping of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from pymatgen.core import Structure

from navac.energies.user.files import read_json
from navac.energies.user.given import Given, Per, shown, told_settings


def read_entries(path: Path, per: Per) -> Iterator[Given]:
    """Every entry of a file; those that cannot be read say so."""
    try:
        data = read_json(path)
    except (OSError, ValueError, EOFError) as error:
        yield Given(str(path), fault=f"is not whole JSON ({error}); it may be cut off")
        return
    if isinstance(data, Mapping) and "entries" in data:
        data = data["entries"]
    if isinstance(data, Mapping) and "structure" in data:
        yield _entry(path, "", data, per)
        return
    items = data.items() if isinstance(data, Mapping) else enumerate(data)
    for name, entry in items:
        yield _entry(path, f"entry {name}", entry, per)


def _entry(path: Path, place: str, entry: Any, per: Per) -> Given:
    if not isinstance(entry, Mapping):
        return Given(str(path), place, fault="is not a ComputedStructureEntry")
    name = entry.get("entry_id")
    place = f"{place}, {name}".lstrip(", ") if name else place
    try:
        structure = Structure.from_dict(dict(entry["structure"]))
        energy = float(entry["energy"]) + float(entry.get("correction") or 0)
    except (KeyError, TypeError, ValueError) as error:
        return Given(str(path), place, fault=f"has no structure with an energy ({error!r})")
    if not isfinite(energy):
        return Given(str(path), place, fault=f"its energy is {energy}, not a number")
    return Given(
        str(path), place, energy, per, structure=structure,
        settings=_settings(entry.get("parameters") or {}),
    )  # fmt: skip


def _settings(parameters: Mapping[str, Any]) -> dict[str, str]:
    """What the parameters of an entry tell, in the forms that pymatgen writes."""
    found = told_settings(parameters)
    found |= told_settings(parameters.get("incar") or {})
    titles = parameters.get("potcar_symbols") or [
        spec.get("titel", "") for spec in parameters.get("potcar_spec") or [] if spec
    ]
    for title in titles:
        words = str(title).split()
        if words:
            label = words[1] if len(words) > 1 else words[0]
            found[f"potential of {label.split('_')[0]}"] = shown(title)
    return found
