"""A disk that fills up in mid-campaign, and a folder that cannot be written."""

import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.checkout import MINIATURE, duplicate, run, start, with_longer_blocks, without_samples
from tests.workflow.test_provenance import assert_same

SIZE = 300
"""MB of the small disk."""


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Take all room of a disk but so many bytes."""
    filler = folder / "filler"
    room = shutil.disk_usage(folder).free - leave
    with open(filler, "ab", buffering=0) as file, suppress(OSError):
        while room > 0:
            room -= file.write(bytes(min(room, 1 << 20)))
        while not leave:
            file.write(bytes(512))
    return filler


@pytest.mark.parametrize("stage", ["sampling"])
def test_a_full_disk_ends_in_a_sentence_and_loses_nothing(
    miniature, longer, small_disk, tmp_path, stage
):  # fmt: skip
    folder = without_samples(miniature, small_disk / "copy")
    file, output = with_longer_blocks(folder), tmp_path / "output.txt"
    process = start(folder, output, "--configfile", file)
    give_up = time.monotonic() + 300
    while not any(stage in f.read_text() for f in folder.glob(".snakemake/navac/*.json")):
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.005)
    filler = fill(small_disk)
    status = process.wait()
    said = output.read_text()
    assert status != 0, said
    assert "the disk is full" in said
    assert "Traceback" not in said, said
    filler.unlink()
    run(folder, "--configfile", file)
    assert_same(folder / "results/miniature", longer)


def test_a_run_on_a_full_disk_is_refused_before_it_begins(miniature, small_disk):
    folder = duplicate(miniature, small_disk / "copy")
    fill(small_disk, leave=10 * 2**20)
    done = run(folder, "--configfile", MINIATURE, check=False)
    assert done.returncode == 2
    assert "the disk is full: a run needs 50.0 MB, 10.0 MB are free; make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(miniature, small_disk):
    folder = duplicate(miniature, small_disk / "copy")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = run(folder, "--configfile", MINIATURE, check=False)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert done.returncode == 2
    assert "cannot be written (read-only file system)" in done.stderr
    assert "Traceback" not in done.stderr
