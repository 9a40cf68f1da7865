"""Parameter sets as JSON: ``cell/parameters.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from navac.cell.coexistence import Coexistence
from navac.cell.diffusivity import Dependence
from navac.cell.ocp import OpenCircuit
from navac.cell.parameters import Parameters
from navac.cell.quantity import CellError, Quantity
from navac.cell.volumes import Volumes
from navac.files import write_json

FORMAT = "navac cell parameters"
VERSION = 3


def write_parameters(path: str | Path, set_: Parameters) -> None:
    """Write a set as JSON."""
    curve = set_.open_circuit
    known = set_.entropic_change
    write_json(path, {
        "format": FORMAT, "version": VERSION,
        "name": set_.name, "species": set_.species, "x_window": list(set_.window),
        "x_full": set_.x_full, "molar_mass_g_per_mol": set_.molar_mass,
        "capacity_mAh_per_g": set_.capacity,
        "open_circuit": _curve(curve),
        "open_circuit_at_other_temperatures": [_curve(c) for c in set_.further.values()],
        "two_phase_regions": [
            {"x_low": low, "x_high": high, **one.to_json()}
            for (low, high), one in zip(curve.regions(), set_.coexisting, strict=True)
        ],
        "thermodynamic_factor": {
            "x": ((curve.x[1:] + curve.x[:-1]) / 2).tolist(),
            "value": curve.thermodynamic_factor().tolist(),
            "source": f"slope of the open circuit; {curve.source}",
        },
        "entropic_change": {
            "V_per_K": None if known is None else known.tolist(), "source": set_.entropic_source,
        },
        "diffusivity": set_.diffusion.to_json(),
        "volumes": set_.volumes.to_json(), "coherent": set_.coherent,
        "numbers": {name: number.to_json() for name, number in set_.numbers.items()},
    })  # fmt: skip


def read_parameters(path: str | Path) -> Parameters:
    """Read a set that :func:`write_parameters` wrote.

    Raises:
        CellError: the file is another or of another version.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise CellError(f"{path}: cannot be read ({error}); run the campaign again") from error
    if not isinstance(data, dict) or (data.get("format"), data.get("version")) != (FORMAT, VERSION):
        raise CellError(f"{path}: is not version {VERSION} of {FORMAT}; run the campaign again")
    low, high = data["x_window"]
    change = data["entropic_change"]["V_per_K"]
    others = map(_read_curve, data["open_circuit_at_other_temperatures"])
    return Parameters(
        name=data["name"], species=data["species"], window=(low, high), x_full=data["x_full"],
        molar_mass=data["molar_mass_g_per_mol"], open_circuit=_read_curve(data["open_circuit"]),
        further={curve.temperature: curve for curve in others},
        entropic_change=None if change is None else np.array(change),
        entropic_source=data["entropic_change"]["source"],
        coexisting=tuple(map(_read_region, data["two_phase_regions"])),
        diffusion=Dependence.from_json(data["diffusivity"]),
        volumes=Volumes.from_json(data["volumes"]), coherent=data["coherent"],
        numbers={name: Quantity(**number) for name, number in data["numbers"].items()},
    )  # fmt: skip


def read_sets(own: str | Path, beside: str | Path) -> dict[str, Parameters]:
    """The set of a campaign, and the one beside it where there is one, by the material's name."""
    found = [read_parameters(own)]
    if json.loads(Path(beside).read_text(encoding="utf-8")) is not None:
        found.append(read_parameters(beside))
    return {one.name: one for one in found}


def _curve(curve: OpenCircuit) -> dict[str, Any]:
    return {
        "temperature_K": curve.temperature, "x": curve.x.tolist(),
        "voltage_V": curve.voltage.tolist(), "two_phase": curve.two_phase.tolist(),
        "voltage_stderr_V": curve.stderr, "source": curve.source,
    }  # fmt: skip


def _read_curve(data: Mapping[str, Any]) -> OpenCircuit:
    return OpenCircuit(
        x=np.array(data["x"]), voltage=np.array(data["voltage_V"]),
        two_phase=np.array(data["two_phase"], bool), temperature=data["temperature_K"],
        source=data["source"], stderr=data["voltage_stderr_V"],
    )  # fmt: skip


def _read_region(data: Mapping[str, Any]) -> Coexistence:
    return Coexistence(**{name: data[name] for name in Coexistence().to_json()})
