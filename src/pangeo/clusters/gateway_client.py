"""A client whose workers a Dask Gateway starts, and what the gateway says when it does not."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pangeo.clusters.client import OwningClient
from pangeo.clusters.versions import refuse_other_versions
from pangeo.errors import ClusterError

logger = logging.getLogger(__name__)

LOOK = 0.2  # seconds between two looks at the workers


class GatewayClient(OwningClient):
    """A client that ends its cluster on the gateway when it is closed."""

    cluster: Any

    def _await(self, n_workers: int, seconds: float) -> None:
        missing = self._wait(n_workers, seconds)
        if missing > 0:
            raise ClusterError(
                f"{missing} of the workers did not come",
                found=f"after {seconds:g} s the gateway says that the cluster is running",
                expected="workers that the gateway can start",
                fix="wait longer with client.wait_for_workers(n, timeout=...) if the machines "
                "behind the gateway are full; else ask for less",
            )

    def look(self, seconds: float) -> None:
        """Raise ClusterError for what shows itself so soon; else workers may take their time."""
        if self._wait(1, seconds) > 0:
            logger.warning("no worker after %g s; they join as the gateway can start them", seconds)

    def _wait(self, n_workers: int, seconds: float) -> int:
        """How many workers are missing after so long; raises when none can come any more."""
        end, gateway = time.monotonic() + seconds, self.cluster.gateway
        while (missing := n_workers - self._there()) > 0 and time.monotonic() < end:
            with what_it_says(gateway.address):
                status = gateway.get_cluster(self.cluster.name).status.name
            if status != "RUNNING":
                raise ClusterError(
                    f"the gateway {gateway.address} ended the cluster before it had its workers",
                    found=f"cluster {self.cluster.name} is {status}",
                    expected="workers that start",
                    fix="ask who runs the gateway for its log; less memory or fewer cores may do",
                )
            time.sleep(LOOK)
        if self._there():
            refuse_other_versions(self)
        return missing

    def _there(self) -> int:
        return len(self.scheduler_info(n_workers=-1)["workers"])

    def _end_workers(self) -> None:
        let_go(self.cluster)


def let_go(it: Any) -> None:
    """Close a gateway or a cluster once: Python would close it again, and find no loop there."""
    it.close()
    vars(getattr(it, "gateway", it)).pop("_loop_runner", None)


@contextmanager
def what_it_says(address: str) -> Iterator[None]:
    """Say in a ClusterError what the gateway answers, or that it does not."""
    aiohttp = importlib.import_module("aiohttp")
    client = importlib.import_module("dask_gateway.client")
    refusals = (
        client.GatewayClusterError, client.GatewayServerError, client.GatewayWarning,
        ValueError, TypeError,
    )  # fmt: skip
    try:
        yield
    except aiohttp.ClientResponseError as error:
        told = _not_let_in if error.status in (401, 403) else _no_answer
        raise told(address, f"HTTP status {error.status}") from None  # its repr has the password
    except (aiohttp.ClientError, OSError) as error:
        raise _no_answer(address, str(error) or type(error).__name__) from error
    except refusals as error:
        raise ClusterError(
            f"the gateway {address} refuses the cluster",
            found=str(error),
            expected="a request within what the gateway allows",
            fix="ask for less, or close a cluster that you do not need",
        ) from error


def _no_answer(address: str, found: str) -> ClusterError:
    return ClusterError(
        f"the gateway {address} does not answer",
        found=found,
        expected="a Dask Gateway at gateway.address, its schedulers at gateway.proxy-address",
        fix="correct these two of Dask's settings, or tell those who run the gateway",
    )


def _not_let_in(address: str, found: str) -> ClusterError:
    return ClusterError(
        f"the gateway {address} does not let you in",
        found=found,
        expected="a login that it knows",
        fix="correct gateway.auth in Dask's settings: its type (basic, jupyterhub, kerberos) and "
        "kwargs, for which a template such as {DASK_PASSWORD} takes an environment variable",
    )
