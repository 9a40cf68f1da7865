"""Write an expansion with an EwaldTerm by smol, and what smol says of neutral orderings.

Needs the environment of ``write_fixtures.py``; run in the root:

    PYTHONPATH=workflow python tests/data/interchange/write_ewald_fixtures.py

Rock salt with Li⁺, Mn³⁺, Ti⁴⁺ and vacancies on one sublattice, O²⁻ and F⁻ on the other; random
coefficients, ε = 8. The Ewald energies are recorded beside the energies. Only supercells without
charge: for others smol leaves out the background.
"""

import numpy as np
from write_fixtures import BOXES, OTHER, nearest, write
from write_species_fixtures import Crystal

from navac.crystal.supercell import Supercell

CHARGES = {"Li": 1, "Mn": 3, "Ti": 4, "O": -2, "F": -1, "Va": 0}
CUTOFFS = {2: 3.0}
STRENGTH = 0.125


def ion(name: str) -> str:
    """Such as Mn3+."""
    return f"{name}{abs(CHARGES[name])}{'+' if CHARGES[name] > 0 else '-'}"


def neutral(setting: Crystal, box: Supercell, number: int, rng) -> np.ndarray:
    """``[ordering, site]`` random codes of supercells without charge."""
    charge = [np.array([CHARGES[s] for s in species]) for species in setting.active]
    found: list[np.ndarray] = []
    while len(found) < number:
        codes = [rng.integers(0, len(q), box.size) for q in charge]
        if sum(int(q[c].sum()) for q, c in zip(charge, codes, strict=True)) == 0:
            found.append(np.concatenate(codes))
    return np.array(found)


def main() -> None:
    """Write the file and the configurations."""
    from pymatgen.core import Structure
    from smol.cofe import ClusterExpansion, ClusterSubspace
    from smol.cofe.extern import EwaldTerm
    from smol.moca import ClusterExpansionProcessor, EwaldProcessor

    setting, rng = Crystal("salt", **OTHER), np.random.default_rng(5)
    filling = [
        {ion(x): 1 / len(s["species"]) for x in s["species"] if x != "Va"} for s in setting.sites
    ]
    structure = Structure(setting.lattice, filling, setting.exact_frac())
    space = ClusterSubspace.from_cutoffs(structure, CUTOFFS, basis="sinusoid")
    clusters = len(space)
    space.add_external_term(EwaldTerm())
    coefs = np.append(0.05 * np.random.default_rng(1).standard_normal(clusters), STRENGTH)
    write("smol_salt_ewald", ClusterExpansion(space, coefs).as_dict())
    bare = ClusterSubspace.from_cutoffs(structure, CUTOFFS, basis="sinusoid")
    groups = []
    for hnf in BOXES[1:]:
        box = Supercell(hnf)
        matrix = setting.matrix(box)
        processor = ClusterExpansionProcessor(bare, matrix, coefs[:-1])
        ewald = EwaldProcessor(space, matrix, EwaldTerm(), coefficient=1.0)
        place = nearest(processor.structure.lattice.matrix, processor.structure.cart_coords,
                        setting.active_positions(box))  # fmt: skip
        codes = [
            [["Va" if "vac" in str(x).lower() else x.symbol for x in processor.allowed_species[i]]
             .index(name) for name in setting.active[k // box.size]]
            for k, i in enumerate(place)
        ]  # fmt: skip
        occupations = neutral(setting, box, 10, rng)
        energies, electrostatic = [], []
        for occupation in occupations:
            encoded = np.zeros(len(processor.structure), dtype=np.int32)
            encoded[place] = [codes[k][o] for k, o in enumerate(occupation)]
            electrostatic.append(ewald.compute_property(encoded).item() / box.size)
            own = processor.compute_property(encoded).item() / box.size
            energies.append(own + STRENGTH * electrostatic[-1])
        groups.append({
            "hnf": np.ravel(hnf).tolist(),
            "occupations": ["".join(map(str, o)) for o in occupations],
            "energies_eV_per_cell": energies,
            "ewald_eV_per_cell": electrostatic,
        })  # fmt: skip
    write("smol_salt_ewald_configurations", {"crystal": "salt", "groups": groups})


if __name__ == "__main__":
    main()
