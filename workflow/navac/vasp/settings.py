"""Settings of VASP calculations, kept in a commented YAML file such as ``scan_u.yaml``."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic import field_validator as validator

from navac import NavacError
from navac.vasp.bases import UnknownBase, titel_of, with_base

# Follow from the species table and a structure; see vasp.input_set.
DERIVED_TAGS = ("MAGMOM", "LDAUL", "LDAUU", "LDAUJ")


class VaspInputError(NavacError):
    """VASP settings, a potential library and a structure do not fit together."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hubbard(_Model):
    """The correction on one shell: angular momentum ``l``, U and J in eV."""

    l: int  # noqa: E741 (VASP's own name)
    U_eV: float
    J_eV: float


class Bonds(_Model):
    """The bonds that are measured: to atoms of element ``to`` within ``within_A`` Å."""

    to: str
    within_A: PositiveFloat


class Species(_Model):
    """POTCAR label, its TITEL, starting moment in μB and Hubbard correction of an element.

    Without a TITEL it is that of the label in the release ``potcar.titels``. ``hubbard_with`` has
    corrections that hold where a certain element is the most electronegative one.

    What is read from results: ``oxidation_moments_muB``, the moment of an ion in each of its
    oxidation states, and ``bonds``.
    """

    potcar: str
    titel: str | None = None
    magmom_muB: float
    hubbard: Hubbard | None = None
    hubbard_with: dict[str, Hubbard] = {}
    oxidation_moments_muB: dict[int, float] = {}
    bonds: Bonds | None = None


class PotcarSettings(_Model):
    """Text every POTCAR must contain, or null; the library's folders that are searched in turn.

    Attributes:
        titels: the release, as pymatgen names it, of potentials whose TITEL is not given.
    """

    required_text: str | None
    release_folders: tuple[str, ...]
    titels: str | None = None


class FollowUp(_Model):
    """A calculation from a relaxed structure: tags that differ, null removes one; its k-points.

    Attributes:
        kpoint_multiplier: of the divisions of the relaxation.
    """

    incar: dict[str, bool | int | float | str | None]
    kpoint_multiplier: PositiveInt = 1

    @validator("incar")
    @classmethod
    def _known_tags(cls, incar: dict, info: ValidationInfo) -> dict:
        return _checked_tags(incar, info.context)


