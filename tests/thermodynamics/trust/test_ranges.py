"""What is said of a whole range: faults first, and something of any diagram."""

from dataclasses import replace

import numpy as np
import pytest

from navac.thermodynamics.discovered import NONE
from navac.thermodynamics.topology import Event
from navac.thermodynamics.trust import all_checks, page, table
from navac.thermodynamics.trust.ranges import range_checks
from tests.thermodynamics.models import DISORDERED, EUTECTOID, HIGH, LOW, MU
from tests.thermodynamics.trust.planted import by_quantity, evidence_of, with_diagram


@pytest.fixture(scope="module")
def eutectoid():
    low, disordered, high = EUTECTOID
    return evidence_of((low, high), disordered)


def checks(evidence):
    return by_quantity(range_checks(evidence), "r")


def test_nothing_is_wrong_with_a_whole_diagram(eutectoid):
    found = checks(eutectoid)
    assert set(found) == {"phases known", "topology", "events", "states in no phase"}
    assert {c.verdict for c in found.values()} == {"good"}


def test_faults_are_bad(eutectoid):
    """A region whose upper half was not found."""
    found = eutectoid.diagram.found
    steps = [c.step for c in found if (c.low, c.high) == ("low", "disordered")]
    half = int(np.median(steps))
    kept = [c for c in found if (c.low, c.high) != ("low", "disordered") or c.step < half]
    evidence = with_diagram(eutectoid, found=tuple(kept), critical={})
    rows = [c for c in range_checks(evidence) if c.quantity == "topology"]
    assert {c.verdict for c in rows} == {"bad"}
    assert any("openly" in c.sentence for c in rows)


def test_what_is_not_resolved_is_bad(eutectoid):
    event = Event(kind="unresolved", phases=(0, 2, 1), step=4, reason="they do not cross")
    found = checks(with_diagram(eutectoid, events=(event,)))["events"]
    assert found.verdict == "bad"
    assert found.sentence == (
        "Unresolved between 140 and 160 K (low, disordered, high): they do not cross."
    )


def test_many_states_in_no_phase(eutectoid):
    phase = eutectoid.diagram.assignment.phase.copy()
    phase[:, ::2] = NONE
    assignment = replace(eutectoid.diagram.assignment, phase=phase)
    found = checks(with_diagram(eutectoid, assignment=assignment))["states in no phase"]
    assert found.verdict == "bad"
    assert 45 < found.value < 60


@pytest.mark.parametrize(("heated", "cooled", "given", "known"), [
    ((LOW, HIGH), None, {"T": np.array([300.0]), "mu": MU[[0, 13, 27, 40]]}, False),
    ((LOW, HIGH), None, {"T": np.array([300.0])}, True),
    ((LOW, HIGH), None, {"T": np.array([300.0, 400.0])}, True),
    ((LOW,), None, {}, True),
    ((DISORDERED,), DISORDERED, {}, True),
])  # fmt: skip
def test_any_diagram_has_a_page(heated, cooled, given, known):
    """No phase that is known, a single temperature, a single phase."""
    made = list(all_checks(evidence_of(heated, cooled, **given), ()))
    found = by_quantity(made, "r")["phases known"]
    assert (found.verdict == "good") == known
    shown = page(made)
    assert shown.count("<h1>") == 1
    assert len(table(made)) == len(made)
    if not known:
        assert found.sentence.startswith("No phase is known at any temperature")
        assert shown.index("No phase is known") < shown.index("phases</h2>")
        assert {c.verdict for c in made if c.kind == "phase"} == {"bad"}
