"""ECI tables as people write them: what is refused, with file, row, column and fix."""

from pathlib import Path

import numpy as np
import pytest

from navac import NavacError
from navac.expansion.eci_table import eci_table, read_eci_table
from navac.expansion.expansion import ExpansionError

PUBLISHED = Path(__file__).parents[2] / "config/published/nxvp"
HEADER, *ROWS = (PUBLISHED / "eci_x1to3.csv").read_text().splitlines()
# index,order,sites,cells,min_length_A,max_length_A,multiplicity,eci_meV,eci_per_multiplicity_meV
PAIR = 3  # 5,2,4 1,(0 0 0) (0 0 1),3.334,3.334,6,265.402,44.234: row 5 of the file


def changed(column, text, row=PAIR):
    """The rows with one field of another text."""
    fields = ROWS[row].split(",")
    fields[HEADER.split(",").index(column)] = text
    return [*ROWS[:row], ",".join(fields), *ROWS[row + 1 :]]


CHANGED = {
    "blank ECI": ("eci_meV", "", r"row 5, eci_meV: is empty; fill it in, or remove the row"),
    "nan ECI": ("eci_meV", "nan", r"row 5, eci_meV: 'nan' is not a finite number"),
    "infinite ECI": ("eci_meV", "inf", r"row 5, eci_meV: 'inf' is not a finite number"),
    "text ECI": ("eci_meV", "265,4 meV", r"row 5: has more fields than the 9 columns"),
    "another text": ("eci_meV", "265 meV", r"row 5, eci_meV: '265 meV' is not a number"),
    "blank ECI/multiplicity": (
        "eci_per_multiplicity_meV", "", r"row 5, eci_per_multiplicity_meV: is empty",
    ),
    "blank multiplicity": ("multiplicity", "", r"row 5, multiplicity: is empty"),
    "half a multiplicity": ("multiplicity", "6.5", r"row 5, multiplicity: '6.5' is not an integer"),
    "other multiplicity": ("multiplicity", "3", r"row 5, eci_meV: index 5.*contradict"),
    "no index": ("index", "", r"row 5, index: is empty"),
    "index of another": ("index", "4", r"row 5, index: 4 is already in row 4; renumber one"),
    "index of the constant": ("index", "1", r"row 5, index: 1 is not that of a cluster"),
    "text order": ("order", "pair", r"row 5, order: 'pair' is not a number"),
    "other order": ("order", "3", r"row 5, sites, cells: 2 sites and 2 cells .* order 3"),
    "negative order": ("order", "-2", r"row 5, sites, cells: .* order -2"),
    "no sites": ("sites", "", r"row 5, sites: is empty"),
    "text sites": ("sites", "4 b", r"row 5, sites: '4 b' is not a list of active sites"),
    "one site": ("sites", "4", r"row 5, sites, cells: 1 sites and 2 cells"),
    "no such site": ("sites", "4 9", r"row 5, sites, cells: this cluster is in no orbit"),
    "no cells": ("cells", "", r"row 5, cells: is empty"),
    "text cells": ("cells", "(0 0 0) (0 0)", r"row 5, cells: '\(0 0 0\) \(0 0\)' is not a list"),
    "half a cell": ("cells", "(0 0 0) (0 0 1.5)", r"row 5, cells: .* is not a list of cells"),
    "beyond the cutoffs": ("cells", "(0 0 0) (0 0 9)", r"row 5, .*in no orbit.*cutoffs_A"),
}  # fmt: skip


def refused(tmp_path, lines, orbits, message):
    path = tmp_path / "eci.csv"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ExpansionError, match=message) as caught:
        read_eci_table(path, orbits)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("case", CHANGED)
def test_mistakes_are_refused_with_file_row_column_and_fix(tmp_path, orbits, case):
    column, text, message = CHANGED[case]
    refused(tmp_path, [HEADER, *changed(column, text)], orbits, message)


def test_a_cluster_that_is_there_twice_is_refused(tmp_path, orbits, sodium_poor):
    again = ROWS[PAIR].replace("265.402,44.234", "600.0,100.0")
    message = rf"row {len(ROWS) + 2}, sites, cells: .* that of row 5; remove one of them"
    refused(tmp_path, [HEADER, *ROWS, again], orbits, message)
    # and one that symmetry makes the same, under another index
    (orbit,) = (o for o in sodium_poor.orbits if o.index == 5)
    (s, *a), (t, *b) = orbit.clusters[-1]
    cells = "({} {} {}) ({} {} {})".format(*a, *b)
    other = f"99,2,{s} {t},{cells},3.334,3.334,6,265.402,44.234"
    refused(tmp_path, [HEADER, *ROWS, other], orbits, message)


def test_two_constants_are_refused(tmp_path, orbits):
    constant = "1,0,,,,,1,-5.0,-5.0"
    lines = [HEADER, constant, *ROWS, constant]
    refused(tmp_path, lines, orbits, rf"row {len(lines)}, order: a second constant, after .* row 2")


@pytest.mark.parametrize("lines", [[HEADER], [HEADER, "1,0,,,,,1,-5.0,-5.0"]])
def test_a_table_without_clusters_is_refused(tmp_path, orbits, lines):
    refused(tmp_path, lines, orbits, r"eci\.csv: lists no cluster")


def test_a_blank_constant_is_refused(tmp_path, orbits):
    refused(tmp_path, [HEADER, "1,0,,,,,1,,", *ROWS], orbits, r"row 2, eci_meV: is empty")


@pytest.mark.parametrize("column", HEADER.split(","))
def test_a_missing_column_is_named(tmp_path, orbits, column):
    lines = [HEADER.replace(column, "other", 1), *ROWS]
    if column != "eci_meV":  # the last one's name begins so too
        refused(tmp_path, lines, orbits, rf"columns \['{column}'\] are missing from row 1")


def test_a_file_that_is_not_there(tmp_path, orbits):
    with pytest.raises(NavacError, match=r"eci\.csv: cannot be read as CSV .*No such file"):
        read_eci_table(tmp_path / "eci.csv", orbits)


def test_whole_numbers_with_a_point_and_extra_columns_are_read(tmp_path, orbits, sodium_poor):
    lines = [HEADER + ",note", *(f"{r}, of ours" for r in changed("multiplicity", "6.0"))]
    (tmp_path / "eci.csv").write_text("\n".join(lines) + "\n")
    again = read_eci_table(tmp_path / "eci.csv", orbits)
    np.testing.assert_array_equal(again.eci, sodium_poor.eci)


def test_tables_are_read_back(tmp_path, orbits, sodium_poor):
    eci_table(sodium_poor).to_csv(tmp_path / "eci.csv", index=False)
    again = read_eci_table(tmp_path / "eci.csv", orbits)
    np.testing.assert_allclose(again.eci, sodium_poor.eci, rtol=1e-14)
