"""Densities of states: written, read again, and drawn."""

from pathlib import Path

import numpy as np
import pytest

from navac.figures.density_of_states import dos_figure
from navac.results import schema
from navac.results.read import read_records
from navac.vasp.output import read_calculation
from navac.vasp.report import write_dos

OTHERS = Path(__file__).parents[1] / "data" / "vasp"


@pytest.fixture(scope="module")
def found():
    return {name: read_calculation(OTHERS / name) for name in ("plus_u", "magnetic", "smeared")}


def test_densities_of_states_are_read_as_they_were_written(found, tmp_path):
    path = tmp_path / "dos.h5"
    write_dos(path, found)
    again = read_records(path, schema.DensityOfStates)
    assert set(again) == {"plus_u", "magnetic"}  # of the third there is none
    oxide, dos = again["plus_u"], found["plus_u"].dos
    np.testing.assert_array_equal(oxide.energy_eV, dos.energies - dos.efermi)
    np.testing.assert_array_equal(oxide.total_per_eV, sum(dos.densities.values()))
    assert set(oxide.elements) == {"Fe", "O"}
    for element, part in dos.get_element_dos().items():
        np.testing.assert_array_equal(oxide.elements[str(element)], sum(part.densities.values()))
    assert oxide.band_gap_eV == found["plus_u"].band_gap_eV


def test_a_panel_for_each_ordering(found, tmp_path):
    path = tmp_path / "dos.h5"
    write_dos(path, found)
    figure = dos_figure(path, {"plus_u": "x = 1", "none": "x = 2", "magnetic": "x = 3"}, 85.0)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "x = 1, gap 1.8 eV", "x = 3, gap 0.0 eV",
    ]  # fmt: skip
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["total", "Fe", "O"]
