"""Taking the inserted species out at 0 K: formation energies, hull, voltages, valences, capacity.

A *host* is what stays: the amounts of all other species on active sites. Its contents x have total
energies; against the host at a reference content and the metal,

    E_form(x) = E(x) − E(x_ref) + (x_ref − x) E_metal            per formula unit,

and between two neighbours x₁ > x₂ of the hull the mean voltage against the metal is

    V = (E(x₂) + (x₁ − x₂) E_metal − E(x₁)) / (x₁ − x₂)          in V, one charge per ion,

without entropy and volume. Zhang et al. (Energy Environ. Sci. 18, 7278 (2025), supplement) print
this with a minus sign, by which every electrode that discharges would have a negative voltage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pymatgen.core import Composition
from scipy.constants import physical_constants

from navac import NavacError
from navac.composition import COMPOSITION_TOLERANCE
from navac.crystal.prim import Prim
from navac.hull import Hull, lower_hull
from navac.orderings.amounts import amounts, varying_species
from navac.orderings.charges import States, balanced_charges
from navac.orderings.ordering import Ordering

FARADAY_MAH_PER_MOL = physical_constants["Faraday constant"][0] / 3.6
NONE = 5e-3
"""Change of a mean charge that is none, e."""


class ExtractionError(NavacError):
    """A host whose energies do not say how the inserted species is taken out."""


@dataclass(frozen=True)
class Host:
    """What stays when the inserted species is taken out.

    Attributes:
        metals: amounts of the other species on active sites, per formula unit; none of those that
            are not named.
        reference_x: content that formation energies are measured from.
        electrons: per formula unit, of the theoretical capacity.
    """

    name: str
    metals: Mapping[str, float]
    reference_x: float
    electrons: float


@dataclass(frozen=True)
class Contents:
    """The orderings of one host that have an energy.

    Attributes:
        ids: of the orderings.
        x: ``[ordering]`` inserted species per formula unit.
        energy: ``[ordering]`` total energies, eV per formula unit.
        expanded: ``[ordering]`` the same by the cluster expansion; NaN where it has none.
        volume: ``[ordering]`` of the relaxed cell, Å³ per formula unit; NaN where it is unknown.
    """

    host: Host
    ids: tuple[str, ...]
    x: np.ndarray
    energy: np.ndarray
    expanded: np.ndarray
    volume: np.ndarray

    @property
    def hull(self) -> Hull:
        """Over x, per formula unit."""
        return lower_hull(self.x, self.energy, 1)

    def formation(self, metal: float, energy: np.ndarray) -> np.ndarray:
        """``[ordering]`` E_form, eV per formula unit.

        Args:
            metal: eV per atom.
            energy: ``energy`` or ``expanded``.
        """
        lowest = self.lowest(self.host.reference_x, energy)
        return energy - lowest + (self.host.reference_x - self.x) * metal

    def lowest(self, x: float, energy: np.ndarray) -> float:
        """The lowest of the energies at a content."""
        return float(energy[np.abs(self.x - x) < COMPOSITION_TOLERANCE].min())


def contents_of(
    prim: Prim, orderings: Sequence[Ordering], total: Mapping[str, float], species: str, host: Host,
    expanded: Mapping[str, float], volumes: Mapping[str, float],
) -> Contents:  # fmt: skip
    """The contents of a host among orderings.

    Args:
        total: by id, total energies in eV per primitive cell.
        expanded: by id, those of the cluster expansion, where it has one.
        volumes: by id, of relaxed cells, Å³ per formula unit, where they are known.

    Raises:
        ExtractionError: there are not two contents, or none at the reference.
    """
    others = [s for s in varying_species(prim) if s != species]
    if strange := sorted(set(host.metals) - set(others)):
        raise ExtractionError(
            f"extraction.hosts.{host.name}.metals: {', '.join(strange)} is on no active site; use "
            f"{', '.join(others) or 'no species'}"
        )
    wanted = np.array([host.metals.get(s, 0.0) for s in others])
    known = [one for one in orderings if np.isfinite(total.get(one.id, np.nan))]
    held = amounts(prim, known, others)
    own = [o for o, there in zip(known, held, strict=True)
           if np.allclose(there, wanted, atol=COMPOSITION_TOLERANCE)]  # fmt: skip
    x = np.array([one.x for one in own])
    energy = np.array([total[one.id] for one in own]) / prim.formula_units
    if len(np.unique(np.round(x, 6))) < 2:
        raise ExtractionError(f"extraction.hosts.{host.name}: energies at {_said(x)}; two "
                              "contents are needed")  # fmt: skip
    if not (np.abs(x - host.reference_x) < COMPOSITION_TOLERANCE).any():
        raise ExtractionError(
            f"extraction.hosts.{host.name}.reference_x: no energy at {host.reference_x:g}; there "
            f"are {_said(x)}"
        )
    by_expansion = np.array([expanded.get(one.id, np.nan) for one in own]) / prim.formula_units
    volume = np.array([volumes.get(one.id, np.nan) for one in own])
    return Contents(host, tuple(one.id for one in own), x, energy, by_expansion, volume)


def _said(x: np.ndarray) -> str:
    found = ", ".join(f"{value:g}" for value in np.unique(np.round(x, 6)))
    return f"x = {found}" if found else "no x"


@dataclass(frozen=True)
class Couples:
    """Mean charges of a host along x, by charge balance.

    Attributes:
        fixed: atoms per formula unit that are on no active site.
        species: the inserted one.
        states: oxidation states of every species, e.
    """

    fixed: Mapping[str, float]
    species: str
    states: States

    def charges(self, host: Host, x: float) -> dict[str, float]:
        """Charges of all species that may change theirs, e; empty where none balance."""
        atoms = {**self.fixed, **{s: n for s, n in host.metals.items() if n}, self.species: x}
        found = balanced_charges(atoms, self.states)
        several = [s for s in atoms if len(self.states[s]) > 1]
        return {} if found is None else {s: found[s] for s in several}

    def working(self, host: Host, high: float, low: float) -> str:
        """What is oxidised from one content to a lower one: ``V 3.00 → 3.67``."""
        before, after = self.charges(host, high), self.charges(host, low)
        if not (before and after):
            return "no oxidation states balance it"
        return ", ".join(
            f"{s} {q:.2f} → {after[s]:.2f}" for s, q in before.items() if after[s] - q > NONE
        )


def fixed_atoms(prim: Prim) -> dict[str, float]:
    """Atoms per formula unit on sites that hold one species alone."""
    found: dict[str, float] = {}
    for held in prim.species:
        if len(held) == 1:
            found[held[0]] = found.get(held[0], 0.0) + 1 / prim.formula_units
    return found


def contents_table(one: Contents, couples: Couples, metal: float) -> pd.DataFrame:
    """A row per ordering of a host, by rising x and energy."""
    hull, formation = one.hull, one.formation(metal, one.energy)
    expanded = one.formation(metal, one.expanded)
    above = 1000 * hull.above(one.x, one.energy)
    on = set(hull.index.tolist())
    rows = [
        {
            "host": one.host.name, "x": one.x[k], "id": one.ids[k],
            "formation_energy_eV_per_fu": formation[k], "above_hull_meV_per_fu": above[k],
            "on_hull": k in on, "volume_A3_per_fu": one.volume[k],
            "expansion_formation_energy_eV_per_fu": expanded[k],
            **{f"charge_{s}_e": q for s, q in couples.charges(one.host, one.x[k]).items()},
        }
        for k in np.lexsort((one.energy, one.x)).tolist()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def voltage_table(one: Contents, couples: Couples, metal: float) -> pd.DataFrame:
    """A row per pair of neighbours on the hull of a host, by falling x: the way of a charge.

    ``expansion_voltage_V`` is that between the lowest energies of the expansion at the same
    contents, of the same orderings.
    """
    return pd.DataFrame(reversed(list(_steps(one, couples, metal))))


def _steps(one: Contents, couples: Couples, metal: float) -> Iterator[dict[str, object]]:
    hull = one.hull
    for low, high, mu in zip(hull.x[:-1], hull.x[1:], hull.transitions, strict=True):
        fall = one.lowest(high, one.expanded) - one.lowest(low, one.expanded)
        yield {
            "host": one.host.name, "x_high": high, "x_low": low, "voltage_V": metal - mu,
            "expansion_voltage_V": metal - fall / (high - low),
            "oxidised": couples.working(one.host, high, low),
        }  # fmt: skip


def capacity_table(hosts: Sequence[Host], couples: Couples) -> pd.DataFrame:
    """Theoretical capacities: charge of the electrons over the mass of the reference content."""
    rows = []
    for host in hosts:
        atoms = {**couples.fixed, **host.metals, couples.species: host.reference_x}
        mass = float(Composition({s: n for s, n in atoms.items() if n}).weight)
        per_electron = FARADAY_MAH_PER_MOL / mass
        rows.append({
            "host": host.name, "x": host.reference_x, "molar_mass_g_per_mol": mass,
            "mAh_per_g_and_electron": per_electron, "electrons": host.electrons,
            "capacity_mAh_per_g": host.electrons * per_electron,
        })  # fmt: skip
    return pd.DataFrame(rows)
