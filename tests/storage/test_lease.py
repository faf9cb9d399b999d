"""One writer at a time, whatever happens to the others."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pangeo.errors import StoreError
from pangeo.storage import hold_lease
from pangeo.storage import lease as lease_module

HOLDER = """
import sys, time
from pathlib import Path
from pangeo.storage import hold_lease
with hold_lease(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

COUNTER = """
import sys
from pathlib import Path
from pangeo.storage import hold_lease
folder = Path(sys.argv[1])
for _ in range(20):
    with hold_lease(folder / "writer.lease"):
        count = folder / "count"
        count.write_text(str(int(count.read_text()) + 1))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dataset" / "writer.lease"


def test_the_lease_is_there_while_held_and_gone_after(path: Path) -> None:
    with hold_lease(path) as lease:
        lease.check()
        assert json.loads(path.read_text())["pid"] == os.getpid()
    assert not path.parent.exists(), "an empty folder was left behind"


def test_a_live_holder_is_waited_for_then_named(path: Path) -> None:
    with (
        hold_lease(path),
        pytest.raises(StoreError, match=f"process {os.getpid()} on"),
        hold_lease(path, wait=0.3),
    ):
        pytest.fail("two writers at once")


def test_the_second_writer_gets_it_when_the_first_gives_it_back(path: Path) -> None:
    order: list[str] = []
    entered = threading.Event()

    def first() -> None:
        with hold_lease(path):
            entered.set()
            time.sleep(0.3)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait()
    with hold_lease(path, wait=10):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_killed_holder_is_taken_over_and_a_live_one_is_not(path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StoreError), hold_lease(path, wait=0.3):
        pytest.fail("took over a live writer")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert path.exists()
    with hold_lease(path, wait=0.3) as lease:
        lease.check()


def test_a_holder_elsewhere_counts_as_dead_only_after_silence(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    elsewhere = {"token": "t", "host": f"not-{socket.gethostname()}", "pid": 1, "started": 0.0}
    path.write_text(json.dumps(elsewhere))
    with pytest.raises(StoreError, match="process 1 on not-"), hold_lease(path, wait=0.3):
        pytest.fail("took over a writer that may live")
    monkeypatch.setattr(lease_module, "SILENCE", 0.5)
    with hold_lease(path, wait=5) as lease:
        lease.check()


def test_a_touch_from_elsewhere_counts_as_a_sign_of_life(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "SILENCE", 0.5)
    path.parent.mkdir()
    path.write_text(json.dumps({"token": "t", "host": "elsewhere", "pid": 1, "started": 0.0}))
    done = threading.Event()

    def touch() -> None:
        while not done.wait(0.1):
            os.utime(path)

    thread = threading.Thread(target=touch)
    thread.start()
    try:
        with pytest.raises(StoreError), hold_lease(path, wait=1.5):
            pytest.fail("took over a live writer")
    finally:
        done.set()
        thread.join()


def test_a_lost_lease_is_noticed_before_the_commit(path: Path) -> None:
    with hold_lease(path) as lease:
        stolen = {"token": "other", "host": "elsewhere", "pid": 7, "started": 0.0}
        path.write_text(json.dumps(stolen))
        with pytest.raises(StoreError, match="process 7 on elsewhere"):
            lease.check()
    assert path.exists(), "removed the lease of somebody else"


def test_processes_that_share_a_lease_lose_no_update(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    command = [sys.executable, "-c", COUNTER, str(tmp_path)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "60"
