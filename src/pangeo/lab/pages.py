"""Pages that show the dashboard of the cluster that runs now, whichever it is.

The panes of dask-labextension show one address. A notebook starts one cluster after the other,
each with a dashboard of its own; these pages, at one address, follow them.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketHandler

from pangeo.lab.running import chosen

LOOK = 200  # milliseconds between two looks for a cluster that has come or gone
PLACE = "proxy/dask"  # below "proxy" the extension takes a link as it is
# What is listed before there is a cluster to ask: the panes that `pangeo up` opens.
PLOTS = {
    "Individual Task Stream": "/individual-task-stream",
    "Individual Progress": "/individual-progress",
    "Individual Graph": "/individual-graph",
    "Individual Workers Memory": "/individual-workers-memory",
}


def handlers(folder: Path) -> list[tuple[str, type, dict[str, Any]]]:
    """The pages, for clusters that announce themselves in the folder."""
    place = rf"/{PLACE}(?:/(?P<key>[0-9a-f]{{8}}))?"
    return [
        (f"{place}/now", Now, {"folder": folder}),
        (f"{place}/individual-plots.json", Plots, {"folder": folder}),
        (f"{place}/text", Page, {"page": "text.html"}),
        (f"{place}/[a-z-]+", Page, {"page": "follow.html"}),
    ]


class Now(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Tells the address of the dashboard that runs now, at once and whenever it is another."""

    def initialize(self, folder: Path) -> None:
        """The folder is that of the announcements."""
        self._folder = folder
        self._told: str | None = None
        self._looking = PeriodicCallback(self._tell, LOOK)

    @web.authenticated
    async def get(  # type: ignore[override]
        self, *args: Any, **kwargs: Any
    ) -> None:
        """Become a socket, for who is logged in."""
        await super().get(*args, **kwargs)

    def open(self, key: str | None = None) -> None:
        """Begin to tell."""
        self._key = key
        self._looking.start()
        self._tell()

    def on_message(self, message: str | bytes) -> None:
        """Nothing is said to it."""

    def on_close(self) -> None:
        """Nobody listens any longer."""
        self._looking.stop()

    def _tell(self) -> None:
        found = chosen(self._folder, self._key)
        address = found.through(self.base_url) if found else ""
        if address != self._told:
            self._told = address
            self.write_message(address)


class Plots(JupyterHandler):
    """The plots that there are, as the panel of the extension lists them."""

    def initialize(self, folder: Path) -> None:
        """The folder is that of the announcements."""
        self._folder = folder

    @web.authenticated
    async def get(self, key: str | None = None) -> None:
        """Their names and pages, as JSON."""
        found, plots = chosen(self._folder, key), PLOTS
        if found is not None:
            try:
                answer = await AsyncHTTPClient().fetch(f"{found.direct}individual-plots.json")
                plots = json.loads(answer.body)
            except (OSError, ValueError, HTTPClientError):  # it ends, or is for the browser alone
                pass
        self.finish(plots)


class Page(JupyterHandler):
    """A plot of the dashboard, or its counts as text: a page that listens to ``Now``."""

    def initialize(self, page: str) -> None:
        """The page is a file of this package."""
        self._page = page

    @web.authenticated
    def get(self, key: str | None = None) -> None:
        """The page, the same for all clusters."""
        self.finish(files("pangeo.lab").joinpath(self._page).read_text())
