"""How the clusters of a gateway end when somebody does not end them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

import pangeo
from pangeo.errors import ComputeError

SOON = (
    "c.ClusterConfig.idle_timeout = 8",
    "c.ClusterConfig.environment = {'DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT': '12 s'}",
)


def test_a_gateway_that_is_killed_finds_its_clusters_when_it_is_started_again(serve, eventually):
    server = serve("local")
    with server.user("alice"), pangeo.cluster("gateway", workers=2) as client:
        client.wait_for_workers(2, timeout=60)
        workers = set(client.scheduler_info()["workers"])
        futures = client.map(lambda number: time.sleep(0.3) or number, range(40))
        server.kill()
        with pytest.raises(ComputeError, match="the cluster is gone"):
            client.gather(futures)
        server.start()
        assert client.submit(sum, [1, 2]).result(timeout=60) == 3
        assert set(client.scheduler_info()["workers"]) == workers
    assert eventually(lambda: len(server.members()) == 2)  # the server and its proxy


def at_work(**asked: str) -> Any:
    """A client whose cluster has begun to compute, so that it is not idle yet."""
    client = pangeo.cluster("gateway", workers=2, adaptive=True, **asked)
    assert client.submit(sum, [1, 2]).result(timeout=60) == 3
    return client


def test_a_gateway_that_is_killed_and_stays_away_leaves_nothing(serve, eventually):
    server = serve("local", *SOON)
    with server.user("alice"), at_work():
        server.kill()
    assert eventually(lambda: server.members() == [], 60)


def test_nor_does_it_leave_jobs(on_slurm, slurm, eventually):
    server = on_slurm(*SOON)
    with server.user("root"), at_work(memory="1GiB"):
        assert len(slurm()) >= 2  # the scheduler and a worker
        server.kill()
    assert eventually(lambda: not slurm() and server.members() == [], 60)


WALK_AWAY = """
import os, signal
import pangeo

if __name__ == "__main__":
    client = pangeo.cluster("gateway", workers=2, adaptive=True)
    assert client.submit(sum, [1, 2]).result() == 3
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_cluster_whose_user_is_gone_is_ended(serve, eventually):
    server = serve("local", *SOON)
    settings = {
        "DASK_GATEWAY__ADDRESS": server.address,
        "DASK_GATEWAY__PROXY_ADDRESS": server.schedulers,
        "DASK_GATEWAY__AUTH__KWARGS": str(server.login("alice")["kwargs"]),
    }
    user = subprocess.run(
        [sys.executable, "-c", WALK_AWAY], env=os.environ | settings, check=False, timeout=60
    )
    assert user.returncode == -9
    assert eventually(lambda: len(server.members()) == 2, 60)  # the server and its proxy
