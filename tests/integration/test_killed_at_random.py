"""SIGKILL at random: readers see whole versions, and the next run ends as if undisturbed."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import pangeo

from .daily import LAYOUTS, NAME, digest, digest_of, put_back, write_days

# It says when it has written a chunk: with imports and scan behind it, most of the kills that
# are counted from the first one meet a writer.
WRITER = f"""
import sys
import pangeo
pangeo.ingest
sys.stdin.readline()
def say(done, total):
    print("writes", flush=True)
pangeo.ingest(sys.argv[2:], {NAME!r}, mode=sys.argv[1], layouts={LAYOUTS}, progress=say)
"""

GRID = (90, 180)  # two or four days to a chunk: what is appended begins inside of one


def weeks(folder: Path, days: range, seed: int = 0) -> list[Path]:
    """A file for every eight of these days."""
    parts = [days[start : start + 8] for start in range(0, len(days), 8)]
    return [write_days(folder / f"{part[0]}-{seed}.nc", part, seed, GRID) for part in parts]


def late(folder: Path) -> list[Path]:
    """Days between those that are there, and some of those again with other values."""
    return [
        write_days(folder / "inserted.nc", (5, 7, 9), 0, GRID),
        write_days(folder / "again.nc", (10, 12, 40), 1, GRID),
    ]


# What is there before, and what the writer that is killed brings. A block of ``series`` is 32
# days here, so that each of them writes that layout too.
WAYS: dict[Any, tuple[range, Callable[[Path], list[Path]]]] = {
    "create": (range(0), lambda folder: weeks(folder, range(32))),
    "append": (range(32), lambda folder: weeks(folder, range(32, 64))),
    "update": (range(0, 64, 2), late),
    "replace": (range(32), lambda folder: weeks(folder, range(40), seed=1)),
}
SOME, MANY = 4, 50


def writers(mode: str, paths: list[Path], number: int) -> Iterator[subprocess.Popen[str]]:
    """Processes that import while the one before is at work, and begin when they are told to."""

    def prepare() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WRITER, mode, *map(str, paths)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    ready = [prepare()]
    try:
        for left in reversed(range(number)):
            ready += [prepare()] if left else []
            yield ready.pop(0)
    finally:
        for writer in ready:
            writer.kill()
            writer.communicate()


def run(writer: subprocess.Popen[str], seconds: float | None = None) -> tuple[bool, float]:
    """Let it write, for so long at most; whether it was killed, and how long it wrote."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write("\n")
    writer.stdin.flush()
    writer.stdout.readline()
    started = time.monotonic()
    try:
        _, errors = writer.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        writer.kill()
        _, errors = writer.communicate()
    assert writer.returncode in (0, -signal.SIGKILL), errors
    return writer.returncode != 0, time.monotonic() - started


@pytest.mark.parametrize(
    ("mode", "rounds"),
    [(mode, SOME) for mode in ("create", "append", "update")]
    + [pytest.param(mode, MANY, marks=pytest.mark.soak) for mode in WAYS],
)
def test_after_a_kill_versions_are_whole_and_the_next_run_ends_as_if_undisturbed(
    tmp_path: Path, workspace: Path, mode: Any, rounds: int
) -> None:
    days, bring = WAYS[mode]
    paths, aside, before = bring(tmp_path), tmp_path / "aside", None
    workspace.mkdir()
    first = weeks(tmp_path, days)
    if first:
        pangeo.ingest(first, NAME, layouts=LAYOUTS)
        before = digest()
    shutil.copytree(workspace, aside)

    killed = undone = 0
    moments = random.Random(0)
    with closing(writers(mode, paths, 1 + rounds)) as queue:
        _, duration = run(next(queue))
        after = digest()
        assert after == digest_of(paths if mode == "replace" else [*first, *paths])
        assert after != before
        for shot in moments.sample(range(rounds), rounds):
            put_back(aside, workspace)
            was_killed, lasted = run(next(queue), (shot + moments.random()) / rounds * duration)
            if not was_killed:
                duration = lasted  # aim the next shots at what it really takes
            found = digest()
            assert found in ((before, after) if was_killed else (after,))
            killed, undone = killed + was_killed, undone + (found == before)
            check_catalog_of(found)

            report = pangeo.ingest(paths, NAME, mode=mode, layouts=LAYOUTS)
            if mode != "replace":
                assert (report.status == "unchanged") == (found == after)
            assert digest() == after
            check_catalog_of(after)
    assert pangeo.verify(NAME)
    print(f"{mode}: {killed} of {rounds} killed, {undone} of them before their commit")
    assert killed >= rounds / 2, "most had ended when they were shot at"
    assert undone >= rounds / 4, "most had committed when they were shot at"


def check_catalog_of(found: str | None) -> None:
    """Whether the catalogue says what readers find, be it that there is nothing."""
    catalog = pangeo.catalog()
    assert [entry.name for entry in catalog.entries] == ([NAME] if found else [])
    if found:
        now = pangeo.open(NAME)
        assert catalog[NAME].version == now.attrs["pangeo_version"]
        assert catalog[NAME].variables["sla"] == now.sla.sizes
