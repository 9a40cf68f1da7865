"""What is refused of the section electrons."""

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
