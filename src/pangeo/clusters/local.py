"""Workers on this machine: processes that only this user's own client can talk to."""

from __future__ import annotations

import ast
import multiprocessing
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import dask
from distributed import LocalCluster
from distributed.deploy.utils import nprocesses_nthreads

from pangeo.clusters.asked import Asked
from pangeo.clusters.client import OwningClient
from pangeo.clusters.dashboard import hidden
from pangeo.clusters.keys import own_keys
from pangeo.errors import ClusterError


def local_cluster(asked: Asked) -> OwningClient:
    """A client with worker processes on this machine; None leaves the choice to Dask."""
    asked.refuse("walltime", "queue", "account", "interface", to="a cluster on this machine")
    most, cores = nprocesses_nthreads()  # what Dask would take
    given = {
        "n_workers": 0 if asked.adaptive else asked.workers,
        "threads_per_worker": asked.cores or (cores if asked.adaptive else None),
        "memory_limit": asked.memory,
    }
    # Without its dashboard, Dask would still tell anybody who asks what runs where.
    pages: dict[str, Any] = {} if asked.dashboard else {"distributed.scheduler.http.routes": []}
    _leave_if_a_worker()
    try:
        with _interrupts_held_back(), dask.config.set(pages):
            cluster = hidden(LocalCluster)(
                host="127.0.0.1",
                protocol="tls://",
                security=own_keys(),
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": asked.dashboard},
                **{keyword: value for keyword, value in given.items() if value is not None},
            )
    except (OSError, RuntimeError) as error:
        script = _script_without_guard()
        if script is not None:
            raise _started_from(script) from None
        raise _not_started(error) from error
    try:
        if asked.adaptive:
            cluster.adapt(minimum=0, maximum=asked.workers or most)
        return OwningClient(cluster, asked)
    except BaseException:
        cluster.close()
        raise


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach; here it takes effect after the block.

    A terminal and a notebook interrupt the whole group of processes. The client is who ends
    the workers; interrupted by themselves they would die with a traceback each. Processes
    inherit the mask of the thread that starts them, and the threads started here do too, so
    that it holds for workers that are started again later.
    """
    resource_tracker.ensure_running()  # which, started later, would lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_if_a_worker() -> None:
    """End a worker process that is about to start a cluster within the cluster.

    A spawned process runs the top level of the script again before anything else. It is the
    parent that tells the user, once; here a traceback would appear for every worker.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SystemExit(1)


def _started_from(script: str) -> ClusterError:
    return ClusterError(
        f"the workers did not start, because each of them runs {script} again",
        found=f"{script} starts a cluster as soon as it is run",
        expected='the start of the cluster under: if __name__ == "__main__":',
        fix='put what the script does into a function main() and end it with: '
        'if __name__ == "__main__": main()',
    )  # fmt: skip


def _not_started(error: BaseException) -> ClusterError:
    while error.__cause__ is not None:
        error = error.__cause__
    return ClusterError(
        "the workers did not start",
        found=f"{type(error).__name__}: {error}",
        expected="every worker process to start and to reach its scheduler on 127.0.0.1",
        fix="look at the lines above; a smaller pangeo.cluster(workers=1) may tell more",
    )


def _script_without_guard() -> str | None:
    """The script that is running, if it never asks whether it is the main program."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    if file is None or not Path(file).is_file():
        return None
    script = Path(file)
    try:
        tree = ast.parse(script.read_bytes())
    except (SyntaxError, ValueError):
        return None  # a program that is not Python's own text
    return None if any(map(_is_guard, ast.walk(tree))) else script.name


def _is_guard(node: ast.AST) -> bool:
    """Whether it is ``if __name__ == "__main__"``, either way round or with more conditions."""
    if not isinstance(node, ast.If):
        return False
    parts = list(ast.walk(node.test))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    return "__name__" in names and "__main__" in values
