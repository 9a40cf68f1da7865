"""What is missing is named before anything is computed."""

import pytest

from navac.cell import packages
from navac.cell.quantity import CellError


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(packages, "NEEDED", ("numpy", "no_such_package"))
    assert packages.missing() == ["no_such_package"]
    with pytest.raises(CellError, match=r"no_such_package are missing; .* `make cell`"):
        packages.require()


def test_nothing_is_refused_where_all_is_there(monkeypatch):
    monkeypatch.setattr(packages, "NEEDED", ("numpy",))
    packages.require()
