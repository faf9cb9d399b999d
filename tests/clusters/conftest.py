"""Looking at what a cluster leaves in the machine: processes and open ports."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
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


SLURM = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
MpiDefault=none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs=4 RealMemory=8192
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs=4 RealMemory=8192
PartitionName=debug Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="session")
def slurm_conf(free_ports, eventually) -> Iterator[Path]:
    """A Slurm of two nodes on this machine, that listens on 127.0.0.1 alone."""
    commands = ("munged", "slurmctld", "slurmd", "sbatch")
    if os.geteuid() != 0 or not all(map(shutil.which, commands)):
        pytest.skip("needs a Slurm of its own; as root on Debian: make servers")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # a short path, as sockets need
    key, conf = folder / "munge.key", folder / "slurm.conf"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    conf.write_text(SLURM.format(folder=folder, ports=free_ports(3)))
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    munge = [f"--{what}-file={folder}/munge.{what}" for what in ("key", "pid", "log", "seed")]
    daemons = [
        ["munged", "--force", "--foreground", f"--socket={folder}/munge.socket", *munge],
        ["slurmctld", "-D", "-c"],
        ["slurmd", "-D", "-N", "n1"],
        ["slurmd", "-D", "-N", "n2"],
    ]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running: list[subprocess.Popen[bytes]] = []
    try:
        for daemon in daemons:
            running.append(subprocess.Popen(daemon, env=environment, **silent))
            assert eventually((folder / "munge.socket").exists)
        assert eventually(lambda: _idle_nodes(environment) == 2)
        yield conf
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder)


def _idle_nodes(environment: dict[str, str]) -> int:
    command = ["sinfo", "--noheader", "--Node", "--format=%T"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return found.stdout.split().count("idle")


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
