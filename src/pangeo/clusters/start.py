"""One call that gives a Dask client, wherever the workers are."""

from __future__ import annotations

from typing import Literal, overload

from distributed import Client

from pangeo import config
from pangeo.clusters.asked import Asked, amount, count
from pangeo.clusters.gateway import gateway_address, gateway_cluster, gateway_options
from pangeo.clusters.jobs import SYSTEMS, job_cluster, job_script
from pangeo.clusters.kubernetes import in_a_pod, pod_cluster, pod_manifest
from pangeo.clusters.local import local_cluster
from pangeo.clusters.queue import batch_system
from pangeo.clusters.sites import Site
from pangeo.clusters.sites import site as get_site
from pangeo.errors import InputError


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
    address of the dashboard, which has no login: other users of this machine who find its port
    can look at it, though they can compute nothing. On a machine that you share, leave it out.

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
    places = ["auto", "local", "gateway", "kubernetes", *SYSTEMS]
    if where not in places:
        raise InputError(
            f"no cluster is to be had at {where!r}",
            found=f"where={where!r}",
            expected=f"one of {places}",
            fix="pangeo.cluster('local') starts one on this machine",
        )
    profile = None if where == "local" else _profile(where, site)
    if where == "auto":
        where = profile.system if profile else _nearest()
    asked = Asked(
        where, profile, count("workers", workers), count("cores", cores), amount(memory),
        adaptive, dashboard, walltime, queue, account, interface,
    )  # fmt: skip
    asked.keep_to(config.most_workers())
    if where == "gateway":
        return gateway_options(asked) if dry_run else gateway_cluster(asked)
    if where == "kubernetes":
        return pod_manifest(asked) if dry_run else pod_cluster(asked)
    if where == "local":
        return "" if dry_run else local_cluster(asked)
    return job_script(asked) if dry_run else job_cluster(asked)


def _profile(where: str, name: str | None) -> Site | None:
    """The site asked for, else the one of the settings if it is of that batch system."""
    by_itself = config.get("cluster.site")
    if name is None and by_itself is None:
        return None
    found = get_site(name or by_itself)
    if where in ("auto", found.system):
        return found
    if name is None:
        return None
    raise InputError(
        f"the site {name!r} has no {where}",
        found=f"where={where!r}, site={name!r}",
        expected=f"where={found.system!r}, or where left out",
        fix=f"pangeo.cluster(site={name!r}, ...)",
    )


def _nearest() -> str:
    """Where this machine can have workers, the most particular first."""
    if gateway_address() is not None:
        return "gateway"
    if in_a_pod():
        return "kubernetes"
    return batch_system() or "local"
