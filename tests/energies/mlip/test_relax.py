"""A relaxation ends in a minimum, and one that was stopped takes the steps it would have taken."""

import time

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT

from navac.energies.mlip import relax as relaxing
from navac.energies.mlip.relax import CHECKPOINT, OutOfTime, RelaxationError, relax
from tests.energies.mlip.alloy import settings


def start():
    """Four atoms away from any minimum."""
    atoms = bulk("Cu", "fcc", 3.9) * (2, 2, 1)
    atoms.symbols[:2] = "Au"
    atoms.positions[0] += [0.1, 0.05, -0.07]
    return atoms


@pytest.mark.parametrize("optimiser", ["FIRE", "LBFGS"])
def test_what_is_left_is_less_than_asked_and_any_strain_costs(optimiser):
    found = relax(start(), EMT(), settings(optimiser=optimiser))
    assert found.max_force_eV_per_A < 0.01
    assert found.max_stress_GPa < 0.1
    assert found.moments_muB is None
    atoms = found.atoms
    for strain in (-0.01, 0.01):
        strained = atoms.copy()
        strained.set_cell(atoms.cell * (1 + strain), scale_atoms=True)
        strained.calc = EMT()
        assert strained.get_potential_energy() > found.energy_eV


def test_copper_has_the_lattice_parameter_of_the_calculator():
    """3.59 Å is ASE's own value for its EMT."""
    atoms = relax(bulk("Cu", "fcc", 3.8), EMT(), settings(max_force_eV_per_A=1e-3)).atoms
    assert (4 * atoms.get_volume()) ** (1 / 3) == pytest.approx(3.59, abs=0.01)


def test_a_cell_that_may_not_relax_does_not():
    found = relax(start(), EMT(), settings(relax_cell=False))
    np.testing.assert_array_equal(found.atoms.cell, start().cell)
    assert found.max_force_eV_per_A < 0.01
    assert found.max_stress_GPa > 1


@pytest.mark.parametrize("optimiser", ["FIRE", "LBFGS"])
def test_a_stopped_relaxation_takes_the_steps_of_an_unstopped_one(tmp_path, optimiser, monkeypatch):
    """To the bit: the checkpoint holds all that the optimiser remembers."""
    monkeypatch.setattr(relaxing, "CHECKPOINT_SECONDS", -1)
    how = settings(optimiser=optimiser)
    whole = relax(start(), EMT(), how)
    with pytest.raises(RelaxationError, match="not converged after 6 steps"):
        relax(start(), EMT(), settings(optimiser=optimiser, max_steps=6), tmp_path)
    with pytest.raises(OutOfTime):
        relax(start(), EMT(), how, tmp_path, ends_at=time.time() - 1)
    assert (tmp_path / CHECKPOINT).is_file()
    continued = relax(start(), EMT(), how, tmp_path)
    assert continued.steps == whole.steps > 6
    assert continued.energy_eV == whole.energy_eV
    np.testing.assert_array_equal(continued.atoms.positions, whole.atoms.positions)
    np.testing.assert_array_equal(continued.atoms.cell, whole.atoms.cell)


def test_a_checkpoint_of_another_optimiser_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(relaxing, "CHECKPOINT_SECONDS", -1)
    with pytest.raises(RelaxationError):
        relax(start(), EMT(), settings(optimiser="FIRE", max_steps=3), tmp_path)
    found = relax(start(), EMT(), settings(), tmp_path)
    assert found.steps == relax(start(), EMT(), settings()).steps


class Broken(Calculator):
    """Gives energies and forces that are no numbers, and no stress."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": np.nan, "forces": np.full((len(atoms), 3), np.nan)}


def test_energies_that_are_no_numbers_are_refused():
    with pytest.raises(RelaxationError, match="not finite after 0 steps"):
        relax(start(), Broken(), settings(relax_cell=False))


class Expanding(Calculator):
    """Loses energy with volume, without end."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        stress = np.array([-1.0, -1, -1, 0, 0, 0])
        self.results = {"energy": -atoms.get_volume(), "forces": np.zeros((len(atoms), 3)),
                        "stress": stress}  # fmt: skip


def test_a_cell_that_runs_away_is_given_up():
    with pytest.raises(RelaxationError, match=r"strained by \+5\d% after \d+ steps and lost"):
        relax(start(), Expanding(), settings(optimiser="FIRE"))


def test_a_calculator_without_stress_relaxes_no_cell():
    with pytest.raises(RelaxationError, match="set relax_cell to false"):
        relax(start(), Broken(), settings())
