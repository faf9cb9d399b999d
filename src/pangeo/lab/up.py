"""JupyterLab on this machine, wired to clusters and lessons."""

from __future__ import annotations

import importlib
import json
import os
import secrets
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pangeo import config
from pangeo.clusters import doctor
from pangeo.clusters.extras import need
from pangeo.clusters.places import resolve
from pangeo.errors import ClusterError, InputError
from pangeo.lab.desk import NAME, desk
from pangeo.lab.folder import RUNTIME, own_folder
from pangeo.lab.lessons import write_lessons
from pangeo.lab.pages import PLACE
from pangeo.lab.reach import USUAL, free_port, tunnel

LESSONS = "pangeo-workshop"


@dataclass(frozen=True, slots=True)
class Lab:
    """A Lab that is about to listen."""

    url: str
    """With the token, which is the only thing that keeps others out."""
    folder: Path
    where: str
    """Where ``pangeo.cluster()`` takes its workers."""
    port: int
    moved: bool
    """Whether the usual port was taken, so that it is another."""
    tunnel: str | None
    """What to type on the user's machine, where that is another."""
    panes: bool
    """Whether JupyterLab shows the dashboards beside the notebook."""
    dashboards: str
    """The address of the dashboards as a page."""


def up(
    folder: Path,
    *,
    where: str = "auto",
    port: int | None = None,
    ready: Callable[[Lab], None],
) -> None:
    """JupyterLab with lessons and dashboards, until it is interrupted.

    Parameters
    ----------
    folder
        What the Lab shows; the lessons are written to ``pangeo-workshop`` in it.
    where
        Where ``pangeo.cluster()`` of its notebooks takes workers, as ``where`` there.
    port
        On 127.0.0.1; by default 8888 if it is free.
    ready
        Called once it answers.

    Raises
    ------
    InputError
        When the folder cannot be written.
    ClusterError
        When JupyterLab is not installed, when the port is taken, or when there are no
        workers to be had at ``where``.
    """
    for package in ("jupyterlab", "jupytext"):
        need(package, "lab", "start JupyterLab")
    where, panes = _where(where), _has_panes()
    notebook = _lessons(folder)
    listens = free_port(port)
    token = secrets.token_urlsafe(24)
    base = f"http://127.0.0.1:{listens}"
    lab = Lab(
        url=f"{base}/lab/workspaces/{NAME}?token={token}",
        folder=folder, where=where, port=listens, moved=port is None and listens != USUAL,
        tunnel=tunnel(listens), panes=panes, dashboards=f"{base}/{PLACE}/status?token={token}",
    )  # fmt: skip
    own = own_folder()
    os.environ |= {"PANGEO_CLUSTER__WHERE": where, "JUPYTER_RUNTIME_DIR": str(own / RUNTIME)}
    config.set({"cluster.where": where})
    try:
        _settings(own / "config", panes)
        _serve(lab, token, _workspaces(own, desk(notebook, panes=panes)), ready)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _where(asked: str) -> str:
    """Where workers are taken, after a look whether this machine can ask for them there."""
    found = resolve(asked).where
    wrong = [each for each in doctor(found, dry_run=True) if not each.well]
    if wrong:
        raise ClusterError(
            f"pangeo.cluster() would have no workers at {found}",
            found="; ".join(f"{each.what}: {each.found}" for each in wrong),
            expected="a machine from which they can be asked for",
            fix=f"{wrong[0].fix or 'see what was found'}; or pangeo up --local",
        )
    return found


def _has_panes() -> bool:
    """Whether dask-labextension is there, both its halves."""
    from jupyter_core.paths import jupyter_path

    try:
        importlib.import_module("dask_labextension")
    except Exception:  # whatever an old package finds missing: the Lab does without it
        return False
    fronts = (Path(folder, "dask-labextension") for folder in jupyter_path("labextensions"))
    return any(front.is_dir() for front in fronts)


def _lessons(folder: Path) -> str | None:
    """The first lesson, as the Lab names it."""
    try:
        notebooks = write_lessons(folder / LESSONS)
    except OSError as error:
        raise InputError(
            f"cannot write the lessons to {folder / LESSONS}",
            found=error.strerror or str(error),
            expected="a folder in which this user may write",
            fix="name another: pangeo up FOLDER",
        ) from error
    return str(notebooks[0].relative_to(folder)) if notebooks else None


def _settings(folder: Path, panes: bool) -> None:
    """What JupyterLab is told beside the user's own settings, which count for more."""
    written = {
        "default_setting_overrides": {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
            "dask-labextension:plugin": {"defaultURL": PLACE},
        },
        "page_config": {} if panes else {"disabledExtensions": {"dask-labextension": True}},
    }
    for name, content in written.items():
        file = folder / "labconfig" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    before = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [before, str(folder)]))


def _workspaces(own: Path, content: dict[str, Any]) -> str:
    """A folder with this workspace alone: what a browser saved knew the address of another Lab."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    folder = str(own / "workspaces")
    WorkspacesManager(folder).save(NAME, json.dumps(content))
    return folder


def _serve(lab: Lab, token: str, workspaces: str, ready: Callable[[Lab], None]) -> None:
    from jupyterlab.labapp import LabApp
    from tornado.ioloop import IOLoop

    def listening() -> None:
        # Jupyter would ask whether Ctrl-C is meant, or, without a terminal, leave kernels behind.
        for number in (signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.getsignal(signal.SIGTERM))
        ready(lab)

    loop = IOLoop.current()
    loop.add_callback(
        loop.add_callback, listening
    )  # once more round: the port is taken in the first
    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={lab.folder}",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.sock=",  # these four: the user may have set them for another server
            "--ServerApp.certfile=",
            "--ServerApp.keyfile=",
            "--ServerApp.client_ca=",
            f"--ServerApp.port={lab.port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.base_url=/",
            f"--IdentityProvider.token={token}",
            "--ServerApp.jpserver_extensions={'pangeo.lab': True}",
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
            "--ServerApp.log_level=WARN",
            "--LabApp.log_level=WARN",
            f"--LabApp.workspaces_dir={workspaces}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",  # nothing is asked of the network
            "--KernelManager.transport=ipc",  # over TCP, others on this machine could listen
        ]
    )
