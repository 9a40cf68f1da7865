"""The configuration of a campaign: read, checked as a whole, refused with every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError
from pydantic import field_validator as validator

from navac.config.about import AboutSection
from navac.config.cell import CellSection
from navac.config.descriptors import DescriptorsSection
from navac.config.dft import DftSection
from navac.config.electrons import ElectronsSection
from navac.config.energies import EnergiesSection
from navac.config.ensembles import EnsemblesSection
from navac.config.expansion import ExpansionSection
from navac.config.explain import ConfigError, Problem, explain
from navac.config.extraction import ExtractionSection
from navac.config.fields import Name, RangeName, Section, place
from navac.config.figures import FiguresSection
from navac.config.hops import HopsSection
from navac.config.orderings import OrderingsSection
from navac.config.prim import PrimSection
from navac.config.ranges import RangeSection
from navac.config.reproduction import ReproductionSection
from navac.config.rounds import RoundsSection
from navac.config.sampling import SamplingSection
from navac.config.thermodynamics import ThermodynamicsSection

EVERY_RANGE = "every range"
"""Needed by checks that a missing range would mislead; the others see the valid ranges."""


class Config(Section):
    """A campaign. Paths are relative to the folder that the campaign is run in."""

    campaign: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = Field(
        description="name of the campaign: its folder under results/"
    )
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = Field(
        0, description="seed from which all random numbers of the campaign follow"
    )
    until: Literal["expansion", "diagram"] = Field(
        "diagram", description="last stage: expansion (no sampling), or diagram and all with it"
    )
    species: str = Field(description="species whose amount per formula unit is x")
    axes: dict[Name, str] = Field(
        default_factory=dict,
        description="further composition axes and their species, such as y: Mn; {} derives them",
    )
    about: AboutSection = Field(AboutSection(), description="what the report says of the campaign")
    prim: PrimSection = Field(description="the crystal")
    orderings: OrderingsSection = Field(
        OrderingsSection(), description="enumeration of orderings of the active sites"
    )
    descriptors: DescriptorsSection = Field(
        DescriptorsSection(), description="entropies and descriptors of compositions"
    )
    dft: DftSection = Field(DftSection(), description="DFT input sets, one per ordering")
    energies: EnergiesSection = Field(description="energies of the orderings")
    expansion: ExpansionSection = Field(description="cluster expansion")
    extraction: ExtractionSection = Field(
        ExtractionSection(), description="the counted species taken out at 0 K"
    )
    electrons: ElectronsSection = Field(
        ElectronsSection(), description="bonding by LOBSTER: its input and its output"
    )
    hops: HopsSection = Field(HopsSection(), description="hops of the counted species")
    rounds: RoundsSection = Field(
        RoundsSection(), description="rounds that ask for the energies an expansion lacks"
    )
    ranges: dict[RangeName, RangeSection] = Field(
        description="composition ranges, each with its own expansion and paths"
    )
    sampling: SamplingSection = Field(SamplingSection(), description="Monte Carlo")
    ensembles: EnsemblesSection = Field(
        EnsemblesSection(), description="Monte Carlo of sites of any number of species"
    )
    thermodynamics: ThermodynamicsSection = Field(
        ThermodynamicsSection(), description="quantities derived from the sampled paths"
    )
    reproduction: ReproductionSection = Field(
        ReproductionSection(), description="comparison with published numbers"
    )
    figures: FiguresSection = Field(FiguresSection(), description="figures")
    cell: CellSection = Field(
        CellSection(), description="particles and battery cells by the campaign's numbers"
    )

    @validator("ranges")
    @classmethod
    def _some(cls, ranges: dict[str, RangeSection]) -> dict[str, RangeSection]:
        if not ranges:
            raise ValueError("no composition range; add one")
        return ranges

    @property
    def enumerates(self) -> bool:
        """Whether orderings are enumerated; structures from elsewhere bring their own."""
        asked = self.orderings.compositions is not None or bool(self.orderings.amounts)
        return self.energies.backend != "user" or asked

    @property
    def samples(self) -> bool:
        """Whether the expansions are sampled; a campaign may end with them."""
        return self.until == "diagram"

    @property
    def ensemble_range(self) -> str | None:
        """The range whose expansion the ensembles sample; None where it has to be named."""
        alone = next(iter(self.ranges)) if len(self.ranges) == 1 else None
        return self.ensembles.range or alone

    @property
    def exchanges(self) -> bool:
        """Whether an ensemble takes the counted species in and out at given potentials."""
        runs = self.ensembles.runs.values()
        return any(self.species in r.mu_eV and self.species in r.inserted for r in runs)

    @property
    def exchanged_runs(self) -> list[str]:
        """Runs of ensembles with a grid of the counted species' chemical potential alone."""
        return [
            name for name, run in self.ensembles.runs.items()
            if self.species in run.inserted and run.varied == [self.species]
        ]  # fmt: skip

    def supercell(self, name: str) -> tuple[int, int, int]:
        """Primitive cells per axis of the supercell that a composition range is sampled in."""
        return self.ranges[name].supercell or self.sampling.supercell

    def to_json(self) -> str:
        """The fully resolved configuration; :func:`parse` reads it back."""
        return self.model_dump_json()


