"""Provenance: what files were made from, and inputs that do not belong together."""

import json

import h5py
import numpy as np
import pytest

from navac.campaign.provenance import (
    Given,
    Provenance,
    ProvenanceError,
    beside,
    check_consistent,
    given,
    read_provenance,
    versions,
    write_provenance,
)
from navac.results.content import content_digest


def made(rule="sampling", settings=None, inputs=None, **changed):
    """A provenance with some settings and inputs."""
    settings = settings or {}
    facts = {
        "rule": rule, "wildcards": {}, "settings": settings, "lineage": settings, "code": "c0de",
        "modules": {}, "inputs": inputs or {}, "versions": versions(), "machine": "here",
        "created_utc": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    return Provenance(**facts | changed)


def test_a_provenance_is_read_back(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    one = made(settings={"seed": 3, "expansion.cutoffs_A": {"2": 10.0}}, seed=3, device="2 cores")
    write_provenance(path, one)
    found = read_provenance(path)
    assert found.settings == one.settings
    assert found.digest == one.digest
    assert (found.seed, found.device) == (3, "2 cores")
    assert found.content == content_digest(path)
    assert beside(path) == tmp_path / ".provenance/table.csv.json"
    assert given(path) == Given(str(path), found.content, found)


def test_the_digest_is_of_settings_code_and_inputs():
    one = made(settings={"seed": 1}, inputs={"a": "1"})
    others = [
        made(settings={"seed": 2}, inputs={"a": "1"}),
        made(settings={"seed": 1}, inputs={"a": "2"}),
        made(settings={"seed": 1}, inputs={"a": "1"}, code="other"),
        made(rule="scanning", settings={"seed": 1}, inputs={"a": "1"}),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5
    again = made(settings={"seed": 1}, inputs={"a": "1"}, machine="there", seconds=4.0)
    assert again.digest == one.digest


def test_a_file_that_was_changed_by_hand_is_refused(tmp_path):
    path = tmp_path / "energies.csv"
    path.write_text("a\n1\n")
    write_provenance(path, made("published_energies"))
    path.write_text("a\n2\n")
    with pytest.raises(ProvenanceError, match=r"energies\.csv: was changed after the rule publi"):
        given(path)


def test_a_file_that_was_only_touched_is_not(tmp_path):
    path = tmp_path / "energies.csv"
    path.write_text("a\n1\n")
    write_provenance(path, made("published_energies"))
    path.write_text("a\n1\n")
    assert given(path).made.rule == "published_energies"


def test_a_file_of_the_user_has_no_provenance(tmp_path):
    path = tmp_path / "prim.json"
    path.write_text("{}")
    assert given(path).made is None


def test_an_hdf5_file_carries_its_own(tmp_path):
    """Put in the place of another, it tells what it is."""
    path = tmp_path / "record.h5"
    for seed in (1, 2):
        with h5py.File(path, "w") as file:
            file["x"] = np.arange(3) + seed
            file.attrs["provenance"] = made(settings={"seed": seed}).to_json()
        if seed == 1:
            write_provenance(path, made(settings={"seed": 1}))
    assert given(path).made.settings == {"seed": 2}


def test_the_content_of_hdf5_is_its_data_and_not_when_it_was_made(tmp_path):
    one, two, other = (tmp_path / f"{name}.h5" for name in ("one", "two", "other"))
    for path, when, last in ((one, "now", 2), (two, "later", 2), (other, "now", 3)):
        with h5py.File(path, "w") as file:
            file["group/values"] = np.array([1, last])
            file["group/values"].attrs["species"] = "Li"
            file.attrs["created_utc"] = when
    assert content_digest(one) == content_digest(two) != content_digest(other)
    with h5py.File(two, "r+") as file:
        file["group/values"].attrs["species"] = "K"
    assert content_digest(one) != content_digest(two)


def handed(path, content="1", **changed):
    return Given(path, content, made(**changed))


def test_inputs_of_other_settings_than_the_job_are_refused():
    record = handed("r/x-0.h5", settings={"seed": 2, "sampling.blocks": 10})
    with pytest.raises(ProvenanceError, match=r"r/x-0\.h5: was made with seed 2.* has 1;"):
        check_consistent({"seed": 1}, [record])
    check_consistent({"seed": 2, "thermodynamics.resamples": 4}, [record])


def test_inputs_made_from_another_state_of_a_file_are_refused():
    """The message says in which setting that file differs, and both values."""
    plan = handed("r/plan.h5", "new", rule="paths", settings={"ranges.x.supercell": [8, 8, 8]})
    record = handed("r/x-0.h5", settings={"seed": 1}, inputs={"r/plan.h5": "old"},
                    lineage={"seed": 1, "ranges.x.supercell": [6, 6, 6]})  # fmt: skip
    with pytest.raises(ProvenanceError) as caught:
        check_consistent({"seed": 1}, [plan, record])
    said = str(caught.value)
    assert said.startswith("r/x-0.h5: was made from another r/plan.h5")
    assert "ranges.x.supercell [6, 6, 6] instead of [8, 8, 8]" in said


def test_inputs_of_another_campaign_are_told_by_their_place():
    """A file that was copied over names the files of the campaign that it comes from."""
    own = handed("results/mine/expansion/a.json", "new", rule="expansion")
    record = handed(
        "results/mine/sampling/a-0.h5", inputs={"results/yours/expansion/a.json": "old"}
    )
    with pytest.raises(
        ProvenanceError, match=r"a-0\.h5: was made from another .*expansion/a\.json"
    ):
        check_consistent({}, [own, record])


def test_inputs_that_contradict_each_other_are_refused():
    one = handed("a.h5", settings={"seed": 1})
    two = handed("b.h5", settings={"seed": 2})
    with pytest.raises(ProvenanceError, match=r"a\.h5 was made with seed 1, b\.h5 with 2"):
        check_consistent({}, [one, two])
    one = handed("a.h5", inputs={"prim.json": "111122223333"})
    two = handed("b.h5", inputs={"prim.json": "444455556666"})
    with pytest.raises(ProvenanceError, match=r"different states of prim\.json .*11112222.*44445"):
        check_consistent({}, [one, two])


def test_what_belongs_together_is_accepted():
    prim = handed("prim.json", "p", rule="prim", settings={"prim.formula_units": 2})
    one = handed("a.h5", "a", settings={"seed": 1}, inputs={"prim.json": "p"})
    check_consistent({"seed": 1}, [prim, one, Given("numbers.csv", "n", None)])


def test_values_are_compared_as_json_keeps_them():
    """Tuples and integer keys come back as lists and text."""
    one = handed("a.h5", settings=json.loads(json.dumps({"c": {2: 10.0}, "b": (1, 2)})))
    check_consistent({"c": {2: 10.0}, "b": (1, 2)}, [one])
