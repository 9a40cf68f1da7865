"""Names in HDF5 files stand in the schema alone, and no species stands in the library."""

import ast
import re
from pathlib import Path

import pytest

from navac.results import schema
from navac.results.fields import entries

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow/navac"
RESULTS = sorted((LIBRARY / "results").rglob("*.py"))
SCHEMA = sorted((LIBRARY / "results/schema").glob("*.py"))
SOURCES = sorted(
    path
    for path in [*LIBRARY.rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    if path not in RESULTS
)

EXAMPLES = {"workflow/navac/campaign/crystal.py"}
"""Files whose messages show a species by way of example."""

OPENERS = {"File", "new_file"}
"""Functions that give an HDF5 file."""

LOOKUPS = {
    "get", "pop", "create_group", "require_group", "create_dataset", "require_dataset", "create",
    "modify", "move", "update",
}  # fmt: skip
"""Methods of HDF5 objects whose arguments are names."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> set[str]:
    """Names of the modules that a module imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def root_of(node: ast.AST) -> str | None:
    """The variable that an expression starts from, as ``file`` in ``file["a"].attrs``."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def opens(node: ast.AST) -> bool:
    """Whether an expression is an HDF5 file just opened, or a part of it."""
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        if isinstance(node, ast.Call):
            called = node.func
            last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if last in OPENERS:
                return True
            node = called
        else:
            node = node.value
    return False


def bindings(tree: ast.AST):
    """Pairs of a target and the expression that it is bound to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.NamedExpr):
            yield node.target, node.value
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield node.optional_vars, node.context_expr
        elif isinstance(node, ast.For | ast.comprehension):
            yield node.target, node.iter


def hdf5_variables(tree: ast.AST) -> set[str]:
    """Variables that hold HDF5 files, groups, or parts of them."""
    found = {
        argument.arg
        for argument in ast.walk(tree)
        if isinstance(argument, ast.arg) and argument.annotation is not None
        and "h5py" in ast.unparse(argument.annotation)
    }  # fmt: skip
    while True:
        more = {
            name.id
            for target, value in bindings(tree)
            if opens(value) or root_of(value) in found
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        if more <= found:
            return found
        found |= more


def literal(node: ast.AST) -> bool:
    """Whether an expression holds text."""
    return any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(node))


def hdf5_literals(tree: ast.AST) -> list[str]:
    """Expressions that name a part of an HDF5 object by text."""
    variables = hdf5_variables(tree)

    def is_hdf5(node):
        return opens(node) or root_of(node) in variables

    found = []
    for node in ast.walk(tree):
        named = (
            (isinstance(node, ast.Subscript) and is_hdf5(node.value) and literal(node.slice))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LOOKUPS
                and is_hdf5(node.func.value)
                and any(literal(a) for a in [*node.args, *(k.value for k in node.keywords)])
            )
            or (
                isinstance(node, ast.Compare)
                and isinstance(node.ops[0], ast.In | ast.NotIn)
                and is_hdf5(node.comparators[0])
                and literal(node.left)
            )
        )
        if named:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_h5py_is_imported_in_results_alone(path):
    assert not any(name.split(".")[0] == "h5py" for name in imported(parsed(path)))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_names_in_files_stand_in_the_schema_alone(path):
    assert hdf5_literals(parsed(path)) == []


@pytest.mark.parametrize("path", [p for p in RESULTS if p not in SCHEMA], ids=name_of)
def test_what_reads_and_writes_knows_no_name(path):
    """Not even the package itself spells the names of the schema outside of it."""
    names = {e.name for kind in schema.KINDS for e in entries(kind).values()} - {"index", "species"}
    texts = {n.value for n in ast.walk(parsed(path)) if isinstance(n, ast.Constant)}
    assert texts & names == set()


@pytest.mark.parametrize(
    "code",
    [
        "with h5py.File(p) as file:\n    x = file['boundaries/a/x_low'][:]",
        "with new_file(p, made) as file:\n    file.attrs['seed'] = 1",
        "x = h5py.File(p)['x']",
        "def f(group: h5py.Group):\n    return group.get('x')",
        "def f(group: h5py.Group):\n    for k, v in group.items():\n        print(v['x'])",
        "with h5py.File(p) as file:\n    group = file[k]\n    other = group[f'T_{t}K']",
        "with h5py.File(p) as file:\n    [g['x'] for g in file.values()]",
        "with h5py.File(p) as file:\n    print('x' in file)",
        "with new_file(p) as file:\n    file.create_dataset(name='x', data=1)",
    ],
)
def test_a_literal_would_be_found(code):
    assert hdf5_literals(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "table = pd.read_csv(p)\nprint(table['x'], table.get('x'))",
        "with h5py.File(p) as file:\n    x = file[name][:]",
        "settings = {}\nprint(settings['x_low'], 'x' in settings)",
    ],
)
def test_other_literals_are_not(code):
    assert hdf5_literals(ast.parse(code)) == []


def test_results_import_only_what_lies_below():
    packed = "navac.crystal.configurations"
    allowed = {"navac", "navac.NavacError", "navac.__version__", "navac.files", "h5py", "numpy"}
    allowed |= {packed, f"{packed}.Configurations"}
    for path in RESULTS:
        for name in imported(parsed(path)):
            outside = not name.startswith(("navac.results", "navac.files"))
            if outside and name.split(".")[0] in ("navac", "h5py", "numpy", "jax", "pandas"):
                assert name in allowed, path


SODIUM = re.compile(r"(?<![A-Za-z])Na(?![A-Za-z])")


def species_named(tree: ast.AST) -> list[str]:
    """Texts and names of the code with Na in them, docstrings and descriptions left out."""
    ignored = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            ignored.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg == "description":
            ignored |= set(ast.walk(node.value))
    found = []
    for node in ast.walk(tree):
        if node in ignored:
            continue
        for word in (getattr(node, a, None) for a in ("id", "attr", "arg", "name", "value")):
            if isinstance(word, str) and SODIUM.search(word):
                found.append(word)
    return found


@pytest.mark.parametrize("path", [*SOURCES, *RESULTS], ids=name_of)
def test_no_species_stands_in_the_library(path):
    if name_of(path) not in EXAMPLES:
        assert species_named(parsed(path)) == []


def test_no_species_stands_in_a_name_of_the_schema():
    for kind in schema.KINDS:
        for entry in entries(kind).values():
            assert not SODIUM.search(f"{entry.name} {entry.version_1}".replace("_", " "))
            assert not SODIUM.search(entry.about)


@pytest.mark.parametrize(
    "code",
    [
        "mu_eV_per_Na = 1",
        "x = file['mu_eV_per_Na']",
        "x = f(Na=1)",
        "x = a.Na",
        "def f(Na): pass",
        "x = 'Na1'",
        "x = f'{y} eV per Na'",
    ],
)
def test_a_species_would_be_found(code):
    assert species_named(ast.parse(code))


@pytest.mark.parametrize("code", ["x = np.nan", "x = 'NaN, NavacError, Name'"])
def test_other_words_are_not(code):
    assert species_named(ast.parse(code)) == []


def test_documentation_may_name_species():
    assert species_named(ast.parse('"""x in NaV, Na."""\nf(description="Na or Li")')) == []
