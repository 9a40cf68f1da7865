"""Rate capability as tables."""

import numpy as np
import pytest

from navac.cell.battery import Cell
from navac.cell.rates import cells, cycle

pytestmark = [pytest.mark.cell, pytest.mark.filterwarnings("ignore::pybamm.SolverWarning")]


def test_every_charge_and_discharge_has_its_row(sloping):
    told = []
    every = [cell for cell in cells(sloping, {}, (2.2, 4.8)) if cell.model == "SPM"]
    assert [cell.limits for cell in every] == [(2.2, 4.8), None]
    rows, points = cycle(every, [0.5, 5.0], lambda done, of: told.append((done, of)))
    assert told[-1] == (8, 8)
    assert len(rows) == 8
    assert set(points.groupby(["cell", "direction", "rate_C"]).size()) <= set(range(2, 402))
    assert rows.capacity_mAh_per_g.max() <= sloping.capacity + 0.01
    assert (rows.ended != "").all()


def test_a_failure_is_no_capacity(sloping, monkeypatch):
    from navac.cell.battery import Curve

    failed = Curve(
        time=np.array([0.0, 1.0]), capacity=np.array([0.0, 0.3]), voltage=np.array([4.0, 3.9]),
        surface=np.array([1.0, 1.01]), ended="the solver failed after 1 s",
    )  # fmt: skip
    monkeypatch.setattr(Cell, "run", lambda *_: failed)
    rows, _ = cycle(list(cells(sloping, {}, None))[:1], [1.0], lambda *_: None)
    assert rows.capacity_mAh_per_g.isna().all()
    assert list(rows.passed_mAh_per_g) == [0.3, 0.3]
