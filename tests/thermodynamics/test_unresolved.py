"""Zones that cannot be resolved: events, regions that end openly, temperatures without a phase."""

from dataclasses import replace

import numpy as np
import pytest

from navac.results import schema
from navac.results.read import read_records
from navac.results.write import new_file, write_record
from navac.thermodynamics.regions import CRITICAL, boundaries
from navac.thermodynamics.report import unresolved_record
from navac.thermodynamics.topology import UNRESOLVED, Event
from navac.thermodynamics.unresolved import unresolved_zones
from tests.thermodynamics.models import DISORDERED, HIGH, LOW, T, sampled_diagram


@pytest.fixture(scope="module")
def eutectoid():
    return sampled_diagram((LOW, HIGH), DISORDERED, seed=0, snapshots=8, resamples=4)


def without(diagram, step):
    """The diagram without the equilibrium of low and high at one temperature."""
    kept = (c for c in diagram.found if (c.low, c.high, c.step) != ("low", "high", step))
    return replace(diagram, found=tuple(kept))


def test_a_resolved_diagram_has_no_zones(eutectoid):
    assert unresolved_zones(eutectoid) == []
    assert unresolved_record(eutectoid) is None


def test_open_ends_make_zones_up_to_the_next_temperature(eutectoid):
    below, above = unresolved_zones(without(eutectoid, 10))
    assert (below.temperature, above.temperature) == ((T[9], T[10]), (T[10], T[11]))
    at = {c.step: c for c in eutectoid.found if (c.low, c.high) == ("low", "high")}
    fu = eutectoid.formula_units
    assert below.x == pytest.approx((at[9].n_low / fu, at[9].n_high / fu))
    assert below.phases == ("low", "high")
    assert (below.reason, above.reason) == (
        "how the region of low and high ends is not known",
        "how the region of low and high begins is not known",
    )


def test_an_event_says_why_and_hides_the_open_ends_that_it_makes(eutectoid):
    names = eutectoid.assignment.names
    event = Event(
        kind=UNRESOLVED, phases=(names.index("low"), names.index("high")), step=9, reason="planted"
    )
    first, second = unresolved_zones(replace(without(eutectoid, 10), events=(event,)))
    assert (first.reason, first.temperature) == ("planted", (T[9], T[10]))
    assert second.reason.startswith("how the region")
    width = [c.n_high - c.n_low for c in eutectoid.found if c.step == 9]
    assert np.ptp(first.x) == pytest.approx(width[0] / eutectoid.formula_units)


def test_a_zone_leaves_out_the_region_on_the_other_side_of_a_phase(eutectoid):
    names = eutectoid.assignment.names
    event = Event(
        kind=UNRESOLVED, phases=(names.index("low"), names.index("high")), step=9, reason="planted"
    )
    (own,) = (c for c in eutectoid.found if (c.low, c.high, c.step) == ("low", "high", 9))
    other = replace(
        own,
        low="high",
        high="low",
        n_low=own.n_high + 0.1,
        n_high=own.n_high + 0.2,
        mu=own.mu + 0.01,
    )
    both = replace(eutectoid, found=(*eutectoid.found, other), events=(event,))
    zone = next(z for z in unresolved_zones(both) if z.reason == "planted")
    fu = eutectoid.formula_units
    at = [c for c in eutectoid.found if (c.low, c.high) == ("low", "high") and c.step in (9, 10)]
    assert zone.x == pytest.approx((min(c.n_low for c in at) / fu, max(c.n_high for c in at) / fu))


@pytest.mark.parametrize("known", [False, True])
def test_a_region_that_ends_in_an_event_has_no_critical_point_though_its_phases_touch(
    eutectoid, known
):
    names = eutectoid.assignment.names
    pair = names.index("low"), names.index("high")
    touching = np.ones_like(eutectoid.assignment.touching)
    event = Event(kind=UNRESOLVED, phases=(*pair, 2), step=9, reason="planted")
    cut = replace(
        without(eutectoid, 10), invariants=(), events=(event,) if known else (),
        assignment=replace(eutectoid.assignment, touching=touching),
    )  # fmt: skip
    assert boundaries(cut)["low+high"].ends.kind == (UNRESOLVED if known else CRITICAL)


def test_an_event_beyond_the_range_of_x_makes_no_zone(eutectoid):
    event = Event(kind=UNRESOLVED, phases=(0, 1), step=9, reason="planted")
    assert unresolved_zones(replace(eutectoid, events=(event,), bounds=(50.0, 51.0))) == []


def test_temperatures_without_a_phase_are_one_zone(eutectoid):
    steps = list(eutectoid.steps)
    for k in (0, 1):
        steps[k] = replace(steps[k], phase=np.full_like(steps[k].phase, -1))
    (zone,) = unresolved_zones(replace(eutectoid, steps=tuple(steps)))
    assert zone.temperature == (T[0], T[2])
    assert zone.x == eutectoid.bounds
    assert (zone.phases, zone.reason) == ((), "no phase is known at these temperatures")


def test_zones_are_read_as_they_were_written(eutectoid, tmp_path):
    record = unresolved_record(without(eutectoid, 10), schema.ElectronicUnresolved)
    with new_file(tmp_path / "d.h5") as file:
        write_record(file, record, "x1to3")
    assert read_records(tmp_path / "d.h5", schema.Unresolved) == {}
    found = read_records(tmp_path / "d.h5", schema.ElectronicUnresolved)["x1to3"]
    assert found.phases == ("low, high",) * 2
    assert found.temperature_high_K.tolist() == [T[10], T[11]]
    assert len(found.reason) == 2
