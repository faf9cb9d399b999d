"""Workers that a Dask Gateway starts: a server that has the clusters of many people."""

from __future__ import annotations

import importlib
import logging
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import dask
import yaml

from pangeo.clusters.asked import Asked
from pangeo.clusters.client import OwningClient
from pangeo.errors import ClusterError, InputError

logger = logging.getLogger(__name__)

# By which names servers know our arguments, the usual one first.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "cores": ("worker_cores",),
    "memory": ("worker_memory",),
    "walltime": ("walltime",),
    "queue": ("queue", "partition"),
    "account": ("account",),
    "interface": ("interface",),
}
GIB = 2**30
BYTES = 2**20  # an option of memory whose default is above it counts bytes, else GiB

PATIENCE = 20.0  # seconds in which a worker comes that need not wait for its turn


class GatewayClient(OwningClient):
    """A client that ends its cluster on the gateway when it is closed."""

    def _end_workers(self) -> None:
        _let_go(self.cluster)


def gateway_address() -> str | None:
    """The gateway that Dask's settings name, if they do."""
    return dask.config.get("gateway.address", None) or None


def gateway_cluster(asked: Asked) -> OwningClient:
    """A client whose workers a gateway starts."""
    gateway = _gateway(asked)
    try:
        options = _options(gateway, asked)
        with _what_it_says(gateway.address):
            cluster = gateway.new_cluster(options)
    finally:
        _let_go(gateway)
    try:
        with _what_it_says(gateway.address):
            _scale(cluster, asked)
            client = GatewayClient(cluster)  # type: ignore[no-untyped-call]
    except BaseException:
        _let_go(cluster)
        raise
    try:
        if not asked.adaptive:
            _wait(client, cluster)
    except BaseException:
        client.close()
        raise
    return client


def gateway_options(asked: Asked) -> str:
    """The options that the gateway would be sent, as YAML."""
    gateway = _gateway(asked)
    try:
        return str(yaml.safe_dump(dict(_options(gateway, asked)), sort_keys=False))
    finally:
        _let_go(gateway)


def _gateway(asked: Asked) -> Any:
    """The way to the gateway, as Dask's settings describe it."""
    asked.refuse_no_dashboard(to="a gateway")
    package = _package()
    try:
        return package.Gateway()
    except (ValueError, TypeError, KeyError, ImportError) as error:
        raise ClusterError(
            "cannot ask a gateway for workers",
            found=f"{type(error).__name__}: {error}",
            expected="gateway.address and gateway.auth in Dask's settings",
            fix="write into ~/.config/dask/gateway.yaml what those who run the gateway tell you",
        ) from error


def _let_go(it: Any) -> None:
    """Close a gateway or a cluster once: Python would close it again, and find no loop there."""
    it.close()
    vars(getattr(it, "gateway", it)).pop("_loop_runner", None)


def _package() -> ModuleType:
    try:
        return importlib.import_module("dask_gateway")
    except ImportError as error:
        raise ClusterError(
            "cannot ask a gateway for workers",
            found="no package dask-gateway",
            expected="the packages of the extra gateway",
            fix="pip install 'pangeo[gateway]'",
        ) from error


def _options(gateway: Any, asked: Asked) -> Any:
    """The options of the server, with what was asked for."""
    with _what_it_says(gateway.address):
        options = gateway.cluster_options()
    for argument, names in OPTIONS.items():
        value = getattr(asked, argument)
        if value is None:
            continue
        name = next((name for name in names if name in options), None)
        if name is None:
            raise InputError(
                f"the gateway {gateway.address} lets nobody choose {argument}",
                found=f"{argument}={value!r}",
                expected=f"an option of this gateway: {', '.join(options) or 'it has none'}",
                fix=f"leave {argument} out, or ask who runs the gateway for an option {names[0]}",
            )
        with _what_it_says(gateway.address):
            options[name] = _amount(value, options[name]) if argument == "memory" else value
    return options


def _amount(size: int, default: Any) -> Any:
    """An amount of memory as the option takes it, told by its default."""
    if isinstance(default, str):
        return f"{size / GIB:g}G"
    if default > BYTES:
        return size
    gib = size / GIB
    return int(gib) if isinstance(default, int) and gib.is_integer() else gib


def _scale(cluster: Any, asked: Asked) -> None:
    """Ask for the workers; that the server would give fewer is a refusal, not a warning."""
    fewer = importlib.import_module("dask_gateway.client").GatewayWarning
    most = asked.workers or 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", fewer)
        if asked.adaptive:
            cluster.adapt(minimum=0, maximum=most)
        else:
            cluster.scale(most)


def _wait(client: OwningClient, cluster: Any) -> None:
    """Until a worker is there, or the gateway gives the cluster up, or it takes its time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if client.scheduler_info()["workers"]:
            return
        with _what_it_says(cluster.gateway.address):
            status = cluster.gateway.get_cluster(cluster.name).status.name
        if status != "RUNNING":
            raise ClusterError(
                f"the gateway {cluster.gateway.address} ended the cluster before it had a worker",
                found=f"cluster {cluster.name} is {status}",
                expected="workers that start",
                fix="ask who runs the gateway for its log; less memory or fewer cores may do",
            )
        time.sleep(0.2)
    logger.warning("no worker after %g s; they join as the gateway can start them", PATIENCE)


@contextmanager
def _what_it_says(address: str) -> Iterator[None]:
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
        raise _not_let_in(address, error.status) from None  # which has the password in its repr
    except (aiohttp.ClientError, OSError) as error:
        raise ClusterError(
            f"the gateway {address} does not answer",
            found=str(error) or type(error).__name__,
            expected="a Dask Gateway at gateway.address, its schedulers at gateway.proxy-address",
            fix="correct these two of Dask's settings, or tell those who run the gateway",
        ) from error
    except refusals as error:
        raise ClusterError(
            f"the gateway {address} refuses the cluster",
            found=str(error),
            expected="a request within what the gateway allows",
            fix="ask for less, or close a cluster that you do not need",
        ) from error


def _not_let_in(address: str, status: int) -> ClusterError:
    return ClusterError(
        f"the gateway {address} does not let you in",
        found=f"HTTP status {status}",
        expected="a login that it knows",
        fix="correct gateway.auth in Dask's settings: its type (basic, jupyterhub, kerberos) and "
        "kwargs, for which a template such as {DASK_PASSWORD} takes an environment variable",
    )