@dataclass(frozen=True)
class Parsed:
    """A configuration as far as it is valid.

    Attributes:
        config: complete, or with only some sections and ranges where others are invalid.
        usable: names of its complete keys; EVERY_RANGE where no range was dropped.
        problems: what is wrong with single fields.
    """

    config: Config
    usable: frozenset[str]
    problems: tuple[Problem, ...]


def parse(data: Mapping[str, Any]) -> Parsed:
    """Read a configuration field by field; relations between fields are not checked."""
    plain = _plain(data)
    try:
        whole = frozenset({*Config.model_fields, EVERY_RANGE})
        return Parsed(Config.model_validate(plain), whole, ())
    except ValidationError as error:
        found = tuple(explain(e, Config) for e in error.errors())
    config, usable = _usable_part(plain)
    return Parsed(config, frozenset(usable), found)


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The keys and values in a YAML file.

    Raises:
        ConfigError: the file cannot be read, or holds no keys.
    """
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [("file", f"cannot be read ({error.strerror}); give a path from "
                                  f"{Path.cwd()}")]) from error  # fmt: skip
    except yaml.YAMLError as error:
        where = " ".join(str(error).split())
        raise ConfigError(path, [("file", f"is not YAML: {where}; correct it there")]) from error
    if not isinstance(data, dict):
        raise ConfigError(path, [("file", "holds no keys; start from config/config.yaml")])
    return data


def load_config(path: str | Path) -> Config:
    """Read the configuration in a YAML file; :mod:`navac.campaign.check` looks at it as a whole.

    Raises:
        ConfigError: the file cannot be read, or with every problem of a single field.
    """
    parsed = parse(read_yaml(path))
    if parsed.problems:
        raise ConfigError(path, parsed.problems)
    return parsed.config


def _plain(data: Any) -> Any:
    """Plain dicts and lists, copied; Snakemake's are subclasses."""
    if isinstance(data, Mapping):
        return {k: _plain(v) for k, v in data.items()}
    return [_plain(v) for v in data] if isinstance(data, list | tuple) else deepcopy(data)


def _usable_part(data: dict) -> tuple[Config, set[str]]:
    """What is valid of an invalid configuration, so that it can be cross-checked too.

    Unknown keys are dropped, then invalid sections; of ``ranges`` only the invalid ones.

    Returns:
        The rest, and the names of its complete keys; EVERY_RANGE if no range was dropped.
    """
    whole = {*Config.model_fields, EVERY_RANGE}
    while True:
        try:
            return Config.model_validate(data), whole
        except ValidationError as error:
            errors = error.errors()
        unknown = [place(e["loc"]) for e in errors if e["type"] == "extra_forbidden"]
        for *parents, key in unknown:
            _at(data, parents).pop(key)
        if not unknown:
            break
    for section, *rest in {e["loc"][:2] for e in errors}:
        if section == "ranges":
            whole.discard(EVERY_RANGE)
        if section == "ranges" and rest:
            data[section].pop(rest[0], None)
        else:
            data.pop(section, None)
            whole.discard(section)
    valid: dict[str, Any] = {}
    for key in set(data) & set(Config.model_fields):
        if key == "ranges":
            valid[key] = {k: RangeSection.model_validate(v) for k, v in data[key].items()}
        else:
            valid[key] = _validated(key, data[key])
    return Config.model_construct(**valid), whole


def _validated(key: str, value: Any) -> Any:
    section = Config.model_fields[key].annotation
    if isinstance(section, type) and issubclass(section, Section):
        return section.model_validate(value)
    return value


def _at(data: Any, path: Collection) -> Any:
    for part in path:
        data = data[part]
    return data
