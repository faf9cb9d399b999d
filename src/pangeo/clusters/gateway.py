"""Workers that a Dask Gateway starts: a server that has the clusters of many people."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from typing import Any

import dask
import yaml

from pangeo.clusters.asked import Asked
from pangeo.clusters.extras import need
from pangeo.clusters.gateway_client import GatewayClient, let_go, what_it_says
from pangeo.errors import ClusterError, InputError

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


def gateway_address() -> str | None:
    """The gateway that Dask's settings name, if they do."""
    return dask.config.get("gateway.address", None) or None


def gateway_cluster(asked: Asked) -> GatewayClient:
    """A client whose workers a gateway starts."""
    gateway = _gateway(asked)
    try:
        options = _options(gateway, asked)
        with what_it_says(gateway.address):
            cluster = gateway.new_cluster(options)
    finally:
        let_go(gateway)
    try:
        with what_it_says(gateway.address):
            _scale(cluster, asked)
            client = GatewayClient(cluster, asked)
    except BaseException:
        let_go(cluster)
        raise
    return client


def gateway_options(asked: Asked) -> str:
    """The options that the gateway would be sent, as YAML."""
    gateway = _gateway(asked)
    try:
        return str(yaml.safe_dump(dict(_options(gateway, asked)), sort_keys=False))
    finally:
        let_go(gateway)


def _gateway(asked: Asked) -> Any:
    """The way to the gateway, as Dask's settings describe it."""
    asked.refuse_no_dashboard(to="a gateway")
    package = need("dask_gateway", "gateway", "ask a gateway for workers")
    try:
        return package.Gateway()
    except (ValueError, TypeError, KeyError, ImportError) as error:
        raise ClusterError(
            "cannot ask a gateway for workers",
            found=f"{type(error).__name__}: {error}",
            expected="gateway.address and gateway.auth in Dask's settings",
            fix="write into ~/.config/dask/gateway.yaml what those who run the gateway tell you",
        ) from error


def _options(gateway: Any, asked: Asked) -> Any:
    """The options of the server, with what was asked for."""
    with what_it_says(gateway.address):
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
        with what_it_says(gateway.address):
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
