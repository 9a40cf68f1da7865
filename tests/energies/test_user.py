"""Energies from elsewhere: the same table from every kind of file, and every fault named."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Structure

from navac.energies.table import EnergyError
from navac.energies.user.comparable import refuse_deviating
from navac.energies.user.files import SourceError, files_digest, found_files
from navac.energies.user.given import Given
from navac.energies.user.mapped import Mapper, lowest_only, map_all
from navac.energies.user.read import Reading, read_all
from navac.energies.user.table import energies_table, summary, unused, write_mapping
from navac.orderings.recognition import Limits
from navac.orderings.symmetry import canonical_form
from navac.vasp.given import read_run
from navac.vasp.outcar import read_outcar_alone
from tests.energies.made_up import KINDS, forty, lithium_cobaltate, of_other_u, turned

PRIM, GROUP = lithium_cobaltate()
READING = Reading(
    runs={"vasp": read_run, "outcar": read_outcar_alone}, per="cell", icet_property="energy",
    icet_per="atom",
)  # fmt: skip
OTHERS = Path(__file__).parents[1] / "data" / "vasp"


@pytest.fixture(scope="module")
def made():
    return forty(PRIM, GROUP)


def mapped(files, bounds=(0.0, 1.0), enumerated=()):
    mapper = Mapper.of(PRIM, GROUP, "Li", Limits(), enumerated)
    given = refuse_deviating(read_all(found_files([str(f) for f in files]), READING))
    return lowest_only(map_all(given, mapper), bounds, 0.005)


def expected(made):
    """By canonical ordering, the mixing energies that went in, eV per primitive cell."""
    per_cell = np.array([m.energy_eV / m.ordering.cells for m in made])
    x = np.array([m.ordering.x for m in made])
    line = per_cell[x == 0][0] + x * (per_cell[x == 1][0] - per_cell[x == 0][0])
    keys = [canonical_form(PRIM, GROUP, m.ordering.supercell, m.ordering.occupation)[:2]
            for m in made]  # fmt: skip
    return {(hnf, o.tobytes()): e for (hnf, o), e in zip(keys, per_cell - line, strict=True)}


@pytest.mark.parametrize("kind", KINDS)
def test_forty_structures_give_the_same_table_whatever_the_file(tmp_path, made, kind):
    shuffled = [made[i] for i in np.random.default_rng(1).permutation(len(made))]
    found = mapped([KINDS[kind](tmp_path, shuffled)])
    assert [m.status for m in found] == ["used"] * 40, list(unused(found))
    table = energies_table(found, (0, 1))
    wanted = expected(made)
    orderings = {m.ordering.id: m.ordering for m in found}
    assert len(table) == len(orderings) == 40
    for row in table.itertuples():
        ordering = orderings[row.id]
        own = wanted[ordering.hnf, ordering.occupation.tobytes()]
        assert row.energy_eV_per_cell == pytest.approx(own, abs=1e-9)
    assert table.x.is_monotonic_increasing


def planted(made):
    """Seven faults among the forty: what is written, and what must be said of each."""
    random = np.random.default_rng(5)
    first, second, third, fourth = made[4:8]
    again = replace(first, structure=turned(first.structure, random),
                    energy_eV=first.energy_eV + 0.05 * first.ordering.cells)  # fmt: skip
    other = second.structure.copy()
    other.remove_sites([next(i for i, s in enumerate(other) if s.specie.symbol == "O")])
    foreign = replace(second, structure=other)
    between = replace(third, structure=on_its_way(third.structure))
    faulty = [again, foreign, between, of_other_u(fourth)]
    said = {
        40: ("duplicate", "50.000 meV per primitive cell above it; the two contradict each other"),
        41: ("refused", "which is no filling of up to 64 primitive cells"),
        42: ("refused", "is between two sites"),
        43: ("refused", "other settings: U of Co is 5 (1 of "),
    }
    return [*made, *faulty], said


def on_its_way(structure: Structure) -> Structure:
    """A lithium atom half way to an empty site."""
    found = mapped_sites(structure)
    moved = structure.copy()
    atom, empty = found
    moved.translate_sites([atom], 0.48 * empty, frac_coords=False, to_unit_cell=False)
    return moved


def mapped_sites(structure):
    """A lithium atom and the vector to the nearest place between the oxygens that is empty."""
    lithium = [i for i, s in enumerate(structure) if s.specie.symbol == "Li"]
    for atom in lithium:
        here = structure[atom].coords
        for neighbour in structure.get_neighbors(structure[atom], 3.2):
            if neighbour.specie.symbol != "Li" or neighbour.nn_distance < 2.5:
                continue
            vector = neighbour.coords - here
            opposite = here - vector
            near = structure.get_sites_in_sphere(opposite, 1.0)
            if not near:
                return atom, -vector
    # Lithium alone: a cobalt neighbour's own neighbour gives the vector in the plane.
    cobalt = next(i for i, s in enumerate(structure) if s.specie.symbol == "Co")
    for neighbour in structure.get_neighbors(structure[cobalt], 3.2):
        if neighbour.specie.symbol == "Co":
            vector = neighbour.coords - structure[cobalt].coords
            if not structure.get_sites_in_sphere(structure[lithium[0]].coords + vector, 1.0):
                return lithium[0], vector
    raise AssertionError("no empty site beside a lithium atom")


@pytest.mark.parametrize("kind", KINDS)
def test_planted_faults_are_named_and_the_rest_is_used(tmp_path, made, kind):
    written, said = planted(made)
    path = KINDS[kind](tmp_path, written)
    found = mapped([path])
    by_name = {m.given.name: m for m in found}
    assert len(by_name) == 44
    unusable = {k: m for k, m in enumerate(_in_order(found)) if m.status != "used"}
    assert set(unusable) == set(said), list(unused(found))
    for number, (status, words) in said.items():
        assert unusable[number].status == status
        assert words in unusable[number].reason
    assert summary(found) == "44 structures: 40 used, 1 duplicate, 3 refused"
    plain = energies_table(mapped([KINDS["entries"](tmp_path, made)]), (0, 1))
    table = energies_table(found, (0, 1))
    assert table.id.tolist() == plain.id.tolist()
    np.testing.assert_allclose(
        table.energy_eV_per_cell, plain.energy_eV_per_cell, atol=1e-9, rtol=0
    )


def _in_order(found):
    """In the order in which they were written, whatever the names sort to."""

    def number(m):
        text = m.given.name
        digits = "".join(c if c.isdigit() else " " for c in text.split("/")[-2 if "run" in text
                         else -1] if True)  # fmt: skip
        if "SCEL" in text:
            return int(text.split("SCEL")[1].split("/")[0])
        return int(digits.split()[0])

    return sorted(found, key=number)


def test_truncated_files_are_named(tmp_path, made):
    some = [*made[:6], *[m for m in made if m.ordering.x in (0, 1)]]
    run = Path(KINDS["vasp"](tmp_path, some)) / "run02/vasprun.xml"
    run.write_text(run.read_text()[:3000])
    xyz = Path(KINDS["xyz"](tmp_path, some[:3]))
    xyz.write_text("".join(xyz.read_text().splitlines(keepends=True)[:-2]))
    entries = Path(KINDS["entries"](tmp_path, some[:2]))
    entries.write_text(entries.read_text()[:-300])
    container = Path(KINDS["icet"](tmp_path, some[:2]))
    container.write_bytes(container.read_bytes()[:2000])
    found = mapped([tmp_path / "vasp", xyz, entries, container])
    reasons = {m.given.name: m.reason for m in found if m.status == "refused"}
    assert "truncated: the XML ends early" in reasons[str(run)]
    assert "is truncated: " in reasons[f"{xyz} (frame 2)"]
    assert "is not whole JSON" in reasons[str(entries)]
    assert "is not a structure container of icet" in reasons[str(container)]
    assert len(reasons) == 4
    assert sum(m.status == "used" for m in found) == len({m.ordering.id for m in some}) - 1


def test_two_settings_as_frequent_decide_nothing(made):
    one = Given("a", energy_eV=0.0, settings={"ENCUT": "520"})
    other = Given("b", energy_eV=0.0, settings={"ENCUT": "400"})
    with pytest.raises(EnergyError, match="ENCUT is 400 in 1 structures and 520 in as many"):
        refuse_deviating([one, other])
    kept, _, refused = refuse_deviating([one, one, other])
    assert kept.fault == ""
    assert refused.fault == "other settings: ENCUT is 400 (1 of 3 structures), that of 2 others 520"


def outcar(name, tmp_path, *titels):
    """VASP's own OUTCAR, with the lines that were left out of this copy of it."""
    text = gzip.decompress((OTHERS / name / "OUTCAR.gz").read_bytes()).decode()
    path = tmp_path / f"{name}/OUTCAR"
    path.parent.mkdir()
    lines = "".join(f"   TITEL  = {t}\n" for t in titels)
    path.write_text(text.replace(" (read from POTCAR: left out of this copy)\n", lines))
    return path


