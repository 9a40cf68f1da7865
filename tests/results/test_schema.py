"""Schema records: there and back, files of version 1, what is missing, the documentation."""

import re
from dataclasses import fields
from pathlib import Path

import h5py
import numpy as np
import pytest

from navac import NavacError
from navac.results import schema
from navac.results.documentation import documentation, overview
from navac.results.fields import UNITS, ResultsError, entries
from navac.results.read import MissingError, VersionError, read_record, read_records
from navac.results.write import new_file, write_record
from navac.sampling.plan import read_plan
from tests.results.made_up import made_up, write_file

STEPS = np.array([300.0, 310.0, 320.0])


def key_for(kind):
    """Some key of a group of this kind."""
    if not kind.place.name:
        return ""
    return 298.15 if kind.place.name == "T_<K>K" else "zeta+x2.50"


def assert_same(one, other):
    assert type(one) is type(other)
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, dict):
            assert list(a) == list(b)
            a, b = list(a.values()), list(b.values())
        np.testing.assert_array_equal(a, b, err_msg=field.name)
        assert np.asarray(a).dtype == np.asarray(b).dtype, field.name


@pytest.mark.parametrize("kind", schema.KINDS, ids=lambda kind: kind.__name__)
def test_every_record_is_read_as_it_was_written(kind, tmp_path):
    path, key = tmp_path / "results.h5", key_for(kind)
    written = made_up(kind)
    with new_file(path, '{"seed": 3}') as file:
        write_record(file, written, key)
    assert_same(read_record(path, kind, key), written)
    assert list(read_records(path, kind)) == [key] if kind.place.name else True
    with h5py.File(path) as file:
        assert file.attrs["schema_version"] == schema.VERSION == 2
        assert file.attrs["seed"] == 3
    assert [f.name for f in tmp_path.iterdir()] == ["results.h5"]


def test_types_survive(tmp_path):
    """Flags stay flags and integers integers; texts and ranges come back as Python's own."""
    path = tmp_path / "results.h5"
    given = {"stationary": np.eye(2, dtype=bool), "branch": np.eye(2, dtype=np.int64)}
    write_file(path, {(schema.States, "x1to3"): given | {"branches": ("zeta", "disordered")}})
    states = read_record(path, schema.States, "x1to3")
    assert states.stationary.dtype == bool
    assert states.branch.dtype == np.int64
    assert states.branches == ("zeta", "disordered")
    assert states.x_range == (1.0, 3.0)
    assert (states.species, type(states.species)) == ("A", str)


def test_records_of_a_kind_are_told_from_what_lies_beside_them(tmp_path):
    path = tmp_path / "voltage.h5"
    write_file(path, {
        (schema.VoltageCurve, 500.0): {}, (schema.VoltageCurve, 0): {},
        (schema.VoltageCurve, 77.35): {}, (schema.Occupancy, 300.0): {},
    })  # fmt: skip
    assert list(read_records(path, schema.VoltageCurve)) == [0, 77.35, 500]
    assert list(read_records(path, schema.Occupancy)) == [300]
    assert read_records(path, schema.Boundary) == {}
    with h5py.File(path) as file:
        assert set(file) == {"T_0K", "T_77.35K", "T_500K", "occupancy"}


def test_sublattices_and_elements_have_the_users_names(tmp_path):
    path = tmp_path / "results.h5"
    occupied = {"Li1": np.array([0.5, 1.0]), "total": np.array([0.1, 0.2])}
    write_file(path, {
        (schema.Occupancy, 300): {"occupied": occupied},
        (schema.DensityOfStates, "o1"): {"elements": {"V": np.ones(3), "O": np.zeros(3)}},
    })  # fmt: skip
    with h5py.File(path) as file:
        assert set(file["occupancy/T_300K"]) == {"x", "Li1", "total", "single_phase"}
        assert set(file["o1"]) == {"energy_eV", "total_per_eV", "V_per_eV", "O_per_eV"}
    again = read_record(path, schema.Occupancy, 300).occupied
    assert {k: v.tolist() for k, v in again.items()} == {"Li1": [0.5, 1], "total": [0.1, 0.2]}
    assert set(read_record(path, schema.DensityOfStates, "o1").elements) == {"V", "O"}


