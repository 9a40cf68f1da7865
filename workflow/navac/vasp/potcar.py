"""POTCAR files: found in a library, checked against the published ones, joined for a run.

The potentials are VASP's and licensed to its users. What a campaign writes to be shared names
them (``POTCAR.spec``); a POTCAR itself exists only beside a running calculation.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from navac.vasp.settings import VaspInputError, VaspSettings

HEADER, END = b"parameters from PSCTR are", b"End of Dataset"


def potcar_spec(species: Sequence[str], settings: VaspSettings) -> bytes:
    """``POTCAR.spec``: the label of each potential, one a line, in the order of POSCAR."""
    return "".join(f"{settings.of(element).potcar}\n" for element in species).encode()


def potcar(library: str | Path, species: Sequence[str], settings: VaspSettings) -> bytes:
    """The POTCAR of a calculation, every potential of it checked.

    Args:
        library: folder with ``<label>/POTCAR[.gz]`` or ``POTCAR.<label>[.gz]``, directly or in
            pymatgen's release folders.
        species: the element of each block of POSCAR, in its order.

    Raises:
        VaspInputError: a potential is missing or is another than the settings name.
    """
    return b"".join(_potential(Path(library), element, settings)[1] for element in species)


def find_potentials(
    library: str | Path | None, elements: Iterable[str], settings: VaspSettings
) -> dict[str, Path]:
    """The file of each element's potential, checked.

    Raises:
        VaspInputError: listing everything that is missing or wrong, and how to supply it.
    """
    if library is None:
        raise no_library(elements, settings)
    found: dict[str, Path] = {}
    problems = []
    for element in sorted(set(elements)):
        try:
            found[element] = _potential(Path(library), element, settings)[0]
        except VaspInputError as error:
            problems.append(str(error))
    if problems:
        raise VaspInputError("\n".join(problems))
    return found


def no_library(elements: Iterable[str], settings: VaspSettings) -> VaspInputError:
    """The error that no folder of potentials is given, for the caller to raise."""
    wanted = "\n".join(
        f"  {e}: label {settings.of(e).potcar}, TITEL {settings.titel(e)}"
        for e in sorted(set(elements))
    )
    return VaspInputError(
        "VASP needs potentials, and dft.potcar_library names no folder of them. All other "
        f"input is written. Wanted (species of {settings.source}):\n{wanted}\n"
        "They come with a VASP licence. Put each in a folder as <label>/POTCAR or "
        "POTCAR.<label>, gzipped or not, and name the folder in dft.potcar_library"
    )


def _potential(library: Path, element: str, settings: VaspSettings) -> tuple[Path, bytes]:
    """An element's potential, checked against its published TITEL."""
    wanted, required = settings.titel(element), settings.potcar.required_text
    path = _find(library, settings.of(element).potcar, settings)
    data = _read(path, path.stat().st_mtime_ns)
    titel = re.search(rb"TITEL\s*=(.*)", data)
    found = " ".join(titel[1].decode("latin-1").split()) if titel else "no TITEL line"
    if found != wanted:
        raise VaspInputError(
            f"{path}: TITEL is {found!r}, wanted {wanted!r} (species.{element}.titel of "
            f"{settings.source}); put the wanted potential there, or change the setting"
        )
    if required is not None and required.encode() not in data:
        raise VaspInputError(
            f"{path}: {found!r} lacks the text {required!r} (potcar.required_text of "
            f"{settings.source}); use a later release of this potential"
        )
    if HEADER in data and (data.count(END) != 1 or not data.rstrip().endswith(END)):
        raise VaspInputError(
            f"{path}: is not one whole potential, which has one line {END.decode()!r}, its last; "
            "copy it again"
        )
    return path, data


def _find(library: Path, label: str, settings: VaspSettings) -> Path:
    folders = [library, *(library / f for f in settings.potcar.release_folders)]
    names = [f"{label}/POTCAR", f"POTCAR.{label}"]
    tried = [folder / (name + end) for folder in folders for name in names for end in ("", ".gz")]
    for path in tried:
        if path.is_file():
            return path
    raise VaspInputError(
        f"no POTCAR labelled {label!r} in the library {library} (looked for "
        f"{', '.join(str(p.relative_to(library)) for p in tried)}); add it there, correct the "
        "library folder, or configure none to get POTCAR.spec"
    )


@lru_cache(maxsize=128)
def _read(path: Path, mtime_ns: int) -> bytes:
    """The file's contents, ended by a newline; the modification time only keys the cache."""
    data = path.read_bytes()
    try:
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError) as error:
        raise VaspInputError(f"{path}: cannot be unpacked ({error}); copy it again") from error
    return data if data.endswith(b"\n") else data + b"\n"
