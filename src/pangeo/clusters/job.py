"""A job of dask-jobqueue that tells why it was refused, and leaves in time."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from distributed.core import Status

from pangeo.clusters.lifetime import leaving

logger = logging.getLogger(__name__)


def job_class(kind: type[Any], walltime: str | None, system: str) -> type[Any]:
    """The kind of job of a batch system, for one cluster.

    It keeps what the batch system said when it refused a job. That job counts as started all the
    same, until ``Replacing`` gives it up: Dask would print a traceback at every try.
    """

    class Job(kind):  # type: ignore[misc]
        told: ClassVar[set[str]] = set()
        refusal: str | None = None

        def __init__(self, *args: Any, name: str, **options: Any) -> None:
            said = list(options.pop("worker_extra_args", None) or [])
            if "--dashboard-address" not in said:
                # The pages of a worker have no login, and on its node nobody needs them. What is
                # left, such as whether it is well, would be on every interface.
                said += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
            if "--lifetime" not in said:
                said += leaving(walltime, system, name)
            super().__init__(*args, name=name, worker_extra_args=said, **options)

        async def start(self) -> None:
            try:
                await super().start()
            except RuntimeError as error:
                self.refusal = _last_lines(str(error))
                if self.refusal not in self.told:
                    logger.warning("%s refuses a job: %s", self.submit_command, self.refusal)
                self.told.add(self.refusal)
                self.status = Status.running

        async def close(self) -> None:
            await super().close()
            self.status = Status.closed  # else Dask, when it closes, takes it for one that runs

    return Job


def _last_lines(refusal: str) -> str:
    """What the command wrote on its standard error, of the report that dask-jobqueue makes."""
    lines = [line for line in refusal.partition("stderr:")[2].splitlines() if line.strip()]
    return "; ".join(lines) or refusal.strip()
