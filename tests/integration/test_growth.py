"""What a year of daily files costs on the disk; nothing is forgotten, so that all is counted."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest

import pangeo

from .daily import LAYOUTS, NAME, write_days

type Files = dict[Path, tuple[int, int, int]]


def files_of(store: Path) -> Files:
    """Every file, with what changes when it is written anew: inode, time of change, and size."""
    found = {path: path.stat() for path in store.rglob("*") if path.is_file()}
    return {path: (each.st_ino, each.st_mtime_ns, each.st_size) for path, each in found.items()}


@pytest.mark.parametrize(
    ("days", "shape"), [(40, (90, 180)), pytest.param(400, (360, 720), marks=pytest.mark.soak)]
)
def test_a_daily_append_writes_no_more_than_three_times_what_the_day_takes(
    tmp_path: Path, workspace: Path, days: int, shape: tuple[int, int]
) -> None:
    def day(*numbers: int) -> Path:
        return write_days(tmp_path / f"{numbers[0]}.nc", numbers, shape=shape, noise=200)

    pangeo.ingest(day(*range(32)), NAME, layouts=LAYOUTS)
    more = [day(number) for number in range(32, 32 + days)]
    pangeo.ingest(more, "alone", layouts=["map"])
    datasets = workspace / "datasets"
    takes = sum(size for *_, size in files_of(datasets / "alone" / "store" / "chunks").values())

    store, seconds, written = datasets / NAME / "store", list[float](), Counter[str]()
    there = files_of(store)
    for path in more:
        started = time.perf_counter()
        assert pangeo.ingest(path, NAME, mode="append").status == "appended"
        seconds.append(time.perf_counter() - started)
        before, there = there, files_of(store)
        for file in there:
            if there[file] != before.get(file):
                written[file.relative_to(store).parts[0]] += there[file][-1]
    report = (
        f"{days} appends wrote {written.total() / takes:.2f} times the {takes} bytes of the days: "
        f"{dict(written)}; the first 20 took {fmean(seconds[:20]):.2f} s each, the last 20 "
        f"{fmean(seconds[-20:]):.2f} s"
    )
    print(report)
    assert written.total() <= 3 * takes, report
    assert pangeo.open(NAME, layout="series").sizes["time"] == 32 + days
    assert pangeo.verify(NAME)
