"""The section ``electrons``: bonding by LOBSTER, and densities of states."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from navac.config.fields import Positive, Section


class ElectronsSection(Section):
    """Bonds by LOBSTER, which itself is not run, and densities of states by VASP."""

    structures: dict[str, Path] = Field(
        default_factory=dict, description="structures by name that input of LOBSTER is written for"
    )
    outputs: dict[str, Path] = Field(
        default_factory=dict, description="folders by name with LOBSTER's output"
    )
    states: dict[str, Path] = Field(
        default_factory=dict,
        description="folders of VASP by name whose densities of states are drawn together",
    )
    centres: tuple[str, ...] = Field((), description="elements whose bonds are summed")
    ligand: str = Field("O", description="element that they are bound to")
    within_A: Positive = Field(2.6, description="longest bond, Å")
