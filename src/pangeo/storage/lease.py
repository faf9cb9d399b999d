"""One writer at a time for a dataset on a file system.

Icechunk promises no safe concurrent commits on a file system, and ``flock`` means little
on the shared disks of a cluster. A lease is a file made by atomic creation that says who
writes; the holder touches it while it lives. A dead holder's lease is taken over: at once
where its process can be looked up, else when the file has not been touched for a while,
which is less than another writer waits.
The holder checks that the lease is still its own just before it commits.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from pangeo.errors import StoreError
from pangeo.storage.refusal import writing_to

HEARTBEAT = 5.0  # seconds between two touches
SILENCE = 60.0  # seconds without a touch after which a holder elsewhere counts as dead
WAIT = SILENCE + 3 * HEARTBEAT  # so that who comes after a death elsewhere sees the silence
CLOCK = 2.0  # seconds by which the start of one process may seem to differ

# Who holds a lease that cannot be read: nobody that could be looked up.
_UNKNOWN: dict[str, Any] = {"token": "", "machine": ["", "", ""], "pid": 0, "started": 0.0}


class Lease:
    """The right to write that this process holds; see ``hold_lease``."""

    def __init__(self, path: Path, token: str) -> None:
        self._path = path
        self._token = token

    def check(self) -> None:
        """Raise StoreError unless the lease is still ours: call just before a commit."""
        holder = _read(self._path)
        if holder is None or holder["token"] != self._token:
            raise StoreError(
                f"lost the right to write {self._path.parent.name!r}; nothing was committed",
                found="the lease is " + ("gone" if holder is None else f"held by {_who(holder)}"),
                expected="the lease that this process took, touched while it wrote",
                fix="run the same again: it starts from the last commit",
            )


@contextmanager
def hold_lease(path: Path, *, wait: float = WAIT) -> Iterator[Lease]:
    """Hold the lease at ``path`` for the block, waiting up to ``wait`` seconds for another writer.

    Raises
    ------
    StoreError
        When a live writer still holds it after that time; names host and process. When
        the folder cannot be written.
    """
    token = uuid.uuid4().hex
    with writing_to(path.parent):
        _acquire(path, token, wait)
    done = threading.Event()
    beat = threading.Thread(target=_keep_touching, args=(path, token, done), daemon=True)
    beat.start()
    try:
        yield Lease(path, token)
    finally:
        done.set()
        beat.join()
        with writing_to(path.parent):
            holder = _read(path)
            if holder is not None and holder["token"] == token:
                path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()  # nothing was written: leave no empty folder behind


def _acquire(path: Path, token: str, wait: float) -> None:
    deadline = time.monotonic() + wait
    last_touch, seen_at = None, time.monotonic()
    while not _create(path, token):
        holder, touch = _read(path), _touch_of(path)
        if touch != last_touch:
            last_touch, seen_at = touch, time.monotonic()
        if holder is not None and _is_dead(holder, time.monotonic() - seen_at):
            _take_away(path, holder)
            continue
        if time.monotonic() > deadline:
            raise StoreError(
                f"cannot write {path.parent.name!r}: somebody else is writing it",
                found=f"a lease held by {_who(holder)}" if holder else f"a lease at {path}",
                expected=f"the lease to be given back within {wait:g} s",
                fix="wait for that writer to end, or stop it, and run the same again",
            )
        time.sleep(0.1)


def _create(path: Path, token: str) -> bool:
    """Make the lease complete under another name first, so that nobody reads half of one."""
    me = psutil.Process()
    holder = {
        "token": token, "machine": _machine(), "pid": me.pid, "started": me.create_time()
    }  # fmt: skip
    draft = path.with_name(f"{path.name}.{token}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.write_text(json.dumps(holder))
        os.link(draft, path)  # atomic, and fails where the name is taken
    except FileExistsError:
        return False
    except FileNotFoundError:
        return False  # a writer that wrote nothing has just removed the empty folder
    finally:
        draft.unlink(missing_ok=True)
    return True


def _take_away(path: Path, dead: dict[str, Any]) -> None:
    """Remove a dead holder's lease; put back one that a third process made meanwhile."""
    aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    taken = _read(aside)
    if taken is not None and taken["token"] != dead["token"]:
        # If yet another writer came first, the one put aside notices in Lease.check.
        with suppress(FileExistsError):
            os.link(aside, path)
    aside.unlink()


def _is_dead(holder: dict[str, Any], silent_for: float) -> bool:
    """Whether it surely is: its process has ended, or cannot be told and is silent."""
    if holder["machine"] == _machine():
        try:
            process = psutil.Process(holder["pid"])
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            if abs(process.create_time() - holder["started"]) <= CLOCK:
                return False
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            pass
    return silent_for > SILENCE


def _machine() -> list[str]:
    """Where a process number means the same process: host, this boot of it, and container."""
    boot, namespace = "", ""
    with suppress(OSError):  # as on every system but Linux
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink("/proc/self/ns/pid")
    return [socket.gethostname(), boot, namespace]


def _keep_touching(path: Path, token: str, done: threading.Event) -> None:
    while not done.wait(HEARTBEAT):
        with suppress(OSError):  # the disk may come back; if the lease is gone, check tells
            holder = _read(path)
            if holder is not None and holder["token"] == token:
                os.utime(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        holder = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return _UNKNOWN  # left by a machine that lost its power
    whole = isinstance(holder, dict) and all(
        isinstance(holder.get(key), type(value)) for key, value in _UNKNOWN.items()
    )
    return holder if whole else _UNKNOWN


def _touch_of(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def _who(holder: dict[str, Any]) -> str:
    if holder is _UNKNOWN:
        return "somebody who cannot be told from it"
    return f"process {holder['pid']} on {holder['machine'][0]}"
