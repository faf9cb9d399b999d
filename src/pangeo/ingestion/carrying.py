"""Carry a plan out, batch by batch, from where a killed run left it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import icechunk

from pangeo.ingestion.jobs import Done, Job, Progress, in_batches
from pangeo.ingestion.ledger import Ledger, read_ledger
from pangeo.storage import Stage


class Runner(Protocol):
    """How jobs of one kind are done."""

    @property
    def in_one_go(self) -> bool:
        """Whether there may be no commit between two jobs."""

    def run(self, session: icechunk.Session, jobs: Sequence[Job]) -> Iterator[Done]:
        """Do every job in the session."""


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
    start = 0
    for runner, each in phases:
        rest = each[max(0, done - start) :]
        start += len(each)
        for batch in [rest] if runner.in_one_go else in_batches(rest, BATCH_BYTES):
            for nbytes, counted in runner.run(stage.session, batch):
                if counted is not None:
                    ledger.add(counted)
                written += nbytes
                if progress is not None:
                    progress(written, total)
            done += len(batch)
            if stage.is_due(sum(job.nbytes for job in batch)) and done < count:
                ledger.write(stage.session.store)
                stage.keep(done)
    ledger.write(stage.session.store)


def _digest(jobs: Sequence[Job]) -> str:
    return hashlib.sha256(repr(jobs).encode()).hexdigest()
