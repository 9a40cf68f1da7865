"""What an input set is told by, in the store of the runs of VASP."""

from __future__ import annotations

import hashlib
from pathlib import Path

INPUT_FILES = ("INCAR", "KPOINTS", "POSCAR", "POTCAR.spec")


def fingerprint(inputs: Path) -> str:
    """SHA-256 of an input set as it is shared."""
    digest = hashlib.sha256()
    for name in INPUT_FILES:
        digest.update(f"{name}\n".encode() + (inputs / name).read_bytes())
    return digest.hexdigest()
