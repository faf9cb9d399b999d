"""Sends other jobs for those that will never bring a worker.

Dask replaces a worker that was there and left. A job that was refused, or that ended before its
worker came, it goes on counting as one that is under way.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from distributed.deploy.adaptive import Adaptive

from pangeo.clusters import queue

WATCH = "2s"  # how often the number of workers is looked at, and how soon one is given up
LOOK = 15.0  # seconds between two looks at the queue; a job that both miss is given up


class Replacing(Adaptive):
    """Keeps to the number of workers that is wanted, where workers are jobs of a batch system."""

    cluster: Any

    def __init__(self, cluster: Any, *, system: str, **options: Any) -> None:
        self._system, self._missing, self._looked = system, set[Any](), 0.0
        super().__init__(cluster, **options)

    async def adapt(self) -> None:
        """Give up what is lost, then ask for as many as are wanted."""
        now = time.monotonic()
        if now - self._looked >= LOOK:
            self._looked = now
            await self._give_up()
        if self.state == "running":  # the cluster may have been closed in the meantime
            await super().adapt()

    async def _give_up(self) -> None:
        ids = {job.job_id for job in self._without_worker().values() if job.job_id}
        lines = await asyncio.to_thread(queue.states, self._system, ids) if ids else {}
        waiting = ids if lines is None else lines.keys()  # nothing is known: they may be waiting
        missing = {
            name: job for name, job in self._without_worker().items() if job.job_id not in waiting
        }
        for name, job in missing.items():
            if job in self._missing:
                self.cluster.worker_spec.pop(name, None)
                self.cluster.workers.pop(name, None)
                await job.close()
        self._missing = set(missing.values())

    def _without_worker(self) -> dict[Any, Any]:
        there = {str(worker.name) for worker in self.cluster.scheduler.workers.values()}
        return {name: job for name, job in self.cluster.workers.items() if str(name) not in there}
