"""Workers that are jobs of a batch system: Slurm, PBS, and others that dask-jobqueue knows."""

from __future__ import annotations

import importlib
import logging
import shutil
import subprocess
import time
import uuid
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import dask
from distributed import Security
from distributed.core import Status
from distributed.utils import get_ip

from pangeo.clusters.asked import Asked
from pangeo.clusters.client import OwningClient
from pangeo.config import workspace
from pangeo.errors import ClusterError

logger = logging.getLogger(__name__)

# Where dask-jobqueue has the class of each system. Only slurm and pbs are tested.
SYSTEMS: Mapping[str, str] = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
    "htcondor": "HTCondorCluster",
}
# What each of them answers to who asks for its queues: on PATH is not yet in use.
QUEUES: Mapping[str, tuple[str, ...]] = {"slurm": ("sinfo", "--noheader"), "pbs": ("qstat", "-Q")}
ANSWER = 3.0  # seconds in which one answers

PATIENCE = 20.0  # seconds in which a refusal of the batch system would have come
WATCH = "2s"  # how often the number of workers is looked at, and how soon one is given up


def batch_system() -> str | None:
    """The batch system that answers on this machine, if there is one."""
    return next((name for name, command in QUEUES.items() if _answers(command)), None)


def _answers(command: tuple[str, ...]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=ANSWER).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def job_cluster(system: str, asked: Asked) -> OwningClient:
    """A client whose workers are jobs, one job for each."""
    cluster = _cluster(system, asked)
    try:
        # Also for a fixed number: a job that is cancelled or comes to its end is replaced.
        most = asked.workers or 1
        cluster.adapt(minimum=0 if asked.adaptive else most, maximum=most, interval=WATCH)
        client = OwningClient(cluster)  # type: ignore[no-untyped-call]
    except BaseException:
        cluster.close()
        raise
    try:
        if not asked.adaptive:
            _wait(client, cluster)
    except BaseException:
        client.close()
        raise
    return client


def job_script(system: str, asked: Asked) -> str:
    """The script that would be sent for each worker."""
    cluster = _cluster(system, asked)
    try:
        return str(cluster.job_script())
    finally:
        cluster.close()


def _cluster(system: str, asked: Asked) -> Any:
    kind = getattr(_jobqueue(), SYSTEMS[system])
    folder = workspace() / "jobs" / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True)
    given = {
        "cores": asked.cores,
        "memory": asked.memory,
        "walltime": asked.walltime,
        "queue": asked.queue,
        "account": asked.account,
        "interface": asked.interface,
    }
    interface = asked.interface or dask.config.get(f"jobqueue.{system}.interface", None)
    where = {"interface": interface} if interface else {"host": get_ip()}
    pages: dict[str, Any] = {} if asked.dashboard else {"distributed.scheduler.http.routes": []}
    settings = pages | {"distributed.deploy.lost-worker-timeout": WATCH}
    keys = folder / "keys"
    with dask.config.set(settings):
        cluster = kind(
            job_cls=_that_tells(kind.job_cls),
            processes=1,
            security=_keys_in(keys),
            protocol="tls://",
            log_directory=str(folder),
            scheduler_options={
                **where,
                "dashboard_address": "127.0.0.1:0" if asked.dashboard else None,
                "dashboard": asked.dashboard,
            },
            **{name: value for name, value in given.items() if value is not None},
        )
    weakref.finalize(cluster, shutil.rmtree, keys, ignore_errors=True)
    return cluster


def _keys_in(folder: Path) -> Security:
    """A key and a certificate for this cluster alone, in files that only this user can read.

    The jobs are told where they are; the folder is that of the workspace, which jobs see too.
    """
    temporary = Security.temporary()
    folder.mkdir(mode=0o700)
    files = {}
    for field in ("tls_ca_file", "tls_scheduler_key", "tls_scheduler_cert"):
        files[field] = folder / f"{field.removeprefix('tls_scheduler_')}.pem"
        files[field].touch(mode=0o600)
        files[field].write_text(getattr(temporary, field))
    ca, key, cert = map(str, files.values())
    roles = ("scheduler", "worker", "client")
    of_roles = {
        f"tls_{role}_{what}": path
        for role in roles
        for what, path in (("key", key), ("cert", cert))
    }
    return Security(tls_ca_file=ca, require_encryption=True, **of_roles)


def _jobqueue() -> ModuleType:
    try:
        return importlib.import_module("dask_jobqueue")
    except ImportError as error:
        raise ClusterError(
            "cannot start workers as jobs of a batch system",
            found="no package dask-jobqueue",
            expected="the packages of the extra hpc",
            fix="pip install 'pangeo[hpc]'",
        ) from error


def _that_tells(kind: type[Any]) -> type[Any]:
    """A job that keeps what the batch system said when it refused it.

    It counts as started all the same, and is tried again when Dask finds that no worker came:
    Dask would print a traceback at every try.
    """

    class Job(kind):  # type: ignore[misc]
        refused: ClassVar[list[str]] = []

        async def start(self) -> None:
            try:
                await super().start()
            except RuntimeError as error:
                said = _last_lines(str(error))
                if said not in self.refused:
                    logger.warning("%s refuses a job: %s", self.submit_command, said)
                self.refused.append(said)
                self.status = Status.running

    return Job


def _wait(client: OwningClient, cluster: Any) -> None:
    """Until a worker is there, or the batch system refuses, or jobs wait in the queue."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if client.scheduler_info()["workers"]:
            return
        if cluster.job_cls.refused:
            raise ClusterError(
                "the batch system refuses the jobs",
                found=cluster.job_cls.refused[-1],
                expected="a job to be taken into the queue",
                fix="correct queue, account, walltime, cores or memory; the job script is\n"
                + cluster.job_script(),
            )
        time.sleep(0.1)


def _last_lines(refusal: str) -> str:
    """What the command wrote on its standard error, of the report that dask-jobqueue makes."""
    lines = [line for line in refusal.partition("stderr:")[2].splitlines() if line.strip()]
    return "; ".join(lines) or refusal.strip()
