"""A Dask client that ends its workers when it is closed, and says what a failure means."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
from dask.utils import parse_timedelta
from distributed import Client, Future
from distributed.client import futures_of
from distributed.core import Status

from pangeo import config
from pangeo.clusters.asked import Asked, count
from pangeo.clusters.dashboard import announce
from pangeo.clusters.explain import Scene, explainer, task_name
from pangeo.errors import ClusterError, InputError, PangeoError

REACH = 5.0  # seconds to reach a scheduler, which is in this process or known to be there
CLOSING = 30.0  # seconds that scheduler and workers have to end


class OwningClient(Client):
    """A Dask client that owns its workers: closing it ends them and their scheduler.

    ``Client(security=True)`` owns them too, but when a worker fails to start it leaves the
    scheduler listening and itself as the default client.

    Parameters
    ----------
    cluster
        Anything that ``distributed.Client`` connects to and that has ``close``.
    asked
        What it was asked to be, for the advice in a ``ComputeError``.
    """

    cluster: Any

    def __init__(self, cluster: Any, asked: Asked) -> None:
        self._asked, self._closing = asked, False
        self.announced: Path | None = None  # the file that tells the Lab of the dashboard
        super().__init__(cluster, timeout=REACH)  # type: ignore[no-untyped-call]
        self.announced = announce(self.dashboard_link)

    def sync(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait for what runs on the cluster, here ``func``; every result passes through here.

        Raises
        ------
        ComputeError
            When the work failed for a reason that lies in the cluster, not in the work.
        """
        try:
            return super().sync(func, *args, **kwargs)  # type: ignore[no-untyped-call]
        except Exception as error:
            explain = explainer(error)
            if self._closing or not (explain or isinstance(error, PangeoError)):
                raise
            scene = self._scene(error, func, args)
            told = explain(scene) if explain else None
            if told is not None:
                raise told from error
            if isinstance(error, PangeoError):
                error.add_note(f"  in task:  {scene.task}")  # the rest it says itself
            raise

    def _scene(self, error: Exception, func: Any, args: tuple[Any, ...]) -> Scene:
        scheduler = getattr(self.cluster, "scheduler", None)  # where it is in this process
        ended = getattr(scheduler, "status", None) == Status.closed
        idle = ended and getattr(scheduler, "idle_timeout", None) is not None
        gone = Scene("of the computation", None, False, True, idle, self._asked.again)
        if ended or self.status != "running":
            return gone
        try:
            return self._asked_of_the_scheduler(error, func, args)
        except OSError:  # it went before the client noticed
            return gone

    def _asked_of_the_scheduler(self, error: Exception, func: Any, args: tuple[Any, ...]) -> Scene:
        owner = getattr(func, "__self__", None)
        futures = [owner] if isinstance(owner, Future) else futures_of(args)
        erred = [future.key for future in futures if future.status == "error"]
        ask: Any = super().sync
        rpc: Any = self.scheduler
        key = ask(rpc.get_error_cause, keys=erred) if erred else None
        restarts = ask(rpc.events, topic="worker-restart-memory")
        limits = [each["memory_limit"] for each in ask(rpc.identity)["workers"].values()]
        held = [event["rss"] for _, event in restarts]  # about the limit, when it was come to
        memory = self._asked.memory or min(filter(None, limits or held), default=None)
        task = task_name(key or getattr(error, "task", "of the computation"))
        return Scene(task, memory, bool(restarts), False, False, self._asked.again)

    def wait_for_workers(self, n_workers: int, timeout: Any = None) -> None:
        """Until so many workers are there.

        Raises
        ------
        InputError
            When there will never be so many.
        ClusterError
            With the reason, as soon as it shows that they cannot come (a batch system refuses
            the jobs, jobs end before a worker comes, workers have other packages, a gateway gives
            the cluster up), or after ``timeout``, by default the setting ``cluster.wait``.
        """
        planned = getattr(self.cluster, "worker_spec", None)  # more, if scaled by hand
        if planned is not None:
            self._asked.expect(n_workers, len(planned))
        seconds = config.seconds("cluster.wait") if timeout is None else parse_timedelta(timeout)
        self._await(n_workers, seconds)

    def scale(self, workers: int) -> None:
        """Have so many workers from now on, more or fewer than before.

        Raises
        ------
        InputError
            When there are more than the setting ``cluster.max_workers`` allows.
        """
        self._keep(workers, workers)

    def adapt(self, minimum: int, maximum: int) -> None:
        """Have as many workers as there is work for from now on, within the two numbers.

        Raises
        ------
        InputError
            When ``maximum`` is less than ``minimum``, or more than the setting
            ``cluster.max_workers`` allows.
        """
        if not 0 <= minimum <= maximum:
            raise InputError(
                "cannot adapt the number of workers",
                found=f"minimum={minimum!r}, maximum={maximum!r}",
                expected="0 <= minimum <= maximum",
                fix="client.adapt(0, n) has up to n workers, and none without work",
            )
        self._keep(minimum, maximum)

    def _keep(self, minimum: int, maximum: int) -> None:
        asked = replace(self._asked, workers=count("workers", maximum), adaptive=minimum < maximum)
        asked.keep_to(config.most_workers())
        self._scale(minimum, maximum)
        self._asked = asked

    def _scale(self, minimum: int, maximum: int) -> None:
        if minimum < maximum:
            self.cluster.adapt(minimum=minimum, maximum=maximum)
        else:
            if getattr(self.cluster, "_adaptive", None) is not None:
                self.cluster._adaptive.stop()  # Dask would go on adapting
            self.cluster.scale(maximum)

    def look(self, seconds: float) -> None:
        """Raise ClusterError for what shows itself so soon; workers may take longer."""

    def _await(self, n_workers: int, seconds: float) -> None:
        try:
            super().wait_for_workers(n_workers, seconds)
        except TimeoutError as error:
            raise ClusterError(
                "the workers did not come",
                found=f"fewer than {n_workers} after {seconds:g} s",
                expected="as many as are waited for",
                fix="wait longer with client.wait_for_workers(n, timeout=...), or ask for less",
            ) from error

    def close(self, *args: Any, **kwargs: Any) -> Any:
        """Close the connection, then end the scheduler and the workers; Ctrl-C waits for that."""
        self._closing = True
        with _interrupted_afterwards():
            try:
                return super().close(*args, **kwargs)  # type: ignore[no-untyped-call]
            finally:
                with dask.config.set({"distributed.comm.timeouts.connect": REACH}):
                    self._end_workers()

    async def _close(self, fast: bool = False) -> None:
        # Also after client.shutdown(), and when the cluster ended by itself.
        if self.announced is not None:
            self.announced.unlink(missing_ok=True)
        await super()._close(fast)

    def _end_workers(self) -> None:
        if self.cluster is not None:
            self.cluster.close(timeout=CLOSING)

    def __del__(self) -> None:
        # When Python ends the thread of the loop stands still: who waits for it waits for ever.
        if not sys.is_finalizing():
            super().__del__()  # type: ignore[no-untyped-call]


@contextmanager
def _interrupted_afterwards() -> Iterator[None]:
    """Let Ctrl-C take effect after the block: half closed, a cluster cannot be closed again."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield  # where Python delivers no signals, or hands them to somebody else
        return
    interrupts: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupts:
            signal.raise_signal(signal.SIGINT)
