"""Many small pieces of work on one open store: on threads here, or on the workers of Dask.

Where a Dask client is at hand, as ``pangeo.cluster()`` leaves one, its workers do the work,
each in a fork of the session, and what they wrote is merged; else threads of this process.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, NamedTuple, Protocol

import dask.base
import icechunk
import zarr

from pangeo.ingestion.ledger import Counted

type Progress = Callable[[int, int], None]
"""Called with the bytes that are written and the bytes in all, before compression."""

type Region = tuple[slice, ...]

TASK_BYTES = 64 * 2**20  # of a task on a worker: enough to be worth a fork of the session


class Job(NamedTuple):
    """A region of an array that is to be written as a whole."""

    array: str
    """Where the array is in the store, such as ``"map/sla"``."""
    region: Region
    nbytes: int
    """What it takes in memory."""


class Arrays:
    """The arrays of a store, each opened once.

    Written through them, a chunk of nothing but fill values is stored too: so a chunk that is
    missing has been lost.
    """

    def __init__(self, store: icechunk.IcechunkStore) -> None:
        self._root = zarr.open_group(store, mode="r" if store.read_only else "a")
        self._known: dict[str, zarr.Array[Any]] = {}

    def __getitem__(self, path: str) -> zarr.Array[Any]:
        if path not in self._known:
            array = self._root[path]
            assert isinstance(array, zarr.Array)
            # Not by zarr.config.set, which is one for all threads.
            self._known[path] = array.with_config({"write_empty_chunks": True})
        return self._known[path]


class Work(Protocol):
    """How a job is done; can be pickled, and is called by many threads at once."""

    @property
    def threads(self) -> int:
        """How many jobs may be under way in one process."""

    def __call__(self, arrays: Arrays, job: Job) -> Counted | None:
        """Do it; returns what was seen of the values, where that is wanted."""


type Done = tuple[Job, Counted | None]
"""A job that is done, and what was seen of its values."""


def run(session: icechunk.Session, work: Work, jobs: Sequence[Job]) -> Iterator[Done]:
    """Do every job, and tell of each when it is done. The first error ends it."""
    if is_on_cluster():
        return _on_workers(session, work, jobs)
    return on_threads(Arrays(session.store), work, jobs, work.threads)


def on_threads(
    arrays: Arrays, work: Callable[[Arrays, Job], Counted | None], jobs: Sequence[Job], threads: int
) -> Iterator[Done]:
    """Do every job in this process, so many at a time."""
    with ThreadPoolExecutor(threads) as pool:
        waiting = {pool.submit(work, arrays, job): job for job in jobs}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _on_workers(session: icechunk.Session, work: Work, jobs: Sequence[Job]) -> Iterator[Done]:
    from dask.delayed import delayed

    shared = delayed(work, traverse=False)
    fork = pickle.dumps(session.fork())  # each task gets a copy of its own to write into
    tasks = [delayed(_on_worker)(shared, fork, part) for part in in_batches(jobs, TASK_BYTES)]
    for written, seen in dask.base.compute(*tasks):
        session.merge(pickle.loads(written))
        yield from seen


def _on_worker(work: Work, fork: bytes, jobs: Sequence[Job]) -> tuple[bytes, list[Done]]:
    session = pickle.loads(fork)
    arrays = Arrays(session.store)
    seen = [(job, work(arrays, job)) for job in jobs]
    return pickle.dumps(session), seen


def in_batches(jobs: Sequence[Job], nbytes: int) -> Iterator[Sequence[Job]]:
    """The jobs in order, in runs of about so many bytes."""
    start, taken = 0, 0
    for number, job in enumerate(jobs, start=1):
        taken += job.nbytes
        if taken >= nbytes or number == len(jobs):
            yield jobs[start:number]
            start, taken = number, 0


def is_on_cluster() -> bool:
    """Whether Dask would compute on a cluster now, and not in this process."""
    client = type(getattr(dask.base.get_scheduler(), "__self__", None))
    return any(kind.__module__.startswith("distributed.") for kind in client.__mro__)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
