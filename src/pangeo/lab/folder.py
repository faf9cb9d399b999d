"""A folder for as long as a Lab runs, which only its user can read."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import zlib
from pathlib import Path

import psutil

PREFIX = "pangeo-lab-"
RUNTIME = "run"  # the folder in it where kernels have their sockets
# Characters of the folder around it, for those of a socket's path are at most 107, on macOS 103:
# /pangeo-lab-PROCESS-MACHINE-RANDOM/run/kernel-UUID-ipc-N takes 87 of them.
LONGEST = 16


def own_folder() -> Path:
    """A new one, named after this process; those of processes that were killed are removed.

    It is in the usual folder for such, or in ``/tmp`` where that one has too long a name.
    """
    around = Path(tempfile.gettempdir())
    if len(str(around)) > LONGEST:
        around = Path("/tmp")
    machine = f"{zlib.crc32(socket.gethostname().encode()):08x}"[:4]  # several may share TMPDIR
    for left in around.glob(f"{PREFIX}*-{machine}-*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)  # that of another user cannot be, and stays
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{machine}-", dir=around))
