"""Write expansions and energies with smol, icet and CASM for the tests of reading them.

Needs an environment with smol 0.5, icet 4 and casm-bset 2 (and a C++ compiler) beside navac's
own numpy; run in the root of the repository:

    PYTHONPATH=workflow python tests/data/interchange/write_fixtures.py [smol] [icet] [casm]

Every expansion has random coefficients. Its file is what the code itself writes; beside it,
``<name>_configurations.json`` holds 50 random configurations in navac's numbering with the
energies, in eV per primitive cell, that the code gives them. The crystals are those of
``prim.json`` of the default campaign and ``fcc_prim.json``, each handed to the other code in
another setting: other lattice vectors, rotated, shifted, sites in another order.
"""

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from navac.crystal.supercell import Supercell

HERE = Path("tests/data/interchange")
CRYSTALS = {"nasicon": Path("config/published/nxvp/prim.json"), "fcc": HERE / "fcc_prim.json"}
FCC = {
    "lattice_A": [[0, 1.95, 1.95], [1.95, 0, 1.95], [1.95, 1.95, 0]],
    "formula_units": 1,
    "sites": [{"label": "M", "species": ["Cu", "Au"], "frac": [0, 0, 0]}],
}
BOXES = [
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((2, 0, 0), (1, 2, 0), (0, 0, 1)),
    ((3, 0, 0), (2, 1, 0), (1, 0, 2)),
    ((2, 0, 0), (0, 2, 0), (0, 0, 2)),
    ((1, 0, 0), (0, 2, 0), (0, 1, 4)),
]
PER_BOX = 10
TURN = np.linalg.qr(np.array([[1.0, 0.2, -0.3], [0.1, 1.0, 0.4], [-0.2, 0.3, 1.0]]))[0]
TURN *= np.sign(np.linalg.det(TURN))


@dataclass(frozen=True)
class Setting:
    """How a crystal is handed to another code: navac's own setting, or another one."""

    crystal: str
    basis: np.ndarray = field(default_factory=lambda: np.eye(3, dtype=int))
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    reverse: bool = False
    elements: frozenset[str] | None = None

    @property
    def own(self) -> dict:
        return json.loads(CRYSTALS[self.crystal].read_text())

    @property
    def sites(self) -> list[dict]:
        keep = [s for s in self.own["sites"]
                if self.elements is None or self.elements & set(s["species"])]  # fmt: skip
        return keep[::-1] if self.reverse else keep

    @property
    def lattice(self) -> np.ndarray:
        return self.basis @ np.array(self.own["lattice_A"]) @ self.rotation

    def frac(self) -> np.ndarray:
        """Fractional coordinates of the sites in the other cell, in [0, 1)."""
        own = np.array([s["frac"] for s in self.sites])
        return (own @ np.linalg.inv(self.basis) + self.shift) % 1

    def active_positions(self, box: Supercell) -> np.ndarray:
        """Cartesian positions in the other frame of the active sites, in navac's numbering."""
        frac = np.array([s["frac"] for s in self.own["sites"] if len(s["species"]) > 1])
        points = (frac[:, None, :] + box.cells[None, :, :]).reshape(-1, 3)
        return points @ np.array(self.own["lattice_A"]) @ self.rotation + (
            np.array(self.shift) @ self.lattice
        )

    def matrix(self, box: Supercell) -> np.ndarray:
        """The supercell in the other cell's lattice vectors."""
        return np.rint(np.array(box.hnf) @ np.linalg.inv(self.basis)).astype(int)


OTHER = {"basis": np.array([[1, 0, 0], [1, 1, 0], [0, -1, 1]]), "rotation": TURN,
         "shift": (0.25, 0.1, 0.3), "reverse": True}  # fmt: skip


def nearest(lattice, positions, points) -> np.ndarray:
    """Index of the position of a periodic lattice at each of the points."""
    offset = (points[:, None, :] - positions[None, :, :]) @ np.linalg.inv(lattice)
    distance = np.linalg.norm((offset - np.rint(offset)) @ lattice, axis=-1)
    assert distance.min(axis=1).max() < 0.02
    return distance.argmin(axis=1)


