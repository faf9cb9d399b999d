"""The same configuration in front of a Slurm, with little patience for who does nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

GATEWAY = Path(__file__).parents[2] / "deploy" / "gateway" / "dask_gateway_config.py"
CLUSTER = "import os, pangeo\nclient = pangeo.cluster(workers=1, cores=1, memory='1GiB')"
IMPATIENT = """
load_subconfig({original!r})
c = get_config()
c.ClusterConfig.idle_timeout = 6
"""


@pytest.fixture(scope="module")
def site(bring_up, slurm_conf, tmp_path_factory):
    """A hub that ends clusters after 6 seconds, and Labs after 25."""
    changed = tmp_path_factory.mktemp("site") / "gateway.py"
    changed.write_text(IMPATIENT.format(original=str(GATEWAY)))
    gateway, culler = 'c.JupyterHub.services[0]["command"]', 'c.JupyterHub.services[1]["command"]'
    return bring_up(
        f"{gateway}[-1] = {str(changed)!r}",
        f"{culler}[-1:] = ['--timeout=25', '--cull-every=1']",
        "c.Spawner.environment['JUPYTERHUB_ACTIVITY_INTERVAL'] = '1'",  # of 5 minutes
        GATEWAY_BACKEND="slurm",
        SLURM_CONF=str(slurm_conf),
    )


@pytest.fixture(scope="module")
def bob(log_in, site):
    return log_in(site, "pangeo_bob")


@pytest.fixture
def jobs(slurm_conf) -> Callable[[], list[str]]:
    """Gives the account of each job that is waiting or running."""
    command = ["squeue", "--noheader", "--format=%u", "--states=PENDING,RUNNING"]
    environment = os.environ | {"SLURM_CONF": str(slurm_conf)}
    return lambda: subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()


def test_a_cluster_is_made_of_jobs_of_its_user_and_ended_when_it_idles(bob, jobs, eventually):
    assert (
        bob.run(f"{CLUSTER}\nprint(client.run(os.getuid).values())") == f"dict_values([{bob.uid}])"
    )
    assert jobs() == [bob.name] * 2  # the scheduler, and a worker
    assert bob.run("print(client.submit(sum, [1, 2]).result())") == "3"
    assert bob.run("print('/proxy/' in client.dashboard_link)") == "True"
    assert eventually(lambda: bob.run("print(0)") == "0" and jobs() == [], 60)
    assert "ComputeError: the cluster is gone" in bob.run("client.submit(sum, [1, 2]).result()")


def test_a_lab_that_nobody_looks_at_is_ended(site, bob, eventually):
    bob.leave()
    assert eventually(lambda: not any(each.uids().real == bob.uid for each in site.members()), 60)
    assert bob.get(f"{site.address}/hub/home").url.endswith("/hub/home")  # still logged in,
    assert eventually(lambda: bob.get(f"{bob.lab}/lab").status_code == 424)  # may start it again
