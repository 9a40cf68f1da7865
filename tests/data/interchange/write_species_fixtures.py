"""Write expansions of sites of many species with smol, icet and CASM, and numbers of functions.

Needs the environment of ``write_fixtures.py``, whose settings it uses; run in the root:

    PYTHONPATH=workflow python tests/data/interchange/write_species_fixtures.py [smol] [icet] \
        [casm] [counts]

Every expansion has random coefficients. Its file is what the code itself writes; beside it,
``<name>_configurations.json`` holds 50 random configurations in navac's numbering with the
energies, in eV per primitive cell, and ``<name>_correlations.npz`` the cluster vectors that the
code gives them. ``species_prims.json`` has the crystals; ``species_counts.json`` the numbers of
functions of the high-entropy NASICON.
"""

import json
import os
import sys
from dataclasses import dataclass

import numpy as np
from write_fixtures import (
    BOXES,
    CRYSTALS,
    HERE,
    OTHER,
    PER_BOX,
    Setting,
    casm_expansion,
    icet_expansion,
    icet_space,
    nearest,
    refined,
    write,
)

from navac.crystal.supercell import Supercell
from navac.expansion.foreign.template import smol_subspace

METALS = ["V", "Cr", "Mn", "Fe", "Al", "Mg"]
FCC = [[0, 1.95, 1.95], [1.95, 0, 1.95], [1.95, 1.95, 0]]
SALT = [[0, 2.1, 2.1], [2.1, 0, 2.1], [2.1, 2.1, 0]]
SPINEL = [[0, 4.1, 4.1], [4.1, 0, 4.1], [4.1, 4.1, 0]]
OXYGEN = 0.2625


def spinel_sites() -> list[dict]:
    """LiMn2O4: 8a, 16d and 32e of Fd-3m, origin at the inversion centre."""
    u = OXYGEN
    octahedral = [(0.5, 0.5, 0.5), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]
    anions = [(u, u, u), (u, u, 0.5 - 3 * u), (u, 0.5 - 3 * u, u), (0.5 - 3 * u, u, u)]
    sites = [("A", ["Li", "Mn", "Va"], (0.125,) * 3), ("A", ["Li", "Mn", "Va"], (0.875,) * 3)]
    sites += [("B", ["Mn", "Ni", "Ti", "Li"], f) for f in octahedral]
    sites += [("O", ["O"], f) for f in anions]
    sites += [("O", ["O"], tuple(-x % 1 for x in f)) for f in anions]
    return [{"label": label, "species": s, "frac": list(f)} for label, s, f in sites]


def high_entropy() -> dict:
    """The published NaxV2(PO4)3 crystal with six metals on 12c."""
    prim = json.loads(CRYSTALS["nasicon"].read_text())
    for site in prim["sites"]:
        if site["species"] == ["V"]:
            site |= {"species": METALS, "label": "M"}
    return prim | {"formula_units": 2}


PRIMS = {
    "fcc": {"lattice_A": FCC, "formula_units": 1,
            "sites": [{"label": "M", "species": ["Cu", "Au", "Pd"], "frac": [0, 0, 0]}]},
    "salt": {"lattice_A": SALT, "formula_units": 1, "sites": [
        {"label": "M", "species": ["Li", "Mn", "Ti", "Va"], "frac": [0, 0, 0]},
        {"label": "X", "species": ["O", "F"], "frac": [0.5, 0.5, 0.5]}]},
    "spinel": {"lattice_A": SPINEL, "formula_units": 2, "sites": spinel_sites()},
    "nasicon": high_entropy(),
}  # fmt: skip
CUTOFFS = {
    "fcc": {2: 5.6, 3: 4.0, 4: 2.9},
    "salt": {2: 4.3, 3: 3.0},
    "spinel": {2: 4.0, 3: 3.0},
    "nasicon": {2: 5.0, 3: 4.9},
}


@dataclass(frozen=True)
class Crystal(Setting):
    """One of the crystals of this file in a setting."""

    @property
    def own(self) -> dict:
        return PRIMS[self.crystal]

    @property
    def active(self) -> list[list[str]]:
        """Species of the active sites, in navac's order."""
        return [s["species"] for s in self.own["sites"] if len(s["species"]) > 1]

    def exact_frac(self) -> np.ndarray:
        """Coordinates on the symmetric positions of the tolerance 0.01 Å, in the other cell."""
        from pymatgen.core import Structure

        if self.crystal != "nasicon":
            return self.frac()
        plain = Crystal(self.crystal)
        names = [s["species"][0] for s in plain.sites]
        exact = refined(Structure(plain.lattice, names, plain.frac())).frac_coords
        order = slice(None, None, -1 if self.reverse else 1)
        return exact[order] @ np.linalg.inv(self.basis) + self.shift


def record(name: str, setting: Crystal, evaluate) -> None:
    """Write random configurations and what ``evaluate(box, occupations)`` says of them."""
    rng = np.random.default_rng(5)
    groups, vectors = [], []
    for hnf in BOXES:
        box = Supercell(hnf)
        occupations = np.concatenate(
            [rng.integers(0, len(s), (PER_BOX, box.size)) for s in setting.active], axis=1
        )
        energies, averages = evaluate(box, occupations)
        vectors.append(averages)
        groups.append({
            "hnf": np.ravel(hnf).tolist(),
            "occupations": ["".join(map(str, o)) for o in occupations],
            "energies_eV_per_cell": list(map(float, energies)),
        })  # fmt: skip
    write(f"{name}_configurations", {"crystal": setting.crystal, "groups": groups})
    if vectors[0] is not None:
        np.savez_compressed(HERE / f"{name}_correlations.npz", vectors=np.concatenate(vectors))