def record(name: str, setting: Setting, evaluate, correlations: bool = False) -> None:
    """Write random configurations and what ``evaluate(box, occupations)`` says of them.

    ``evaluate`` returns energies in eV per primitive cell and correlations.
    """
    rng = np.random.default_rng(5)
    n_active = sum(len(s["species"]) > 1 for s in setting.own["sites"])
    groups = []
    for hnf in BOXES:
        box = Supercell(hnf)
        occupations = rng.integers(0, 2, (PER_BOX, n_active * box.size))
        energies, averages = evaluate(box, occupations)
        group = {
            "hnf": np.ravel(hnf).tolist(),
            "occupations": ["".join(map(str, o)) for o in occupations],
            "energies_eV_per_cell": list(map(float, energies)),
        }
        if correlations:
            group["correlations"] = np.round(averages, 14).tolist()
        groups.append(group)
    write(f"{name}_configurations", {"crystal": setting.crystal, "groups": groups})


def write(name: str, data: dict) -> None:
    """Write JSON without spaces."""
    (HERE / f"{name}.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")


# smol ---------------------------------------------------------------------------------------


def refined(structure):
    """Coordinates averaged over the operations at 0.01 Å: smol wants them exact."""
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    operations = SpacegroupAnalyzer(structure, symprec=0.01).get_symmetry_operations()
    frac = structure.frac_coords
    total = np.zeros_like(frac)
    for operation in operations:
        # Half-integer shifts in the frame in which the origin is an inversion centre.
        shift = np.rint(12 * operation.translation_vector) / 12
        offset = (frac @ operation.rotation_matrix.T + shift)[:, None] - frac[None]
        offset -= np.rint(offset)
        onto = np.linalg.norm(offset, axis=-1).argmin(axis=1)
        total[onto] += offset[np.arange(len(frac)), onto]
    return Structure(structure.lattice, structure.species_and_occu, frac + total / len(operations))


def write_smol(name: str, setting: Setting, cutoffs: dict, share: float, charged=False, **basis):
    """One smol expansion; ``share`` of the first species on active sites."""
    from pymatgen.core import Structure
    from smol.cofe import ClusterExpansion, ClusterSubspace
    from smol.moca import ClusterExpansionProcessor

    def filling(species):
        first = species[0] + ("+" if charged and species[0] == "Na" else "")
        if len(species) == 1:
            return {first: 1}
        return {first: share} | ({} if species[1] == "Va" else {species[1]: 1 - share})

    structure = Structure(
        setting.lattice, [filling(s["species"]) for s in setting.sites], setting.frac()
    )
    if setting.crystal == "nasicon":
        # In the setting of the file, so that its operations have exact shifts.
        plain = Setting("nasicon")
        exact = refined(Structure(plain.lattice, [filling(s["species"]) for s in plain.sites],
                                  plain.frac()))  # fmt: skip
        order = slice(None, None, -1 if setting.reverse else 1)
        moved = exact.frac_coords[order] @ np.linalg.inv(setting.basis) + setting.shift
        structure = Structure(setting.lattice, exact.species_and_occu[order], moved)
    space = ClusterSubspace.from_cutoffs(structure, cutoffs, **basis)
    coefs = 0.05 * np.random.default_rng(1).standard_normal(len(space))
    write(name, ClusterExpansion(space, coefs).as_dict())
    print(name, space.symops and len(space.symops), "operations", len(coefs), "coefficients")

    def evaluate(box, occupations):
        matrix = setting.matrix(box)
        processor = ClusterExpansionProcessor(space, matrix, coefs)
        place = nearest(processor.structure.lattice.matrix, processor.structure.cart_coords,
                        setting.active_positions(box))  # fmt: skip
        codes = np.array([
            [str(s).startswith(pair[1]) or (pair[1] == "Va" and "vac" in str(s))
             for s in processor.allowed_species[i]].index(True)
            for i, pair in zip(place, species_of(setting, box), strict=True)
        ])  # fmt: skip
        averages = []
        for occupation in occupations:
            encoded = np.zeros(len(processor.structure), dtype=np.int32)
            encoded[place] = np.where(occupation, codes, 1 - codes)
            averages.append(processor.compute_feature_vector(encoded) / processor.size)
        return np.array(averages) @ coefs, np.array(averages)

    record(name, setting, evaluate, correlations=basis["basis"] == "sinusoid")


