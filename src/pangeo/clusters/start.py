"""One call that gives a Dask client, wherever the workers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from distributed import Client

from pangeo.clusters.local import local_cluster
from pangeo.errors import InputError

_WHERE: Mapping[str, Callable[..., Client]] = {"local": local_cluster}


def cluster(
    where: str = "auto",
    *,
    workers: int | None = None,
    threads: int | None = None,
    memory: str | int | None = None,
    dashboard: bool = True,
) -> Client:
    """A Dask client with workers of its own; from then on Dask computes on them.

    The client owns the workers: ``client.close()``, or leaving its ``with`` block, ends them.
    All parts speak TLS with keys made for this cluster, and listen on 127.0.0.1 alone, on
    ports that the kernel gives. ``client.dashboard_link`` is the address of the dashboard,
    which has no login: other users of this machine who find its port can look at it, though
    they can compute nothing. On a machine that you share, leave it out.

    Parameters
    ----------
    where
        ``"local"``: processes on this machine. ``"auto"``: the best place there is, which is
        this machine.
    workers
        How many worker processes; None is for Dask to decide by the number of cores.
    threads
        Threads of each worker; None likewise.
    memory
        Memory of each worker, such as ``"4GiB"`` or a number of bytes; None is an equal share
        of this machine.
    dashboard
        Whether there is a dashboard.

    Raises
    ------
    InputError
        When an argument cannot be understood.
    ClusterError
        When the workers do not start. In a script each worker runs the top level again, so
        that a cluster may only be started under ``if __name__ == "__main__":``.

    Examples
    --------
    >>> import pangeo
    >>> with pangeo.cluster(workers=1, threads=1) as client:
    ...     client.submit(sum, [1, 2]).result()
    3
    """
    places = ["auto", *_WHERE]
    if where not in places:
        raise InputError(
            f"no cluster is to be had at {where!r}",
            found=f"where={where!r}",
            expected=f"one of {places}",
            fix="pangeo.cluster('local') starts one on this machine",
        )
    start = _WHERE["local" if where == "auto" else where]
    return start(workers=workers, threads=threads, memory=memory, dashboard=dashboard)
