"""What the button NEW of the Dask panel starts: a ``pangeo.cluster``."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from pangeo.clusters import OwningClient, cluster
from pangeo.lab.pages import PLACE

_open: set[PangeoCluster] = set()


async def new_cluster(*, base_url: str, asynchronous: bool = True) -> PangeoCluster:
    """A cluster for the panel, which awaits it; ``asynchronous`` is what it always says."""
    made = PangeoCluster(await asyncio.to_thread(_start), base_url)
    _open.add(made)
    return made


def _start() -> OwningClient:
    return cast(OwningClient, cluster())


async def close_all() -> None:
    """End the clusters that the panel has started."""
    await asyncio.gather(*(each.close() for each in list(_open)), return_exceptions=True)


class PangeoCluster:
    """A client of ours, under the names by which the panel knows a cluster.

    The client waits for its cluster, which the server of the Lab must not: so it does in threads.
    """

    def __init__(self, client: OwningClient, base_url: str) -> None:
        self._client = client
        self.scheduler_address: str = client.cluster.scheduler_address
        told = client.announced
        self.dashboard_link = f"{base_url}{PLACE}/{told.stem}/status" if told else ""

    @property
    def scheduler_info(self) -> dict[str, Any]:
        """What the scheduler knows of its workers."""
        known: dict[str, Any] = self._client.cluster.scheduler_info
        return known

    async def scale(self, workers: int) -> None:
        """Have so many workers from now on."""
        await asyncio.to_thread(self._client.scale, workers)

    def adapt(self, minimum: int, maximum: int) -> SimpleNamespace:
        """Have as many workers as there is work for, within the two."""
        self._client.adapt(minimum, maximum)
        return SimpleNamespace(minimum=minimum, maximum=maximum)

    async def close(self) -> None:
        """End the workers and their scheduler."""
        await asyncio.to_thread(self._client.close)
        _open.discard(self)
