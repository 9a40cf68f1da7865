"""Hooks of mkdocs: pages of the site that live beside the code, or follow from it.

The README is the front page, and the pages in :data:`OUTSIDE` are rendered from where they are, so
that every text has one place. Links are written as they work in the repository; here they are
turned into links between pages. A link to a file that the site does not show becomes plain text.
The page of all configuration keys is made from their JSON schema.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]

OUTSIDE = {
    "README.md": "index.md",
    "config/README.md": "campaigns.md",
    "benchmarks/README.md": "benchmarks.md",
    "tests/vasp_standin/README.md": "vasp_standin.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Page of the site by file of the repository."""

KEYS = "keys.md"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files, config):
    """Add the pages that are not files of ``docs/``."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    files.append(File.generated(config, KEYS, content=keys(json.loads(SCHEMA.read_text()))))
    return files


def keys(schema: dict) -> str:
    """The page of all configuration keys: a table per section."""
    tables: dict[str, list[str]] = {"campaign": []}
    for key, field in fields(schema, schema):
        row = f"| `{key}` | {default_of(field)} | {field.get('description', '')} |"
        tables.setdefault(key.partition(".")[0], []).append(row)
    for section in [s for s, rows in tables.items() if len(rows) == 1 and s != "campaign"]:
        tables["campaign"] += tables.pop(section)
    lines = [
        "# All keys",
        "",
        "An omitted key has its default. Single keys without a default are required.",
        "",
    ]
    for section, rows in tables.items():
        lines += [f"## {section}", "", "| key | default | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def default_of(field: dict) -> str:
    """A default as YAML would hold it; sections have one for each of their keys."""
    value = field.get("default", {})
    if isinstance(value, dict):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def fields(section: dict, schema: dict, above: str = "") -> Iterator[tuple[str, dict]]:
    """Dotted key and schema of every field; a section comes before its fields."""
    for name, field in section.get("properties", {}).items():
        key = above + name
        yield key, field
        for found in sections_in(field, schema):
            yield from fields(found, schema, f"{key}.")
        for named in (field.get("patternProperties") or {}).values():
            for found in sections_in(named, schema):
                yield from fields(found, schema, f"{key}.<name>.")


def sections_in(field: dict, schema: dict) -> list[dict]:
    """The sections that a field may hold; grids are values."""
    names = [c["$ref"].rpartition("/")[2] for c in (field, *field.get("anyOf", [])) if "$ref" in c]
    return [schema["$defs"][name] for name in names if name != "Grid"]


def on_page_markdown(markdown, page, config, files):
    """Turn links of the repository into links of the site."""
    here = page.file.src_uri
    source = next((s for s, p in OUTSIDE.items() if p == here), f"docs/{here}")

    def linked(match):
        image, text, target = match.groups()
        path, hash_, anchor = target.partition("#")
        if "://" in path or not path:
            return match.group()
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        shown = OUTSIDE.get(file) or (file.removeprefix("docs/") if file[:5] == "docs/" else None)
        if shown is None:
            return text
        relative = posixpath.relpath(shown, posixpath.dirname(here) or ".")
        return f"{image}[{text}]({relative}{hash_}{anchor})"

    return LINK.sub(linked, markdown)


def on_page_content(html, page, config, files):
    """Sphinx roles of docstrings, ``:mod:`navac.hull```, as plain code."""
    return re.sub(r":(?:mod|class|func|meth|data|attr):(?:<code>~?|`~?)", "<code>", html)
