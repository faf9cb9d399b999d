"""What a Jupyter server needs so that clusters, panel and panes know of each other."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import dask
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp

from pangeo import config
from pangeo.clusters.keys import keys_in
from pangeo.lab import pages, panel
from pangeo.lab.folder import own_folder

FACTORY = "labextension.factory"
CLOSING = 6.0  # seconds in which the clusters of the panel end, before the process does


class Wiring(ExtensionApp):
    """The dashboards of all clusters of a Jupyter server at one address; NEW makes one of ours."""

    name = "pangeo"
    load_other_extensions = True

    @classmethod
    def get_extension_package(cls) -> str:
        """The module that a server names to load it; else it would be the root package."""
        return "pangeo.lab"

    def initialize_settings(self) -> None:
        """Tell notebooks, which inherit the environment, what clusters there need to know."""
        logging.getLogger("ServerApp").addFilter(_of_a_cluster_that_runs)
        base_url: str = self._server().base_url
        folder = own_folder()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the kernels have ended
        tls = _tls(folder / "keys")  # before there is a Lab whose keys could be meant
        dashboards = folder / "dashboards"
        dashboards.mkdir()
        config.set({"cluster.dashboards": str(dashboards)})
        environment = {
            "PANGEO_CLUSTER__DASHBOARDS": str(dashboards),
            "DASK_DISTRIBUTED__DASHBOARD__LINK": f"{base_url}proxy/{{port}}/status",
        }
        for setting, file in tls.items():
            dask.config.set({setting: file})
            environment["DASK_" + setting.replace("-", "_").replace(".", "__").upper()] = file
        os.environ.update(environment)
        if dask.config.get(f"{FACTORY}.module", "dask.distributed") == "dask.distributed":
            made_by = {"module": panel.__name__, "class": panel.new_cluster.__name__}
            dask.config.set({FACTORY: made_by | {"args": [], "kwargs": {"base_url": base_url}}})

    def initialize_handlers(self) -> None:
        """Serve the pages that follow the clusters."""
        dashboards = Path(config.get("cluster.dashboards"))
        self.handlers.extend(pages.handlers(dashboards))

    def _server(self) -> ServerApp:
        assert self.serverapp is not None, "an extension is linked before it is initialised"
        return self.serverapp

    async def stop_extension(self) -> None:
        """End the clusters of the panel; those of notebooks end with their kernels."""
        try:
            await asyncio.wait_for(panel.close_all(), CLOSING)
        except TimeoutError:
            self.log.warning("clusters of the panel are still ending; Dask goes on to end them")


def _of_a_cluster_that_runs(record: logging.LogRecord) -> bool:
    """Plots of Dask go on asking for a while after their cluster has ended."""
    said = record.getMessage()
    return not ("/individual-" in said and "/ws" in said)


def _tls(folder: Path) -> dict[str, Any]:
    """Keys for all clusters of this server, so that a notebook reaches those of the panel."""
    keys: Any = keys_in(folder)
    return {"distributed.comm.tls.ca-file": keys.tls_ca_file} | {
        f"distributed.comm.tls.{role}.{what}": getattr(keys, f"tls_{role}_{what}")
        for role in ("scheduler", "worker", "client")
        for what in ("key", "cert")
    }