OUTCARS = {
    "magnetic": ("PAW_PBE Si 05Jan2001",),
    "plus_u": ("PAW_PBE Fe 06Sep2000", "PAW_PBE O 08Apr2002"),
}


@pytest.mark.parametrize("name", OUTCARS)
def test_outcar_alone_says_what_vasprun_says(tmp_path, name):
    """Energy, structure and settings, as far as either prints them."""
    alone = read_outcar_alone(outcar(name, tmp_path, *OUTCARS[name]))
    xml = read_run(OTHERS / name / "vasprun.xml.gz")
    assert alone.fault == xml.fault == ""
    assert alone.energy_eV == pytest.approx(xml.energy_eV, abs=1e-6)
    assert alone.structure.formula == xml.structure.formula
    np.testing.assert_allclose(
        alone.structure.lattice.matrix, xml.structure.lattice.matrix, atol=1e-6
    )
    np.testing.assert_allclose(alone.structure.distance_matrix, xml.structure.distance_matrix,
                               atol=1e-4)  # fmt: skip
    assert alone.settings == xml.settings
    assert xml.settings["functional"] == "that of the potentials"


def test_calculations_of_vasp_itself_that_cannot_be_used(tmp_path):
    assert read_run(OTHERS / "plus_u/vasprun.xml.gz").settings["U of Fe"] == "4"
    r2scan = read_run(OTHERS / "r2scan/vasprun.xml.gz").settings
    assert (r2scan["functional"], r2scan["ENCUT"]) == ("R2SCAN", "680")
    for name, words in (("ions", "relaxation"), ("electrons", "electrons")):
        for found in (read_run(OTHERS / name / "vasprun.xml.gz"),
                      read_outcar_alone(OTHERS / name / "OUTCAR.gz")):  # fmt: skip
            assert found.fault.startswith("unconverged")
            assert words in found.fault
    assert read_run(OTHERS / "unfinished/vasprun.xml.gz").fault.startswith("truncated")
    whole = outcar("magnetic", tmp_path, *OUTCARS["magnetic"])
    whole.write_text(whole.read_text()[:-3000])
    assert read_outcar_alone(whole).fault.startswith("truncated: ends before 'General timing")