@pytest.mark.parametrize("label", ["x", "single_phase", "a/b"])
def test_a_label_that_no_dataset_can_have_is_refused(label, tmp_path):
    with pytest.raises(ResultsError, match=f"/occupancy/T_300K cannot hold a dataset {label}"):
        write_file(
            tmp_path / "results.h5", {(schema.Occupancy, 300): {"occupied": {label: np.ones(2)}}}
        )


@pytest.fixture
def version_1(tmp_path):
    """Files as navac wrote them before the schema had a version."""
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        region = file.create_group("boundaries/zeta+psi")
        region["temperature_K"] = STEPS
        for n, name in enumerate((
            "x_low", "x_high", "mu_eV_per_Li", "x_low_stderr", "x_high_stderr",
            "mu_eV_per_Li_stderr", "hysteresis_low_eV", "hysteresis_high_eV",
        )):  # fmt: skip
            region[name] = STEPS + n
        region.attrs["critical_temperature_K"] = 315.0
        region.attrs["critical_temperature_stderr_K"] = 3.0
        region.attrs["critical_x"] = 1.5
        states = file.create_group("states/x1to3")
        states["temperature_K"], states["mu_eV_per_Li"] = STEPS, STEPS[:2]
        for n, name in enumerate((
            "x", "x_stderr", "grand_potential_eV_per_cell", "energy_eV_per_cell", "dx_dmu_per_eV",
            "order_in_cell", "wave_amplitude", "steady", "branch",
        )):  # fmt: skip
            states[name] = np.full((3, 2), n)
        states.attrs["branches"], states.attrs["x_range"] = ["zeta", "psi"], (1.0, 3.0)
        heat = file.create_group("heat_capacity/T_300K")
        for name in ("mu_eV_per_Li", "x", "heat_capacity_kB_per_fu"):
            heat[name] = STEPS
    return path


def test_files_of_version_1_are_read(version_1):
    region = read_record(version_1, schema.Boundary, "zeta+psi")
    assert region.species == "Li"
    for n, name in enumerate((
        "x_low", "x_high", "mu_eV", "x_low_stderr", "x_high_stderr", "mu_eV_stderr",
        "metastability_width_low_eV", "metastability_width_high_eV",
    )):  # fmt: skip
        np.testing.assert_array_equal(getattr(region, name), STEPS + n, err_msg=name)
    assert region.critical_x == 1.5
    states = read_record(version_1, schema.States, "x1to3")
    assert (states.concentration_wave_amplitude == 6).all()
    assert (states.stationary == 7).all()
    assert states.species == read_records(version_1, schema.HeatCapacity)[300].species == "Li"


def test_plans_of_version_1_are_read(tmp_path):
    path = tmp_path / "paths.h5"
    values = {
        "energy": [-1.0, -2.0], "number": [2.0, 4.0], "occupation": np.eye(2, dtype=np.int8),
        "mu_grid": [-0.5, -0.4, -0.3], "branch": [0, 1], "mu_index": [0, 2],
        "temperatures": [10.0, 20.0], "cooled": 1, "hot": np.arange(6.0).reshape(2, 3),
        "nominal": [-0.5, -0.3],
    }  # fmt: skip
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value
        file.attrs["phases"] = ["zeta", "psi"]
    plan = read_plan(path)
    assert plan.phases == ("zeta", "psi")
    for name, value in values.items():
        now = 1 - value if name == "occupation" else value  # 1 stood for the first species
        np.testing.assert_array_equal(getattr(plan, name), now, err_msg=name)


@pytest.mark.parametrize("version", [0, schema.VERSION + 1, 99])
def test_another_version_is_refused(version, tmp_path):
    path = tmp_path / "later.h5"
    write_file(path, {(schema.Entropy, 300): {}})
    with h5py.File(path, "a") as file:
        file.attrs["schema_version"] = version
    said = rf"later\.h5 is of version {version} .* knows version {schema.VERSION} and before"
    for read in (
        lambda: read_record(path, schema.Entropy, 300),
        lambda: read_records(path, schema.Entropy),
    ):
        with pytest.raises(VersionError, match=said):
            read()


