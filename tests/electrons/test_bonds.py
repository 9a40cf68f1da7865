"""Lists of LOBSTER: real ones, and the published tables of HE-V written as such lists."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Structure

from navac.electrons.bonds import (
    LIST,
    BondingError,
    bond_table,
    check_structure,
    element_and_place,
    read_bonds,
    read_calculation,
    shell_table,
    shells,
)
from tests.checkout import ROOT

REAL = ROOT / "tests/data/lobster"
HEV = ROOT / "config/published/hev"
HEAD = "  COHP#  atomMU  atomNU  distance     translation      ICOHP (at) eF   for spin  {}"


def published(material):
    """Bonds of the tables of a material: atom, neighbour and both spins."""
    found = defaultdict(dict)
    with (HEV / "icohp.csv").open() as file:
        for row in csv.DictReader(file):
            if row["material"] == material:
                found[row["atom"], row["neighbour"]][row["spin"]] = float(row["icohp_eV"])
    return found


def write_list(folder, material):
    """A list in the format of LOBSTER 3 and 4; the tables have no lengths, so all are 2 Å."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, spin in enumerate(("up", "down"), start=1):
        lines.append(HEAD.format(number))
        for n, ((atom, neighbour), icohp) in enumerate(published(material).items(), start=1):
            lines.append(f"{n:7d} {atom:>12} {neighbour:>12} {2.0:12.5f} "
                         f"{0:7d} {0:3d} {0:3d} {icohp[spin]:18.5f}")  # fmt: skip
    (folder / LIST).write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(params=["HE-V", "NVP"])
def material(request):
    return request.param


def test_published_tables_through_files_of_lobster(tmp_path, material):
    found = list(shells(read_calculation(write_list(tmp_path, material)), ["V"], "O", 2.6))
    printed = pd.read_csv(HEV / "icohp_sums.csv").query("material == @material")
    assert {s.atom: round(s.total, 2) for s in found} == pytest.approx(
        printed.set_index("atom").icohp_eV.to_dict()
    )
    assert [len(s.bonds) for s in found] == [6, 6, 6]
    table = shell_table(material, found)
    mean = {"HE-V": 6.8, "NVP": 6.0}[material]  # Fig. 1c
    assert -table.mean_of_calculation_eV.iloc[0] == pytest.approx(mean, abs=0.05)
    bonds = bond_table(material, found)
    assert len(bonds) == 36
    assert set(bonds.spin) == {"up", "down"}
    assert bonds.icohp_eV.sum() == pytest.approx(table.icohp_eV.sum())


def test_a_real_octahedron():
    """BaTiO3 by LOBSTER; LobsterPy finds six bonds of Ti and a sum of −21.24 eV."""
    [ti] = shells(read_calculation(REAL / "BaTiO3"), ["Ti"], "O", 2.6)
    assert ti.atom == "Ti2"
    assert len(ti.bonds) == 6
    assert ti.total == pytest.approx(-21.24, abs=0.005)
    assert [bond.length for bond in ti.bonds] == pytest.approx([1.87391] * 3 + [2.22394] * 3)
    assert set(ti.bonds[0].icohp) == {"both"}


def test_a_real_list_with_two_spins():
    """AlN by LOBSTER 5.1: the first bond to N4 has −2.44787 and −2.44668 eV."""
    first, second = shells(read_calculation(REAL / "AlN"), ["Al"], "N", 2.6)
    assert (first.atom, second.atom) == ("Al1", "Al2")
    assert [len(s.bonds) for s in (first, second)] == [4, 4]
    listed = [(-2.44787, -2.44668), (-2.44840, -2.44617), (-2.44832, -2.44749)]
    own = sorted((b.icohp["up"], b.icohp["down"]) for b in first.bonds if b.length < 1.91)
    assert np.array(own) == pytest.approx(np.array(sorted(listed)))


def test_shells_end_at_the_longest_bond():
    [ti] = shells(read_calculation(REAL / "BaTiO3"), ["Ti"], "O", 2.0)
    assert len(ti.bonds) == 3
    assert not list(shells(read_calculation(REAL / "BaTiO3"), ["V"], "O", 2.6))


def test_a_list_of_another_structure_is_refused():
    bonds = read_bonds(REAL / "BaTiO3/ICOHPLIST.lobster.gz")
    own = Structure.from_file(str(REAL / "BaTiO3/CONTCAR.gz"))
    check_structure(bonds, own, "own")
    other = Structure.from_file(str(REAL / "AlN/POSCAR.lobster.vasp.gz"))
    with pytest.raises(BondingError, match="Ba1 is Al in the structure of 4 atoms"):
        check_structure(bonds, other, "other")
    strained = own.copy()
    strained.apply_strain(0.03)
    with pytest.raises(BondingError, match="the list belongs to another structure"):
        check_structure(bonds, strained, "strained")
    with pytest.raises(BondingError, match="O5 is nothing in the structure of 4 atoms"):
        check_structure([b for b in bonds if "O5" in b.atoms], own[:4], "short")


def test_what_is_no_list_is_refused(tmp_path):
    (tmp_path / LIST).write_text("LOBSTER v4.1.0\nno bonds\n")
    with pytest.raises(BondingError, match="is no list of LOBSTER"):
        read_calculation(tmp_path)
    with pytest.raises(BondingError, match="has no ICOHPLIST"):
        read_calculation(Path(tmp_path) / "nowhere")
    with pytest.raises(BondingError, match="not an atom"):
        element_and_place("V")
