"""A Dask client that ends its workers when it is closed."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from distributed import Client

CLOSING = 30.0  # seconds that scheduler and workers have to end


class OwningClient(Client):
    """A Dask client that owns its workers: closing it ends them and their scheduler.

    ``Client(security=True)`` owns them too, but when a worker fails to start it leaves the
    scheduler listening and itself as the default client.
    """

    def close(self, *args: Any, **kwargs: Any) -> Any:
        """Close the connection, then end the scheduler and the workers; Ctrl-C waits for that."""
        with _interrupted_afterwards():
            try:
                return super().close(*args, **kwargs)  # type: ignore[no-untyped-call]
            finally:
                self._end_workers()

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
