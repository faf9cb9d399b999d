"""What every test may count on: a workspace of its own, no window, no deadline.

And for those that start servers: free ports, a wait that ends, who listens where, a Slurm.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

# Read on import: the tests themselves see no PANGEO_* variable.
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("PANGEO_TEST_DATA", _BESIDE))

# The time an example takes says more about the machine than about the code.
settings.register_profile(
    "pangeo", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("pangeo")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace that no other test and no user has; subprocesses inherit it."""
    from pangeo import config

    for variable in [name for name in os.environ if name.startswith("PANGEO_")]:
        monkeypatch.delenv(variable)
    folder = tmp_path / "workspace"
    monkeypatch.setenv("PANGEO_WORKSPACE", str(folder))
    config.refresh()
    yield folder
    monkeypatch.undo()
    config.refresh()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of reference data; a test that needs it is skipped where it is not."""
    if not DATA.is_dir():
        pytest.skip(
            "needs real data files that are too large to come with the code (ERSSTv5 of NOAA and "
            "others); with a folder of them: PANGEO_TEST_DATA=FOLDER make test"
        )
    return DATA


type Reads = list[tuple[str, int]]
"""The key of each chunk that was read, and how many bytes it has."""
type CountReads = Callable[[str], AbstractContextManager[Reads]]


@pytest.fixture(scope="session")
def count_reads() -> CountReads:
    """Gives the chunks of an array that are read in a block, counted at the store."""
    import icechunk

    @contextmanager
    def counting(name: str) -> Iterator[Reads]:
        seen: Reads = []
        get = icechunk.IcechunkStore.get

        async def counted(store: Any, key: str, *options: Any, **more: Any) -> Any:
            found = await get(store, key, *options, **more)
            if f"/{name}/c" in key and found is not None:
                seen.append((key, len(found.to_bytes())))
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(icechunk.IcechunkStore, "get", counted)
            yield seen

    return counting


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


def free_ports(count: int) -> list[int]:
    """Ports that the kernel has just given, all at once so that they differ."""
    with contextlib.ExitStack() as sockets:
        held = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]


@pytest.fixture(scope="session", name="free_ports")
def free_ports_() -> Callable[[int], list[int]]:
    return free_ports


@pytest.fixture(scope="session", name="listeners")
def listeners_() -> Callable[[list[psutil.Process]], list[tuple[str, int]]]:
    return listeners


@pytest.fixture(scope="session", name="eventually")
def eventually_() -> Callable[..., bool]:
    return eventually


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
    folder.chmod(0o755)  # other accounts submit too
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
