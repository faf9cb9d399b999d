"""Looking at what a cluster leaves in the machine: processes and open ports."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pangeo.clusters.jobqueue import jobqueue


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


@pytest.fixture(autouse=True)
def _nothing_to_collect() -> None:
    """Clients of other tests are gone before this one starts a loop.

    Dask starts it under a lock, and waits for its thread; a client that Python collects in just
    that thread is closed there, which takes the lock too: both would wait, and the start fail.
    """
    gc.collect()


@pytest.fixture(name="family")
def family_() -> Callable[[psutil.Process], list[psutil.Process]]:
    return family


@pytest.fixture
def slurm(slurm_conf: Path, eventually, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Gives the ids of the jobs that are waiting or running."""
    if importlib.util.find_spec("dask_jobqueue") is None:
        pytest.skip("needs pangeo[hpc]: make setup")
    jobqueue()  # imported within dask.config.set it would lose its settings after the block
    monkeypatch.setenv("SLURM_CONF", str(slurm_conf))

    def jobs() -> list[str]:
        command = ["squeue", "--noheader", "--format=%i", "--states=PENDING,RUNNING"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert eventually(lambda: not jobs()), "jobs are left from another test"
    return jobs


@pytest.fixture(scope="session")
def another_dask(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Dask that is not the one of these tests."""
    folder = tmp_path_factory.mktemp("another")
    here = Path(__file__).parents[2] / ".uv" / "bin"  # where make setup puts it
    uv = shutil.which("uv", path=f"{here}:{os.environ['PATH']}")
    versions = ["dask==2026.7.0", "distributed==2026.7.0"]
    install = [uv or "uv", "pip", "install", "--no-deps", f"--target={folder}", *versions]
    if uv is None or subprocess.run(install, capture_output=True).returncode:
        pytest.skip("needs uv and a package registry, for a second version of Dask")
    return folder
