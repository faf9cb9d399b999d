"""Sources that change between scan and commit: refused, and nothing of it is in the store."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pangeo
from pangeo.errors import SourceError, StoreError

from .daily import NAME, digest, write_days


def truncate(path: Path, other: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def delete(path: Path, other: Path) -> None:
    path.unlink()


def write_over(path: Path, other: Path) -> None:
    shutil.copyfile(other, path)


def replace(path: Path, other: Path) -> None:
    os.replace(other, path)


def write_over_like(path: Path, other: Path) -> None:
    """With other values of the same size, and back to the time of change that it had."""
    before = path.stat()
    write_over(path, other)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def replace_like(path: Path, other: Path) -> None:
    """By a file that was given the same time of change long before, as ``rsync --times`` does."""
    shutil.copystat(path, other)
    assert path.stat().st_size == other.stat().st_size
    replace(path, other)


CHANGES = [truncate, delete, write_over, replace, write_over_like, replace_like]
NETCDF4, CLASSIC = FORMATS = ["NETCDF4", "NETCDF3_64BIT"]


@pytest.fixture
def paths(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """Sixteen days that are in the store, sixteen that follow, and the last of these otherwise."""
    parts = [(range(16), 0), (range(16, 24), 0), (range(24, 32), 0), (range(24, 32), 1)]
    return [
        write_days(tmp_path / f"{number}.nc", *part, format=request.param)
        for number, part in enumerate(parts)
    ]


@pytest.mark.parametrize(
    ("paths", "change"),
    [(NETCDF4, change) for change in CHANGES]
    + [(CLASSIC, change) for change in CHANGES if change is not truncate],  # of it the test below
    indirect=["paths"],
)
def test_a_source_that_changes_while_it_is_written_is_refused(
    paths: list[Path], change: Callable[[Path, Path], None]
) -> None:
    first, *more, other = paths
    pangeo.ingest(first, NAME)
    before, changes = digest(["map"]), iter([lambda: change(more[-1], other)])
    with pytest.raises((SourceError, StoreError), match="nothing was committed"):
        pangeo.ingest(more, NAME, mode="append", progress=lambda *_: next(changes, bool)())
    assert digest(["map"]) == before
    assert len(pangeo.catalog().history(NAME)) == 1


TRUNCATING = f"""
import os, sys
import pangeo
def truncate(done, total):
    os.truncate(sys.argv[-1], 2000)
pangeo.ingest(sys.argv[1:], {NAME!r}, mode="append", progress=truncate)
"""


def test_a_classic_file_that_is_cut_short_meanwhile_may_end_the_process_but_harms_nothing(
    tmp_path: Path,
) -> None:
    """It is mapped into memory, and reading what is gone of a mapped file cannot be caught."""
    days = [range(16), range(16, 1000)]
    first, more = (write_days(tmp_path / f"{part[0]}.nc", part, format=CLASSIC) for part in days)
    whole = more.read_bytes()
    pangeo.ingest(first, NAME)
    before = digest(["map"])
    ended = subprocess.run([sys.executable, "-c", TRUNCATING, str(more)], check=False)
    assert ended.returncode in (-signal.SIGBUS, 1)  # 1: all was read before
    assert digest(["map"]) == before
    more.write_bytes(whole)
    assert pangeo.ingest(more, NAME, mode="append").status == "appended"
    assert pangeo.verify(NAME, against_sources=True)


@pytest.mark.parametrize("paths", FORMATS, indirect=True)
@pytest.mark.parametrize("kept", [0.01, 0.5, 0.99])
def test_a_file_that_is_cut_short_is_refused_at_the_scan(paths: list[Path], kept: float) -> None:
    first, *more, _ = paths
    os.truncate(more[-1], int(more[-1].stat().st_size * kept))
    with pytest.raises(SourceError, match=f"cannot (read|ingest) {more[-1]}"):
        pangeo.ingest([first, *more], NAME, progress=lambda *_: pytest.fail("it began to write"))
    assert pangeo.catalog().entries == []
