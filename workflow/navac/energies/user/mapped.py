"""The orderings that given structures are, and which of their energies are used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.composition import composition_of
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.energies.user.given import Given
from navac.orderings.mapping import MappingError
from navac.orderings.ordering import Ordering
from navac.orderings.recognition import Limits, recognise
from navac.orderings.symmetry import canonical_form, canonical_key

Key = tuple[tuple[int, ...], bytes]


@dataclass(frozen=True)
class Mapped:
    """What became of a given structure.

    Attributes:
        given: as it was read.
        status: ``used``, ``duplicate`` (a lower energy of the same ordering is used) or
            ``refused``.
        reason: why it is not used, or what is to be known; with numbers.
        ordering: that it is; None where it is none.
        energy_eV_per_cell: of the primitive cell, as given.
        volume_A3_per_fu: of the structure, or as given; None where neither is there.
        strain: ``[3]`` principal elongations, rising; None without a structure.
        max_displacement_A: None without a structure.
    """

    given: Given
    status: str
    reason: str = ""
    ordering: Ordering | None = None
    energy_eV_per_cell: float = np.nan
    volume_A3_per_fu: float | None = None
    strain: np.ndarray | None = None
    max_displacement_A: float | None = None


@dataclass(frozen=True)
class Mapper:
    """Finds the ordering that a given structure is.

    Attributes:
        prim, group: the crystal.
        species: that is counted by x.
        limits: how far a structure may be from its ordering.
        named: enumerated orderings by id.
        known: the same by their canonical form.
    """

    prim: Prim
    group: SpaceGroup
    species: str
    limits: Limits
    named: Mapping[str, Ordering]
    known: Mapping[Key, Ordering]

    @classmethod
    def of(
        cls, prim: Prim, group: SpaceGroup, species: str, limits: Limits,
        enumerated: Sequence[Ordering],
    ) -> Mapper:  # fmt: skip
        """With the orderings that are known already."""
        known = {canonical_key(prim, group, o.supercell, o.occupation): o for o in enumerated}
        return cls(prim, group, species, limits, {o.id: o for o in enumerated}, known)

    def map(self, given: Given) -> Mapped:
        """One structure; ``used`` unless it cannot be."""
        if given.fault:
            return Mapped(given, "refused", given.fault)
        assert given.energy_eV is not None
        try:
            found = self._recognised(given)
        except MappingError as error:
            return Mapped(given, "refused", str(error))
        assert found.ordering is not None
        return replace(
            found, energy_eV_per_cell=self._per_cell(given, found.ordering),
            volume_A3_per_fu=self._volume(given, found.ordering),
        )  # fmt: skip

    def _recognised(self, given: Given) -> Mapped:
        if given.ordering:
            if given.ordering not in self.named:
                raise MappingError(
                    f"{given.ordering} is not among the enumerated orderings; enumerate them with "
                    "the section orderings, or give hnf and occupation, or structures"
                )
            return Mapped(given, "used", ordering=self.named[given.ordering])
        if given.occupation is not None:
            assert given.hnf is not None
            return Mapped(given, "used", ordering=self._written(given.hnf, given.occupation))
        assert given.structure is not None
        found = recognise(self.prim, self.group, given.structure, self.limits)
        return Mapped(
            given, "used", ordering=self._ordering(found.supercell, found.occupation),
            strain=found.strain, max_displacement_A=float(found.displacements.max()),
        )  # fmt: skip

    def _written(self, hnf: tuple[int, ...], occupation: np.ndarray) -> Ordering:
        """An ordering that is written out, checked against the crystal."""
        a, b, c, d, e, f, g, h, i = hnf
        supercell = Supercell(((a, b, c), (d, e, f), (g, h, i)))
        sites = [s for s in self.prim.active for _ in range(supercell.size)]
        if len(sites) != len(occupation):
            raise MappingError(
                f"its occupation has {len(occupation)} sites, {supercell.size} cells of this "
                f"crystal have {len(sites)}"
            )
        for site, code in zip(sites, occupation, strict=True):
            if code >= len(self.prim.species[site]):
                raise MappingError(
                    f"its occupation has the digit {code} for a site that holds "
                    f"{', '.join(self.prim.species[site])}"
                )
        return self._ordering(supercell, occupation)

    def _ordering(self, supercell: Supercell, occupation: np.ndarray) -> Ordering:
        """The enumerated ordering that an occupation is, or a new one named after its content."""
        hnf, filled, degeneracy = canonical_form(self.prim, self.group, supercell, occupation)
        if known := self.known.get((hnf, filled.tobytes())):
            return known
        cells = hnf[0] * hnf[4] * hnf[8]
        held = [
            self.prim.species[site][code]
            for site, codes in zip(self.prim.active, filled.reshape(-1, cells), strict=True)
            for code in codes
        ]
        x = float(composition_of(held.count(self.species) / cells, self.prim.formula_units))
        digest = hashlib.sha256(repr(hnf).encode() + filled.tobytes()).hexdigest()[:8]
        return Ordering(
            id=f"c{cells}-x{x:.3f}-{digest}", hnf=hnf, x=x, occupation=filled,
            degeneracy=degeneracy, ewald_eV_per_cell=np.nan,
        )  # fmt: skip

    def _per_cell(self, given: Given, ordering: Ordering) -> float:
        """The energy of one primitive cell."""
        assert given.energy_eV is not None
        if given.per == "primitive_cell":
            return given.energy_eV
        if given.per == "formula_unit":
            return given.energy_eV * self.prim.formula_units
        if given.per == "atom":
            return given.energy_eV * self._atoms(ordering)
        if given.structure is None:
            return given.energy_eV / ordering.cells
        return given.energy_eV * self._atoms(ordering) / len(given.structure)

    def _volume(self, given: Given, ordering: Ordering) -> float | None:
        """Per formula unit, Å³."""
        if given.structure is None:
            return given.volume_A3_per_fu
        cells = len(given.structure) / self._atoms(ordering)
        return float(given.structure.volume) / cells / self.prim.formula_units

    def _atoms(self, ordering: Ordering) -> float:
        """Atoms per primitive cell, vacancies not counted."""
        fixed = sum(len(s) == 1 and s != ("Va",) for s in self.prim.species)
        held = ordering.occupation.reshape(-1, ordering.cells)
        filled = sum(
            self.prim.species[site][code] != "Va"
            for site, codes in zip(self.prim.active, held, strict=True)
            for code in codes
        )
        return fixed + filled / ordering.cells


def map_all(
    given: Sequence[Given], mapper: Mapper, progress: Callable[[int, int], None] | None = None
) -> list[Mapped]:
    """Every structure mapped."""
    found = []
    for number, one in enumerate(given, 1):
        found.append(mapper.map(one))
        if progress:
            progress(number, len(given))
    return found


def lowest_only(
    mapped: Sequence[Mapped], bounds: tuple[float, float], conflict_eV: float
) -> list[Mapped]:
    """The same, with one energy used of each ordering, the lowest, and none out of bounds.

    Args:
        bounds: lowest and highest x of the campaign.
        conflict_eV: energies of one ordering that differ by more are said to contradict each
            other, eV per primitive cell.
    """
    mapped = [_bounded(one, bounds) for one in mapped]
    best: dict[str, Mapped] = {}
    for one in mapped:
        if one.status == "used":
            assert one.ordering is not None
            other = best.setdefault(one.ordering.id, one)
            if _rank(one) < _rank(other):
                best[one.ordering.id] = one
    return [_judged(one, best, conflict_eV) for one in mapped]


def _rank(one: Mapped) -> tuple[float, str, str]:
    # Rounded: the same energy from cells of different size is the same, whichever comes first.
    return round(one.energy_eV_per_cell, 9), one.given.file, one.given.entry


def _bounded(one: Mapped, bounds: tuple[float, float]) -> Mapped:
    low, high = bounds
    if one.ordering is None or low - 1e-6 <= one.ordering.x <= high + 1e-6:
        return one
    return replace(
        one, status="refused", reason=f"x = {one.ordering.x:.4g} is outside the campaign's ranges, "
        f"{low:g} to {high:g}",
    )  # fmt: skip


def _judged(one: Mapped, best: Mapping[str, Mapped], conflict_eV: float) -> Mapped:
    if one.status != "used":
        return one
    assert one.ordering is not None
    kept = best[one.ordering.id]
    if kept is one:
        return one
    above = one.energy_eV_per_cell - kept.energy_eV_per_cell
    clash = "; the two contradict each other" if above > conflict_eV else ""
    return replace(
        one, status="duplicate", reason=f"is the same ordering as {kept.given.name}, "
        f"{1000 * above:.3f} meV per primitive cell above it{clash}",
    )  # fmt: skip
