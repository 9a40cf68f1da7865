"""The energies table as people write it: what is refused, with file, row, column and fix."""

import numpy as np
import pandas as pd
import pytest

from navac.energies.table import EnergyError, mixing_energies, read_energies
from navac.fit.training import TrainingError, training_set

HEADER = "id,range,x,energy_eV_per_cell,provenance\n"
GOOD = "c1-a,,1.0,-0.5,mine\n"


def written(tmp_path, text):
    path = tmp_path / "energies.csv"
    path.write_text(text, encoding="utf-8")
    return path


REFUSED = {
    "nan": ("b,,1.5,nan,mine\n", r"row 3, energy_eV_per_cell: 'nan' is not a finite .*empty where"),
    "infinite": ("b,,1.5,-inf,mine\n", r"row 3, energy_eV_per_cell: '-inf' is not a finite"),
    "text": ("b,,1.5,failed,mine\n", r"row 3, energy_eV_per_cell: 'failed' is not .*leave the"),
    "a comma": ('b,,1.5,"-0,5",mine\n', r"row 3, energy_eV_per_cell: '-0,5' is not"),
    "no x": ("b,,,-0.5,mine\n", r"row 3, x: is empty; fill it in"),
    "x is text": ("b,,half,-0.5,mine\n", r"row 3, x: 'half' is not a number; correct it"),
    "x is nan": ("b,,nan,-0.5,mine\n", r"row 3, x: 'nan' is not a finite number"),
    "no id": (",,1.5,-0.5,mine\n", r"row 3, id: is empty"),
    "a field too many": ("b,,1.5,-0.5,mine,too\n", r"row 3: has more fields than the 5 columns"),
    "a row that is cut off": ("b,,1\n-0.5\n", r"row 4, x: is empty"),
    "an open quote": ('b,,1.5,-0.5,"mine\n', r"is not regular CSV .*quotation mark"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_mistakes_are_refused_with_file_row_column_and_fix(tmp_path, case):
    rows, message = REFUSED[case]
    path = written(tmp_path, HEADER + GOOD + rows)
    with pytest.raises(EnergyError, match=message) as caught:
        read_energies(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "columns .* are missing"), (b"\xff\xfe\x00i", "cannot be read as CSV"),
     (None, "cannot be read as CSV .*No such file")],
)  # fmt: skip
def test_files_that_are_no_table(tmp_path, content, message):
    path = tmp_path / "energies.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EnergyError, match=message) as caught:
        read_energies(path)
    assert str(caught.value).startswith(str(path))


def test_an_empty_energy_is_missing(tmp_path):
    table = read_energies(written(tmp_path, HEADER + GOOD + "b,x1to3,2,,mine\nc,,3, ,mine\n"))
    assert table.id.tolist() == ["c1-a", "b", "c"]
    assert table.range.tolist() == ["", "x1to3", ""]
    np.testing.assert_array_equal(table.energy_eV_per_cell, [-0.5, np.nan, np.nan])
    np.testing.assert_array_equal(table.x, [1, 2, 3])


def test_numbers_are_read_to_the_bit_and_names_of_digits_stay_names(tmp_path):
    energies = np.random.default_rng(0).standard_normal(500) * 1e-3
    table = pd.DataFrame({
        "id": [f"{i:03d}" for i in range(500)], "range": "", "x": energies + 2,
        "energy_eV_per_cell": energies, "provenance": "1e3",
    })  # fmt: skip
    table.to_csv(tmp_path / "energies.csv", index=False)
    again = read_energies(tmp_path / "energies.csv")
    np.testing.assert_array_equal(again.energy_eV_per_cell, energies)
    np.testing.assert_array_equal(again.x, table.x)
    assert again.id.tolist() == table.id.tolist()


def test_a_mistyped_row_is_refused_before_the_fit(tmp_path, prim):
    """The table's own errors come first; then those of its pairing with the orderings."""
    table = read_energies(written(tmp_path, HEADER + GOOD))
    with pytest.raises(TrainingError, match="names c1-a, which are not among the orderings"):
        training_set(table, [], [], prim, None)


def test_the_outermost_compositions_stand_in_for_ends_that_are_not_there():
    table = pd.DataFrame({"x": [1.0, 2.0, 2.0, 3.0], "energy_eV_per_cell": [4.0, 3.0, 5.0, np.nan]})
    with pytest.raises(EnergyError, match="no energy at an end member"):
        mixing_energies(table, (0, 4))
    found = mixing_energies(table, (0, 4), outermost=True)
    np.testing.assert_allclose(found, [0, 0, 2, np.nan])
    # Ends that are there stay the ends.
    np.testing.assert_allclose(
        mixing_energies(table, (1, 2), outermost=True), mixing_energies(table, (1, 2))
    )
    one = table[table.x == 2.0]
    np.testing.assert_allclose(mixing_energies(one, (0, 4), outermost=True), [0, 2])
