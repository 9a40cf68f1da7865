"""``python -m navac.campaign.docs``: write what is derived from the configuration model.

The JSON schema, and the YAML of the large campaigns with one comment per key. Values come from
the YAML itself: edit them there and run this again to renew the comments, or to add the keys
that the model has gained.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from pydantic import BaseModel

from navac.config.campaign import Config, load_config
from navac.config.fields import Grid
from navac.files import replacing

SCHEMA = Path("workflow/schemas/config.schema.json")
CAMPAIGNS = {
    Path("config/config.yaml"): "The default campaign.",
    Path("config/intermediate.yaml"): (
        "The default campaign on the published interactions, in 16×16×16 cells for x < 3 and in "
        "20×20×20 for x > 3. Half an hour on 2 cores (AVX-512)."
    ),
    Path("config/intermediate_scans.yaml"): (
        "The intermediate campaign by the protocol of the paper: every phase heated at one "
        "chemical potential and scanned both ways; 10×10×10 cells for x > 3."
    ),
    Path("config/paper.yaml"): (
        "The paper's own settings: 16×16×16 cells, every kelvin, scans both ways. A week on 2 "
        "cores, so its paths are divided among 16 jobs per range, for a cluster or a GPU."
    ),
}
"""Files written with all their keys, and what stands above them."""

NOTE = """\
Comments are generated from workflow/navac/config. Change values here, then run
`python -m navac.campaign.docs` to renew the comments. Paths are relative to the folder of the
Snakefile. All keys and their types: workflow/schemas/config.schema.json.
"""
WIDTH = 100

# What YAML 1.1 reads back as the same text without quotes.
_BARE = re.compile(r"(?!(?i:y|n|yes|no|true|false|on|off|null)$)[A-Za-z_][\w./+-]*", re.ASCII)


def schema() -> str:
    """The JSON schema of a configuration."""
    content = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(content | Config.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def render(config: Config, title: str) -> str:
    """A configuration as YAML, every key written out and described once."""
    above = [f"# {line}" for text in (title, NOTE) for line in wrap(text, WIDTH - 2)]
    return "\n".join([*above, "", *_section(config, 0)]) + "\n"


def _section(section: BaseModel, indent: int, described: bool = False) -> Iterator[str]:
    """Lines of a section, a comment above each key unless the keys are described already."""
    for name, field in type(section).model_fields.items():
        value, pad = getattr(section, name), " " * indent
        if not indent and _nested(value):
            yield ""
        if not described:
            yield f"{pad}# {field.description}"
        yield from _entry(name, value, indent)


def _entry(name: str, value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if not _nested(value):
        yield from _flow(f"{pad}{scalar(name)}: ", value, indent)
    elif isinstance(value, BaseModel):
        yield f"{pad}{name}:"
        yield from _section(value, indent + 2)
    else:
        yield f"{pad}{name}:"
        for k, (key, section) in enumerate(value.items()):
            yield f"{pad}  {key}:"
            yield from _section(section, indent + 4, described=k > 0)


def _nested(value: Any) -> bool:
    """Whether a value is written on separate lines: a section, or a mapping of them."""
    if isinstance(value, Mapping):
        return any(_nested(v) for v in value.values())
    return isinstance(value, BaseModel) and not isinstance(value, Grid)


def _flow(start: str, value: Any, indent: int) -> Iterator[str]:
    """A value on one line; a list or mapping that is too long, one element a line."""
    line, pad = start + inline(value), " " * indent
    if len(line) <= WIDTH or not isinstance(value, Sequence | Mapping) or isinstance(value, str):
        yield line
        return
    yield start.rstrip()
    if isinstance(value, Mapping):
        yield from (f"{pad}  {scalar(k)}: {inline(v)}" for k, v in value.items())
    else:
        yield from (f"{pad}  - {inline(v)}" for v in value)


def inline(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, BaseModel):
        value = {k: v for k, v in dict(value).items() if v is not None}
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A number, text or null as YAML."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        text = repr(int(value) if value == int(value) else value)
        # Without the point YAML 1.1 reads 1e-05 as text.
        return re.sub(r"^(-?\d+)e", r"\1.0e", text).replace("e-0", "e-")
    if isinstance(value, str | Path):
        text = value.as_posix() if isinstance(value, Path) else value
        return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
    return str(value)


def main() -> None:
    """Write the schema, and the campaigns with renewed comments."""
    written = {path: render(load_config(path), title) for path, title in CAMPAIGNS.items()}
    for path, text in {**written, SCHEMA: schema()}.items():
        with replacing(path) as part:
            Path(part).write_text(text, encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
