"""A library of fake potentials: ``python potentials.py FOLDER [SETTINGS]``.

They hold the header lines that navac, pymatgen and the stand-in look at, and no data of VASP's.
"""

import sys
from pathlib import Path

from navac.vasp.settings import load_settings

VALENCE = {"Na": 1, "Na_pv": 7, "V_pv": 11, "P": 5, "O": 6, "Cr_pv": 12, "Mn_pv": 13, "Fe_pv": 14,
           "Al": 3, "Mg_pv": 8}  # fmt: skip
FAKE = """\
  {titel}
  {valence:.1f}
 parameters from PSCTR are:
   FAKE: written for tests of navac, holds no potential
   VRHFIN ={element}: fake
   LEXCH  = PE
   TITEL  = {titel}
   LULTRA =        F    use ultrasoft PP ?
   LPAW   =        T    paw PP
   POMASS =    1.000; ZVAL   = {valence:8.3f}    mass and valenz
   ENMAX  =  400.000; ENMIN  =  300.000 eV
 END of PSCTR-controll parameters
 {required}
 FAKE data, for readers that want some
  0.0 1.0
 End of Dataset
"""


def fake_potential(element: str, label: str, titel: str, required: str | None) -> str:
    """The text of a fake POTCAR."""
    valence = VALENCE.get(label, 1)
    return FAKE.format(element=element, titel=titel, valence=valence, required=required or "")


def write_library(folder: Path, settings: str = "scan_u") -> Path:
    """Write a fake potential for every element of the settings; returns the folder."""
    wanted = load_settings(settings)
    for element, species in wanted.species.items():
        path = folder / species.potcar / "POTCAR"
        path.parent.mkdir(parents=True, exist_ok=True)
        required = wanted.potcar.required_text
        path.write_text(fake_potential(element, species.potcar, wanted.titel(element), required))
    return folder


if __name__ == "__main__":
    write_library(Path(sys.argv[1]), *sys.argv[2:3])