def species_of(setting: Setting, box: Supercell) -> list[list[str]]:
    """The species that every active site may hold, in navac's numbering."""
    active = [s["species"] for s in setting.own["sites"] if len(s["species"]) > 1]
    return [species for species in active for _ in range(box.size)]


def smol() -> None:
    nasicon = {2: 7.0, 3: 5.0, 4: 5.0}
    write_smol("smol_nasicon", Setting("nasicon"), nasicon, 0.5, charged=True, basis="sinusoid")
    write_smol("smol_nasicon_indicator", Setting("nasicon", **OTHER), {2: 5.0, 3: 4.9}, 0.5,
               basis="indicator")  # fmt: skip
    fcc = {2: 6.0, 3: 4.0, 4: 3.0}
    write_smol("smol_fcc_legendre", Setting("fcc", **OTHER), fcc, 0.25, basis="legendre",
               orthonormal=True, use_concentration=True)  # fmt: skip


# icet ---------------------------------------------------------------------------------------


def symbol(species: str) -> str:
    """What icet calls a species."""
    return "X" if species == "Va" else species


def icet_space(setting: Setting, frac: np.ndarray, cutoffs: list[float], tolerance: float = 1e-5):
    """The cluster space of a setting, with its sites at ``frac``."""
    from ase import Atoms
    from icet import ClusterSpace

    symbols = [[symbol(x) for x in s["species"]] for s in setting.sites]
    prim = Atoms([s[0] for s in symbols], cell=setting.lattice, pbc=True, scaled_positions=frac)
    return ClusterSpace(prim, cutoffs, symbols, symprec=tolerance, position_tolerance=1e-3)


def icet_expansion(name: str, setting: Setting, space):
    """One icet expansion: what navac makes of its file through icet.

    Returns ``evaluate(box, occupations)`` for :func:`record`.
    """
    from ase import Atoms
    from icet import ClusterExpansion

    from navac.expansion.foreign.icet import dump_icet

    parameters = 0.005 * np.random.default_rng(2).standard_normal(len(space))
    with tempfile.TemporaryDirectory() as folder:
        ClusterExpansion(space, parameters).write(f"{folder}/{name}.ce")
        write(name, dump_icet(f"{folder}/{name}.ce"))
    print(name, space.space_group, len(parameters), "parameters")

    def evaluate(box, occupations):
        cell = setting.matrix(box) @ setting.lattice
        active = setting.active_positions(box)
        fixed = [(s["species"][0], f) for s, f in zip(setting.sites, setting.frac(), strict=True)
                 if len(s["species"]) == 1]  # fmt: skip
        shifts = box.cells @ (np.array(setting.own["lattice_A"]) @ setting.rotation)
        others = [f @ setting.lattice + shift for _, f in fixed for shift in shifts]
        names = [s for s, _ in fixed for _ in shifts]
        choices = species_of(setting, box)
        vectors = []
        for occupation in occupations:
            chosen = [symbol(p[o]) for p, o in zip(choices, occupation, strict=True)]
            atoms = Atoms(chosen + names, cell=cell, pbc=True,
                          positions=np.array([*active, *others]))  # fmt: skip
            atoms.wrap()
            vectors.append(space.get_cluster_vector(atoms))
        per_cell = len(space.primitive_structure)
        return per_cell * (np.array(vectors) @ parameters), np.array(vectors)

    return evaluate


