"""No script is missing from these tests."""

import ast
from pathlib import Path

from navac.campaign.stages import STAGES
from tests.checkout import ROOT


def rules_called(path: Path) -> set[str]:
    """Rules whose script a test module calls; of ``f"figure_{name}"`` all that begin so."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if not (called and node.func.attr == "call" and node.args):
            continue
        if isinstance(node.args[0], ast.JoinedStr):
            beginning = node.args[0].values[0].value
            found |= {rule for rule in STAGES if rule.startswith(beginning)}
        else:
            found.add(node.args[0].value)
    return found


def test_every_script_and_every_rule_is_called():
    called = set().union(*(rules_called(p) for p in Path(__file__).parent.glob("test_*.py")))
    assert called == set(STAGES)
    assert {STAGES[rule].script for rule in called} == {
        path.stem for path in (ROOT / "scripts").glob("*.py")
    }
