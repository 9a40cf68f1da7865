"""Files put into the results by hand: named before the run, and never deleted."""

import base64
from pathlib import Path

import pytest

from navac.campaign.strangers import OUTPUTS, OWN, StrangerError, check_strangers, strangers
from tests.checkout import MINIATURE, checkout, run

RESULTS = Path("results/own")


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Puts a file into the results of a campaign."""
    monkeypatch.chdir(tmp_path)

    def put(name):
        path = RESULTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine\n")
        return path

    return put


def test_a_file_in_the_place_of_an_output_is_refused(put):
    own = put("energies/energies.csv")
    with pytest.raises(StrangerError, match=r"own/energies/energies\.csv: no rule .* has made"):
        check_strangers(RESULTS)
    assert own.read_text() == "mine\n"


def test_a_file_beside_them_is_named_and_left_alone(put):
    put("notes.txt")
    assert check_strangers(RESULTS) == [
        "results/own/notes.txt: no rule has made this; it is left alone"
    ]


@pytest.mark.parametrize(
    "name", ["logs/energies.log", "dft/runs/a/b/OUTCAR", "sampling/records/x-0.h5", "report.zip",
             "energies/.provenance/energies.csv.json", "energies/energies.csv.part"],
)  # fmt: skip
def test_what_navac_keeps_there_is_no_stranger(put, name):
    put(name)
    assert strangers(RESULTS) == ([], [])


def test_what_a_rule_made_or_began_is_no_stranger(put):
    for name, kind in (("energies/energies.csv", "metadata"), ("prim/prim.json", "incomplete")):
        path = put(name)
        note = Path(".snakemake") / kind / base64.urlsafe_b64encode(str(path).encode()).decode()
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text("{}")
    made = put("orderings/orderings.csv")
    kept = made.parent / ".provenance/orderings.csv.json"
    kept.parent.mkdir()
    kept.write_text("{}")
    assert strangers(RESULTS) == ([], [])


def test_without_results_there_are_none(tmp_path):
    assert strangers(tmp_path / "results") == ([], [])


def test_a_run_refuses_and_deletes_nothing(tmp_path):
    """What used to be deleted by the first rule that makes it."""
    folder = checkout(tmp_path / "copy")
    own = folder / "results/miniature/energies/energies.csv"
    own.parent.mkdir(parents=True)
    own.write_text("id,range,x,energy_eV_per_cell,provenance\nc1,,1.0,-0.5,mine\n")
    before = own.read_bytes()
    for arguments in ((), ("--dry-run",)):
        done = run(folder, "--configfile", MINIATURE, *arguments, check=False)
        assert done.returncode == 2
        assert "energies.csv: no rule of this campaign has made this" in done.stderr
        assert "energies.user.files" in done.stderr
    assert own.read_bytes() == before


def test_every_output_of_a_campaign_is_known(miniature, monkeypatch):
    """Of a finished campaign, nothing is a stranger, and every output has its pattern."""
    monkeypatch.chdir(miniature)
    results = Path("results/miniature")
    assert strangers(results) == ([], [])
    from navac.campaign.strangers import _matches

    outputs = [p.parent.parent / p.stem for p in results.rglob(".provenance/*.json")]
    outputs = [p.relative_to(results) for p in outputs if p.is_file()]
    assert len(outputs) > 30
    assert [p for p in outputs if not _matches(p, OUTPUTS) or _matches(p, OWN)] == []
