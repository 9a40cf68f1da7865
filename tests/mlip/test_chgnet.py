"""CHGNet itself: loaded from its package, its level of theory, moments, a relaxation, the metal."""

import numpy as np
import pytest
from ase.build import bulk

from navac.config.mlip import MlipSection
from navac.energies.mlip.calculators import ModelError, load_model
from navac.energies.mlip.files import atoms_of
from navac.energies.mlip.metal import metal_reference
from navac.energies.mlip.relax import relax
from navac.orderings.structures import calculation_cell
from tests.vasp.test_run import orderings

pytestmark = [
    pytest.mark.mlip,
    pytest.mark.filterwarnings("ignore"),  # of PyTorch and CHGNet, which are not ours to mend
]
CPU = {"device": "cpu"}


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("chgnet")
    section = MlipSection()
    return load_model(section.calculator, CPU, section.level_of_theory, threads=1)


def test_the_default_is_r2scan(model):
    assert model.name == "chgnet r2scan"
    assert model.level == "r2SCAN (Materials Project)"
    assert model.device == "cpu"
    other = load_model("chgnet", CPU | {"model_name": "0.3.0"}, "PBE and PBE+U")
    assert other.name == "chgnet 0.3.0"
    cell = bulk("Na")
    energies = []
    for one in (model, other):
        atoms = cell.copy()
        atoms.calc = one.calculator
        energies.append(atoms.get_potential_energy())
    assert abs(energies[0] - energies[1]) > 0.1


def test_options_that_it_does_not_take_are_refused():
    pytest.importorskip("chgnet")
    with pytest.raises(ModelError, match=r"could not be loaded .*nonsense"):
        load_model("chgnet", CPU | {"model_name": "nonsense"}, "?")


def test_sodium_is_bcc_with_its_volume(model):
    """The metal has 39.5 Å³ per atom; within 5 %."""
    metal = metal_reference("Na", model, MlipSection())
    assert metal.structure == "bcc"
    assert metal.volume_A3_per_atom == pytest.approx(39.5, rel=0.05)


def test_an_ordering_relaxes_and_its_vanadium_is_magnetic(model, prim):
    """V(III) of Na3V2(PO4)3 has two electrons; a loose relaxation, some 20 steps."""
    [ordering] = orderings("00110000")
    start = atoms_of(calculation_cell(prim, ordering))
    how = MlipSection(max_force_eV_per_A=0.3, optimiser="LBFGS")
    found = relax(start, model.calculator, how)
    assert found.max_force_eV_per_A < 0.3
    moments = {s: [] for s in ("Na", "V", "P", "O")}
    for symbol, moment in zip(start.get_chemical_symbols(), found.moments_muB, strict=True):
        moments[symbol].append(moment)
    np.testing.assert_allclose(moments["V"], 1.9, atol=0.2)
    assert max(moments["O"]) < 0.2
    assert found.atoms.get_volume() == pytest.approx(start.get_volume(), rel=0.05)
