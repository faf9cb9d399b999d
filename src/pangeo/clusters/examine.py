"""Why workers do not come, or do not see the data: one worker is tried, and looked at."""

from __future__ import annotations

import getpass
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import dask
from distributed import Client

from pangeo.clusters import beforehand
from pangeo.clusters.asked import Asked
from pangeo.clusters.diagnosis import Diagnosis, Finding
from pangeo.clusters.jobqueue import SYSTEMS
from pangeo.clusters.places import begin, preview, resolve
from pangeo.clusters.versions import refuse_other_versions
from pangeo.config import workspace
from pangeo.errors import ClusterError, PangeoError

PATIENCE = 60.0  # seconds that the worker has for a look


def doctor(
    where: str = "auto",
    *,
    probes: Mapping[str, Callable[[], str]] | None = None,
    dry_run: bool = False,
    **asked: Any,
) -> Diagnosis:
    """What is well and what is wrong with a cluster, each with what to do about it.

    Looks at this machine, then starts one worker as ``pangeo.cluster`` would and looks from
    there: whether it comes, has the same packages, sees the workspace, and whether the dashboard
    answers. The worker is ended afterwards.

    Parameters
    ----------
    where, **asked
        As of ``pangeo.cluster``.
    probes
        Functions to be called on the worker, by the name of what they look at; each gives a text,
        or raises.
    dry_run
        Whether to start nothing.

    Returns
    -------
    Diagnosis
        A sequence of findings, true where all is well.

    Raises
    ------
    InputError
        When an argument cannot be understood.

    Examples
    --------
    >>> from pangeo.clusters import doctor
    >>> bool(doctor('local', workers=1, cores=1))
    True
    """
    # One worker is enough to see; adaptive, none would come without work.
    said = resolve(where, **({"workers": 1} | asked | {"adaptive": False}))
    findings = list(_here(said))
    script = ""
    if any(each.what in ("batch system", "workspace") and not each.well for each in findings):
        return Diagnosis(findings)
    try:
        script = preview(said)
    except PangeoError as error:
        findings.append(_refused("job script", error))
    else:
        if not dry_run:
            findings += _there(said, probes or {})
    return Diagnosis(findings, script)


def _here(said: Asked) -> Iterator[Finding]:
    jobs = said.where in SYSTEMS
    yield Finding("where", True, said.again())
    if jobs:
        told = said.site.jobqueue if said.site else {}
        set_ = dask.config.get(f"jobqueue.{said.where}", {}) or {}
        queue, walltime, interface = (
            getattr(said, name) or told.get(name) or set_.get(name)
            for name in ("queue", "walltime", "interface")
        )
        yield from beforehand.of_queue(said.where, queue, walltime)
        yield beforehand.of_interface(interface)
    yield beforehand.of_workspace(jobs)


def _there(said: Asked, probes: Mapping[str, Callable[[], str]]) -> Iterator[Finding]:
    began = time.monotonic()
    try:
        with begin(said) as client:
            client.wait_for_workers(1)
            yield Finding("worker", True, f"came after {time.monotonic() - began:.1f} s")
            yield _versions(client)
            yield _sees_workspace(client)
            for what, probe in probes.items():
                yield _probe(client, what, probe)
            yield _dashboard(said, client)
    except PangeoError as error:
        yield _refused("worker", error)


def _versions(client: Client) -> Finding:
    try:
        refuse_other_versions(client)
    except ClusterError as error:
        return _refused("packages", error)
    return Finding("packages", True, "the same here, on the scheduler and on the worker")


def _sees_workspace(client: Client) -> Finding:
    """Write a file here and read it there: to be of the same name is not to be the same."""
    folder = workspace()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as file:
        path = Path(file.name)
        seen = _on_the_worker(client, path.exists)
    if seen:
        return Finding(
            "shared folder", True, "the worker sees a file just written to the workspace"
        )
    return Finding(
        "shared folder", False, f"the worker does not see {folder}",
        fix="put the workspace on a file system that all nodes mount: PANGEO_WORKSPACE",
    )  # fmt: skip


def _on_the_worker[T](client: Client, look: Callable[[], T]) -> T:
    """What the worker sees; a storage that does not answer may keep it for ever."""
    try:
        return client.submit(look, pure=False).result(timeout=PATIENCE)
    except TimeoutError as error:
        raise ClusterError(
            "the worker gives no answer",
            found=f"nothing after {PATIENCE:g} s",
            expected="storage that the worker reaches",
            fix="look whether the node is let through to it, and whether its address is right",
        ) from error


def _probe(client: Client, what: str, probe: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, _on_the_worker(client, probe))
    except PangeoError as error:
        return _refused(what, error)
    except Exception as error:  # whatever the storage raises is the finding
        return Finding(what, False, f"{type(error).__name__}: {error}", fix="see what was found")


def _dashboard(said: Asked, client: Client) -> Finding:
    if not said.dashboard:
        return Finding("dashboard", True, "none, as dashboard=False says")
    link = client.dashboard_link
    if not link:
        return Finding("dashboard", False, "none", fix="install bokeh, of which Dask draws it")
    if not link.startswith("http"):
        return Finding("dashboard", True, f"behind the proxy of this notebook server, at {link}")
    try:
        urllib.request.urlopen(link, timeout=5).close()
    except (URLError, OSError, ValueError) as error:
        return Finding(
            "dashboard", False, f"{link}: {error}", fix="pangeo.cluster(dashboard=False)"
        )
    if said.where not in ("local", *SYSTEMS):
        return Finding("dashboard", True, f"answers at {link}")
    port, host = urlsplit(link).port, socket.getfqdn()
    tunnel = f"ssh -N -L {port}:127.0.0.1:{port} {getpass.getuser()}@{host}"
    return Finding("dashboard", True, f"answers at {link}; from another machine: {tunnel}")


def _refused(what: str, error: PangeoError) -> Finding:
    return Finding(what, False, f"{error.problem}: {error.found}", fix=error.fix)
