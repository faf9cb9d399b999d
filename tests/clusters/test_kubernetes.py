"""What Kubernetes would be sent, held against its own schemas; none runs here."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import dask
import dask_kubernetes.operator
import jsonschema
import kr8s
import kubernetes_validate
import pytest
import yaml
from distributed import LocalCluster
from distributed.cli import dask_scheduler, dask_worker

import pangeo
from pangeo.errors import ClusterError, InputError

DEPLOY = Path(__file__).parents[2] / "deploy" / "kubernetes"
CHART = Path(dask_kubernetes.__file__).parent / (
    "operator/deployment/helm/dask-kubernetes-operator"
)
VERSIONS = ("1.30", "1.33", "1.37")  # of Kubernetes


def closed(schema: Any) -> Any:
    """The schema as strict validation takes it: a field that it does not know is wrong."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    if "properties" in inner and "x-kubernetes-preserve-unknown-fields" not in inner:
        inner.setdefault("additionalProperties", False)
    return inner


def check(manifest: dict[str, Any]) -> None:
    """Hold a DaskCluster against the definition that comes with the operator, and its pods too."""
    definition = yaml.safe_load((CHART / "crds" / "daskcluster.yaml").read_text())
    (version,) = definition["spec"]["versions"]
    assert manifest["apiVersion"] == f"{definition['spec']['group']}/{version['name']}"
    assert manifest["kind"] == definition["spec"]["names"]["kind"]
    schema = closed(version["schema"]["openAPIV3Schema"])
    body = {"spec": manifest["spec"]}
    jsonschema.validate(body, schema, cls=jsonschema.Draft202012Validator)
    for role in ("scheduler", "worker"):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": role},
            "spec": manifest["spec"][role]["spec"],
        }
        for number in VERSIONS:
            kubernetes_validate.validate(pod, number, strict=True)


def asked(**arguments: Any) -> dict[str, Any]:
    return yaml.safe_load(pangeo.cluster("kubernetes", dry_run=True, **arguments))


def container(manifest: dict[str, Any], role: str) -> dict[str, Any]:
    (only,) = manifest["spec"][role]["spec"]["containers"]
    return only


@pytest.mark.parametrize(
    "arguments",
    [{}, {"workers": 3, "cores": 2, "memory": "4GiB"}, {"workers": 3, "adaptive": True}],
)
def test_what_is_sent_is_what_kubernetes_and_the_operator_take(arguments: dict[str, Any]) -> None:
    check(asked(**arguments))


def test_cores_and_memory_are_those_of_each_worker() -> None:
    manifest = asked(workers=3, cores=2, memory="4GiB")
    worker = container(manifest, "worker")
    assert manifest["spec"]["worker"]["replicas"] == 3
    expected = {"cpu": "2", "memory": str(4 * 2**30)}
    assert worker["resources"] == {"requests": expected, "limits": expected}
    _, _, *options = worker["args"]
    found = dask_worker.main.make_context("dask worker", options).params
    assert (found["nthreads"], int(found["memory_limit"])) == (2, 4 * 2**30)
    assert container(manifest, "scheduler")["resources"] == {}


def test_adaptive_workers_start_from_none() -> None:
    assert asked(workers=3, adaptive=True)["spec"]["worker"]["replicas"] == 0


def test_the_commands_are_ones_that_dask_has() -> None:
    """It has no scripts dask-scheduler and dask-worker any more, which the operator's own say."""
    manifest = asked()
    for role, command in (("scheduler", dask_scheduler), ("worker", dask_worker)):
        program, name, *options = container(manifest, role)["args"]
        assert (Path(sys.executable).parent / program).exists()
        assert name == role
        command.main.make_context(name, options)  # raises at an option that is not there


def test_an_idle_cluster_is_ended() -> None:
    assert asked()["spec"]["idleTimeout"] == 3600


def test_what_the_settings_say_is_kept() -> None:
    settings = {
        "kubernetes.name": "mine",
        "kubernetes.image": "pangeo:1",
        "kubernetes.env": {"EXTRA": "1"},
        "kubernetes.idle-timeout": 60,
        "kubernetes.worker-command": "dask worker --death-timeout 60",
        "kubernetes.resources": {"limits": {"ephemeral-storage": "10Gi"}},
    }
    with dask.config.set(settings):
        manifest = asked(cores=2)
    check(manifest)
    worker = container(manifest, "worker")
    assert manifest["metadata"]["name"] == "mine"
    assert manifest["spec"]["idleTimeout"] == 60
    assert worker["image"] == "pangeo:1"
    assert worker["env"] == [{"name": "EXTRA", "value": "1"}]
    assert worker["args"][:6] == ["dask", "worker", "--death-timeout", "60", "--nthreads", "2"]
    assert worker["resources"]["limits"] == {"ephemeral-storage": "10Gi", "cpu": "2"}


def replicas_in_words(manifest: dict[str, Any]) -> None:
    manifest["spec"]["worker"]["replicas"] = "two"


