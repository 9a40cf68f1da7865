"""The section ``energies.user``: structures and energies that others computed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from navac.config.fields import Number, Positive, Section

Per = Literal["cell", "atom", "formula_unit", "primitive_cell"]


def _listed(value: object) -> object:
    """One name as a list of one."""
    return (value,) if isinstance(value, str) else value


class UserSection(Section):
    """The campaign's own structures and energies, where energies.backend is user."""

    files: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (), description="file, folder or glob of structures with energies, or a list of these"
    )
    energy_per: Per = Field(
        "cell", description="what an energy is of: cell (as given), atom, formula_unit, …"
    )
    max_strain: Annotated[Positive, Field(lt=0.3)] = Field(
        0.1, description="largest elongation or shortening of a relaxed cell, as a fraction"
    )
    max_displacement_A: Annotated[Positive, Field(lt=3)] = Field(
        1.0, description="farthest that an atom may be from its site, Å"
    )
    max_ambiguity: Annotated[Number, Field(gt=0, lt=1)] = Field(
        0.5, description="largest ratio of an atom's distances to its own and to an empty site"
    )
    conflict_meV_per_fu: Annotated[Number, Field(ge=0)] = Field(
        5.0, description="energies of one ordering that differ by more are said to contradict"
    )
    icet_property: str = Field(
        "energy", description="property of icet's containers that is the energy"
    )
    icet_energy_per: Per = Field(
        "atom", description="what that energy is of; icet itself keeps energies per atom"
    )
