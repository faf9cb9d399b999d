"""Workers that are jobs of a batch system: Slurm, PBS, and others that dask-jobqueue knows."""

from __future__ import annotations

import shutil
import uuid
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dask
from distributed.utils import get_ip

from pangeo import config
from pangeo.clusters.asked import Asked
from pangeo.clusters.job import job_class
from pangeo.clusters.jobqueue import jobqueue
from pangeo.clusters.keys import keys_in
from pangeo.clusters.versions import SameVersions
from pangeo.clusters.waiting import JobClient
from pangeo.config import workspace
from pangeo.errors import ClusterError, InputError

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
LOOKED_AT = (
    "cores", "memory", "interface", "log_directory", "scheduler_options", "walltime",
    "worker_extra_args",
)  # fmt: skip
PATIENCE = 20.0  # seconds in which a refusal of the batch system would have come
WATCH = "2s"  # how often the number of workers is looked at, and how soon one is given up


def job_cluster(asked: Asked) -> JobClient:
    """A client whose workers are jobs, one job for each."""
    # Looked up each time that a worker goes, so not to be set for the start alone.
    dask.config.update_defaults({"distributed": {"deploy": {"lost-worker-timeout": WATCH}}})
    versions = SameVersions()
    cluster = _cluster(asked, versions)
    try:
        # Also for a fixed number: a job that is cancelled or comes to its end is replaced.
        most = asked.workers or 1
        cluster.adapt(minimum=0 if asked.adaptive else most, maximum=most, interval=WATCH)
        client = JobClient(cluster, asked, versions)
    except BaseException:
        cluster.close()
        raise
    try:
        if not asked.adaptive:
            client.look(PATIENCE)
    except BaseException:
        client.close()
        raise
    return client


def job_script(asked: Asked) -> str:
    """The script that would be sent for each worker."""
    cluster = _cluster(asked, SameVersions())
    try:
        return str(cluster.job_script())
    finally:
        cluster.close()


def _cluster(asked: Asked, versions: SameVersions) -> Any:
    kind = getattr(jobqueue(), SYSTEMS[asked.where])
    keywords = _keywords(asked)
    folder = workspace() / "jobs" / uuid.uuid4().hex[:8]
    keys = folder / "keys"
    folder.mkdir(parents=True)
    with dask.config.set(_settings(asked)), _that_cannot_start(asked):
        cluster = kind(
            job_cls=job_class(kind.job_cls, keywords["walltime"]),
            processes=1,
            security=keys_in(keys),
            protocol="tls://",
            scheduler_options={
                **({} if keywords["interface"] else {"host": get_ip()}),
                "dashboard_address": "127.0.0.1:0" if asked.dashboard else None,
                "dashboard": asked.dashboard,
                "plugins": [versions],
                **keywords.pop("scheduler_options"),
            },
            **{"log_directory": str(folder)} | keywords,
        )
    weakref.finalize(cluster, shutil.rmtree, keys, ignore_errors=True)
    return cluster


@contextmanager
def _that_cannot_start(asked: Asked) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        raise ClusterError(
            "the scheduler of the jobs did not start",
            found=str(error.__cause__ or error),
            expected="an interface of this machine, and options that dask-jobqueue knows",
            fix=f"pangeo doctor {asked.where} looks at each of them",
        ) from error


def _keywords(asked: Asked) -> dict[str, Any]:
    """What dask-jobqueue is told: what was asked, else what the site says; the rest it looks up."""
    given = {
        name: getattr(asked, name)
        for name in ("cores", "memory", "walltime", "queue", "account", "interface")
        if getattr(asked, name) is not None
    }
    keywords = (asked.site.keywords() if asked.site else {}) | given
    for name in LOOKED_AT:
        setting = f"jobqueue.{asked.where}.{name.replace('_', '-')}"
        keywords.setdefault(name, dask.config.get(setting, None))
    missing = [name for name in ("cores", "memory") if keywords[name] is None]
    if missing:
        raise InputError(
            f"cannot ask {asked.where} for a job without {' and '.join(missing)}",
            found=asked.again(),
            expected="cores and memory of each worker",
            fix=f"{asked.again(cores=4, memory='16GiB')}, or set jobqueue.{asked.where}.cores and "
            ".memory in ~/.config/dask, or name a site",
        )
    keywords["scheduler_options"] = keywords["scheduler_options"] or {}
    if keywords["log_directory"] is None:
        del keywords["log_directory"]
    return keywords


def _settings(asked: Asked) -> dict[str, Any]:
    """Settings of Dask for the scheduler: ours where the user has none."""
    defaults = {
        "distributed.scheduler.idle-timeout": config.seconds("cluster.idle_timeout"),
        "distributed.scheduler.no-workers-timeout": config.seconds("cluster.wait"),
    }
    ours: dict[str, Any] = {
        name: value for name, value in defaults.items() if dask.config.get(name, None) is None
    }
    if not asked.dashboard:
        ours["distributed.scheduler.http.routes"] = []
    return ours
