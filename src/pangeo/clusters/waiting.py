"""A client whose workers are jobs: waiting for them ends with the reason when none comes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from distributed.core import Status

from pangeo.clusters import queue
from pangeo.clusters.asked import Asked
from pangeo.clusters.client import OwningClient
from pangeo.clusters.versions import SameVersions, refusal
from pangeo.errors import ClusterError

LOOK = 1.0  # seconds between two looks at the queue


class JobClient(OwningClient):
    """A client whose workers are jobs of a batch system."""

    cluster: Any

    def __init__(self, cluster: Any, asked: Asked, versions: SameVersions, keys: Path) -> None:
        self._system, self._versions, self._keys = asked.where, versions, keys
        super().__init__(cluster, asked)

    def _await(self, n_workers: int, seconds: float) -> None:
        missing = self._wait(n_workers, seconds)
        if missing > 0:
            raise self._none_came(missing, f"after {seconds:g} s")

    def look(self, seconds: float) -> None:
        """Raise ClusterError for what shows itself so soon; else jobs may go on waiting."""
        self._wait(1, seconds)

    def _wait(self, n_workers: int, seconds: float) -> int:
        """How many workers are missing after so long; raises as soon as one cannot come."""
        end, dead = time.monotonic() + seconds, set[str]()
        while (missing := n_workers - len(self._names())) > 0 and time.monotonic() < end:
            self._refuse_what_failed()
            before, dead = dead, self._dead()
            if dead & before:  # seen twice: between two looks a worker may have come
                raise self._ended(dead & before)
            if any(queue.NEVER & set(line.split()) for line in self._lines().values()):
                raise self._none_came(missing, "already now")
            self.cluster.scheduler.idle_since = None  # who waits for workers is not idle
            time.sleep(min(LOOK, max(0.0, end - time.monotonic())))
        if missing > 0:
            self._refuse_what_failed()
        return missing

    def _names(self) -> set[str]:
        """The workers that are there and have our packages."""
        workers = dict(self.cluster.scheduler.workers)
        return {str(workers[each].name) for each in workers.keys() & self._versions.same}

    def _awaited(self) -> set[str]:
        """The numbers of the jobs whose worker is not there."""
        jobs, there = dict(self.cluster.workers), self._names()
        return {job.job_id for name, job in jobs.items() if job.job_id and str(name) not in there}

    def _lines(self) -> dict[str, str]:
        """What the queue says of these jobs."""
        return queue.states(self._system, self._awaited()) or {}

    def _dead(self) -> set[str]:
        """The numbers of jobs that left the queue though no worker of theirs is there."""
        awaited = self._awaited()
        lines = queue.states(self._system, awaited)
        return set() if lines is None else awaited - lines.keys()

    def _refuse_what_failed(self) -> None:
        jobs = dict(self.cluster.workers).values()
        refused = [job.refusal for job in jobs if job.refusal]
        if refused:
            raise ClusterError(
                "the batch system refuses the jobs",
                found=refused[-1],
                expected="a job to be taken into the queue",
                fix="correct queue, account, walltime, cores or memory; the job script is\n"
                + self.cluster.job_script(),
            )
        if self._versions.differing:
            raise refusal(self._versions.differing)
        if self.cluster.scheduler.status == Status.closed:
            raise ClusterError(
                "no worker can come any more",
                found="the scheduler ended, for lack of work or because it was closed",
                expected="a scheduler that runs until client.close()",
                fix=f"start it again: {self._asked.again()}",
            )

    def _ended(self, ids: set[str]) -> ClusterError:
        return ClusterError(
            "a job ended before its worker came",
            found=f"job {', '.join(sorted(ids))} is no longer in the queue; it wrote to "
            + queue.log_tail(self._folder(), ids),
            expected="a worker that reaches the scheduler at " + self.cluster.scheduler_address,
            fix="most often the Python of this process is not there on the node, the walltime is "
            "too short, or the node cannot reach the interface; pangeo.cluster(dry_run=True) "
            "shows the job script, pangeo doctor tries one job",
        )

    def _none_came(self, missing: int, when: str) -> ClusterError:
        lines = self._lines()
        said = "; ".join(lines.values()) or "no job of ours that waits for its worker"
        runs = any(word in ("RUNNING", "R") for line in lines.values() for word in line.split())
        address = self.cluster.scheduler.contact_address or self.cluster.scheduler_address
        return ClusterError(
            f"{missing} of the workers did not come",
            found=f"{when} the queue says: {said}",
            expected=f"jobs that start, and workers that reach the scheduler at {address}",
            fix="a job runs whose worker did not come: name the interface that the nodes reach, "
            "or have the firewall let them through; see what it wrote, "
            + queue.log_tail(self._folder(), lines)
            if runs
            else "wait longer with client.wait_for_workers(n, timeout=...) if they are waiting "
            "their turn; ask for less, or for another queue, if they cannot start",
        )

    def _end_workers(self) -> None:
        try:
            super()._end_workers()
        finally:
            shutil.rmtree(self._keys, ignore_errors=True)

    def _folder(self) -> Path:
        return Path(next(iter(self.cluster.workers.values())).log_directory)
