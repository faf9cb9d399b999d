"""Keeps the pages of a Dask scheduler or worker to the account that it runs under.

A dashboard has no login: whoever shares the machine and finds its port could look at it. But on
one machine the kernel knows whose each connection is. Given to Dask as a preload, this module
answers those of the same account and refuses all others: ``dask scheduler --preload
pangeo.clusters.doorkeeper``, the same for a worker.
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerConnectionDelegate
from tornado.web import Application, RequestHandler

TABLES = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}
ESTABLISHED = "01"  # of a connection that has ended, the kernel no longer says whose it was
REFUSED = "403: these pages are shown to the account alone that their cluster runs under\n"


def dask_setup(node: Any) -> None:
    """Called by Dask with the scheduler or worker before anybody can have its address."""
    server = node.http_server
    server.request_callback = Doorkeeper(server.request_callback)


class Doorkeeper(HTTPServerConnectionDelegate):
    """Hands the requests of this account on, and answers the others itself."""

    def __init__(self, pages: HTTPServerConnectionDelegate) -> None:
        self._pages = pages
        self._refusal = Application([(r".*", _Refusal)])

    def start_request(self, server_conn: Any, request_conn: Any) -> HTTPMessageDelegate:
        """Choose who answers a request of this connection."""
        asks = account_of_peer(server_conn.stream.socket)
        chosen = self._pages if asks == os.geteuid() else self._refusal
        return chosen.start_request(server_conn, request_conn)


class _Refusal(RequestHandler):
    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain")
        self.finish(REFUSED)


def account_of_peer(connection: socket.socket) -> int | None:
    """The user id of whoever is at the other end; None where this machine cannot know it.

    Examples
    --------
    >>> import os, socket
    >>> with socket.create_server(("127.0.0.1", 0)) as server:
    ...     with socket.create_connection(server.getsockname()):
    ...         accepted, _ = server.accept()
    ...         with accepted:
    ...             account_of_peer(accepted) == os.geteuid()
    True
    """
    table = Path(TABLES.get(connection.family, ""))
    if not table.is_file():
        return None  # not Linux
    ends = [_as_listed(connection.getpeername()), _as_listed(connection.getsockname())]
    for line in table.read_text().splitlines()[1:]:
        _, local, remote, state, _, _, _, account, *_ = line.split()
        if [local, remote] == ends and state == ESTABLISHED:  # their end of it
            return int(account)
    return None


def _as_listed(address: tuple[Any, ...]) -> str:
    """An address as the kernel lists it: 32 bits at a time, in the order of the machine."""
    host, port = address[:2]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"
