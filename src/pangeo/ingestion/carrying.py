"""Carry a plan out, batch by batch, from where a killed run left it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from typing import Protocol

import icechunk

from pangeo.errors import StoreError
from pangeo.ingestion.jobs import Arrays, Done, Job, Progress, in_batches
from pangeo.ingestion.ledger import Counted, Ledger, read_ledger
from pangeo.storage import Stage


class Runner(Protocol):
    """How jobs of one kind are done."""

    @property
    def in_one_go(self) -> bool:
        """Whether there may be no commit between two jobs."""

    def run(self, session: icechunk.Session, jobs: Sequence[Job]) -> Iterator[Done]:
        """Do every job in the session."""

    def read_back(self, arrays: Arrays, job: Job) -> Counted | None:
        """What the store holds of what a job wrote, where that is counted."""


BATCH_BYTES = 2**30  # after which there may be a commit: seldom enough to keep all cores busy

type Phase = tuple[Runner, Sequence[Job]]
"""Jobs of one kind; those of the next phase may need what these have written."""


def carry_out(
    stage: Stage, phases: Sequence[Phase], ledger: Ledger, progress: Progress | None
) -> None:
    """Do every job that is not done, and keep the ledger of what was seen in the session."""
    done, written = stage.done or 0, 0
    jobs = [job for _, each in phases for job in each]
    stage.check_plan(_digest(jobs))
    total, count = sum(job.nbytes for job in jobs), len(jobs)
    if done:
        written = sum(job.nbytes for job in jobs[:done])
        ledger.seen.update(read_ledger(stage.session.store, ledger.seen).seen)
    start, sample = 0, _Sample(total)
    for runner, each in phases:
        rest = each[max(0, done - start) :]
        start += len(each)
        for batch in [rest] if runner.in_one_go else in_batches(rest, BATCH_BYTES):
            for job, counted in runner.run(stage.session, batch):
                if counted is not None:
                    ledger.add(counted)
                    sample.offer(runner, job, counted)
                written += job.nbytes
                if progress is not None:
                    progress(written, total)
            done += len(batch)
            if stage.is_due(sum(job.nbytes for job in batch)) and done < count:
                ledger.write(stage.session.store)
                stage.keep(done)
    sample.check(stage)
    ledger.write(stage.session.store)


READ_BACK = 16 * 2**20  # bytes: all of a daily append, and a little of what is large


class _Sample:
    """Some of what was written, read back before it is committed.

    That finds a disk that does not keep what it is given, and workers that write to a disk of
    their own, under the name of the workspace.
    """

    def __init__(self, total: int) -> None:
        self._share = READ_BACK / max(total, 1)
        self._taken: list[tuple[Runner, Job, Counted]] = []

    def offer(self, runner: Runner, job: Job, counted: Counted) -> None:
        """Take it, or not."""
        if random.random() < self._share:
            self._taken.append((runner, job, counted))

    def check(self, stage: Stage) -> None:
        """Raise StoreError where something does not read as it was written."""
        arrays = Arrays(stage.session.store)
        for runner, job, counted in self._taken:
            try:
                again = runner.read_back(arrays, job)
                holds = again is not None and not counted.seen.differs(again.seen).any()
                found = f"other values in {job.array} at {job.region}"
            except (ValueError, OSError, icechunk.IcechunkError) as error:
                holds, found = False, f"{job.array} at {job.region}: {str(error).splitlines()[0]}"
            if not holds:
                raise StoreError(
                    "what was written does not read back; nothing was committed",
                    found=found,
                    expected="what was written, on a disk that this process and all workers see",
                    fix="check the disk of the workspace; where workers are on other machines, "
                    "choose a workspace that they share: PANGEO_WORKSPACE=FOLDER",
                )


def _digest(jobs: Sequence[Job]) -> str:
    return hashlib.sha256(repr(jobs).encode()).hexdigest()
