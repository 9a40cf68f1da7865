"""Whole oxidation states that balance a structure, and the moments that follow."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core.ewald import EwaldSummation

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.orderings.ordering import OrderingError
from navac.orderings.structures import decorate
from navac.orderings.valences import balanced_valences
from navac.vasp.inputs import input_set, moments_of_valences
from navac.vasp.settings import load_settings

DATA = Path(__file__).parents[1] / "data" / "interchange"
PRIMS = json.loads((DATA / "species_prims.json").read_text())
FIXED = {"Na": (1.0,), "P": (5.0,), "O": (-2.0,), "Fe": (3.0,), "Cr": (3.0,), "Al": (3.0,),
         "Mg": (2.0,)}  # fmt: skip


def nasicon(metals, sodium):
    """One primitive cell: four metals, and sodium on the first of eight sites."""
    prim = Prim.from_dict(PRIMS["nasicon"])
    kinds = [prim.species[site] for site in prim.active]
    filled = iter(range(sum(len(s) == 2 for s in kinds)))
    names = iter(metals)
    codes = [s.index(next(names)) if len(s) == 6 else int(next(filled) >= sodium) for s in kinds]
    return decorate(prim, Supercell.diagonal(1, 1, 1), np.array(codes, np.int8))


def by_species(structure, found):
    symbols = [site.specie.symbol for site in structure]
    return Counter(zip(symbols, found.tolist(), strict=True))


@pytest.mark.parametrize(
    ("metals", "sodium", "states", "expected"),
    [
        # 18+ of the metals balance six phosphates: (PO4)6 is 18−, less one for each sodium.
        (["V", "V", "V", "V"], 6, {"V": (2, 3, 4, 5)}, {("V", 3.0): 4}),
        (["V", "V", "V", "V"], 7, {"V": (2, 3, 4, 5)}, {("V", 2.0): 1, ("V", 3.0): 3}),
        (["V", "V", "V", "V"], 4, {"V": (2, 3, 4, 5)}, {("V", 3.0): 2, ("V", 4.0): 2}),
        (["V", "V", "V", "Mn"], 7, {"V": (3, 4), "Mn": (2, 3, 4)}, {("V", 3.0): 3, ("Mn", 2.0): 1}),
        (["V", "V", "Mn", "Mg"], 6, {"V": (3, 4, 5), "Mn": (2,)},
         {("V", 4.0): 2, ("Mn", 2.0): 1, ("Mg", 2.0): 1}),
    ],
)  # fmt: skip
def test_valences_balance_the_structure(metals, sodium, states, expected):
    structure = nasicon(metals, sodium)
    found = balanced_valences(structure, FIXED | states)
    assert found.sum() == 0
    of_metals = {k: n for k, n in by_species(structure, found).items() if k[0] in metals}
    assert of_metals == expected


def ewald(structure, charges):
    some = structure.copy()
    some.add_oxidation_state_by_site(list(charges))
    return EwaldSummation(some).total_energy


def test_the_atom_at_the_lowest_potential_is_oxidised():
    """Of four V, one is divalent: any other choice has an Ewald energy as high or higher."""
    structure = nasicon(["V", "V", "V", "V"], 7)
    found = balanced_valences(structure, FIXED | {"V": (2, 3)})
    metals = [i for i, s in enumerate(structure) if s.specie.symbol == "V"]
    energies = []
    for low in metals:
        charges = found.copy()
        charges[metals] = 3.0
        charges[low] = 2.0
        energies.append(ewald(structure, charges))
    chosen = next(k for k, i in enumerate(metals) if found[i] == 2.0)
    assert np.ptp(energies) > 0.05
    assert energies[chosen] == pytest.approx(min(energies), abs=1e-6)


def test_states_that_leave_a_charge_are_refused():
    structure = nasicon(["V", "V", "V", "V"], 7)  # one V2+ is lacking
    with pytest.raises(OrderingError, match=r"whole oxidation states leave a charge of -1 e"):
        balanced_valences(structure, FIXED | {"V": (1, 3)})
    with pytest.raises(OrderingError, match="no listed states balance it"):
        balanced_valences(structure, FIXED | {"V": (4, 5)})
    with pytest.raises(OrderingError, match="V has no oxidation state"):
        balanced_valences(structure, FIXED)


def test_single_charges_are_kept():
    structure = nasicon(["V", "V", "V", "V"], 7)
    found = balanced_valences(structure, FIXED | {"V": (2.5,)})
    assert by_species(structure, found)["V", 2.5] == 4


def test_moments_follow_the_valences():
    settings = load_settings("pbe_u")
    structure = nasicon(["V", "V", "Mn", "Mg"], 6)
    valences = balanced_valences(structure, FIXED | {"V": (3, 4, 5), "Mn": (2,)})
    moments = moments_of_valences(structure, valences, settings)
    found = dict(zip([s.specie.symbol for s in structure], moments, strict=True))
    assert (found["V"], found["Mn"]) == (1.0, 4.6)
    assert found["Mg"] == settings.of("Mg").magmom_muB
    inputs = input_set(structure, settings, 1, moments=moments)
    assert inputs.incar["MAGMOM"] == moments
    # U of each species stands in the order of POSCAR.
    u = dict(zip(inputs.species, inputs.incar["LDAUU"], strict=True))
    assert {"V": 3.25, "Mn": 3.9}.items() <= u.items()