class VaspSettings(_Model):
    """Everything about the input except the structure; read with :func:`load_settings`.

    Attributes:
        incar: tags as VASP names them, except those derived from ``species``.
        ediff_eV_per_atom: convergence of the energy; EDIFF, which VASP takes per cell, follows.
        kpoint_divisions: Γ-centred divisions, in any order, by primitive cells in the supercell.
        kpoint_density_A3: alternatively, k-points per Å⁻³ of the reciprocal cell, as pymatgen has
            them (without 2π).
        kpoint_spacing_per_A: alternatively, the largest distance of k-points, as VASP's KSPACING
            (with 2π).
        max_stress_GPa: bound on every component of the final stress; VASP cannot enforce it.
        potcar, species: see their classes; ``species`` is keyed by element.
        follow_ups: calculations of ground states after their relaxation, by name.
    """

    incar: dict[str, bool | int | float | str]
    ediff_eV_per_atom: PositiveFloat | None = None
    kpoint_divisions: dict[PositiveInt, tuple[PositiveInt, PositiveInt, PositiveInt]] = {}
    kpoint_density_A3: PositiveFloat | None = None
    kpoint_spacing_per_A: PositiveFloat | None = None
    max_stress_GPa: float
    potcar: PotcarSettings
    species: dict[str, Species]
    follow_ups: dict[str, FollowUp] = {}
    _source: str = PrivateAttr("settings")

    @property
    def source(self) -> str:
        """The file the settings come from."""
        return self._source

    @validator("incar")
    @classmethod
    def _known_tags(cls, incar: dict, info: ValidationInfo) -> dict:
        return _checked_tags(incar, info.context)

    @model_validator(mode="after")
    def _one_ediff(self) -> VaspSettings:
        if (self.ediff_eV_per_atom is None) == ("EDIFF" not in self.incar):
            raise ValueError("EDIFF is set twice or not at all; give incar.EDIFF, which is per "
                             "cell, or ediff_eV_per_atom")  # fmt: skip
        return self

    @model_validator(mode="after")
    def _one_mesh(self) -> VaspSettings:
        given = (self.kpoint_divisions, self.kpoint_density_A3, self.kpoint_spacing_per_A)
        if sum(map(bool, given)) != 1:
            raise ValueError(
                "k-points are given twice or not at all; give one of kpoint_divisions, "
                "kpoint_density_A3, kpoint_spacing_per_A"
            )
        return self

    def hubbard(self, element: str, elements: Collection[str]) -> Hubbard | None:
        """The correction on an element in a crystal of some elements."""
        species = self.of(element)
        if species.hubbard is not None or not species.hubbard_with:
            return species.hubbard
        from pymatgen.core import Element

        anion = max(elements, key=lambda symbol: Element(symbol).X)
        return species.hubbard_with.get(anion)

    def titel(self, element: str) -> str:
        """The TITEL of an element's potential.

        Raises:
            VaspInputError: it is not given, and pymatgen does not know it.
        """
        species, release = self.of(element), self.potcar.titels
        if species.titel is not None:
            return species.titel
        found = titel_of(species.potcar, release) if release else None
        if found is None:
            raise VaspInputError(
                f"{self.source}: species.{element}.titel is missing, and pymatgen knows no "
                f"potential {species.potcar} of release {release}; give the TITEL of its POTCAR"
            )
        return found

    def of(self, element: str) -> Species:
        """Settings of ``element``; VaspInputError if the species table lacks it."""
        if element in self.species:
            return self.species[element]
        raise VaspInputError(
            f"{self.source}: species.{element} is missing; add its potcar, titel and magmom_muB, "
            "or start from a base that has it (MPRelaxSet)"
        )


def _checked_tags(incar: dict, known: Collection[str] | None) -> dict:
    """Tags that VASP knows, if they are given, and a user may set; VASP ignores others."""
    if known and (unknown := [tag for tag in incar if tag not in known]):
        raise ValueError("; ".join(_unknown(t, known) for t in unknown))
    if derived := [tag for tag in incar if tag in DERIVED_TAGS]:
        raise ValueError(f"{', '.join(derived)} follow from `species`; set them there")
    return incar


def load_settings(name_or_path: str | Path) -> VaspSettings:
    """Read settings: the name of a file beside this module (``scan_u``), or a path to a YAML.

    The files ``MPRelaxSet`` and ``MPScanRelaxSet`` rest on pymatgen's sets, and hold any element.

    Raises:
        VaspInputError: naming the file, and per problem the field and the fix.
    """
    path = Path(name_or_path)
    if path.name == str(name_or_path) and not path.suffix:
        path, known = Path(__file__).with_name(f"{name_or_path}.yaml"), None
    else:
        # It takes a second, and the tags of the files beside this one are checked by the tests.
        from pymatgen.io.vasp.inputs import Incar

        known = Incar.INCAR_PARAMS
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "base" in content:
            content = with_base(content)
        settings = VaspSettings.model_validate(content, context=known)
    except (OSError, yaml.YAMLError) as error:
        raise VaspInputError(f"{path}: cannot be read as VASP settings ({error})") from error
    except UnknownBase as error:
        raise VaspInputError(f"{path}: {error}") from error
    except ValidationError as error:
        problems = "\n".join(f"  {_problem(e)}" for e in error.errors())
        raise VaspInputError(f"{path}:\n{problems}") from error
    settings._source = str(path)
    return settings


def _problem(error: Mapping) -> str:
    """One validation error as field and fix."""
    field = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return f"{field}: {error['msg']}"
    models = (VaspSettings, PotcarSettings, Species, Hubbard, Bonds, FollowUp)
    return f"{field}: {_unknown(error['loc'][-1], [f for m in models for f in m.model_fields])}"


def _unknown(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(key), known, n=1)
    return f"unknown key {key!r}; " + (f"did you mean {close[0]!r}?" if close else "remove it")
