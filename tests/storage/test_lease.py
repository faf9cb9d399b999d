"""One writer at a time, whatever happens to the others."""

from __future__ import annotations

import inspect
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
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


def lease_of(machine: list[str], pid: int, started: float = 0.0) -> str:
    return json.dumps({"token": "other", "machine": machine, "pid": pid, "started": started})


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
    path.write_text(lease_of([f"not-{socket.gethostname()}", "", ""], 1))
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
    path.write_text(lease_of(["elsewhere", "", ""], 1))
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
        path.write_text(lease_of(["elsewhere", "", ""], 7))
        with pytest.raises(StoreError, match="process 7 on elsewhere"):
            lease.check()
    assert path.exists(), "removed the lease of somebody else"


def test_who_waits_as_shipped_outlasts_the_silence_of_the_dead() -> None:
    waits = inspect.signature(hold_lease).parameters["wait"].default
    assert waits >= lease_module.SILENCE + 2 * lease_module.HEARTBEAT
    assert lease_module.SILENCE > 3 * lease_module.HEARTBEAT


def test_a_zombie_is_dead(path: Path) -> None:
    path.parent.mkdir()
    process = psutil.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    started = process.create_time()
    assert process.stdout is not None
    process.stdout.read()  # until it has ended, but it is not waited for
    while process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    path.write_text(lease_of(lease_module._machine(), process.pid, started))
    with hold_lease(path, wait=0.3) as lease:
        lease.check()
    process.stdout.close()
    process.wait()


def test_a_clock_that_was_set_kills_nobody(path: Path) -> None:
    path.parent.mkdir()
    me = psutil.Process()
    for shift in (0.5, 3600):
        started = me.create_time() - shift
        path.write_text(lease_of(lease_module._machine(), me.pid, started))
        with pytest.raises(StoreError, match=f"process {me.pid}"), hold_lease(path, wait=0.3):
            pytest.fail("took over a live writer")


def test_a_number_on_another_boot_or_in_another_container_is_another_process(path: Path) -> None:
    """Nothing runs here under that number, and still the writer there may live."""
    path.parent.mkdir()
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    host, boot, namespace = lease_module._machine()
    for machine in ([host, "other", namespace], [host, boot, "other"]):
        path.write_text(lease_of(machine, gone.pid))
        with pytest.raises(StoreError, match="somebody else"), hold_lease(path, wait=0.3):
            pytest.fail("took over a writer that may live")
    path.write_text(lease_of([host, boot, namespace], gone.pid))
    with hold_lease(path, wait=0.3) as lease:
        lease.check()


@pytest.mark.parametrize(
    "garbage", [b"", b'{"token": "t', b"[]", b"{}", b"\xff\xfe", b'{"pid": 1}']
)
def test_a_torn_lease_is_taken_over_after_silence(
    path: Path, monkeypatch: pytest.MonkeyPatch, garbage: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(garbage)
    with pytest.raises(StoreError, match="cannot be told"), hold_lease(path, wait=0.2):
        pytest.fail("took over at once what may just be slow")
    monkeypatch.setattr(lease_module, "SILENCE", 0.2)
    with hold_lease(path, wait=5) as lease:
        lease.check()


def test_the_heartbeat_outlives_an_error_and_touches_no_stranger_s_lease(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "HEARTBEAT", 0.02)
    touches = []
    touch = os.utime

    def fails_once(touched: Path) -> None:
        touches.append(touched)
        if len(touches) == 1:
            raise OSError("the disk is away")
        touch(touched)

    monkeypatch.setattr(os, "utime", fails_once)
    with hold_lease(path):
        deadline = time.monotonic() + 30
        while len(touches) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(touches) >= 3
        path.write_text(lease_of(["elsewhere", "", ""], 7))
        time.sleep(0.1)  # for a touch that was under way
        before = path.stat().st_mtime_ns
        time.sleep(0.3)
        assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("folder", ["/dev/null/workspace", "/proc/workspace", __file__])
def test_a_folder_that_cannot_be_written_is_refused_at_once(folder: str) -> None:
    with (
        pytest.raises(StoreError, match=f"cannot write to {folder}/"),
        hold_lease(Path(folder) / "datasets" / "writer.lease"),
    ):
        pytest.fail("nothing can be written there")


def test_processes_that_share_a_lease_lose_no_update(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    command = [sys.executable, "-c", COUNTER, str(tmp_path)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "60"
