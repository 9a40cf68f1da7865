"""What is refused of the sections electrons and hops."""

import pytest

from tests.campaign.test_descriptor_checks import problems
from tests.checkout import ROOT


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        ({"outputs": {"one": "nowhere"}, "centres": ["V"]}, "electrons.outputs.one",
         "nowhere is no folder"),
        ({"structures": {"one": "config/none.vasp"}, "centres": ["V"]}, "electrons.structures.one",
         "config/none.vasp does not exist"),
        ({"outputs": {"one": "tests/data/lobster/AlN"}}, "electrons.centres", "empty"),
    ],
)  # fmt: skip
def test_what_is_refused_names_field_and_fix(value, field, said):
    found = dict(problems("electrons", value))
    assert said in found[field]


@pytest.mark.parametrize(
    ("key", "value", "field", "said"),
    [
        ("hops", {"barriers": True}, "hops.ordering", "null, but hops.barriers is true"),
        ("hops", {"around_A": 0}, "hops.around_A", "greater than 0"),
    ],
)
def test_hops_that_cannot_be_looked_at(key, value, field, said):
    assert said in dict(problems(key, value))[field]
