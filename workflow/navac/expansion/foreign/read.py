"""Reading an expansion fitted anywhere onto the prim of a campaign, whatever wrote the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.casm import read_casm
from navac.expansion.foreign.cells import onto_prim
from navac.expansion.foreign.icet import FORMAT as ICET_FORMAT
from navac.expansion.foreign.icet import read_icet
from navac.expansion.foreign.smol import read_smol
from navac.expansion.foreign.terms import ForeignExpansion, InterchangeError, read_json
from navac.expansion.parsing import FORMAT as OWN_FORMAT
from navac.expansion.parsing import as_foreign, parse_expansion


def import_expansion(path: str | Path, prim: Prim, group: SpaceGroup) -> tuple[Expansion, str]:
    """Read an expansion from navac's, smol's or CASM's JSON, or from icet's turned into JSON.

    navac's own file of the same prim is read as it is, to the bit; everything else is related to
    the prim and grouped into its orbits.

    Args:
        group: the prim's space group at the tolerance of the campaign.

    Returns:
        The expansion, and the name of the code that wrote the file.

    Raises:
        InterchangeError: with file, field and fix.
    """
    path = Path(path)
    if path.suffix == ".ce":
        raise InterchangeError(
            f"{path}: an icet .ce file holds pickles, and opening one runs whatever its writer put "
            "into it, so a campaign does not; if you trust it, turn it into JSON with icet "
            f"(python -m navac.expansion.foreign.icet {path} {path.with_suffix('.json')}) and name "
            "that file"
        )
    data = read_json(path)
    code = _code(path, data)
    try:
        if code == "navac":
            own, expansion = parse_expansion(str(path), data)
            if own.to_dict() == prim.to_dict():
                return expansion, code
            foreign = as_foreign(str(path), own, expansion)
        else:
            foreign = READERS[code](str(path), data)
    except InterchangeError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise InterchangeError(
            f"{path}: is not of the form that {code} writes ({error!r}); write it again"
        ) from error
    return onto_prim(foreign, prim, group), code


READERS: dict[str, Callable[[str, dict], ForeignExpansion]] = {
    "smol": read_smol, "CASM": read_casm, "icet": read_icet,
}  # fmt: skip


def _code(path: Path, data: dict) -> str:
    """The code that wrote a file, recognised by the content of the file."""
    if data.get("format") == OWN_FORMAT:
        return "navac"
    if data.get("format") == ICET_FORMAT:
        return "icet"
    if data.get("@class") == "ClusterExpansion":
        return "smol"
    if "orbits" in data and "prim" in data:
        return "CASM"
    raise InterchangeError(
        f"{path}: is not an expansion of a known form (it has {', '.join(list(data)[:5])}); give "
        "navac's own file, smol's ClusterExpansion, CASM's eci.json, or what "
        "navac.expansion.foreign.icet makes"
    )
