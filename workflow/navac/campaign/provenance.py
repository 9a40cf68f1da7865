"""What every output was made from, and the refusal of inputs that do not belong together.

The provenance of a file is kept beside it, in ``.provenance/<name>.json``; HDF5 files carry it
inside too, so that it travels with them. It states the settings of the rule, digests of its code
and of its inputs, and where, when and with which versions and device the file was made.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import combinations
from pathlib import Path
from typing import Any

from navac import NavacError
from navac.files import write_json
from navac.results.content import content_digest, embedded_provenance

FOLDER = ".provenance"
METADATA = "ro-crate-metadata.json"
"""The RO-Crate of a finished campaign, in its results."""
PACKAGES = (
    "navac", "numpy", "scipy", "jax", "llvmlite", "scikit-learn", "h5py", "pandas", "pymatgen",
    "spglib", "snakemake", "ase", "torch", "chgnet", "sevenn",
)  # fmt: skip


class ProvenanceError(NavacError):
    """Files that do not belong together, or were changed after they were made."""


@dataclass(frozen=True)
class Provenance:
    """What a file was made from.

    Attributes:
        rule, wildcards: the job.
        settings: of the rule, under dotted keys.
        lineage: the same with the settings of everything that it was made from.
        code: digest of the code; of older code where somebody vouched for the change.
        modules: digests of the modules that ran.
        vouched: statements that the code of this digest gives the same.
        inputs: digest of the content of every input, by path.
        versions: of Python and of the packages that compute.
        machine, device, seed, created_utc: where, on what and when it was made; what analysed is
            not what sampled, so that device and seed are those of the inputs where they have one.
        seconds: that the job took.
        content: digest of the file's content.
        stamp: size and time of the file when it was made.
    """

    rule: str
    wildcards: dict[str, str]
    settings: dict[str, Any]
    lineage: dict[str, Any]
    code: str
    modules: dict[str, str]
    inputs: dict[str, str]
    versions: dict[str, str]
    machine: str
    created_utc: str
    seed: int | None = None
    device: str = ""
    vouched: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    content: str = ""
    stamp: tuple[int, int] = (0, 0)

    @property
    def digest(self) -> str:
        """One digest of settings, code and inputs."""
        made_from = (self.rule, self.wildcards, self.settings, self.code, self.inputs)
        text = json.dumps(made_from, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """As it is kept in files."""
        return json.dumps(asdict(self) | {"digest": self.digest}, ensure_ascii=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Provenance:
        """Inverse of :meth:`to_json`, once that is parsed."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**known | {"stamp": tuple(data.get("stamp", (0, 0)))})


@dataclass(frozen=True)
class Given:
    """An input of a job.

    Attributes:
        path: as the job names it.
        content: digest of its content.
        made: its provenance; None for a file that no rule made.
    """

    path: str
    content: str
    made: Provenance | None


def beside(path: str | Path) -> Path:
    """Where the provenance of a file is kept."""
    path = Path(path)
    return path.parent / FOLDER / f"{path.name}.json"


def read_provenance(path: str | Path) -> Provenance | None:
    """The provenance kept beside a file; None if there is none."""
    kept = beside(path)
    return Provenance.from_dict(json.loads(kept.read_text())) if kept.exists() else None


def write_provenance(path: str | Path, provenance: Provenance) -> None:
    """Keep the provenance of a finished file beside it."""
    made = replace(provenance, content=content_digest(path), stamp=_stamp(path))
    write_json(beside(path), json.loads(made.to_json()))


def given(path: str | Path) -> Given:
    """An input with its provenance.

    Raises:
        ProvenanceError: it was changed after a rule made it.
    """
    made = read_provenance(path)
    if made is not None and made.stamp == _stamp(path):
        return Given(str(path), made.content, made)
    content = content_digest(path)
    if made is None or made.content != content:
        embedded = embedded_provenance(path)
        if embedded is not None:
            made = Provenance.from_dict(embedded)
        elif made is not None:
            raise ProvenanceError(
                f"{path}: was changed after the rule {made.rule} made it; remove it; the next run "
                "remakes it"
            )
    return Given(str(path), content, made)


def _stamp(path: str | Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def check_consistent(settings: Mapping[str, Any], inputs: Iterable[Given]) -> None:
    """Refuse inputs of other settings than the job's, or than each other's.

    Raises:
        ProvenanceError: names the files, their settings and the expected ones.
    """
    inputs = list(inputs)
    handed = {_place(one.path): one for one in inputs}
    for one in inputs:
        if one.made is None:
            continue
        if differing := _differing(one.made.settings, settings):
            key, found, expected = differing[0]
            raise ProvenanceError(
                f"{one.path}: was made with {key} {found}, this campaign has {expected}; run the "
                "campaign again to remake it, or change the setting back"
            )
        for path, content in one.made.inputs.items():
            source = handed.get(_place(path))
            if source is not None and source.content != content:
                raise ProvenanceError(_of_another(one, source, content))
    for one, other in combinations([i for i in inputs if i.made is not None], 2):
        _check_pair(one, other)


def _check_pair(one: Given, other: Given) -> None:
    assert one.made is not None
    assert other.made is not None
    if differing := _differing(one.made.settings, other.made.settings):
        key, found, expected = differing[0]
        raise ProvenanceError(
            f"{one.path} was made with {key} {found}, {other.path} with {expected}; run the "
            "campaign again to remake what does not belong to its settings"
        )
    contents = {_place(path): content for path, content in other.made.inputs.items()}
    for path, content in one.made.inputs.items():
        if contents.get(_place(path), content) != content:
            raise ProvenanceError(
                f"{one.path} and {other.path} were made from different states of {path} (digests "
                f"{content[:8]} and {contents[_place(path)][:8]}); run the campaign again to "
                "remake what does not belong to it"
            )


def _place(path: str) -> str:
    """Where a file is in the results of its campaign, whichever that is."""
    parts = Path(path).parts
    return "/".join(parts[2:]) if parts[:1] == ("results",) else path


def _of_another(one: Given, source: Given, content: str) -> str:
    """How a file and what it was made from differ."""
    assert one.made is not None
    said = (
        f"{one.path}: was made from another {source.path} (digest "
        f"{content[:8]}, this one has {source.content[:8]})"
    )
    if source.made is not None:
        before = {k: one.made.lineage.get(k, v) for k, v in source.made.settings.items()}
        if differing := _differing(before, source.made.settings):
            said += "; " + ", ".join(
                f"{key} {found} instead of {expected}" for key, found, expected in differing
            )
    return f"{said}; run the campaign again to remake the file"


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Settings that both have, with different values: key and the two values as text."""
    return [
        (key, shown(one[key]), shown(other[key]))
        for key in sorted(one.keys() & other.keys())
        if plain(one[key]) != plain(other[key])
    ]


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return json.loads(json.dumps(value))


def shown(value: Any) -> str:
    """A value in a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # an optional one
            continue
    return found
