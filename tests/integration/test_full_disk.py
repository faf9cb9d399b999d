"""A full disk at any moment of an ingest: refused in our words, nothing lost, and done later."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pangeo
from pangeo.errors import StoreError

from .daily import LAYOUTS, NAME, digest, put_back, write_days

PANGEO = Path(sys.executable).with_name("pangeo")


@pytest.fixture
def disk(workspace: Path) -> Iterator[Path]:
    """The workspace on a disk of its own, of eight megabytes."""
    workspace.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(workspace)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(
            f"needs to mount a small disk, which was refused: {mounted.stderr.strip()}; "
            "as root, or with: unshare --map-root-user --mount make test"
        )
    yield workspace
    subprocess.run(["umount", "--lazy", str(workspace)], check=True)


def room(disk: Path) -> int:
    """Free pages."""
    return os.statvfs(disk).f_bavail


def leave(disk: Path, pages: int) -> None:
    """Fill the disk up to so many pages."""
    (disk / "ballast").write_bytes(bytes(os.statvfs(disk).f_frsize * (room(disk) - pages)))


# What is there before, and what does not fit: days and the seed of their values.
WAYS: dict[Any, tuple[range, range, int]] = {
    "create": (range(0), range(32), 0),
    "append": (range(32), range(32, 64), 0),
    "update": (range(32), range(8, 16), 1),
}


# The store packs it, the description does not: so there is a range of sizes of a disk, some
# ten pages wide, where all fits but the description.
TITLE = "A long story. " * 1500


class Attempts:
    """The same ingest again and again, each time with as much room on the disk as it is told."""

    def __init__(self, disk: Path, tmp_path: Path, mode: Any) -> None:
        days, more, seed = WAYS[mode]
        self.disk, self.mode, self.aside = disk, mode, tmp_path / "aside"
        self.path = write_days(tmp_path / "more.nc", more, seed)
        if days:
            first = write_days(tmp_path / "first.nc", days)
            pangeo.ingest(first, NAME, title=TITLE, layouts=LAYOUTS)
        self.before = digest()
        shutil.copytree(disk, self.aside)
        free = room(disk)
        self.ingest()
        self.after, self.taken = digest(), free - room(disk)

    def ingest(self) -> pangeo.IngestReport:
        return pangeo.ingest(self.path, NAME, mode=self.mode, title=TITLE, layouts=LAYOUTS)

    def __call__(self, pages: int) -> str:
        """What comes of it; if it is refused, also whether it can be done once there is room."""
        put_back(self.aside, self.disk)
        leave(self.disk, pages)
        try:
            self.ingest()
        except StoreError as error:
            refusal = error
        else:
            assert digest() == self.after
            return "done"
        committed = "is committed" in refusal.problem
        assert digest() == (self.after if committed else self.before)
        assert "No space left" in refusal.found
        assert "free space" in refusal.fix
        (self.disk / "ballast").unlink()
        assert (self.ingest().status == "unchanged") == committed
        assert digest() == self.after
        assert pangeo.catalog().check().repaired == [], "the catalogue was not put right"
        return "not described" if committed else "refused"


@pytest.mark.parametrize("mode", WAYS)
def test_what_does_not_fit_is_refused_and_done_when_there_is_room(
    disk: Path, tmp_path: Path, mode: Any
) -> None:
    attempt = Attempts(disk, tmp_path, mode)
    assert attempt(2) == "refused"
    # For a moment more is on the disk than is left in the end: an old description and a new one.
    too_few, enough = attempt.taken - 10, attempt.taken + 20
    while enough - too_few > 2:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if attempt(middle) == "done" else (middle, enough)
    assert attempt(too_few - 4) == "not described"
    assert attempt(enough + 4) == "done"


@pytest.mark.soak
@pytest.mark.parametrize("mode", WAYS)
def test_there_is_no_page_at_which_a_full_disk_does_harm(
    disk: Path, tmp_path: Path, mode: Any
) -> None:
    attempt = Attempts(disk, tmp_path, mode)
    met = Counter(attempt(pages) for pages in range(attempt.taken + 24))
    print(f"{mode}, which takes {attempt.taken} pages: {dict(met)}")
    assert met.keys() == {"refused", "not described", "done"}


def test_the_command_line_says_it_in_our_words(disk: Path, tmp_path: Path) -> None:
    path = write_days(tmp_path / "days.nc", range(32))
    leave(disk, 20)
    command = [PANGEO, "ingest", path, "--name", NAME, "--layouts", "map,series"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "pangeo: could not write the dataset; nothing was committed"
    assert len(lines) == 4, "more than what was found, what was expected and what to do"
