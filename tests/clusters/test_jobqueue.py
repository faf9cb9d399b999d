"""The package dask-jobqueue leaves Python as it was."""

from __future__ import annotations

import subprocess
import sys

INTERRUPT = """
import signal
from pangeo.clusters.jobqueue import jobqueue

jobqueue()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_is_still_one_and_does_not_end_python() -> None:
    script = [sys.executable, "-c", INTERRUPT]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
