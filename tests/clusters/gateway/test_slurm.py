"""A Dask Gateway whose clusters are jobs of a real Slurm."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import dask_gateway
import pytest

import pangeo
from pangeo.clusters.gateway_client import let_go
from pangeo.errors import ClusterError

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "gateway" / "dask_gateway_config.py"
BIN = Path(sys.executable).parent
ASKED = {"cores": 1, "memory": "1GiB"}


@pytest.fixture(scope="module")
def server(on_slurm):
    return on_slurm()


def test_scheduler_and_workers_are_jobs_that_end_with_the_client(
    server, slurm, eventually, listeners
):
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    sst = pangeo.open("sst").surface_temperature
    expected = pangeo.analysis.nino34(sst).compute()
    with server.user("root"), pangeo.cluster("gateway", workers=2, **ASKED) as client:
        client.wait_for_workers(2, timeout=60)
        assert len(slurm()) == 3
        assert pangeo.analysis.nino34(sst).compute().identical(expected)
        assert {address for address, _ in listeners(server.members())} == {"127.0.0.1"}
    assert eventually(lambda: not slurm(), 60)


def test_a_job_that_is_cancelled_is_replaced_and_the_result_right(server, slurm, eventually):
    with server.user("root"), pangeo.cluster("gateway", workers=2, **ASKED) as client:
        client.wait_for_workers(2, timeout=60)
        before = slurm()
        futures = client.map(lambda number: time.sleep(0.3) or number, range(40))
        worker = max(before, key=int)  # the first job is the scheduler
        subprocess.run(["scancel", worker], check=True)
        assert client.gather(futures) == list(range(40))
        assert eventually(lambda: len(slurm()) == 3 and worker not in slurm(), 60)


def test_a_worker_larger_than_any_node_ends_with_a_reason(server, slurm, eventually):
    with (
        server.user("root"),
        pytest.raises(ClusterError, match="ended the cluster before it had its workers"),
    ):
        pangeo.cluster("gateway", memory="30GiB")
    assert "Requested node configuration is not available" in server.log.read_text()
    assert eventually(lambda: not slurm(), 60)


def test_a_cluster_belongs_to_the_user_of_the_token(server, slurm, eventually):
    with server.user("root"), pangeo.cluster("gateway", **ASKED), server.user("nobody"):
        gateway = dask_gateway.Gateway()
        assert gateway.list_clusters() == []
        let_go(gateway)
    assert eventually(lambda: not slurm(), 60)


def test_an_account_that_cannot_submit_ends_with_a_reason(server, slurm):
    """Its home is not there, and here it may not even read this Python."""
    with server.user("nobody"), pytest.raises(ClusterError, match="failed to start"):
        pangeo.cluster("gateway", **ASKED)
    assert slurm() == []


def test_an_account_of_the_system_is_refused(serve, hub, slurm_conf, slurm):
    server = serve("slurm", **hub.environment, SLURM_CONF=str(slurm_conf))
    server.tokens = hub.tokens
    with server.user("root"), pytest.raises(ClusterError, match="root is not the account of a"):
        pangeo.cluster("gateway")
    assert slurm() == []


def test_a_token_that_the_hub_does_not_know_is_told(server, slurm):
    server.tokens = server.tokens | {"mallory": "no such token"}
    with server.user("mallory"), pytest.raises(ClusterError, match="does not let you in"):
        pangeo.cluster("gateway")
    assert "no such token" not in server.log.read_text()


def test_it_does_not_start_where_anybody_could_be_anybody(tmp_path):
    """One password for all, and jobs of the account whose name one gives."""
    done = subprocess.run(
        [BIN / "dask-gateway-server", "-f", CONFIGURATION],
        env={"GATEWAY_BACKEND": "slurm", "GATEWAY_STATE": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "users are told apart by JupyterHub alone" in done.stderr
