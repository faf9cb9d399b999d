"""Workers that are jobs of a batch system: Slurm, PBS, and others that dask-jobqueue knows."""

from __future__ import annotations

import re
import shutil
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
from distributed.utils import get_ip

from pangeo import config
from pangeo.clusters.asked import Asked
from pangeo.clusters.dashboard import hidden
from pangeo.clusters.job import job_class
from pangeo.clusters.jobqueue import SYSTEMS, jobqueue
from pangeo.clusters.keys import keys_in
from pangeo.clusters.replacing import WATCH
from pangeo.clusters.versions import SameVersions
from pangeo.clusters.waiting import JobClient
from pangeo.config import workspace
from pangeo.errors import ClusterError, InputError

LOOKED_AT = (
    "cores", "memory", "interface", "log_directory", "scheduler_options", "walltime",
    "worker_extra_args",
)  # fmt: skip
KEYS = "keys"  # the folder within that of a cluster


def job_cluster(asked: Asked) -> JobClient:
    """A client whose workers are jobs, one job for each."""
    # Looked up each time that a worker goes, so not to be set for the start alone.
    dask.config.update_defaults({"distributed": {"deploy": {"lost-worker-timeout": WATCH}}})
    versions, folder = SameVersions(), _own_folder()
    cluster = _cluster(asked, versions, folder)
    try:
        client = JobClient(cluster, asked, versions, folder / KEYS)
        most = asked.workers or 1
        client.adapt(0 if asked.adaptive else most, most)
    except BaseException:
        cluster.close()
        shutil.rmtree(folder / KEYS, ignore_errors=True)
        raise
    return client


def job_script(asked: Asked) -> str:
    """The script that would be sent for each worker."""
    folder = _own_folder()
    try:
        cluster = _cluster(asked, SameVersions(), folder)
        try:
            return str(cluster.job_script())
        finally:
            cluster.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # nothing is sent that would need it


def _own_folder() -> Path:
    """A new folder for the keys and the logs of one cluster."""
    folder = workspace() / "jobs" / uuid.uuid4().hex[:8]
    if re.search(r"[^\w@%+=:,./-]", str(folder)):  # letters of any alphabet are well
        raise InputError(
            "a job script cannot name the workspace",
            found=f"{workspace()}, which has a blank or a sign that the shell reads",
            expected="a path of letters, digits and any of @%+=:,./-_",
            fix="choose another workspace with PANGEO_WORKSPACE",
        )
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ClusterError(
            "the workspace cannot hold the keys and logs of the jobs",
            found=str(error),
            expected="a folder that can be written here and is seen by the nodes",
            fix="choose another workspace with PANGEO_WORKSPACE",
        ) from error
    return folder


def _cluster(asked: Asked, versions: SameVersions, folder: Path) -> Any:
    try:
        cluster = _started(asked, versions, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # JobClient removes them too; this is for a program that ends without closing its cluster.
    weakref.finalize(cluster, shutil.rmtree, folder / KEYS, ignore_errors=True)
    return cluster


def _started(asked: Asked, versions: SameVersions, folder: Path) -> Any:
    kind = getattr(jobqueue(), SYSTEMS[asked.where])
    keywords = _keywords(asked)
    with dask.config.set(_settings(asked)), _that_cannot_start(asked):
        return hidden(kind)(
            job_cls=job_class(kind.job_cls, keywords["walltime"], asked.where),
            processes=1,
            security=keys_in(folder / KEYS),
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
    processes = keywords.pop("processes", None) or 1
    if processes != 1:
        raise InputError(
            "a job has one worker here, not several",
            found=f"processes={processes!r} in the site",
            expected="cores and memory of one worker, which is one job",
            fix="divide cores and memory by processes, and leave processes out",
        )
    missing = [name for name in ("cores", "memory") if keywords[name] is None]
    if missing:
        raise InputError(
            f"cannot ask {asked.where} for a job without {' and '.join(missing)}",
            found=asked.again(),
            expected="cores and memory of each worker",
            fix=f"{asked.again(cores=4, memory='16GiB')}, or set jobqueue.{asked.where}.cores and "
            ".memory in ~/.config/dask, or name a site",
        )
    if not isinstance(keywords["walltime"], str | None):
        raise InputError(
            "a walltime is a text",
            found=f"walltime={keywords['walltime']!r}",
            expected="what the batch system reads, such as '02:00:00'",
            fix="put it in quotes, also in YAML, which takes 12:00:00 without them for a number",
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