# smol ---------------------------------------------------------------------------------------


def smol_space(setting: Crystal, cutoffs: dict, basis: dict):
    from pymatgen.core import Structure
    from smol.cofe import ClusterSubspace

    filling = [{x: 1 / len(s["species"]) for x in s["species"] if x != "Va"} for s in setting.sites]
    structure = Structure(setting.lattice, filling, setting.exact_frac())
    return ClusterSubspace.from_cutoffs(structure, cutoffs, **basis)


def write_smol(name: str, setting: Crystal, vectors=True, **basis) -> None:
    """One smol expansion."""
    from smol.cofe import ClusterExpansion
    from smol.moca import ClusterExpansionProcessor

    space = smol_space(setting, CUTOFFS[setting.crystal], basis)
    coefs = 0.05 * np.random.default_rng(1).standard_normal(len(space))
    write(name, ClusterExpansion(space, coefs).as_dict())
    print(name, len(space.symops), "operations", len(coefs), "coefficients")

    def evaluate(box, occupations):
        processor = ClusterExpansionProcessor(space, setting.matrix(box), coefs)
        place = nearest(processor.structure.lattice.matrix, processor.structure.cart_coords,
                        setting.active_positions(box))  # fmt: skip
        codes = [
            [["Va" if "vac" in str(x).lower() else str(x) for x in processor.allowed_species[i]]
             .index(name) for name in setting.active[k // box.size]]
            for k, i in enumerate(place)
        ]  # fmt: skip
        averages = []
        for occupation in occupations:
            encoded = np.zeros(len(processor.structure), dtype=np.int32)
            encoded[place] = [codes[k][o] for k, o in enumerate(occupation)]
            averages.append(processor.compute_feature_vector(encoded) / processor.size)
        return np.array(averages) @ coefs, np.array(averages) if vectors else None

    record(name, setting, evaluate)


def smol() -> None:
    for crystal in CUTOFFS:
        write_smol(f"smol_{crystal}_species", Crystal(crystal), basis="sinusoid")
    write_smol("smol_salt_indicator", Crystal("salt", **OTHER), False, basis="indicator")
    write_smol("smol_spinel_legendre", Crystal("spinel", **OTHER), False, basis="legendre",
               orthonormal=True, use_concentration=True)  # fmt: skip


# icet ---------------------------------------------------------------------------------------


def space_of(setting: Crystal, cutoffs: dict, tolerance: float):
    """At the wide tolerance with exact coordinates: pairs at a cutoff are then all within it."""
    frac = setting.exact_frac() if tolerance > 1e-3 else setting.frac()
    return icet_space(setting, frac, [cutoffs[k] + 2e-4 for k in sorted(cutoffs)], tolerance)


def icet() -> None:
    for crystal, cutoffs in CUTOFFS.items():
        name, setting = f"icet_{crystal}_species", Crystal(crystal)
        record(name, setting, icet_expansion(name, setting, space_of(setting, cutoffs, 1e-5)))


# CASM ---------------------------------------------------------------------------------------


def casm() -> None:
    os.environ["CASM_CXXFLAGS"] = "-O0 -fPIC --std=c++17"  # compiling takes longer than running

    def write_casm(name, setting, lengths, site_basis):
        evaluate = casm_expansion(name, setting, lengths, site_basis)
        record(name, setting, lambda *at: (evaluate(*at)[0], None))

    write_casm("casm_fcc_species", Crystal("fcc", **OTHER), [5.6, 4.0, 2.9], "chebychev")
    write_casm("casm_salt_species", Crystal("salt", **OTHER), [4.3, 3.0], "occupation")
    write_casm("casm_spinel_species", Crystal("spinel"), [4.0, 3.0], "chebychev")
    some = Crystal("nasicon", elements=frozenset({"Na", "V"}))
    write_casm("casm_nasicon_species", some, [4.7, 4.7], "occupation")


# numbers of functions -----------------------------------------------------------------------


def counts() -> None:
    """Orbits and functions of the high-entropy NASICON by code, tolerance and cutoffs."""
    found = []
    for tolerance, cutoffs in [
        (1e-2, {2: 6.0, 3: 5.0}), (1e-2, {2: 7.0, 3: 5.0}), (1e-2, {2: 8.0, 3: 6.0}),
        (1e-2, {2: 10.0, 3: 6.0, 4: 5.0}), (1e-5, {2: 10.0, 3: 6.0, 4: 5.0}),
    ]:  # fmt: skip
        space = space_of(Crystal("nasicon"), cutoffs, tolerance)
        theirs = smol_subspace({"prim": PRIMS["nasicon"]}, cutoffs, tolerance)
        entry = {"tolerance_A": tolerance, "cutoffs_A": cutoffs,
                 "icet": [len(space.orbit_list), len(space) - 1],
                 "smol": [len(theirs.orbits), len(theirs) - 1]}  # fmt: skip
        print(entry, flush=True)
        found.append(entry)
    write("species_counts", found)


if __name__ == "__main__":
    write("species_prims", PRIMS)
    for code in sys.argv[1:] or ("smol", "icet", "casm", "counts"):
        {"smol": smol, "icet": icet, "casm": casm, "counts": counts}[code]()
