"""Where a Lab listens, and how a browser on another machine comes to it."""

from __future__ import annotations

import getpass
import os
import socket

from pangeo.errors import ClusterError

USUAL = 8888


def free_port(asked: int | None) -> int:
    """The port asked for; else the usual one, or one that the kernel gives if it is taken.

    Raises
    ------
    ClusterError
        When the port asked for is taken.
    """
    for port in (asked or USUAL, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                if asked is not None:
                    raise ClusterError(
                        f"the Lab cannot listen on port {asked}",
                        found=error.strerror or str(error),
                        expected="a port of this machine that nobody listens on",
                        fix="leave --port out, and a free one is taken",
                    ) from error
                continue
            return int(listener.getsockname()[1])
    raise AssertionError("the kernel gives a free port")


def tunnel(port: int) -> str | None:
    """What to type on the user's own machine; None where this one is it."""
    ends = f"-L {port}:127.0.0.1:{port}"
    user = getpass.getuser()
    if "SLURM_JOB_ID" in os.environ:
        login = os.environ.get("SLURM_SUBMIT_HOST", "LOGIN-NODE")
        return f"ssh -N {ends} -J {user}@{login} {user}@{socket.gethostname()}"
    if "SSH_CONNECTION" in os.environ:
        return f"ssh -N {ends} {user}@{socket.getfqdn()}"
    return None
