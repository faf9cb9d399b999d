"""The same packages for client, scheduler and workers, or a refusal that lists what differs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from distributed import Client, Scheduler
from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.versions import get_versions, scheduler_relevant_packages

from pangeo.errors import ClusterError

logger = logging.getLogger(__name__)

# Besides those that Dask looks at: what travels between the processes, or decodes the data.
PACKAGES = ("pangeo", "xarray", "zarr", "icechunk", "numcodecs", "h5netcdf", "h5py", "cftime")


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any], who: str) -> list[str]:
    """One line for each package that is not the same; those that we lack are not needed."""
    here, there = _versions(ours), _versions(theirs)
    return [
        f"{package} {version} here, {there.get(package) or 'none'} on {who}"
        for package, version in here.items()
        if version and there.get(package) != version
    ]


def _versions(report: Mapping[str, Any]) -> dict[str, str | None]:
    python = ".".join(report["host"]["python"].split(".")[:2])
    return {"python": python, **report["packages"]}


def refusal(differing: list[str]) -> ClusterError:
    """What to raise when versions differ."""
    return ClusterError(
        "client and workers do not have the same packages",
        found="; ".join(differing),
        expected="the same versions, as results and tasks travel pickled between them",
        fix="start the workers from the environment of the client (jobqueue.<system>.python and "
        "job-script-prologue, or the image), or install one lock in both",
    )


def refuse_other_versions(client: Client) -> None:
    """Raise ClusterError when the scheduler, or a worker there is, differs from the client."""
    report: Any = client.get_versions(packages=list(PACKAGES))
    ours = report["client"]
    # The scheduler hands on what it does not open: it needs no package that decodes data.
    of_dask = {"host": ours["host"], "packages": dict(ours["packages"])}
    for package in set(ours["packages"]) - scheduler_relevant_packages:
        del of_dask["packages"][package]
    differing = differences(of_dask, report["scheduler"], "the scheduler")
    for who, theirs in report["workers"].items():
        differing += differences(ours, theirs, f"worker {who}")
    if differing:
        raise refusal(differing)


class SameVersions(SchedulerPlugin):
    """Lets in only workers with the packages of the scheduler, now and later.

    For a scheduler that runs in the process of the client.
    """

    name = "same-versions"

    def __init__(self) -> None:
        self.differing: list[str] = []
        """What differed on the workers that were turned away."""
        self.same: set[str] = set()
        """The addresses of workers that have the packages of the scheduler."""
        self._looking: set[asyncio.Task[None]] = set()  # or they might be collected half way

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        """Look at a worker as soon as it has started: before, it answers nothing."""
        looking = asyncio.get_running_loop().create_task(self._look(scheduler, worker))
        self._looking.add(looking)
        looking.add_done_callback(self._looking.discard)

    async def _look(self, scheduler: Scheduler, worker: str) -> None:
        name = scheduler.workers[worker].name
        try:
            theirs = await scheduler.rpc(worker).versions(packages=list(PACKAGES))
        except OSError:
            return  # it left before it answered
        found = differences(get_versions(packages=PACKAGES), theirs, f"worker {name}")
        if not found:
            self.same.add(worker)
        elif worker in scheduler.workers:
            self.differing += found
            logger.warning("turned worker %s away: %s", name, "; ".join(found))
            scheduler.close_worker(worker)
