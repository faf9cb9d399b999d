"""Carry a plan out, batch by batch, from where a killed run left it."""

from __future__ import annotations

from collections.abc import Sequence

from pangeo.ingestion.jobs import Job, Progress, Work, in_batches, run
from pangeo.ingestion.ledger import Ledger, read_ledger
from pangeo.storage import Stage

type Phase = tuple[Work, Sequence[Job]]
"""Jobs of one kind; those of the next may need what these have written."""

BATCH_BYTES = 2**30  # after which there may be a commit: seldom enough to keep all cores busy


def carry_out(
    stage: Stage, phases: Sequence[Phase], ledger: Ledger, progress: Progress | None
) -> None:
    """Do every job that is not done, and keep the ledger of what was seen in the session."""
    done, written = stage.done or 0, 0
    jobs = [job for _, each in phases for job in each]
    total, count = sum(job.nbytes for job in jobs), len(jobs)
    if done:
        written = sum(job.nbytes for job in jobs[:done])
        ledger.seen.update(read_ledger(stage.session.store, ledger.seen).seen)
    start = 0
    for work, each in phases:
        rest = each[max(0, done - start) :]
        start += len(each)
        for batch in in_batches(rest, BATCH_BYTES):
            for nbytes, counted in run(stage.session, work, batch):
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
