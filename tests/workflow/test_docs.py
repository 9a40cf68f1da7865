"""The documentation: what it links to and names exists, and its words are those of the glossary."""

import importlib.util
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OUTSIDE = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md", "benchmarks/README.md",
    "results/README.md", "tests/vasp_standin/README.md", "tests/data/vasp/README.md",
)  # fmt: skip
PAGES = [ROOT / name for name in OUTSIDE] + sorted(DOCS.rglob("*.md"))

LEFT_BEHIND = (
    "Read are smol", "dealt to 16 jobs", "so long before its end a job", "to be continued, min",
    "sample a condition on until", "so well known", "is no whole number", "refused by name",
    "strongest wave",
)  # fmt: skip
"""Phrases that read as translated, which must not come back."""

BINARY = {".npz", ".png", ".gz", ".pdf", ".h5", ".zip"}
HYPOTHETICAL = {"config/mine.yaml"}
"""What a reader is told to write."""


def without_code(text):
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)


def anchors(path):
    """Anchors of the headings of a page, as repository hosts make them."""
    found = []
    for heading in re.findall(r"^#{1,6} +(.*)$", re.sub(r"^```.*?^```", "", path.read_text(),
                                                        flags=re.M | re.S), re.M):  # fmt: skip
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip())
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return found


def links(path):
    """Relative links of a page: file, anchor."""
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text())):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = unquote(target).partition("#")
            yield (path.parent / file).resolve() if file else path, anchor


def named(path):
    """Words in code, inline and in blocks."""
    text = path.read_text()
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.M | re.S)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for file, anchor in links(page):
        assert file.is_file(), f"{file} does not exist"
        if anchor:
            assert anchor in anchors(file), f"{file.name} has no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_named_exists(page):
    code = named(page)
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z][\w-]*)", code)) <= targets
    roots = "config|workflow|scripts|tests|docs|envs|benchmarks"
    for file in set(re.findall(rf"(?<![\w/.<-])(?:{roots})/[\w./-]*\w", code)) - HYPOTHETICAL:
        assert (ROOT / file).exists(), f"{file} does not exist"
    for module in set(re.findall(r"python -m (navac[\w.]*)", code)):
        assert (ROOT / "workflow" / module.replace(".", "/")).with_suffix(".py").is_file(), module


def test_links_and_headings_are_understood(tmp_path):
    """A negative control: what is dead is seen to be dead."""
    page = tmp_path / "page.md"
    page.write_text("# One\n## x > 3, `so` far\n## One\n[a](other.md#no) [b](#one-1) `[c](d.md)`\n")
    assert anchors(page) == ["one", "x--3-so-far", "one-1"]
    assert list(links(page)) == [(tmp_path / "other.md", "no"), (page, "one-1")]


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) < 200


@pytest.mark.parametrize("page", ["README.md", "docs/formats.md"])
def test_schema_has_a_marked_place(page):
    begin, end = "<!-- schema:begin -->", "<!-- schema:end -->"
    text = (ROOT / page).read_text()
    assert text.count(begin) == text.count(end) == 1
    assert text.index(begin) < text.index(end)


class SiteLoader(yaml.SafeLoader):
    """Reads mkdocs.yml without running what its Python tags name."""


SiteLoader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)


def nav():
    def pages(item):
        if isinstance(item, str):
            return [item]
        items = item.values() if isinstance(item, dict) else item
        return [page for child in items for page in pages(child)]

    return pages(yaml.load((ROOT / "mkdocs.yml").read_text(), SiteLoader)["nav"])


def test_every_page_is_in_the_navigation():
    listed = nav()
    assert len(set(listed)) == len(listed)
    assert {p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")} <= set(listed)


def test_every_package_has_its_api_page():
    folders = (ROOT / "workflow" / "navac").iterdir()
    packages = {p.name for p in folders if (p / "__init__.py").is_file()}
    assert {f"api/{name}.md" for name in packages} <= set(nav())


def test_map_of_the_house_is_true():
    """Every package has its row, and every room of a row exists."""
    library = ROOT / "workflow" / "navac"
    text = (DOCS / "development.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)/` \| (.*) \|$", text, re.M))
    assert set(rows) >= {p.parent.name for p in library.glob("*/__init__.py")}
    for package, row in rows.items():
        for room in re.findall(r"`([\w.]+)/?`", row) if (library / package).is_dir() else ():
            assert list((library / package).rglob(room)) + list(
                (library / package).rglob(f"{room}.py")
            ), f"{package}/{room}"


def test_phrases_stay_away():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files are tracked is unknown")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.suffix in BINARY or path == Path(__file__) or not path.is_file():
            continue
        text = re.sub(r"[\s#*]+", " ", path.read_text(encoding="utf-8")).lower()
        found = [phrase for phrase in LEFT_BEHIND if phrase.lower() in text]
        assert not found, f"{name}: {found}"


def test_site_builds(tmp_path):
    for name in ("mkdocs", "material", "mkdocstrings"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed (pip install '.[docs]')")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    keys = (tmp_path / "keys" / "index.html").read_text()
    assert all(key in keys for key in ("ranges.&lt;name&gt;.mu_eV", "energies.vasp.hours"))
    page = (tmp_path / "api" / "montecarlo" / "index.html").read_text()
    assert "navac.montecarlo.sampler" in page
    assert ":mod:" not in page


def test_a_finished_campaign_is_recorded(miniature, monkeypatch):
    """``docs/record.py`` finds settings, seed, device and versions in the provenance."""
    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("not a git checkout: the commit is unknown")
    monkeypatch.chdir(ROOT)
    record = runpy.run_path(str(DOCS / "record.py"))
    commit, settings, machine, versions, *_ = record["origin"](miniature / "results/miniature")
    assert re.fullmatch(r"- commit \S+; \d{4}-\d\d-\d\d; seed 1", commit)
    assert settings == (
        "- x1to3 in 4×4×4 cells, x3to4 in 4×4×4 cells; protocol grid, 5 × 2 sweeps per condition "
        "after 5"
    )
    assert machine.endswith("sampled on 2 CPU cores")
    assert re.search(r"python 3.*, navac \d.*, jax \d.*, scikit-learn \d", versions)
    assert len(record["table"](miniature / "results/miniature")) > 20
    first, *_, worst = record["trust"](miniature / "results/miniature")
    assert first.startswith("Checks of trust:")
    assert worst.startswith("| ")
    assert worst.count("|") == 5
    caption = record["caption"]("voltage", miniature / "results/miniature")
    assert "Intercalation voltage of NaxV2(PO4)3 in V vs. Na/Na⁺ against" in caption
    assert not re.search(r"[{}\\]", caption)