def a_field_that_is_not_there(manifest: dict[str, Any]) -> None:
    manifest["spec"]["workers"] = 2


def a_field_that_a_pod_has_not(manifest: dict[str, Any]) -> None:
    container(manifest, "worker")["memory"] = "4Gi"


def an_environment_of_null(manifest: dict[str, Any]) -> None:
    container(manifest, "worker")["env"] = None


def no_scheduler(manifest: dict[str, Any]) -> None:
    del manifest["spec"]["scheduler"]


@pytest.mark.parametrize(
    "spoil",
    [
        replicas_in_words,
        a_field_that_is_not_there,
        a_field_that_a_pod_has_not,
        an_environment_of_null,
        no_scheduler,
    ],
)
def test_a_wrong_manifest_would_be_noticed(spoil: Any) -> None:
    manifest = asked()
    wrong = copy.deepcopy(manifest)
    spoil(wrong)
    check(manifest)
    with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
        check(wrong)


def documents(name: str) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all((DEPLOY / name).read_text())


def test_the_manifest_of_the_example_is_what_the_call_gives() -> None:
    (example,) = documents("daskcluster.yaml")
    settings = {"kubernetes.name": "sst", "kubernetes.image": "pangeo:0.1.0"}
    with dask.config.set(settings):
        assert asked(workers=4, cores=2, memory="8GiB") == example
    check(example)


@pytest.mark.parametrize("name", ["networkpolicy.yaml", "quota.yaml"])
def test_the_other_manifests_are_what_kubernetes_takes(name: str) -> None:
    for document in documents(name):
        for number in VERSIONS:
            kubernetes_validate.validate(document, number, strict=True)


def test_the_values_are_ones_that_the_chart_of_the_operator_has() -> None:
    (ours,) = documents("operator-values.yaml")
    theirs = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(ours) <= set(theirs)
    assert set(ours["rbac"]) <= set(theirs["rbac"])


def test_what_means_nothing_there_is_refused() -> None:
    for arguments in ({"queue": "main"}, {"walltime": "1:00"}, {"dashboard": False}):
        with pytest.raises(InputError, match="means nothing to Kubernetes"):
            pangeo.cluster("kubernetes", dry_run=True, **arguments)


def test_where_no_kubernetes_answers_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ClusterError, match="Kubernetes does not start the cluster") as caught:
        pangeo.cluster("kubernetes")
    assert "credentials" in caught.value.found


class WithoutOperator(BaseHTTPRequestHandler):
    """An API server that has never heard of a DaskCluster."""

    def answer(self) -> None:
        missing = {"kind": "Status", "message": "the server could not find the requested resource"}
        version = {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
        known = self.path.startswith("/version")
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(version if known else missing).encode())

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        pass


def test_where_the_operator_is_missing_it_says_so(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), WithoutOperator) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        here = {"name": "here", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        config = tmp_path / "config"
        config.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [here],
                    "users": [{"name": "me", "user": {"token": "t"}}],
                    "contexts": [{"name": "c", "context": {"cluster": "here", "user": "me"}}],
                    "current-context": "c",
                }
            )
        )
        script = subprocess.run(
            [sys.executable, "-c", "import pangeo; pangeo.cluster('kubernetes')"],
            env=os.environ | {"KUBECONFIG": str(config)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        server.shutdown()
        thread.join()
    assert script.returncode == 1
    assert "could not find the requested resource" in script.stderr
    assert "whether you reach it and the operator is there" in script.stderr


def test_the_client_owns_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cluster on this machine in place of the operator's."""
    sent: list[dict[str, Any]] = []

    def stand_in(custom_cluster_spec: dict[str, Any], quiet: bool) -> LocalCluster:
        sent.append(custom_cluster_spec)
        return LocalCluster(
            n_workers=0,
            processes=False,
            host="127.0.0.1",
            protocol="tcp://",
            dashboard_address="127.0.0.1:0",
        )

    monkeypatch.setattr(dask_kubernetes.operator, "KubeCluster", stand_in)
    monkeypatch.setattr(kr8s, "api", lambda: mock.Mock())
    with pangeo.cluster("kubernetes", workers=2, adaptive=True) as client:
        assert client.submit(sum, [1, 2]).result(timeout=60) == 3  # a worker came for it
        cluster = client.cluster
    assert [manifest["kind"] for manifest in sent] == ["DaskCluster"]
    assert cluster.status.name == "closed"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask_kubernetes.operator", None)
    with pytest.raises(ClusterError, match=r"pip install 'pangeo\[kubernetes\]'"):
        pangeo.cluster("kubernetes", dry_run=True)


def test_auto_takes_pods_within_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert "kind: DaskCluster" in pangeo.cluster(dry_run=True)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    monkeypatch.delenv("SLURM_CONF", raising=False)
    assert pangeo.cluster(dry_run=True) == ""
