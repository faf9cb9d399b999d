"""Where workers can be had, and which place a call means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pangeo import config
from pangeo.clusters.asked import Asked, amount, count
from pangeo.clusters.client import OwningClient
from pangeo.clusters.gateway import gateway_address, gateway_cluster, gateway_options
from pangeo.clusters.jobqueue import SYSTEMS
from pangeo.clusters.jobs import job_cluster, job_script
from pangeo.clusters.kubernetes import in_a_pod, pod_cluster, pod_manifest
from pangeo.clusters.local import local_cluster
from pangeo.clusters.profiles import Site
from pangeo.clusters.profiles import site as get_site
from pangeo.clusters.queue import batch_system
from pangeo.errors import InputError

PLACES = ("local", "gateway", "kubernetes", *SYSTEMS)
# Seconds in which a worker comes that need not wait for its turn, or the refusal of its job.
PATIENCE = 20.0
BEGIN: Mapping[str, Callable[[Asked], OwningClient]] = {
    "local": local_cluster,
    "gateway": gateway_cluster,
    "kubernetes": pod_cluster,
}
PREVIEW: Mapping[str, Callable[[Asked], str]] = {
    "local": lambda asked: "",  # nothing would be sent
    "gateway": gateway_options,
    "kubernetes": pod_manifest,
}


def resolve(where: str, site: str | None = None, **given: Any) -> Asked:
    """What a call of ``pangeo.cluster`` asks for, with the place found out, or an InputError."""
    if where not in ("auto", *PLACES):
        raise InputError(
            f"no cluster is to be had at {where!r}",
            found=f"where={where!r}",
            expected=f"one of {['auto', *PLACES]}",
            fix="pangeo.cluster('local') starts one on this machine",
        )
    profile = None if where == "local" and site is None else _profile(where, site)
    if where == "auto":
        where = profile.system if profile else _nearest()
    given |= {name: count(name, given.get(name)) for name in ("workers", "cores")}
    given["memory"] = amount(given.get("memory"))
    if given.get("dashboard") is None:  # it has no login, and a login node is shared
        given["dashboard"] = where not in SYSTEMS
    asked = Asked(where, profile, **given)
    asked.keep_to(config.most_workers())
    return asked


def begin(asked: Asked) -> OwningClient:
    """Start what was asked for; what shows soon that it cannot work is ended, and raised."""
    client = BEGIN.get(asked.where, job_cluster)(asked)
    try:
        if not asked.adaptive:
            client.look(PATIENCE)
    except BaseException:
        client.close()
        raise
    return client


def preview(asked: Asked) -> str:
    """What would be sent to have it started; nothing for workers on this machine."""
    return PREVIEW.get(asked.where, job_script)(asked)


def _nearest() -> str:
    """Where this machine can have workers, the most particular first."""
    if gateway_address() is not None:
        return "gateway"
    if in_a_pod():
        return "kubernetes"
    return batch_system() or "local"


def _profile(where: str, name: str | None) -> Site | None:
    """The site asked for, else the one of the settings if it is of that batch system."""
    by_itself = config.get("cluster.site", None)
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
