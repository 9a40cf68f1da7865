"""How materials are written: formulas, axis labels, electrodes."""

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.figures.labels import as_html, composition_label, electrode, formula, mathtext


def crystal(*sites, units=1):
    return Prim(np.eye(3), np.zeros((len(sites), 3)), sites, ("A",) * len(sites), units)


LI, OXYGEN, CO = ("Li", "Va"), ("O",), ("Co",)


@pytest.mark.parametrize(
    ("prim", "species", "written"),
    [
        (crystal(LI, OXYGEN, CO, OXYGEN), "Li", "LixCoO2"),
        (crystal(LI, LI, OXYGEN, CO, OXYGEN, OXYGEN, CO, OXYGEN, units=2), "Li", "LixCoO2"),
        (crystal(("Cu", "Au")), "Cu", "CuxAu1−x"),
        (crystal(*[("Cu", "Au")] * 4), "Cu", "CuxAu4−x"),
        (crystal(("Mg", "Ti", "Va"), ("S",)), "Mg", "Mgx(Ti)1−xS"),
        (crystal(("K", "Va")), "K", "Kx"),
    ],
)
def test_formulas(prim, species, written):
    assert formula(prim, species) == written


def test_the_published_crystal(prim):
    assert formula(prim, "Na") == "NaxV2P3O12"
    assert electrode(prim, "Na") == "Na/Na⁺"


@pytest.mark.parametrize(
    ("material", "written"),
    [
        ("NaxV2(PO4)3", "Na$_x$V$_2$(PO$_4$)$_3$"),
        ("LixCoO2", "Li$_x$CoO$_2$"),
        ("CuxAu1−x", "Cu$_x$Au$_{1-x}$"),
        ("LixMn1.5Ni0.5O4", "Li$_x$Mn$_{1.5}$Ni$_{0.5}$O$_4$"),
        ("Kx", "K$_x$"),
    ],
)
def test_numbers_are_lowered(material, written):
    assert mathtext(material) == written
    assert composition_label(material) == f"$x$ in {written}"


def test_electrodes():
    assert electrode(crystal(LI, OXYGEN), "Li") == "Li/Li⁺"
    assert electrode(crystal(("Mg", "Va"), OXYGEN), "Mg") == "Mg/Mg²⁺"
    assert electrode(crystal(("Al", "Va"), OXYGEN), "Al") == "Al/Al³⁺"
    assert electrode(crystal(("Cu", "Au")), "Cu") == ""


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("$x$ in Na$_x$V$_2$(PO$_4$)$_3$",
         "<i>x</i> in Na<sub>x</sub>V<sub>2</sub>(PO<sub>4</sub>)<sub>3</sub>"),
        ("Cu$_x$Au$_{1-x}$", "Cu<sub>x</sub>Au<sub>1−x</sub>"),
        (r"$y$ < 1, $\mu_\mathrm{Li}$", r"<i>y</i> &lt; 1, \mu<sub>Li</sub>"),
        ("no mathtext", "no mathtext"),
    ],
)  # fmt: skip
def test_labels_in_html(label, written):
    assert as_html(label) == written
