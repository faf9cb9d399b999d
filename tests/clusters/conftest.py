"""Looking at what a cluster leaves in the machine: processes and open ports."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process and all its descendants that do work.

    Python's resource tracker is left out: multiprocessing starts it once and keeps it for as
    long as the program runs.
    """
    members = []
    for member in (process, *process.children(recursive=True)):
        try:
            if "resource_tracker" not in " ".join(member.cmdline()):
                members.append(member)
        except psutil.Error:
            continue  # it ended while we looked
    return members


def listeners(members: list[psutil.Process]) -> list[tuple[str, int]]:
    """Address and port of every socket on which one of the processes listens."""
    found = []
    for member in members:
        for connection in member.net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                found.append((connection.laddr.ip, connection.laddr.port))
    return found


def eventually(is_so: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether it becomes so within a bound that only a broken program reaches."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(name="family")
def family_() -> Callable[[psutil.Process], list[psutil.Process]]:
    return family


@pytest.fixture(name="listeners")
def listeners_() -> Callable[[list[psutil.Process]], list[tuple[str, int]]]:
    return listeners


@pytest.fixture(name="eventually")
def eventually_() -> Callable[..., bool]:
    return eventually
