"""The RO-Crate of a finished campaign: what was made from what, by which code, with checksums.

https://www.researchobject.org/ro-crate/: a JSON-LD file beside the results, which archives and
repositories read.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from navac.campaign.changes import Made, made_jobs
from navac.campaign.provenance import METADATA
from navac.campaign.rules import Rules
from navac.campaign.stages import STAGES
from navac.files import replacing, write_json

CONFIGURATION = "configuration.json"
FURTHER = ("report.zip",)
_CHUNK = 1 << 22


def write_crate(rules: Rules, source: Path) -> Path:
    """Describe the results of a finished campaign; returns the path of the description.

    Args:
        source: the file of the configuration.
    """
    results = rules.results
    write_json(results / CONFIGURATION, json.loads(rules.config.to_json()))
    crate = ROCrate()
    crate.name = f"Campaign {rules.config.campaign}"
    crate.description = (
        "Cluster expansion and Monte Carlo campaign by navac, from orderings and energies to phase "
        "boundaries and voltage curves"
    )
    configuration = _file(crate, results, results / CONFIGURATION, {
        "name": "configuration, defaults included", "isBasedOn": source.as_posix(),
    })  # fmt: skip
    files: dict[str, Any] = {}
    for job in made_jobs(results):
        _describe(crate, results, job, configuration, files)
    for name in FURTHER:
        if (results / name).is_file():
            _file(crate, results, results / name, {"name": "report"})
    with tempfile.TemporaryDirectory() as folder, replacing(results / METADATA) as part:
        crate.metadata.write(folder)
        part.write_text((Path(folder) / METADATA).read_text(encoding="utf-8"), encoding="utf-8")
    return results / METADATA


def _describe(crate: ROCrate, results: Path, job: Made, configuration, files: dict) -> None:
    """Enter a job with its inputs and outputs."""
    made = job.provenance
    for path in [*made.inputs, *job.outputs]:
        if path not in files and Path(path).is_file():
            files[path] = _file(crate, results, Path(path), {})
    what = STAGES[made.rule].says if made.rule in STAGES else made.rule
    name = " ".join([made.rule, *made.wildcards.values()])
    identifier = f"#{made.rule}" + "".join(f"-{value}" for value in made.wildcards.values())
    action = crate.add_action(
        _software(crate, "navac", made.versions["navac"]),
        identifier=identifier,
        object=[configuration, *(files[p] for p in made.inputs if p in files)],
        result=[files[p] for p in job.outputs if p in files],
        properties={
            "name": f"{what} ({name})", "endTime": made.created_utc,
            "description": f"code {made.code}, provenance {made.digest}",
        },
    )  # fmt: skip
    if made.seed is not None:
        action["additionalProperty"] = [
            crate.add(ContextEntity(crate, f"{identifier}-seed", properties={
                "@type": "PropertyValue", "name": "seed", "value": made.seed,
            }))
        ]  # fmt: skip
    if made.device:
        action["location"] = made.device
    action["softwareRequirements"] = [
        _software(crate, package, version) for package, version in made.versions.items()
    ]


def _software(crate: ROCrate, name: str, version: str) -> ContextEntity:
    identifier = f"#software-{name}-{version}"
    known = crate.get(identifier)
    if known is not None:
        return known
    return crate.add(ContextEntity(crate, identifier, properties={
        "@type": "SoftwareApplication", "name": name, "softwareVersion": version,
    }))  # fmt: skip


def _file(crate: ROCrate, results: Path, path: Path, properties: dict[str, Any]):
    """Enter a file with its size and checksum; files outside the results by their path."""
    inside = path.is_relative_to(results)
    known = {
        "name": path.name, "contentSize": str(path.stat().st_size), "sha256": _sha256(path),
        **properties,
    }  # fmt: skip
    if inside:
        return crate.add_file(path, path.relative_to(results).as_posix(), properties=known)
    return crate.add(ContextEntity(crate, f"#source-{path.as_posix()}", properties={
        "@type": "CreativeWork", **known,
    }))  # fmt: skip


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(_CHUNK):
            digest.update(part)
    return digest.hexdigest()
