"""The square lattice from a table of energies to its critical point, through a configuration."""

import numpy as np
import pandas as pd
import pytest
import yaml

from navac.results import schema
from navac.results.read import read_record
from navac.units import BOLTZMANN
from tests.checkout import checkout, run

J = 0.02
CRITICAL = 2 / np.log(1 + np.sqrt(2)) * J / BOLTZMANN


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The campaign in 32×32 cells with every second temperature and a third of the sweeps."""
    folder = checkout(tmp_path_factory.mktemp("ising") / "copy")
    config = yaml.safe_load((folder / "config/ising/square_energies.yaml").read_text())
    config["ranges"]["all"]["temperatures_K"][1]["step"] = 10
    config["sampling"] |= {"equilibration_sweeps": 100, "block_sweeps": 40}
    (folder / "config/mine.yaml").write_text(yaml.safe_dump(config))
    found = folder / f"results/{config['campaign']}"
    run(folder, str((found / "thermodynamics/phase_diagram.h5").relative_to(folder)),
        "--cores", "1", "--configfile", "config/mine.yaml", module="snakemake")  # fmt: skip
    return found


def test_the_fit_finds_the_interaction(results):
    table = pd.read_csv(results / "expansion/all.csv", comment="#")
    assert table.eci_per_multiplicity_meV[table.order == 2].tolist() == pytest.approx(
        [-20], abs=0.1
    )


def test_the_region_ends_at_onsagers_temperature(results):
    diagram = results / "thermodynamics/phase_diagram.h5"
    top = read_record(diagram, schema.Summary, "poor+rich")
    T, error = top.highest_two_phase_temperature_K, top.highest_two_phase_temperature_stderr_K
    assert pytest.approx(CRITICAL, rel=0.015) == T
    assert pytest.approx(CRITICAL, abs=3 * error) == T
    assert error < 8
    assert top.x_there == pytest.approx(0.5, abs=0.02)
    region = read_record(diagram, schema.Boundary, "poor+rich")
    assert region.critical_temperature_K == T


def test_x_on_the_boundary_is_the_exact_magnetisation(results):
    region = read_record(results / "thermodynamics/phase_diagram.h5", schema.Boundary, "poor+rich")
    T = region.temperature_K
    assert T.max() < CRITICAL + 10
    known = 0.98 * CRITICAL > T
    assert known.sum() >= 10
    x = (1 - (1 - np.sinh(2 * J / (BOLTZMANN * T[known])) ** -4) ** 0.125) / 2
    for found, exact, error in (
        (region.x_low[known], x, region.x_low_stderr[known]),
        (region.x_high[known], 1 - x, region.x_high_stderr[known]),
    ):
        # the coldest have hardly an excitation in a block
        np.testing.assert_array_less(np.abs(found - exact), 3.5 * error + 5e-4)
        assert np.abs(found - exact).max() < 0.02
