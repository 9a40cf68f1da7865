"""Published tables of HE-V against themselves and against what follows from a formula."""

import csv
from collections import defaultdict

import pandas as pd
import pytest
import yaml

from navac.reproduction.table import number_problems
from tests.checkout import ROOT

HEV = ROOT / "config/published/hev"


@pytest.fixture(scope="module")
def numbers():
    return pd.read_csv(HEV / "numbers.csv", comment="#").set_index("quantity")


def sums():
    found = defaultdict(float)
    with (HEV / "icohp.csv").open() as file:
        for row in csv.DictReader(file):
            found[row["table"], row["material"], row["atom"]] += float(row["icohp_eV"])
    return found


def test_tables_of_icohp_have_six_bonds_and_two_spins():
    table = pd.read_csv(HEV / "icohp.csv")
    assert (table.groupby("table").size() == 12).all()
    assert (table.groupby(["table", "neighbour"]).spin.nunique() == 2).all()
    assert table.groupby("table").neighbour.nunique().tolist() == [6] * 6


def test_tables_of_icohp_add_up_to_their_own_sums(numbers):
    """To the last digit that is printed: S5 prints −6 for −6.00."""
    printed = pd.read_csv(HEV / "icohp_sums.csv").set_index(["table", "material", "atom"]).icohp_eV
    assert {key: round(value, 2) for key, value in sums().items()} == pytest.approx(
        printed.to_dict()
    )
    for (table, material, atom), value in sums().items():
        quantity = f"Sum of ICOHP of V-O, {atom} of {material}"
        assert float(numbers.published[quantity]) == pytest.approx(value, abs=0.005)
        assert numbers.source[quantity] == f"ESI Table {table}"


def test_figure_1c_has_the_means_of_the_tables(numbers):
    for material in ("HE-V", "NVP"):
        own = [value for (_, of, _), value in sums().items() if of == material]
        printed = float(numbers.published[f"Mean size of these sums in {material}"])
        assert -sum(own) / 3 == pytest.approx(printed, abs=0.05)


def test_every_number_says_what_and_where_from(numbers):
    assert numbers.index.is_unique
    own = numbers.kind == "of this campaign alone"
    assert (numbers.published.isna() == own).all()
    assert numbers.source.notna().all()
    assert numbers.measure[own].notna().all()
    assert set(numbers.kind[~own]) == {"computed", "derived", "assumed", "setting", "measured"}
    assert not list(number_problems(HEV / "numbers.csv"))


def test_settings_are_those_of_the_input_set(numbers):
    """navac's PBE+U follows the same paper."""
    written = yaml.safe_load((ROOT / "workflow/navac/vasp/pbe_u.yaml").read_text())
    assert float(numbers.published["Cutoff of plane waves"]) == written["incar"]["ENCUT"]
    assert -float(numbers.published["Convergence of the forces"]) == written["incar"]["EDIFFG"]
    for element in ("Mn", "V", "Cr", "Fe"):
        own = written["species"][element]["hubbard"]["U_eV"]
        assert float(numbers.published[f"U of {element} 3d"]) == own
