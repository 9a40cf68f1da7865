"""Hooks of mkdocs: pages of the site that live beside the code.

The README is the front page, and the pages in :data:`OUTSIDE` are rendered from where they are, so
that every text has one place. Links are written as they work in the repository; here they are
turned into links between pages. A link to a file that the site does not show becomes plain text.
"""

from __future__ import annotations

import posixpath
import re
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

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files, config):
    """Add the pages that live outside ``docs/``."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


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
