"""Calculators are found by name, and what is missing or wrong is said with its mending."""

import builtins

import pytest
from ase.calculators.emt import EMT

from navac.config.mlip import RelaxationSection
from navac.energies.mlip.calculators import ModelError, load_model
from tests.energies.mlip.alloy import emt


def test_any_calculator_of_ase_is_a_model():
    model = emt()
    assert isinstance(model.calculator, EMT)
    assert model.title.startswith("ase.calculators.emt:EMT 3.")
    assert model.title.endswith(", effective medium theory")
    asap = load_model("ase.calculators.emt:EMT", {"asap_cutoff": True}, "EMT")
    assert asap.calculator.parameters["asap_cutoff"] is True


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("chgnet", r"make mlip.*\.\[mlip\]"),
        ("sevenn", r"\.\[sevenn\]"),
        ("mace.calculators:MACECalculator", "install the package that has it"),
    ],
)
def test_a_package_that_is_not_there_is_named_with_what_installs_it(monkeypatch, name, says):
    """Whether it is installed here or not."""
    original = builtins.__import__

    def without(module, *rest, **named):
        if module.split(".")[0] in ("chgnet", "sevenn", "mace"):
            raise ModuleNotFoundError(f"No module named '{module}'")
        return original(module, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModelError, match=f"energies.mlip.calculator {name}: .*{says}"):
        load_model(name, {}, "PBE")


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("chargenet", {}, "not known by name; use one of chgnet, sevenn, or module:Class"),
        ("ase.calculators.emt:EMTT", {}, "no attribute 'EMTT'"),
        ("ase.calculators.emt:EMT", 3, "could not be loaded"),
    ],
)
def test_what_cannot_be_loaded_is_said(name, options, says):
    with pytest.raises((ModelError, TypeError), match=says if options != 3 else "int"):
        load_model(name, options, "PBE")


@pytest.mark.parametrize(
    ("calculator", "options", "level"),
    [
        ("chgnet", {}, "r2SCAN (Materials Project)"),
        ("chgnet", {"model_name": "0.3.0"}, "PBE and PBE+U (Materials Project)"),
        ("chgnet", {"path": "mine.pth.tar"}, None),
        ("sevenn", {}, "PBE and PBE+U (Materials Project)"),
        ("sevenn", {"model": "7net-mf-0", "modal": "R2SCAN"}, "r2SCAN (Materials Project)"),
        ("sevenn", {"model": "mine.pth"}, None),
        ("ase.calculators.emt:EMT", {}, "effective medium theory"),
        ("mace.calculators:MACECalculator", {"model_paths": "mine.model"}, None),
    ],
)
def test_the_level_of_theory_is_known_or_asked_for(calculator, options, level):
    section = RelaxationSection(calculator=calculator, options=options)
    assert section.level_of_theory == level
    own = RelaxationSection(calculator=calculator, options=options, level="HSE06")
    assert own.level_of_theory == "HSE06"
    assert own.title.endswith(", HSE06")