def test_a_name_of_version_1_is_none_of_version_2(version_1):
    with h5py.File(version_1, "a") as file:
        file.attrs["schema_version"] = 2
    with pytest.raises(MissingError, match=r"/boundaries/zeta.psi has no dataset mu_eV$"):
        read_record(version_1, schema.Boundary, "zeta+psi")


@pytest.mark.parametrize("kind", schema.KINDS, ids=lambda kind: kind.__name__)
def test_whatever_is_missing_is_named(kind, tmp_path):
    """File, group and dataset or attribute; each of them in turn."""
    key = key_for(kind)
    for entry in entries(kind).values():
        if entry.mapping:
            continue
        path = tmp_path / "results.h5"
        write_file(path, {(kind, key): {}})
        with h5py.File(path, "a") as file:
            group = file[kind.place.path(key)]
            if not entry.attribute:
                del group[entry.name]
            else:
                del (group[entry.of] if entry.of else group).attrs[entry.name]
        if entry.default is not None:  # files from before it was introduced
            assert getattr(read_record(path, kind, key), entry.name) == entry.default
            continue
        what = "attribute" if entry.attribute else "dataset"
        with pytest.raises(MissingError) as caught:
            read_record(path, kind, key)
        assert isinstance(caught.value, NavacError)
        said = str(caught.value)
        assert str(path) in said
        assert kind.place.path(key) in said
        assert said.endswith(f"has no {what} {entry.name}")


def test_a_missing_group_or_file_is_named(tmp_path):
    write_file(tmp_path / "results.h5", {(schema.Entropy, 300): {}})
    with pytest.raises(MissingError, match=r"results\.h5: no group /entropy/T_500K"):
        read_record(tmp_path / "results.h5", schema.Entropy, 500)
    with pytest.raises(FileNotFoundError):
        read_records(tmp_path / "none.h5", schema.Entropy)
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(ResultsError, match=r"text\.h5 is not an HDF5 file"):
        read_records(tmp_path / "text.h5", schema.Entropy)


def carries(name, unit):
    """Whether a name holds a unit as a word: temperature_stderr_K, mu_eV_stderr."""
    return bool(re.search(rf"_{unit}(_|$)", name))


@pytest.mark.parametrize("kind", schema.KINDS, ids=lambda kind: kind.__name__)
def test_names_carry_their_units(kind):
    for entry in entries(kind).values():
        if entry.unit:
            assert carries(entry.name, entry.unit), entry
        else:
            assert not any(carries(entry.name, unit) for unit in UNITS if unit), entry
        assert entry.about
        if entry.of:
            assert entry.of in {other.name for other in entries(kind).values()}


def test_a_name_without_its_unit_would_be_seen():
    assert not carries("mu", "eV")
    assert not carries("mu_eVa", "eV")
    assert carries("mu_eV_stderr", "eV")


def test_every_kind_is_listed_once():
    kinds = [k for k in vars(schema).values() if isinstance(k, type) and hasattr(k, "place")]
    assert set(kinds) == set(schema.KINDS)
    assert len({(k.place.file, k.place.documented) for k in kinds}) == len(schema.KINDS)


def test_the_documentation_lists_everything():
    text = documentation()
    sections = re.split("^### ", text, flags=re.M)[1:]
    for kind in schema.KINDS:
        (section,) = (s for s in sections if s.startswith(f"`{kind.place.file}`"))
        _, _, after = section.partition(f"`{kind.place.documented}`: ")
        block = re.split(r"^`/", after, flags=re.M)[0]
        if "are those of" in block:
            assert kind.__base__ in schema.KINDS
            continue
        for entry in entries(kind).values():
            row = row_of(block, entry)
            assert f" {UNITS[entry.unit]} |" in row
            assert entry.about in row


def row_of(block, entry):
    """The row of a table whose first column is this entry."""
    start = rf"\| (attribute )?`{re.escape(entry.name)}`( of `{entry.of}`)? \|"
    (row,) = (line for line in block.splitlines() if re.match(start, line))
    return row


@pytest.mark.parametrize(
    ("page", "block"), [("docs/formats.md", documentation), ("README.md", overview)]
)
def test_the_pages_show_the_schema(page, block):
    """After a change: python -m navac.results.documentation, its output between the marks."""
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    shown = text.partition("<!-- schema:begin -->\n")[2].partition("\n<!-- schema:end -->")[0]
    assert shown == block()
