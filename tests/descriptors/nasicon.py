"""The crystal of HE-V, its compositions and charges."""

import json

from navac.crystal.prim import Prim
from tests.checkout import ROOT

HEV = {"Na": 3.2, "V": 1.5, "Cr": 0.1, "Mn": 0.1, "Fe": 0.1, "Al": 0.1, "Mg": 0.1}
ICP = {"Na": 3.154, "V": 1.453, "Cr": 0.103, "Mn": 0.101, "Fe": 0.099, "Al": 0.098, "Mg": 0.1}
STATES = {
    "Na": (1.0,), "V": (2.0, 3.0, 4.0, 5.0), "Cr": (3.0,), "Mn": (2.0,), "Fe": (3.0,),
    "Al": (3.0,), "Mg": (2.0,), "P": (5.0,), "O": (-2.0,),
}  # fmt: skip


def crystal() -> Prim:
    written = json.loads((ROOT / "config/published/hev/prim.json").read_text())
    return Prim.from_dict(written | {"formula_units": 2})
