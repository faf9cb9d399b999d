"""Workers that are pods, which the Dask operator of a Kubernetes cluster starts."""

from __future__ import annotations

import getpass
import importlib
import importlib.util
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import dask
import yaml

from pangeo.clusters.asked import Asked
from pangeo.clusters.client import CLOSING, OwningClient
from pangeo.clusters.extras import need
from pangeo.errors import ClusterError

IDLE = 3600  # seconds after which the operator ends a cluster that computes nothing
GONE = "dask-worker"  # what the settings say if nobody sets it: Dask has no such script any more


def in_a_pod() -> bool:
    """Whether this runs on Kubernetes, with what it takes to ask for more pods."""
    package = importlib.util.find_spec("dask_kubernetes")
    return "KUBERNETES_SERVICE_HOST" in os.environ and package is not None


def pod_cluster(asked: Asked) -> OwningClient:
    """A client whose workers are pods."""
    operator = _operator()
    manifest = _manifest(asked)
    with _what_it_says():
        # KubeCluster would not notice before it has begun, and fail once more when Python ends.
        importlib.import_module("kr8s").api().version()
        cluster = operator.KubeCluster(custom_cluster_spec=manifest, quiet=True)
    try:
        if asked.adaptive:
            cluster.adapt(minimum=0, maximum=asked.workers or 1)
        return OwningClient(cluster, asked)
    except BaseException:
        cluster.close(timeout=CLOSING)
        raise


def pod_manifest(asked: Asked) -> str:
    """The DaskCluster that would be sent, as YAML."""
    return str(yaml.safe_dump(_manifest(asked), sort_keys=False))


def _manifest(asked: Asked) -> dict[str, Any]:
    asked.refuse("walltime", "queue", "account", "interface", to="Kubernetes")
    asked.refuse_no_dashboard(to="Kubernetes, which asks it whether the scheduler is well")
    operator = _operator()  # whose settings come with it
    own = dask.config.get("kubernetes")
    resources = own["resources"] or {}
    manifest: dict[str, Any] = operator.kubecluster.make_cluster_spec(
        name=own["name"].format(user=getpass.getuser(), uuid=uuid.uuid4().hex[:10], **os.environ),
        image=own["image"],
        n_workers=0 if asked.adaptive else asked.workers or 1,
        resources=resources,
        env=own["env"] or {},
        worker_command=_command(own["worker-command"], asked),
        scheduler_service_type=own["scheduler-service-type"],
        idle_timeout=own["idle-timeout"] or IDLE,
    )
    scheduler, worker = (
        manifest["spec"][role]["spec"]["containers"][0] for role in ("scheduler", "worker")
    )
    scheduler["args"] = ["dask", "scheduler", *scheduler["args"][1:]]
    # Requests and limits alike: a pod that may take more than it asked for is the first to go.
    amounts = _amounts(asked)
    worker["resources"] = {
        kind: resources.get(kind, {}) | amounts for kind in ("requests", "limits")
    }
    return manifest


def _command(own: str | list[str], asked: Asked) -> list[str]:
    command = own.split() if isinstance(own, str) else list(own)
    if command == [GONE]:
        command = ["dask", "worker"]
    if asked.cores is not None:
        command += ["--nthreads", str(asked.cores)]
    if asked.memory is not None:
        command += ["--memory-limit", str(asked.memory)]
    return command


def _amounts(asked: Asked) -> dict[str, str]:
    """What a worker has, as Kubernetes writes it."""
    amounts = {"cpu": asked.cores, "memory": asked.memory}
    return {name: str(amount) for name, amount in amounts.items() if amount is not None}


def _operator() -> ModuleType:
    return need("dask_kubernetes.operator", "kubernetes", "start workers as pods")


@contextmanager
def _what_it_says() -> Iterator[None]:
    """Say in a ClusterError what Kubernetes answers, or that it does not."""
    known = ("kr8s", "httpx", "dask_kubernetes")
    try:
        yield
    except Exception as error:
        ours = isinstance(error, ValueError | RuntimeError | OSError)
        if not ours and type(error).__module__.partition(".")[0] not in known:
            raise
        raise ClusterError(
            "Kubernetes does not start the cluster",
            found=f"{type(error).__name__}: {error}",
            expected="a Kubernetes that answers, on which the Dask operator runs",
            fix="kubectl get daskclusters tells whether you reach it and the operator is there; "
            "dry_run=True shows what would be sent",
        ) from error
