"""Measures of the settings of VASP with which input is written."""

from __future__ import annotations

from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure
from navac.vasp.settings import VaspSettings, load_settings


def _settings(evidence: Evidence) -> VaspSettings | None:
    name = evidence.settings.dft.settings
    return load_settings(name) if name else None


@measure
def hubbard_u(evidence: Evidence, element: str) -> tuple[float, float]:
    """U of an element, eV."""
    settings = _settings(evidence)
    own = settings.species.get(element) if settings else None
    return (own.hubbard.U_eV, 0.0) if own and own.hubbard else UNKNOWN


@measure
def incar(evidence: Evidence, tag: str) -> tuple[float, float]:
    """Size of a number in INCAR: of a force that ends a relaxation, VASP writes the negative."""
    settings = _settings(evidence)
    value = settings.incar.get(tag) if settings else None
    return (abs(float(value)), 0.0) if isinstance(value, int | float) else UNKNOWN


@measure
def energy_convergence(evidence: Evidence) -> tuple[float, float]:
    """Change of the energy that ends the electronic steps, eV per atom."""
    settings = _settings(evidence)
    found = settings.ediff_eV_per_atom if settings else None
    return UNKNOWN if found is None else (found, 0.0)
