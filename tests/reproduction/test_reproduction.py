"""Measures on results made by hand, the verdicts, and tables of published numbers with mistakes."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from navac.config.campaign import Config, load_config
from navac.config.energies import EnergiesSection
from navac.reproduction.evidence import Evidence
from navac.reproduction.measures import MEASURES, evaluate
from navac.reproduction.table import NumbersError, number_problems, page, score
from navac.results import schema
from tests.reproduction import test_electrodes
from tests.results.made_up import write_file

NUMBERS = "config/published/nxvp/numbers.csv"


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config("config/config.yaml").model_copy(
        update={"energies": EnergiesSection(average_voltage_V=2.8, noise_meV_per_fu=14.85)}
    )


@pytest.fixture(scope="module")
def evidence(config, tmp_path_factory):
    """Results of a made-up campaign with values that are easy to see."""
    folder = tmp_path_factory.mktemp("results")
    pd.DataFrame({
        "id": list("abcdefgh"), "range": ["x1to3"] * 4 + ["x3to4"] * 4,
        "x": [1, 1.5, 2, 3, 3, 3.5, 3.5, 4],
        "energy_eV_per_cell": [0.0, -0.465, -0.95, -1.8, -1.8, -0.91, -0.5, 0.0],
        "provenance": "made up",
    }).to_csv(folder / "energies.csv", index=False)  # fmt: skip
    (folder / "scores.json").write_text(json.dumps({"rms_meV_per_fu": 12.5}))
    pd.DataFrame({"index": [1, 4, 31], "eci_per_multiplicity_meV": [9.0, 39.0, -34.5]}).to_csv(
        folder / "eci.csv", index=False
    )
    x = np.arange(1.9, 2.1, 0.01)
    write_file(folder / "diagram.h5", {
        (schema.Summary, "zeta+psi"): {
            "highest_two_phase_temperature_K": 880.0,
            "highest_two_phase_temperature_stderr_K": 3.0,
        },
        (schema.ElectronicSummary, "zeta+psi"): {
            "highest_two_phase_temperature_K": 690.0,
            "highest_two_phase_temperature_stderr_K": 4.0,
        },
        (schema.Boundary, "zeta+psi"): {
            "temperature_K": [400.0, 500, 600, 700],
            "x_low": [1.0, 1.01, 1.02, 1.04],
            "x_high": [2.0, 1.995, 1.985, 1.965],
            "x_high_stderr": [0.001] * 4,
            "ends_in": "critical", "critical_temperature_K": 712.0,
            "critical_temperature_stderr_K": 5.0,
        },
        (schema.ElectronicBoundary, "zeta+psi"): {
            "temperature_K": [400.0, 500, 650], "ends_in": "invariant",
        },
        (schema.ElectronicInvariant, "zeta+psi+omega"): {
            "temperature_K": 650.0, "temperature_stderr_K": 12.0,
            "phases": ("zeta", "psi", "omega"), "x": [1.5, 2, 3.0],
        },
        # two invariant points of psi and omega, of which the upper ends their region
        (schema.Boundary, "psi+omega"): {
            "temperature_K": [100.0, 500, 755], "x_low": [2.0, 2, 2.01], "x_high": [3.0, 3, 2.9],
            "ends_in": "invariant",
        },
        (schema.Invariant, "psi+theta+omega"): {
            "temperature_K": 100.0, "temperature_stderr_K": 1.0,
            "phases": ("psi", "theta", "omega"), "x": [2, 2.5, 3.0],
        },
        (schema.Invariant, "psi+modulated+omega"): {
            "temperature_K": 755.0, "temperature_stderr_K": 7.0,
            "phases": ("psi", "modulated", "omega"), "x": [2.01, 2.5, 2.9],
        },
        (schema.Boundary, "theta+sigma"): {
            "temperature_K": [10.0, 90], "ends_in": "congruent",
        },
        (schema.Boundary, "sigma+omega"): {
            "temperature_K": [50.0, 60], "begins_in": "invariant", "ends_in": "congruent",
        },
        (schema.Boundary, "omega+sigma"): {"temperature_K": [10.0, 20], "ends_in": "sampled"},
        (schema.Boundary, "omega+x3.40"): {"temperature_K": [10.0, 20], "ends_in": "unresolved"},
        (schema.States, "x1to3"): {"temperature_K": [400.0, 500, 600, 700, 800, 900, 1000]},
        # least between two states
        (schema.Entropy, 500): {"x": x, "entropy_kB_per_fu": 0.3 + (x - 2.013) ** 2},
        (schema.Entropy, 800): {
            "x": [1.7, 1.95, 2.02, 2.3], "entropy_kB_per_fu": [0.8, 0.4, 0.3, 0.9],
        },
    })  # fmt: skip
    write_file(folder / "voltage.h5", {
        (schema.VoltageCurve, 0): {
            "x": [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4.0],
            "voltage_V": np.repeat([3.3, 3.25, 1.9], 3),
        },
        (schema.Occupancy, 473): {
            "x": [1.0, 2, 3, 3.04, 3.08, 4],
            "occupied": {"Na1": np.array([1.0, 1, 1, 0.95, 0.75, 1])},
        },
    })  # fmt: skip
    return Evidence.read(
        config,
        config.prim.formula_units,
        diagram=folder / "diagram.h5",
        voltage=folder / "voltage.h5",
        energies=folder / "energies.csv",
        scores={"x1to3": folder / "scores.json"},
        interactions={"x1to3": folder / "eci.csv"},
        tables={},
    )


@pytest.mark.parametrize(
    ("call", "value", "error"),
    [
        ("mixing_energy 3", -900, 0),
        ("above_hull 1.5", 5, 0),
        ("above_hull 3.5", -5, 0),
        ("fit_score x1to3 rms_meV_per_fu", 12.5, np.nan),
        ("interactions x1to3", 2, 0),
        ("interaction x1to3 31", -34.5, np.nan),
        ("interaction x1to3 5", 0, np.nan),
        ("top zeta+psi", 880, 3),
        ("region_end zeta+psi", 712, 5),
        ("region_end psi+omega", 755, 7),
        ("region_end theta+sigma", 90, np.nan),
        ("region_end x3.40+sigma|theta+sigma", 90, np.nan),
        ("region_end sigma+omega", 60, np.nan),
        ("cold_region_end theta+sigma", 90, np.nan),
        ("electronic_lowering zeta+psi", 62, 13),
        ("solubility zeta+psi x_high 1.99", 550, 10),
        ("mean_voltage 0 1 2", 3.3, 0),
        ("mean_voltage 0 2 3", 3.25, 0),
        ("mean_voltage 0 3 4", 1.9, 0),
        ("voltage_step 0 2", 50, 0),
        ("least_occupation Na1 473 1 4", 0.75, np.nan),
        ("least_occupation Na1 473 1 3", 1, np.nan),
        ("least_occupied_at Na1 473 3 4", 3.08, np.nan),
        ("drop Na1 473 0.9 3", 3.05, np.nan),
        ("least_entropy 800 1.6 2.4", 2.02, np.nan),
        ("least_entropy 500 1.6 2.4", 2.013, np.nan),
    ],
)
def test_measures(evidence, call, value, error):
    name, *arguments = call.split()
    found = evaluate(evidence, name, arguments)
    np.testing.assert_allclose(found, (value, error), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        "mixing_energy 2.25", "above_hull 3.25", "fit_score x3to4 rms_meV_per_fu",
        "interactions x3to4", "interaction x3to4 4", "top omega+theta",
        "region_end omega+theta", "region_end omega+sigma", "region_end omega+x3.40",
        "region_end omega+sigma|zeta+psi", "cold_region_end sigma+omega",
        "cold_region_end omega+theta",
        "electronic_lowering psi+omega", "electronic_lowering omega+theta",
        "solubility zeta+psi x_high 1.9", "solubility psi+omega x_low 2.1", "mean_voltage 10 1 2",
        "voltage_step 10 2", "least_occupation K1 473 1 4", "least_occupied_at Na1 263 1 4",
        "drop Na1 473 0.5 3", "least_entropy 300 1 3", "mean_voltage 0 4 5", "voltage_step 0 4",
        "least_occupation Na1 473 0 4", "drop Na1 473 0.9 4.5",
    ],
)  # fmt: skip
def test_what_a_campaign_does_not_show_is_unknown(evidence, call):
    name, *arguments = call.split()
    assert np.isnan(evaluate(evidence, name, arguments)[0])


@pytest.mark.parametrize("call", ["fit_score x1to3 rms_meV_per_fu", "interactions x1to3"])
def test_a_fit_to_the_energies_of_an_expansion_says_nothing(evidence, call):
    noiseless = replace(evidence, settings=load_config("config/config.yaml"))
    name, *arguments = call.split()
    assert np.isnan(evaluate(noiseless, name, arguments)[0])


def test_every_measure_is_tested():
    marks = (*test_measures.pytestmark, *test_electrodes.test_measures.pytestmark)
    calls = [case[0] for mark in marks for case in mark.args[1]]
    assert {call.split()[0] for call in calls} == set(MEASURES)


def test_verdicts(evidence, tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text(
        "# a comment\nquantity,unit,published,tolerance,source,measure,arguments\n"
        "inside,K,890,10,p. 1,top,zeta+psi\n"
        "within errors,K,885,1,p. 1,top,zeta+psi\n"
        "outside,K,900,10,p. 1,top,zeta+psi\n"
        "vague,K,80,5,p. 1,electronic_lowering,zeta+psi\n"
        "not seen,K,120,10,p. 1,top,omega+theta\n"
        "not published,K,,,p. 1,top,zeta+psi\n",
        encoding="utf-8",
    )
    table = score(evidence, path).set_index("quantity")
    assert table.verdict.to_dict() == {
        "inside": "agrees", "within errors": "agrees", "outside": "differs",
        "vague": "uncertain",
        "not seen": "unknown", "not published": "reported",
    }  # fmt: skip
    assert table.loc["outside", "difference"] == -20
    assert list(table.columns) == [
        "unit", "this run", "standard error", "published", "source", "difference", "verdict",
    ]  # fmt: skip
    html = page(table.reset_index(), "made up")
    assert "2 of 4 published numbers agree" in html
    assert html.count("<tr class") == 6


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,K,1,1,p,tpo,zeta+psi", "a: tpo is not a measure; use one of above_hull"),
        ("a,K,1,1,p,top,", "a: top takes window, not nothing"),
        ("a,K,1,1,p,mean_voltage,0 1 two", "mean_voltage takes temperature x_low x_high; two is"),
        ("a,K,one,1,p,top,zeta+psi", "a: published one is not a number"),
    ],
)
def test_mistakes_are_named(evidence, tmp_path, row, said):
    path = tmp_path / "numbers.csv"
    path.write_text(f"quantity,unit,published,tolerance,source,measure,arguments\n{row}\n")
    (problem,) = number_problems(path)
    assert f"{path}, " in problem
    assert said in problem
    with pytest.raises(NumbersError):
        score(evidence, path)


def test_what_published_work_began_with_is_no_result_that_is_missing(evidence, tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text(
        "quantity,unit,published,tolerance,kind,source,measure,arguments\n"
        "step,K,5,,setting,p. 1,,\nlevel,,2,,assumed,p. 1,,\npeak,K,9,,computed,p. 1,,\n"
        "known,K,880,,setting,p. 1,top,zeta+psi\n"
    )
    assert score(evidence, path).verdict.tolist() == ["input", "input", "unknown", "same input"]


def test_a_missing_file_or_column_is_named(tmp_path):
    (problem,) = number_problems(tmp_path / "none.csv")
    assert "none.csv cannot be read" in problem
    (tmp_path / "short.csv").write_text("quantity,unit\n")
    (problem,) = number_problems(tmp_path / "short.csv")
    assert "no columns published, tolerance, source, measure, arguments" in problem


def test_the_papers_numbers_can_be_used():
    assert not list(number_problems(NUMBERS))
    table = pd.read_csv(NUMBERS, comment="#")
    assert len(table) > 30
    assert table.source.notna().all()
