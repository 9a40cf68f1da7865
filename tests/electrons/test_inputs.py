"""Input of LOBSTER: basis, bands and bonds."""

import numpy as np
import pytest
from pymatgen.core import Structure
from pymatgen.io.lobster import Lobsterin
from pymatgen.io.vasp import Incar

from navac.electrons.bonds import BondingError
from navac.electrons.inputs import basis_of, functions, lobster_input, write_lobster_input
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell
from navac.vasp.settings import load_settings
from tests.descriptors.nasicon import crystal

IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)


@pytest.fixture(scope="module")
def settings():
    return load_settings("pbe_u")


@pytest.fixture(scope="module")
def structure():
    """Six Na, three V and one Cr in a primitive cell."""
    codes = np.array([0] * 6 + [1] * 2 + [0, 0, 0, 1], np.int8)
    return calculation_cell(crystal(), Ordering("one", IDENTITY, 3.0, codes, 1, np.nan))


def test_a_basis_for_every_potential(settings):
    assert basis_of("V", settings) == "3d 3p 4s"
    assert basis_of("Na", settings) == "2p 3s"
    assert basis_of("O", settings) == "2p 2s"


def test_bands_are_the_functions(settings, structure):
    """Na 4, V and Cr 9, P and O 4 functions each."""
    assert functions(structure, settings) == 6 * 4 + 4 * 9 + 6 * 4 + 24 * 4


def test_files(settings, structure, tmp_path):
    found = lobster_input(structure, settings, 1, ["V", "Cr"], "O", 2.6)
    write_lobster_input(tmp_path, found, settings)
    incar = Incar.from_file(tmp_path / "INCAR")
    assert incar["NBANDS"] == found.bands == 180
    assert (incar["ISYM"], incar["NSW"], incar["LWAVE"]) == (-1, 0, True)
    assert incar["LDAUU"] == [0, 3.25, 3.7, 0, 0]
    assert "EDIFFG" not in incar
    read = Lobsterin.from_file(tmp_path / "lobsterin")
    assert read["basisSet"] == "pbeVaspFit2015"
    assert "V 3d 3p 4s" in read["basisfunctions"]
    assert read["cohpGenerator"] == "from 0.1 to 2.6"
    alone = lobster_input(structure, settings, 1, ["V", "Ti"], "O", 2.6).lobsterin
    assert "cohpGenerator from 0.1 to 2.6 type V type O\n" in alone
    assert len(Structure.from_file(tmp_path / "POSCAR")) == 40
    assert (tmp_path / "POTCAR.spec").read_text().split() == ["Na_pv", "V_pv", "Cr_pv", "P", "O"]


def test_what_is_not_there_is_named(settings, structure):
    with pytest.raises(BondingError, match="no Ti bound to O"):
        lobster_input(structure, settings, 1, ["Ti"], "O", 2.6)
