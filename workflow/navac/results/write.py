"""The HDF5 results of a campaign; layout in the README, "What appears in results"."""

from __future__ import annotations

import h5py
import numpy as np

from navac.composition import in_range
from navac.files import write_group
from navac.thermodynamics.curves import Isotherm, heat_capacity
from navac.thermodynamics.diagram import Boundary, Diagram
from navac.thermodynamics.order import inequivalence


def write_boundaries(file: h5py.File, root: str, regions: dict[str, Boundary]) -> None:
    """``/<root>/<low>+<high>/``: a two-phase region against temperature."""
    for name, region in regions.items():
        columns = ("x_low", "x_high", "mu_eV_per_Na")
        data = dict(zip(columns, region.values.T, strict=True))
        data |= {f"{c}_stderr": e for c, e in zip(columns, region.stderr.T, strict=True)}
        sides = "hysteresis_low_eV", "hysteresis_high_eV"
        data |= dict(zip(sides, region.hysteresis.T, strict=True))
        top, error, x = region.critical
        write_group(file, f"{root}/{name}", {"temperature_K": region.temperature, **data}, {
            "critical_temperature_K": top, "critical_temperature_stderr_K": error, "critical_x": x,
        })  # fmt: skip


def write_summary(file: h5py.File, root: str, windows: dict[str, tuple]) -> None:
    """``/<root>/<window>/``: the highest two-phase temperature inside a window of x."""
    for name, (top, error, x) in windows.items():
        write_group(file, f"{root}/{name}", {}, {
            "highest_two_phase_temperature_K": top,
            "highest_two_phase_temperature_stderr_K": error, "x_there": x,
        })  # fmt: skip


def write_states(file: h5py.File, name: str, diagram: Diagram, labels: list[str]) -> None:
    """``/states/<range>/``: the stable state at every sampled temperature and μ."""
    steps, fu = diagram.steps, diagram.formula_units

    def stacked(field):
        return np.stack([getattr(step, field) for step in steps])

    write_group(file, f"states/{name}", {
        "temperature_K": diagram.plan.temperatures, "mu_eV_per_Na": diagram.plan.mu_grid,
        "x": stacked("number") / fu,
        "x_stderr": diagram.number_stderr / fu,
        "grand_potential_eV_per_cell": stacked("phi"),
        "energy_eV_per_cell": stacked("energy"),
        "dx_dmu_per_eV": stacked("susceptibility") / fu,
        "order_in_cell": inequivalence(stacked("sublattice"), labels),
        "wave_amplitude": stacked("wave"),
        "steady": stacked("steady"),
        "branch": stacked("branch"),
    }, {
        "branches": [*diagram.plan.phases, "disordered"][: diagram.plan.n_branches],
        "x_range": diagram.bounds,
    })  # fmt: skip


def write_entropy(file: h5py.File, T: float, parts: list[Isotherm]) -> None:
    """``/entropy/T_<K>K/``: configurational entropy of the stable phases."""
    write_group(file, f"entropy/T_{T:g}K", {
        "x": np.concatenate([p.x[p.stable] for p in parts]),
        "entropy_kB_per_fu": np.concatenate([p.entropy[p.stable] for p in parts]),
    })  # fmt: skip


def write_heat_capacity(file: h5py.File, T: float, parts: list[Diagram]) -> None:
    """``/heat_capacity/T_<K>K/``: against μ; the ranges one after the other."""
    rows = []
    for d in (d for d in parts if sampled(d, T)):
        now, fu = d.at(T)[0], d.formula_units
        x = now.number / fu
        holds = in_range(x, d.bounds)  # of the expansion
        rows.append((now.mu[holds], x[holds], heat_capacity(now, T, fu)[holds]))
    if rows:
        names = "mu_eV_per_Na", "x", "heat_capacity_kB_per_fu"
        columns = (np.concatenate(c) for c in zip(*rows, strict=True))
        write_group(file, f"heat_capacity/T_{T:g}K", dict(zip(names, columns, strict=True)))


def sampled(diagram: Diagram, T: float) -> bool:
    """Whether a temperature is among the sampled ones."""
    return bool(np.isclose(diagram.plan.temperatures, T).any())


def write_voltage(file: h5py.File, T: float, x, voltage, stable) -> None:
    """``/T_<K>K/``: a voltage curve."""
    write_group(file, f"T_{T:g}K", {"x": x, "voltage_V": voltage, "stable": stable})


def write_occupancy(file: h5py.File, T: float, parts: list[Isotherm], labels: list[str]) -> None:
    """``/occupancy/T_<K>K/``: mean occupation of each sublattice label."""
    data = {"x": np.concatenate([p.x for p in parts])}
    occupation = np.concatenate([p.sublattice for p in parts])
    for label in dict.fromkeys(labels):
        members = [i for i, other in enumerate(labels) if other == label]
        data[label] = occupation[:, members].mean(axis=1)
    data["single_phase"] = np.concatenate([p.stable for p in parts])
    write_group(file, f"occupancy/T_{T:g}K", data)