def orderings_csv(made):
    lines = ["hnf,occupation,energy_eV_per_cell"]
    for m in made:
        occupation = "".join(map(str, m.ordering.occupation))
        energy = m.energy_eV / m.ordering.cells
        lines.append(f"{' '.join(map(str, m.ordering.hnf))},{occupation},{energy!r}")
    return "\n".join(lines) + "\n"


def test_orderings_may_be_written_out_or_named(tmp_path, made):
    path = tmp_path / "orderings.csv"
    path.write_text(orderings_csv(made))
    table = energies_table(mapped([path]), (0, 1))
    named = tmp_path / "named.csv"
    enumerated = [m.ordering for m in made]
    named.write_text(
        "id,energy_eV\n"
        + "".join(f"{m.ordering.id},{m.energy_eV!r}\n" for m in made)
        + "c9-no-such,1.0\n"
    )
    found = mapped([named], enumerated=enumerated)
    by_id = energies_table(found, (0, 1))
    assert "is not among the enumerated orderings" in next(iter(unused(found)))
    assert set(by_id.id) == {o.id for o in enumerated}
    np.testing.assert_allclose(
        sorted(table.energy_eV_per_cell), sorted(by_id.energy_eV_per_cell), atol=1e-9
    )


REFUSED = {
    "nan": ("structure,energy_eV\na.vasp,nan\n", "row 2, energy_eV: 'nan' is not a finite number"),
    "text": ("id,energy_eV\nc1,failed\n", "row 2, energy_eV: 'failed' is not a finite number"),
    "no energy": ("id,x\nc1,1\n", "has no column of energies; name exactly one of energy_eV"),
    "two energies": ("id,energy_eV,energy\nc1,1,1\n", "has columns energy_eV and energy"),
    "nothing named": ("x,energy_eV\n1,1\n", "names neither structures nor orderings"),
    "no rows": ("id,energy_eV\n", "has no rows"),
    "no form": ("hnf,occupation,energy\n1 0 0,0,1\n", "row 2, hnf: '1 0 0' is not nine integers"),
    "sites": ("hnf,occupation,energy\n2 0 0 0 1 0 0 0 1,010,1\n", "3 digits, not a multiple of 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_mistakes_in_a_table_are_refused_with_row_column_and_fix(tmp_path, case):
    text, message = REFUSED[case]
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(EnergyError) as caught:
        mapped([path])
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_an_empty_energy_and_a_missing_file_are_named(tmp_path, made):
    path = Path(KINDS["csv"](tmp_path, made))
    more = "structures/99.vasp,1.0,PE,3.3\nstructures/01.vasp,,PE,3.3\n"
    path.write_text(path.read_text() + more)
    last, empty = mapped([path])[-2:]
    assert last.reason.endswith("structures/99.vasp does not exist")
    assert empty.reason == "has no energy in column energy_eV"


def test_what_is_missing_at_an_end_is_named(tmp_path, made):
    some = [m for m in made if m.ordering.x > 0]
    found = mapped([KINDS["xyz"](tmp_path, some)])
    with pytest.raises(EnergyError, match="no structure at x = 0 can be used"):
        energies_table(found, (0, 1))
    none = mapped([KINDS["xyz"](tmp_path, some[:3])], bounds=(-2, -1))
    with pytest.raises(EnergyError, match=r"no structure can be used: refused are .*is outside"):
        energies_table(none, (-2, -1))


def test_files_are_found_by_folder_and_glob_and_digested(tmp_path, made):
    KINDS["csv"](tmp_path, made[:4])
    files = found_files([str(tmp_path)])
    assert {f.suffix for f in files} == {".csv", ".cif", ".vasp"}
    assert found_files([str(tmp_path / "*.csv")]) == files
    before = files_digest(files)
    files[-1].write_text(files[-1].read_text() + " ")
    assert files_digest(files) != before
    with pytest.raises(SourceError, match="matches no file"):
        found_files([str(tmp_path / "no*")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no file of energies that is known"):
        found_files([str(tmp_path / "empty")])
    odd = tmp_path / "odd.dat"
    odd.write_text("1")
    with pytest.raises(SourceError, match=r"odd\.dat is no file of energies that is known"):
        found_files([str(odd)])
    with pytest.raises(SourceError, match="is no file of energies that is known"):
        read_all([odd], READING)


def test_energies_of_atoms_and_formula_units(tmp_path, made):
    cell = energies_table(mapped([KINDS["xyz"](tmp_path, made)]), (0, 1))
    per_atom = [replace(m, energy_eV=m.energy_eV / len(m.structure)) for m in made]
    files = found_files([KINDS["xyz"](tmp_path, per_atom)])
    given = read_all(files, replace(READING, per="atom"))
    mapper = Mapper.of(PRIM, GROUP, "Li", Limits(), [])
    table = energies_table(lowest_only(map_all(given, mapper), (0, 1), 1.0), (0, 1))
    # extended XYZ keeps eight decimals
    np.testing.assert_allclose(table.energy_eV_per_cell, cell.energy_eV_per_cell, atol=1e-6)


def test_the_mapping_has_a_row_for_every_structure(tmp_path, made):
    written, _ = planted(made)
    found = mapped([KINDS["entries"](tmp_path, written)])
    write_mapping(tmp_path / "mapping.csv", found)
    lines = (tmp_path / "mapping.csv").read_text().splitlines()
    assert len(lines) == 45
    assert lines[0].startswith("file,entry,status,ordering,x,cells,strain,max_displacement_A")
    assert json.loads(json.dumps(lines[42])).count("refused")
