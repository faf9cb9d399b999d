"""One call that gives a Dask client, wherever the workers are."""

from __future__ import annotations

from typing import Literal, overload

from distributed import Client

from pangeo.clusters.places import begin, preview, resolve


@overload
def cluster(
    where: str = "auto", *, workers: int | None = None, cores: int | None = None,
    memory: str | int | None = None, adaptive: bool = False, walltime: str | None = None,
    queue: str | None = None, account: str | None = None, site: str | None = None,
    interface: str | None = None, dashboard: bool = True, dry_run: Literal[False] = False,
) -> Client: ...  # fmt: skip
@overload
def cluster(
    where: str = "auto", *, workers: int | None = None, cores: int | None = None,
    memory: str | int | None = None, adaptive: bool = False, walltime: str | None = None,
    queue: str | None = None, account: str | None = None, site: str | None = None,
    interface: str | None = None, dashboard: bool = True, dry_run: Literal[True],
) -> str: ...  # fmt: skip
def cluster(
    where: str = "auto",
    *,
    workers: int | None = None,
    cores: int | None = None,
    memory: str | int | None = None,
    adaptive: bool = False,
    walltime: str | None = None,
    queue: str | None = None,
    account: str | None = None,
    site: str | None = None,
    interface: str | None = None,
    dashboard: bool = True,
    dry_run: bool = False,
) -> Client | str:
    """A Dask client with workers of its own; from then on Dask computes on them.

    The client owns the workers: ``client.close()``, or leaving its ``with`` block, ends them.
    All parts speak TLS with keys made for this cluster (pods do not) and, on this machine,
    listen on 127.0.0.1 alone, on ports that the kernel gives. ``client.dashboard_link`` is the
    address of the dashboard. It has no login; a path that cannot be guessed keeps it from others
    who use this machine, so give the address to nobody who shall not look.

    Parameters
    ----------
    where
        ``"local"``: processes on this machine. ``"slurm"``, ``"pbs"``: jobs of the batch
        system, one for each worker. ``"gateway"``: what the Dask Gateway starts that
        ``gateway.address`` in Dask's settings names. ``"kubernetes"``: pods of the Dask
        operator, which speak no TLS; tried against its schemas, not on a Kubernetes.
        ``"auto"``: the gateway if the settings name one, pods within a pod, jobs where this
        machine can submit them, else local. ``"sge"``, ``"lsf"``, ``"oar"``, ``"moab"`` and
        ``"htcondor"`` are handed to dask-jobqueue, untested.
    workers
        How many workers; by default as many as this machine has cores for, elsewhere one. One
        whose job is cancelled or comes to its end is replaced.
    cores
        Cores of each worker, which has as many threads.
    memory
        Memory of each worker, such as ``"4GiB"`` or a number of bytes.
    adaptive
        Whether there are only as many workers as there is work for, from none to ``workers``.
    walltime, queue, account
        Of each job, as the batch system writes them.
    site
        The profile of this machine, which says the rest; by default the setting
        ``cluster.site``.
    interface
        The network interface on which scheduler and workers of jobs listen, such as ``"ib0"``.
    dashboard
        Whether there is a dashboard.
    dry_run
        Whether to give back what would be sent, and send nothing: a job script, the options
        of a gateway or the manifest of a DaskCluster.

    What is not given is taken from Dask's own settings: ``jobqueue.slurm.*``, ``gateway.*``,
    ``kubernetes.*``.

    Raises
    ------
    InputError
        When an argument cannot be understood, or means nothing there.
    ClusterError
        When the workers do not start, or a gateway allows less than was asked for. In a script
        each local worker runs the top level again, so that a cluster may only be started under
        ``if __name__ == "__main__":``.

    Examples
    --------
    >>> import pangeo
    >>> with pangeo.cluster('local', workers=1, cores=1) as client:
    ...     client.submit(sum, [1, 2]).result()
    3
    """
    asked = resolve(
        where, site, workers=workers, cores=cores, memory=memory, adaptive=adaptive,
        dashboard=dashboard, walltime=walltime, queue=queue, account=account, interface=interface,
    )  # fmt: skip
    return preview(asked) if dry_run else begin(asked)
