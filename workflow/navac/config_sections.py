"""The sections of a campaign's configuration; :mod:`navac.config` puts them together.

Every field's description is one line: it becomes the comment above the key in
``config/config.yaml`` and the description in the JSON schema. Units are part of the names.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic import field_validator as validator

from navac.config_fields import Count, Grid, Name, Number, Positive, Section
from navac.config_vasp import VaspSection


class SiteEntry(Section):
    """What some sites of a POSCAR or CIF may hold."""

    label: str = Field(description="name of the sublattice")
    species: tuple[str, ...] = Field(min_length=1, description="species allowed; Va is a vacancy")
    indices: tuple[int, ...] | None = Field(None, description="sites of the file, counted from 0")
    element: str | None = Field(None, description="or: every site of this element")

    @model_validator(mode="after")
    def _one_choice(self) -> SiteEntry:
        if (self.indices is None) == (self.element is None):
            raise ValueError("names its sites twice or not at all; give one of indices, element")
        return self


class PrimSection(Section):
    """The crystal."""

    file: Path = Field(description="primitive cell: navac's JSON, or POSCAR, CIF, …")
    sites: tuple[SiteEntry, ...] = Field(
        (), description="for POSCAR, CIF: {label, species: [Na, Va], indices: [..] or element: Na}"
    )
    formula_units: Count = Field(description="formula units in the primitive cell")
    symmetry_tolerance_A: Annotated[Positive, Field(lt=0.5)] = Field(
        1e-5, description="distance within which sites are equivalent, Å; decides the space group"
    )


class OrderingsSection(Section):
    """Which orderings are enumerated."""

    max_cells: Count = Field(2, description="largest supercell, primitive cells")
    compositions: Grid = Field(description="x of the orderings, atoms per formula unit")
    max_per_composition: Count | None = Field(
        100, description="most orderings kept per composition; null keeps all"
    )
    random_share: Annotated[Number, Field(ge=0, le=1)] = Field(
        0.5, description="share of those drawn at random, the rest by lowest Ewald energy, 0 to 1"
    )
    total: Count | None = Field(
        None, description="size of a subset spread over all compositions; null takes all"
    )
    charges: dict[str, Number] = Field(description="charge per species for Ewald energies, e")
    more: Path | None = Field(
        None, description="CSV of further orderings, as orderings.csv or navac.stackings writes it"
    )


class DftSection(Section):
    """DFT input sets."""

    settings: str = Field("scan_u", description="built-in settings (scan_u) or path to a YAML file")
    potcar_library: Path | None = Field(
        None, description="folder of POTCAR files, which VASP needs; null if it is not run"
    )
    batches: Count = Field(4, description="jobs that the input sets are written in")


class EnergiesSection(Section):
    """Where the energies of the orderings come from."""

    backend: Literal["published", "vasp", "mlip"] = Field(
        "published", description="source of the energies: published, vasp; mlip is not built yet"
    )
    noise_meV_per_fu: Annotated[Number, Field(ge=0)] = Field(
        0.0, description="seeded Gaussian noise on published energies, meV per formula unit"
    )
    average_voltage_V: Annotated[Number, Field(ge=-10, le=10)] = Field(
        description="mean voltage against the metal over the whole range of x, V"
    )
    vasp: VaspSection = Field(VaspSection(), description="how VASP is run, for the backend vasp")

    @validator("backend")
    @classmethod
    def _built(cls, backend: str) -> str:
        if backend == "mlip":
            raise ValueError("the backend mlip is not built yet; choose published or vasp")
        return backend


class ExpansionSection(Section):
    """The cluster expansion and its fit."""

    cutoffs_A: dict[int, Positive] = Field(
        description="longest pair distance in clusters of 2, 3, … sites, Å"
    )
    regression: Literal["lasso", "lasso_cv", "ridge", "ard", "adaptive_lasso"] = Field(
        "lasso", description="lasso (penalty alpha_eV); or lasso_cv, ridge, ard, adaptive_lasso"
    )
    alpha_eV: Annotated[Positive, Field(le=0.1)] = Field(
        1e-4, description="L1 penalty of the fit by lasso, eV; the others find their own"
    )
    refit: bool = Field(
        True, strict=True, description="fit the selected terms again without the penalty"
    )
    folds: Annotated[Count, Field(ge=2)] = Field(
        10, description="parts that the energies are dealt to for cross-validation; at least 2"
    )
    hull_weight_meV_per_fu: Positive | None = Field(
        None, description="weigh by exp(-energy above hull / this), meV per formula unit; or null"
    )
    balance_compositions: bool = Field(
        False, strict=True, description="weigh every x alike, however many orderings it has"
    )
    outlier_sigmas: Annotated[Positive, Field(ge=3)] | None = Field(
        None, description="leave out energies so many sigma off, 3 or more; null only names them"
    )

    @validator("cutoffs_A")
    @classmethod
    def _orders(cls, cutoffs: dict[int, float]) -> dict[int, float]:
        if not cutoffs or min(cutoffs) < 2:
            raise ValueError("cutoffs are for clusters of 2 and more sites; remove 0 and 1")
        if max(cutoffs.values()) > 25:
            raise ValueError("a cutoff is longer than 25 Å; give lengths in Å")
        return cutoffs


class RangeSection(Section):
    """A composition range with an expansion and a set of sampled paths of its own."""

    x: tuple[Number, Number] = Field(description="lowest and highest x, atoms per formula unit")
    published_eci: Path | None = Field(
        None, description="published ECI table of this range (CSV in the paper's columns), or null"
    )
    constant_meV_per_cell: Number = Field(
        0.0, description="constant that the published table leaves out, meV per primitive cell"
    )
    hamiltonian: Literal["fitted", "published"] = Field(
        "fitted", description="sampled expansion: fitted (by this campaign) or published"
    )
    expansion_file: Path | None = Field(
        None,
        description="expansion fitted elsewhere, sampled instead: JSON of navac, smol, CASM, icet",
    )
    phases: dict[Name, Number] = Field(
        default_factory=dict, description="phases known beforehand: x of their ground state"
    )
    windows: dict[str, tuple[Number, Number]] = Field(
        default_factory=dict,
        description="x intervals in which the highest two-phase temperature is reported",
    )
    supercell: tuple[Count, Count, Count] | None = Field(
        None, description="primitive cells per axis; null takes sampling.supercell"
    )
    temperatures_K: tuple[Grid, ...] = Field(
        description="sampled temperatures in rising segments, K"
    )
    cool_to_K: Positive | None = Field(
        None,
        description="the disordered state is cooled from infinite temperature to this, K; or null",
    )
    start_mu_eV: dict[Name, Number] = Field(
        default_factory=dict,
        description="protocol paper: mu at which phases are heated, eV per atom; {} derives them",
    )
    mu_eV: Grid | None = Field(
        None, description="chemical potentials, eV per atom; null derives them from the hull"
    )
    mu_step_eV: Positive = Field(0.00125, description="derived grid: step, eV per atom")
    mu_margin_eV: Positive = Field(
        0.06, description="derived grid: full resolution so far beyond the 0 K transitions, eV"
    )
    mu_reach_eV: Positive = Field(
        0.3, description="derived grid: every fourth step so far beyond the 0 K transitions, eV"
    )

    @validator("x")
    @classmethod
    def _interval(cls, x: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= x[0] < x[1]:
            raise ValueError(f"[{x[0]:g}, {x[1]:g}] is no interval of x; write [lowest, highest]")
        return x

    @validator("temperatures_K")
    @classmethod
    def _rising(cls, segments: tuple[Grid, ...]) -> tuple[Grid, ...]:
        if not segments:
            raise ValueError("no temperatures; add a segment {start, stop, step}")
        if (lowest := min(s.start for s in segments)) <= 0:
            raise ValueError(f"{lowest:g} K is not above zero; give temperatures in K")
        for one, following in pairwise(segments):
            if following.start <= one.stop:
                raise ValueError(
                    f"the segment from {following.start:g} K does not rise beyond the one before "
                    f"it, which ends at {one.stop:g} K; start it later or sort the segments"
                )
        return segments


class PrecisionSection(Section):
    """Standard errors at which the sampling of a condition ends."""

    x: Positive | None = Field(None, description="of x, atoms per formula unit, or null")
    energy_meV: Positive | None = Field(
        None, description="of the energy, meV per formula unit, or null"
    )
    doublings: Count = Field(
        4, description="how often the sampling of a condition may be doubled for it"
    )


class SamplingSection(Section):
    """Grand-canonical Monte Carlo."""

    supercell: tuple[Count, Count, Count] = Field((8, 8, 8), description="primitive cells per axis")
    protocol: Literal["grid", "paper"] = Field(
        "grid",
        description="grid: heat every phase at every mu; paper: heat at one mu, then scan mu",
    )
    rule: Literal["metropolis", "heat_bath"] = Field(
        "metropolis", description="acceptance rule: metropolis or heat_bath"
    )
    replicas_per_batch: Count = Field(
        256, description="most paths sampled together; 64 per core or more are fastest"
    )
    equilibration_sweeps: Annotated[int, Field(strict=True, ge=0)] = Field(
        50, description="sweeps discarded at every condition"
    )
    blocks: Annotated[Count, Field(ge=4)] = Field(
        10, description="block averages per condition, for error bars; at least 4"
    )
    block_sweeps: Count = Field(10, description="sweeps per block")
    precision: PrecisionSection | None = Field(
        None, description="sample a condition on until its means are so well known; null: do not"
    )
    refuse_unreliable: bool = Field(
        False,
        description="fail if blocks are shorter than 5 autocorrelation times or averages drift",
    )
    threads: Count = Field(2, description="CPU cores per sampling job")
    shards: Count = Field(1, description="jobs that the paths of a range are dealt to")

    @property
    def sweeps(self) -> int:
        """Sweeps of a path at every condition, unless a precision is asked."""
        return self.equilibration_sweeps + self.blocks * self.block_sweeps


class ElectronicEntropySection(Section):
    """Mixed valence disordered over the sites of one element (paper, main text Eq. 1)."""

    range: str = Field(description="composition range it is added in")
    sites_per_formula_unit: Positive = Field(description="sites of the element per formula unit")
    x_oxidised: Number = Field(description="x at which all are oxidised")
    x_reduced: Number = Field(description="x at which all are reduced; greater than x_oxidised")


class ThermodynamicsSection(Section):
    """What is reported, and how phase boundaries are found."""

    voltage_temperatures_K: tuple[Positive, ...] = Field((), description="voltage curves, K")
    occupancy_temperatures_K: tuple[Positive, ...] = Field(
        (), description="sublattice occupancies, K"
    )
    entropy_temperatures_K: tuple[Positive, ...] = Field(
        (), description="configurational entropies, K"
    )
    heat_capacity_temperatures_K: tuple[Positive, ...] = Field((), description="heat capacities, K")
    smallest_jump_x: Positive = Field(
        0.02, description="smallest jump of x that counts as a two-phase region"
    )
    resamples: Annotated[Count, Field(ge=10)] = Field(
        40, description="bootstrap resamples of the block averages, for standard errors"
    )
    electronic_entropy: ElectronicEntropySection | None = Field(
        None, description="mixed-valence entropy, for a second set of boundaries; null for none"
    )

    @property
    def temperatures_K(self) -> tuple[float, ...]:
        """Every temperature that something is reported at, rising."""
        return tuple(sorted({
            *self.voltage_temperatures_K, *self.occupancy_temperatures_K,
            *self.entropy_temperatures_K, *self.heat_capacity_temperatures_K,
        }))  # fmt: skip


class ReproductionSection(Section):
    """Comparison with published numbers."""

    published_numbers: Path | None = Field(
        None, description="CSV of published numbers to compare with, or null"
    )


class FiguresSection(Section):
    """How the figures look."""

    width_mm: Annotated[Positive, Field(ge=40, le=400)] = Field(85.0, description="width, mm")
    composition_label: str = Field("$x$", description="label of composition axes (mathtext)")
    reference_electrode: str = Field("", description="electrode of the voltage scale")
