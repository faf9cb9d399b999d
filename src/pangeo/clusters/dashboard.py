"""The dashboard of a cluster: under a path that only its owner knows, and told to the Lab."""

from __future__ import annotations

import json
import os
import secrets
import time
import uuid
from pathlib import Path
from typing import Any

from tornado import web
from tornado.httputil import HTTPServerRequest

from pangeo import config

PAGE = "/status"  # the page to which Dask's links lead


def hidden(kind: Any) -> Any:
    """The kind of cluster, such as LocalCluster, with its pages below a path not to be guessed.

    Dask's dashboard has no login: who knows the path may look. It holds before the first worker
    starts, for what somebody opens until then stays open.
    """
    path = f"/{secrets.token_urlsafe(16)}"

    class Hidden(kind):  # type: ignore[misc]
        scheduler_spec: Any

        async def _start(self) -> None:
            spec = self.scheduler_spec

            def scheduler(**options: Any) -> Any:
                made = spec["cls"](**options)
                _keep_to_path(made, path)
                return made

            self.scheduler_spec = spec | {"cls": scheduler}
            await super()._start()

        @property
        def dashboard_link(self) -> str:
            link: str = super().dashboard_link
            return f"{link.removesuffix(PAGE)}{path}{PAGE}" if link.endswith(PAGE) else link

    Hidden.__name__ = Hidden.__qualname__ = kind.__name__
    return Hidden


def _keep_to_path(scheduler: Any, path: str) -> None:
    """Have all pages of the scheduler below the path, and nothing elsewhere.

    Dask has an option ``http_prefix``, but then sends whoever asks for the root there, and its
    plots name their scripts from the root, so that no proxy can show them.
    """
    application = scheduler.http_application
    find = application.find_handler

    def find_below(request: HTTPServerRequest, **options: Any) -> Any:
        if not request.path.startswith(f"{path}/"):
            return application.get_handler_delegate(request, web.ErrorHandler, {"status_code": 404})
        request.path = request.path.removeprefix(path)
        request.uri = (request.uri or "").removeprefix(path)
        return find(request, **options)

    application.find_handler = find_below


def announce(link: str) -> Path | None:
    """Leave the address of a dashboard where the Lab looks for it, if one is there to look.

    Gives the file that says where it is and which process has the client, so that the Lab sees
    when that was killed; None where the setting ``cluster.dashboards`` names no folder.
    """
    folder = config.get("cluster.dashboards", None)
    if not folder or not link:
        return None
    said = {"link": link, "process": os.getpid(), "since": time.time()}
    file = Path(folder, f"{uuid.uuid4().hex[:8]}.json")
    try:
        written = file.with_suffix(".new")
        written.write_text(json.dumps(said))
        written.replace(file)
    except OSError:  # the Lab has ended; the cluster is none the worse
        return None
    return file