def icet() -> None:
    for name, setting, cutoffs in (
        ("icet_nasicon", Setting("nasicon"), [7.0, 5.0, 5.0]),
        ("icet_fcc", Setting("fcc", **OTHER), [6.0, 4.0, 3.0]),
    ):
        space = icet_space(setting, setting.frac(), cutoffs)
        record(name, setting, icet_expansion(name, setting, space), correlations=True)


# CASM ---------------------------------------------------------------------------------------


def casm_expansion(name: str, setting: Setting, lengths: list[float], site_basis, swap=False):
    """One CASM expansion: basis.json with the ECIs written into it, as its eci.json is.

    Returns ``evaluate(box, occupations)`` for :func:`record`.
    """
    import libcasm.casmglobal
    import libcasm.configuration as casmconfig
    import libcasm.xtal as xtal
    from casm.bset import make_clex_basis_specs, write_clexulator
    from libcasm.clexulator import Correlations, SuperNeighborList, make_clexulator

    species = [s["species"][::-1] if swap else s["species"] for s in setting.sites]
    prim = casmconfig.Prim(xtal.Prim(
        xtal.Lattice(setting.lattice.T), setting.frac().T, species, title=name
    ))  # fmt: skip
    specs = make_clex_basis_specs(
        prim, max_length=[0, 0, *lengths], occ_site_basis_functions_specs=site_basis
    )
    os.environ["CASM_PREFIX"] = str(Path(libcasm.casmglobal.__file__).parents[1])
    os.environ["CASM_SOFLAGS"] = "-shared -Wl,--no-as-needed"
    with tempfile.TemporaryDirectory() as folder:
        source, _, neighbours = write_clexulator(
            prim, specs, bset_dir=folder, project_name="navac", verbose=False
        )
        clexulator = make_clexulator(source=str(source), prim_neighbor_list=neighbours)
        basis = json.loads((Path(folder) / "basis.json").read_text())
    eci = 0.05 * np.random.default_rng(3).standard_normal(clexulator.n_functions())
    for orbit in basis["orbits"]:
        for function in orbit["cluster_functions"]:
            function["eci"] = float(eci[function["linear_function_index"]])
    write(name, basis)
    print(name, len(prim.factor_group.elements), "operations", len(eci), "functions")

    def evaluate(box, occupations):
        cell = casmconfig.Supercell(prim, setting.matrix(box).T)
        around = SuperNeighborList(cell.transformation_matrix_to_super, neighbours)
        convert = cell.site_index_converter
        coordinates = [
            convert.integral_site_coordinate(i).coordinate_cart(prim.xtal_prim)
            for i in range(convert.total_sites())
        ]
        place = nearest(setting.matrix(box) @ setting.lattice, np.array(coordinates),
                        setting.active_positions(box))  # fmt: skip
        averages = []
        for occupation in occupations:
            configuration = casmconfig.Configuration(cell)
            for i, o in zip(place, occupation, strict=True):
                configuration.set_occ(int(i), int(1 - o if swap else o))
            correlations = Correlations(around, clexulator, configuration.dof_values)
            averages.append(correlations.per_unitcell(correlations.per_supercell()))
        return np.array(averages) @ eci, np.array(averages)

    return evaluate


def casm() -> None:
    def write_casm(name, setting, *how, **swap):
        record(name, setting, casm_expansion(name, setting, *how, **swap))

    some = Setting("nasicon", **OTHER, elements=frozenset({"Na", "V"}))
    write_casm("casm_nasicon", some, [7.0, 5.0, 5.0], "chebychev", swap=True)
    write_casm("casm_fcc_occupation", Setting("fcc", **OTHER), [6.0, 4.0, 3.0], "occupation")
    centred = [{"sublat_indices": [0], "composition": {"Cu": 0.3, "Au": 0.7}}]
    write_casm("casm_fcc_composition", Setting("fcc"), [6.0, 4.0, 3.0], centred)


if __name__ == "__main__":
    CRYSTALS["fcc"].write_text(json.dumps(FCC, indent=1) + "\n")
    for code in sys.argv[1:] or ("smol", "icet", "casm"):
        {"smol": smol, "icet": icet, "casm": casm}[code]()
