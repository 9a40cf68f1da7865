"""Reading results of VASP: others' files, and those that must not be used."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from navac.energies.relaxed import space_group
from navac.vasp.analysis import band_gap, needed_charge, oxidation_state, shells
from navac.vasp.files import CalculationError
from navac.vasp.output import read_calculation
from navac.vasp.settings import load_settings

OTHERS = Path(__file__).parents[1] / "data" / "vasp"


def unpacked(folder, target):
    """A copy without gzip."""
    target.mkdir()
    for path in folder.glob("*.gz"):
        (target / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return target


@pytest.fixture
def magnetic(tmp_path):
    return unpacked(OTHERS / "magnetic", tmp_path / "magnetic")


def kind_of(path):
    with pytest.raises(CalculationError) as caught:
        read_calculation(path)
    assert str(path.name) in str(caught.value)
    return caught.value.kind


def test_gzipped_or_not_is_read_alike(magnetic):
    plain, packed = read_calculation(magnetic), read_calculation(OTHERS / "magnetic")
    assert plain.energy_eV == packed.energy_eV == -1.99021689
    np.testing.assert_array_equal(plain.moments, [0.634])
    assert plain.total_moment == packed.total_moment == pytest.approx(2, abs=1e-3)
    assert plain.band_gap_eV == 0
    assert plain.version == "6.2.0"
    assert plain.titels == ("PAW_PBE Si 05Jan2001",)
    assert plain.kpoints == (8, 8, 8)


def test_numbers_too_long_for_their_field_and_tails_of_the_smearing():
    found = read_calculation(OTHERS / "smeared")
    assert found.energy_eV == -43.39087657
    assert found.version == "5.4.1"
    assert found.moments is None
    # The PBE gap of silicon is 0.6 eV; by occupations above 1e-8, as pymatgen has it, 0.15 eV.
    assert found.band_gap_eV == pytest.approx(0.608, abs=1e-3)
    assert found.run.eigenvalue_band_properties[0] == pytest.approx(0.1502, abs=1e-3)


def test_gga_plus_u_and_a_meta_gga():
    oxide, metal = read_calculation(OTHERS / "plus_u"), read_calculation(OTHERS / "r2scan")
    assert oxide.energy_eV == -28.21851457
    np.testing.assert_array_equal(oxide.moments, [3.007, 1.397, -0.189, -0.189])
    assert oxide.total_moment == 4
    assert oxide.band_gap_eV == pytest.approx(1.7962, abs=1e-4)
    assert (oxide.version, oxide.run.run_type) == ("5.3.5", "GGA+U")
    assert oxide.run.hubbards == {"Fe": 4, "O": 0}
    assert metal.energy_eV == -3.74544492
    assert metal.moments == [0]
    assert metal.band_gap_eV == 0
    assert metal.run.run_type == "R2SCAN"


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("ions", "unconverged", "used its 5 steps"),
        ("electrons", "unconverged", "had not converged after 8 steps"),
        ("unfinished", "truncated", "ends early"),
    ],
)
def test_runs_of_others_that_must_not_be_used(name, kind, text):
    with pytest.raises(CalculationError, match=text) as caught:
        read_calculation(OTHERS / name)
    assert caught.value.kind == kind


def test_files_that_are_missing_empty_cut_or_of_another_run(magnetic):
    xml, outcar = magnetic / "vasprun.xml", magnetic / "OUTCAR"
    whole, text = xml.read_bytes(), outcar.read_bytes()
    xml.write_bytes(whole[: len(whole) // 2])
    assert kind_of(xml) == "truncated"
    xml.write_bytes(b"")
    assert kind_of(xml) == "empty"
    xml.write_bytes(b"<html><body>Not found</body></html>")
    assert kind_of(xml) == "unreadable"
    xml.unlink()
    assert kind_of(magnetic) == "missing"
    (magnetic / "vasprun.xml.gz").write_bytes(gzip.compress(whole)[:-2000])
    assert kind_of(magnetic / "vasprun.xml.gz") == "truncated"
    (magnetic / "vasprun.xml.gz").unlink()
    xml.write_bytes(whole)
    outcar.write_bytes(text[: len(text) - 3000])
    with pytest.raises(CalculationError, match="OUTCAR: ends before"):
        read_calculation(magnetic)
    outcar.write_bytes(text.replace(b"TOTEN  =        -1.992", b"TOTEN  =        -9.992"))
    with pytest.raises(CalculationError, match="of different runs"):
        read_calculation(magnetic)


def test_a_relaxation_that_stopcar_ended_is_not_converged(magnetic):
    """pymatgen takes fewer steps than NSW for convergence; VASP was told to stop."""
    outcar = magnetic / "OUTCAR"
    text = outcar.read_text().replace("reached required accuracy", "soft stop encountered")
    outcar.write_text(text)
    with pytest.raises(CalculationError, match="was stopped after"):
        read_calculation(magnetic)


def test_without_outcar_the_forces_decide(tmp_path):
    folder = tmp_path / "smeared"
    shutil.copytree(OTHERS / "smeared", folder)
    path = folder / "vasprun.xml.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    tight = text.replace('name="EDIFFG">     -0.01000000', 'name="EDIFFG">     -0.00010000')
    assert tight != text
    path.write_bytes(gzip.compress(tight.encode()))
    with pytest.raises(CalculationError, match=r"forces up to 0\.00179"):
        read_calculation(folder)


def bands(*spins):
    """Eigenvalues from ``(energies [k, band], occupations [k, band])`` per spin."""
    return {i: np.stack([np.array(e), np.array(f)], -1) for i, (e, f) in enumerate(spins)}


@pytest.mark.parametrize(
    ("spins", "gap"),
    [
        # indirect, with tails of the smearing on both sides
        ([([[0, 2], [1, 1.5]], [[1, 0], [0.98, 0.02]])], 0.5),
        # a band that crosses: the number of filled ones changes from k-point to k-point
        ([([[0, 1], [0.5, 3]], [[1, 1], [1, 0]])], 0),
        # whole electrons, overlapping bands: a semimetal
        ([([[0, 0.6], [1, 2]], [[1, 0.1], [0.9, 0]])], 0),
        # the gap of a magnet is between the spins
        ([([[0, 2.0]], [[1, 0]]), ([[-1, 0.7]], [[1, 0]])], 0.7),
        # a half metal
        ([([[0, 2.0], [0, 2]], [[1, 0], [1, 0]]), ([[0, 1], [0, 1]], [[1, 0.5], [1, 0.5]])], 0),
    ],
)
def test_gaps_of_known_bands(spins, gap):
    eigenvalues = bands(*spins)
    weights = np.ones(len(next(iter(eigenvalues.values()))))
    assert band_gap(eigenvalues, weights) == pytest.approx(gap)


@pytest.mark.parametrize(
    ("moment", "state"),
    # moments and states of SI Table S4; 2.7 is a free choice of the settings
    [(1.0, 4), (1.1, 4), (1.8, 3), (-1.8, 3), (1.9, 3), (2.3, 2.5), (2.7, 2), (0.2, 4), (3.5, 2)],
)
def test_oxidation_states_of_the_paper(moment, state):
    assert (
        oxidation_state(moment, load_settings("scan_u").species["V"].oxidation_moments_muB) == state
    )


@pytest.fixture(scope="module")
def ground_states():
    """Tables S1 and S2 put together as the notes on the reference data say, for N2VP."""
    path = OTHERS.parent / "ground_state_n2vp.json"
    data = json.loads(path.read_text())
    return Structure(Lattice(data["lattice_A"]), data["species"], data["frac"])


def test_bonds_and_symmetry_of_a_published_ground_state(ground_states):
    """N2VP: P-1 (Table S2); shortest V(IV)-O 1.818, average V(III)-O 2.003 Å (Table S3)."""
    found = shells(ground_states, load_settings("scan_u"))
    assert [len(s.lengths_A) for s in found] == [6] * 4
    assert min(s.lengths_A[0] for s in found) == pytest.approx(1.818, abs=2e-3)
    longest = sorted(s.lengths_A.mean() for s in found)[-2:]
    assert np.mean(longest) == pytest.approx(2.003, abs=3e-3)
    assert space_group(ground_states, 0.1) == "P-1"


def test_charge_that_neutrality_asks_for(ground_states):
    assert needed_charge(ground_states, {"Na": 1, "P": 5, "O": -2}, {"V"}) == pytest.approx(3.5)
