"""Which library modules a script runs, and a digest of them.

Modules are found in the syntax trees, imports within functions included; what is imported for
type checkers alone does not run and does not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).parents[1]
PACKAGE = LIBRARY.name


def modules_of(script: Path) -> dict[str, Path]:
    """The library modules that a script imports, directly or not, by name."""
    found: dict[str, Path] = {}
    waiting = list(_imports(script))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _file(name)
            waiting += _imports(found[name])
    return dict(sorted(found.items()))


def digests(script: Path) -> dict[str, str]:
    """Digest of a script, of the modules it imports, and of the data files beside these."""
    files = {script.name: script}
    for name, path in modules_of(script).items():
        files[name] = path
        if name != PACKAGE and path.name == "__init__.py":
            files |= {f"{name}/{data.name}": data for data in sorted(path.parent.glob("*.yaml"))}
    return {name: _digest(path, path.stat().st_mtime_ns) for name, path in files.items()}


def digest(parts: dict[str, str]) -> str:
    """One digest of several."""
    text = "".join(f"{name} {part}\n" for name, part in sorted(parts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _file(name: str) -> Path:
    path = LIBRARY.parent / name.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _exists(name: str) -> bool:
    path = LIBRARY.parent / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def _imports(path: Path) -> set[str]:
    """Modules of the library that a file imports, with the packages they are in."""
    return _imports_of(path, path.stat().st_mtime_ns)


@cache
def _imports_of(path: Path, changed: int) -> set[str]:
    found = set()
    for name in _imported(ast.parse(path.read_text(encoding="utf-8"))):
        parts = name.split(".")
        if parts[0] == PACKAGE:
            found |= {".".join(parts[: k + 1]) for k in range(len(parts))}
    return {name for name in found if _exists(name)}


def _imported(tree: ast.AST) -> Iterator[str]:
    """Names that statements import, modules and what may be one."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and _for_checkers(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _imported(node)


def _for_checkers(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
