"""A spherical particle charged at a constant current: composition and stress along its radius.

A material without two-phase regions is Fickian, with its chemical diffusivity. Where the open
circuit has two-phase regions, Cahn and Hilliard's equation is solved with the free energy of
:meth:`~navac.cell.parameters.Parameters.free_energy`, and the diffusivity, also a chemical one, is
taken for that of jumps. Charging takes the species out. The surface prefers no phase. The poor
phase appears there because the species leaves there, and phases can only be concentric in a profile
along the radius.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.cell.body import Body
from navac.cell.cahn_hilliard import Separation
from navac.cell.diffusion import Diffusion, Stop
from navac.cell.free_energy import stiffness_of_width
from navac.cell.parameters import Parameters
from navac.cell.shapes import radial
from navac.cell.sphere import hydrostatic, stresses, von_mises

STEPS = 200
"""In time, of a whole charge."""
RESOLVED = 2.0
"""Elements per decay length of an interface."""
LAST = 0.98
"""Part of the charge that passes at a constant current."""
SHARES = (0.1, 0.5, 0.9)
"""Of the charge, at which particles are shown."""
LITTLE = 1e-18
"""κ where no phases separate and it does nothing, eV m²."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A particle while it is charged.

    Attributes:
        radius: ``[node]`` distance from the centre, m.
        share: ``[time]`` of the charge that has passed.
        x: ``[time, node]`` composition.
        hydrostatic, von_mises: ``[time, node]`` stress, Pa.
        separates: whether it may separate into phases.
        ended: why it ended, in words.
    """

    radius: np.ndarray
    share: np.ndarray
    x: np.ndarray
    hydrostatic: np.ndarray
    von_mises: np.ndarray
    separates: bool
    ended: str

    def at(self, share: float) -> int | None:
        """The time at a share of the charge; None where it ended before."""
        k = int(np.abs(self.share - share).argmin())
        return k if abs(self.share[k] - share) < 1.5 / STEPS else None

    def spread(self) -> np.ndarray:
        """``[time]`` largest difference of x within the particle."""
        return np.ptp(self.x, axis=1)


def charge(set_: Parameters, rate: float, elements: int) -> Charge:
    """Charge a particle from the highest x of the window to the lowest.

    It ends early where the surface leaves the window, or a step has no solution.

    Args:
        rate: C.
        elements: along the radius, at least; interfaces of two phases ask for more.
    """
    separates = bool(set_.open_circuit.two_phase.any() and set_.free_energy().gaps)
    if separates:
        decay = set_["interface"] / (2 * np.log(9))
        elements = max(elements, int(np.ceil(RESOLVED * set_["radius"] / decay)))
    body = radial(set_["radius"], elements)
    low, high = set_.window
    whole = 3600 / rate
    times = np.linspace(0, LAST * whole, STEPS + 1)
    flux = -(high - low) * set_["radius"] / 3 * rate / 3600
    start = np.full(elements + 1, high)
    solver = separation(set_, body) if separates else Diffusion(body, set_.ficks_law())
    found, ended = [], f"{100 * LAST:.0f} % of the charge has passed"
    try:
        for time, x in solver.run(start, flux, times):
            if x.min() < low - 1e-3 * (high - low):
                passed = time / whole
                ended = f"the surface reaches x = {low:g} after {100 * passed:.0f} % of the charge"
                break
            found.append(x)
    except Stop as stop:
        ended = str(stop)
    x = np.array(found)
    tension = [_stress(set_, body.mesh.p[0], profile) for profile in x]
    return Charge(
        radius=body.mesh.p[0], share=LAST * np.arange(len(x)) / STEPS, x=x,
        hydrostatic=np.array([h for h, _ in tension]), von_mises=np.array([m for _, m in tension]),
        separates=separates, ended=ended,
    )  # fmt: skip


def separation(set_: Parameters, body: Body) -> Separation:
    """Cahn–Hilliard in a body, with its widest interface as wide as the set says.

    Coherent phases strain each other in a sphere alone, whose stress is a function of x and x̄.
    """
    energy = set_.free_energy()
    widths = [stiffness_of_width(gap, set_["interface"]) for gap in energy.gaps]
    return Separation(
        body, energy, stiffness=min(widths, default=LITTLE),
        diffusivity=lambda x: set_["diffusivity"] * set_.diffusion.of_jumps(x),
        temperature=set_.temperature, elastic=set_.elastic if body.symmetry == "radial" else 0.0,
    )  # fmt: skip


def _stress(set_: Parameters, r: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[node]`` hydrostatic and von Mises stress of a profile along r."""
    c = set_.swollen(x)
    within = mean_within(r, c)
    radial_, tangential = stresses(
        c, within, float(within[-1]),
        molar_volume=set_["molar_volume"], young=set_["young"], poisson=set_["poisson"],
    )  # fmt: skip
    return hydrostatic(radial_, tangential), von_mises(radial_, tangential)


def mean_within(r: np.ndarray, c: np.ndarray) -> np.ndarray:
    """``[node]`` mean within each radius of a profile that is linear between nodes."""
    slope = np.diff(c) / np.diff(r)
    start = c[:-1] - slope * r[:-1]
    shells = start * np.diff(r**3) / 3 + slope * np.diff(r**4) / 4
    inside = np.concatenate([[0.0], np.cumsum(shells)])
    return np.concatenate([c[:1], 3 * inside[1:] / r[1:] ** 3])


def peaks(charged: Charge) -> list[dict[str, float | str]]:
    """A row per share of the charge: largest difference of x, and stress, Pa."""
    rows: list[dict[str, float | str]] = []
    for share in SHARES:
        k = charged.at(share)
        known = k is not None
        rows.append({
            "share": share,
            "x_difference": float(charged.spread()[k]) if known else np.nan,
            "x_surface": float(charged.x[k, -1]) if known else np.nan,
            "x_centre": float(charged.x[k, 0]) if known else np.nan,
            "hydrostatic_max_Pa": float(charged.hydrostatic[k].max()) if known else np.nan,
            "hydrostatic_min_Pa": float(charged.hydrostatic[k].min()) if known else np.nan,
            "von_mises_max_Pa": float(charged.von_mises[k].max()) if known else np.nan,
            "ended": "" if known else charged.ended,
        })  # fmt: skip
    return rows
