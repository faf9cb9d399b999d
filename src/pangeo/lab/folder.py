"""A folder for as long as a Lab runs, which only its user can read."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

PREFIX = "pangeo-lab-"


def own_folder() -> Path:
    """A new one, named after this process; those of processes that were killed are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)  # that of another user cannot be, and stays
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
