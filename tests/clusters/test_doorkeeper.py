"""Pages of a scheduler that are shown to its own account alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster

from pangeo.clusters import doorkeeper
from pangeo.clusters.doorkeeper import account_of_peer

NOBODY = 65534
# Imports come first: the other account may not be able to read this Python.
BECOME = f"""
import encodings.idna, os, socket, sys, urllib.request
os.setuid({NOBODY})
"""
FETCH = BECOME + "print(urllib.request.urlopen(sys.argv[1]).status)"
CONNECT = BECOME + "socket.create_connection(('127.0.0.1', int(sys.argv[1]))).recv(1)"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_kernel_says_whose_a_connection_is(family: socket.AddressFamily) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with server, socket.create_connection(server.getsockname()[:2]) as caller:
        accepted, _ = server.accept()
        with accepted:
            assert account_of_peer(accepted) == os.geteuid()
            assert account_of_peer(caller) == os.geteuid()


def test_the_account_is_that_of_the_other_end() -> None:
    """A caller of another account, whose own end is looked up and not ours."""
    if os.geteuid() != 0:
        pytest.skip("becomes another account: as root")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        caller = subprocess.Popen([sys.executable, "-c", CONNECT, port])
        accepted, _ = server.accept()
        with accepted:
            assert account_of_peer(accepted) == NOBODY
        caller.wait()


def test_a_connection_that_has_ended_is_nobodys() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        caller = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        with accepted:
            caller.close()
            assert account_of_peer(accepted) is None


def test_a_machine_that_does_not_know_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "TABLES", {})
    with socket.create_server(("127.0.0.1", 0)) as server:
        caller = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        with accepted, caller:
            assert account_of_peer(accepted) is None


@pytest.fixture
def dashboard() -> Iterator[str]:
    """The address of the pages of a scheduler that has the doorkeeper."""
    preload = ["pangeo.clusters.doorkeeper"]
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", host="127.0.0.1",
            dashboard_address="127.0.0.1:0", scheduler_kwargs={"preload": preload}, preload=preload,
        ) as cluster,
        Client(cluster),
    ):  # fmt: skip
        yield cluster.dashboard_link


def test_its_own_account_sees_every_page(dashboard: str) -> None:
    for page in ("status", "individual-plots.json", "health"):
        with urllib.request.urlopen(dashboard.replace("status", page), timeout=30) as answer:
            assert answer.status == 200


def test_another_account_sees_none(dashboard: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("becomes another account: as root")
    for page in ("status", "individual-plots.json", "health", "no such page"):
        url = dashboard.replace("status", page.replace(" ", "%20"))
        command = [sys.executable, "-c", FETCH, url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "HTTP Error 403" in done.stderr, done.stderr


def test_who_cannot_be_told_is_refused(dashboard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "TABLES", {})
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        urllib.request.urlopen(dashboard, timeout=30)
    assert "to the account alone" in caught.value.read().decode()
    caught.value.close()
