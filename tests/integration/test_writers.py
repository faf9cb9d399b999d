"""Writers that die, meet or oversleep: nothing lost, nothing twice, nothing half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import pangeo
from pangeo.storage import lease

from .daily import LAYOUTS, NAME, digest, digest_of, write_days

DYING = """
import os, signal, sys
import pangeo
from pangeo.ingestion import pipeline
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
moment, name, mode, path = sys.argv[1:]
if moment == "before the commit":
    pipeline.Lease.check = die
else:
    pipeline.publish = die
pangeo.ingest(path, name, mode=mode)
"""


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
@pytest.mark.parametrize("mode", ["append", "update"])
def test_a_killed_extension_is_all_or_nothing(tmp_path: Path, moment: str, mode: Any) -> None:
    first = write_days(tmp_path / "first.nc", range(32))
    new = write_days(tmp_path / "new.nc", [32] if mode == "append" else [2], seed=1)
    before = pangeo.ingest(first, NAME, layouts=LAYOUTS)
    command = [sys.executable, "-c", DYING, moment, NAME, mode, str(new)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    if moment == "after the commit":
        assert digest() == digest_of([first, new])
    else:
        assert pangeo.open(NAME).attrs["pangeo_version"] == before.version
        assert digest() == digest_of([first])
    pangeo.ingest(new, NAME, mode=mode)
    assert digest() == digest_of([first, new])
    assert pangeo.catalog()[NAME].version == pangeo.open(NAME).attrs["pangeo_version"]


OBEDIENT = """
import json, sys
import pangeo
pangeo.ingest
for order in sys.stdin:
    print(pangeo.ingest(**json.loads(order)).status, flush=True)
"""


@contextmanager
def processes(number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Writers that wait for orders."""
    command = [sys.executable, "-c", OBEDIENT]
    writers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    try:
        yield writers
    finally:
        for writer in writers:
            writer.communicate()


def at_once(writers: Sequence[Any], mode: str, sources: Sequence[Path]) -> list[str]:
    """What became of an order to each of them."""
    for writer, source in zip(writers, sources, strict=True):
        order = {"sources": str(source), "name": NAME, "mode": mode}
        writer.stdin.write(json.dumps(order) + "\n")
        writer.stdin.flush()
    return sorted(writer.stdout.readline().strip() for writer in writers)


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_two_that_write_at_once_lose_nothing_and_repeat_nothing(
    tmp_path: Path, rounds: int
) -> None:
    """In each round both find the same new day in a folder, then each a late day of its own."""
    folder = tmp_path / "growing"
    folder.mkdir()
    days = [write_days(folder / "even.nc", range(0, 100, 2))]
    pangeo.ingest(days[0], NAME, layouts=LAYOUTS)
    with processes(2) as writers:
        for number in range(rounds):
            new = write_days(folder / f"new-{number}.nc", [100 + number])
            assert at_once(writers, "append", [folder, folder]) == ["appended", "unchanged"]
            late = [
                write_days(tmp_path / f"late-{odd}.nc", [odd])
                for odd in (4 * number + 1, 4 * number + 3)
            ]
            assert at_once(writers, "update", late) == ["updated", "updated"]
            days += [new, *late]
    assert digest() == digest_of(days)
    assert len(pangeo.catalog()[NAME].sources) == len(days)
    assert len(pangeo.catalog().history(NAME)) == len(days), "not a version after the other"
    assert pangeo.verify(NAME, against_sources=True)


# Its lease is one of a machine where nobody can look whether the process lives.
OVERSLEEPING = """
import os, signal, socket, sys
import pangeo
from pangeo.ingestion import pipeline
socket.gethostname = lambda: "elsewhere"
naps = iter([signal.SIGSTOP])
def sleep(*args):
    for nap in naps:
        os.kill(os.getpid(), nap)
check = pipeline.Lease.check
def check_and_sleep(lease):
    check(lease)
    sleep()
moment, name, mode, *paths = sys.argv[1:]
if moment == "before the commit":
    pipeline.Lease.check = check_and_sleep
try:
    pangeo.ingest(paths, name, mode=mode, progress=sleep if moment == "while it writes" else None)
except pangeo.errors.StoreError as error:
    sys.exit(error.problem)
"""


@pytest.mark.parametrize("moment", ["while it writes", "before the commit"])
@pytest.mark.parametrize("mode", ["create", "append"])
def test_who_wakes_up_after_another_took_over_commits_nothing_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, mode: Any
) -> None:
    days = [
        write_days(tmp_path / f"{number}.nc", part) for number, part in enumerate((range(32), [32]))
    ]
    if mode == "append":
        pangeo.ingest(days[0], NAME)
    command = [sys.executable, "-c", OVERSLEEPING, moment, NAME, mode, *map(str, days)]
    sleeper = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    os.waitpid(sleeper.pid, os.WUNTRACED)
    monkeypatch.setattr(lease, "SILENCE", 0.5)
    made = pangeo.ingest(days, NAME, mode=mode)
    sleeper.send_signal(signal.SIGCONT)
    _, said = sleeper.communicate()
    assert sleeper.returncode == 1
    assert said.endswith("; nothing was committed\n"), "not in our words"
    assert pangeo.catalog().history(NAME)[0].snapshot == made.version
    assert digest(["map"]) == digest_of(days, ["map"])
    assert pangeo.verify(NAME)
