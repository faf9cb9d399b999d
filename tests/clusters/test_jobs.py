"""How jobs fail, and what is left of them: on a real Slurm."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dask
import psutil
import pytest

import pangeo
from pangeo import config
from pangeo.clusters.lifetime import in_seconds
from pangeo.errors import ClusterError, InputError

type Jobs = Callable[[], list[str]]
type Eventually = Callable[..., bool]

ASKED: dict[str, Any] = {"cores": 1, "memory": "1GiB", "interface": "lo"}


def test_a_job_that_ends_before_its_worker_comes_shows_what_it_wrote(slurm: Jobs) -> None:
    prologue = ["echo no such module: conda >&2", "exit 1"]
    with (
        dask.config.set({"jobqueue.slurm.job-script-prologue": prologue}),
        pytest.raises(ClusterError, match="a job ended before its worker came") as caught,
    ):
        pangeo.cluster("slurm", workers=1, **ASKED)
    assert "no such module: conda" in caught.value.found
    assert slurm() == []


def test_waiting_for_more_than_there_is_room_for_ends_with_what_the_queue_says(
    slurm: Jobs,
) -> None:
    with pangeo.cluster("slurm", workers=3, cores=4, memory="1GiB", interface="lo") as client:
        with pytest.raises(ClusterError, match="1 of the workers did not come") as caught:
            client.wait_for_workers(3, timeout="15s")
        assert "PENDING" in caught.value.found
        assert "Resources" in caught.value.found
        assert client.submit(sum, [1, 2]).result() == 3
    assert slurm() == []


def test_there_may_be_more_workers_than_waited_for(slurm: Jobs) -> None:
    with pangeo.cluster("slurm", workers=2, **ASKED) as client:
        client.wait_for_workers(2)
        client.wait_for_workers(1)


def test_jobs_that_can_never_start_are_not_waited_for(slurm: Jobs) -> None:
    with pytest.raises(ClusterError, match="1 of the workers did not come") as caught:
        pangeo.cluster("slurm", workers=1, cores=64, memory="1GiB", interface="lo")
    assert "already now the queue says" in caught.value.found
    assert slurm() == []


def test_waiting_ends_with_the_scheduler(slurm: Jobs, eventually: Eventually) -> None:
    with (
        config.set({"cluster.idle_timeout": "2s"}),
        pangeo.cluster("slurm", workers=1, **ASKED) as client,
    ):
        client.wait_for_workers(1)
        assert eventually(lambda: client.cluster.scheduler.status.name == "closed")
        with pytest.raises(ClusterError, match="no worker can come any more"):
            client.wait_for_workers(1)
    assert slurm() == []


def test_a_worker_with_another_dask_is_refused_with_the_difference(
    slurm: Jobs, another_dask: Path
) -> None:
    prologue = [f"export PYTHONPATH={another_dask}"]
    with (
        dask.config.set({"jobqueue.slurm.job-script-prologue": prologue}),
        pytest.raises(ClusterError, match="do not have the same packages") as caught,
    ):
        pangeo.cluster("slurm", workers=1, **ASKED).wait_for_workers(1)
    assert f"dask {dask.__version__} here, 2026.7.0 on worker" in caught.value.found
    assert "xarray" not in caught.value.found
    assert slurm() == []


CLIENT = """
import pangeo, time
with pangeo.cluster("slurm", workers=2, cores=1, memory="1GiB", interface="lo") as client:
    client.wait_for_workers(2)
    futures = client.map(lambda n: time.sleep(1), range(1000))
    print("computing", flush=True)
    client.gather(futures)
"""


def test_jobs_end_when_their_client_is_killed(slurm: Jobs, eventually: Eventually) -> None:
    command = [sys.executable, "-c", CLIENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "computing\n"
        assert len(slurm()) == 2
        client.send_signal(signal.SIGKILL)
    assert eventually(lambda: not slurm(), 90)


def test_a_worker_process_that_is_killed_is_started_again(slurm: Jobs) -> None:
    def slowly(number: int) -> int:
        time.sleep(0.3)
        return number

    with pangeo.cluster("slurm", workers=1, **ASKED) as client:
        client.wait_for_workers(1)
        worker = next(iter(client.run(os.getpid).values()))
        futures = client.map(slowly, range(20))
        os.kill(worker, signal.SIGKILL)
        assert client.gather(futures) == list(range(20))
        assert next(iter(client.run(os.getpid).values())) != worker


def test_the_nanny_that_is_killed_costs_a_job_and_no_result(
    slurm: Jobs, eventually: Eventually
) -> None:
    def slowly(number: int) -> int:
        time.sleep(0.3)
        return number

    with pangeo.cluster("slurm", workers=1, **ASKED) as client:
        client.wait_for_workers(1)
        before = slurm()
        nanny = psutil.Process(next(iter(client.run(os.getppid).values())))
        futures = client.map(slowly, range(20))
        nanny.kill()
        assert client.gather(futures) == list(range(20))
        assert eventually(lambda: len(slurm()) == 1 and slurm() != before)
    assert slurm() == []


def test_a_job_that_is_refused_once_is_sent_again(
    slurm: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    busy, sbatch = tmp_path / "busy", tmp_path / "sbatch"
    once = f"if rm {busy}; then echo busy >&2; exit 1; fi"
    sbatch.write_text(f"#!/bin/sh\n{once}\nexec {shutil.which('sbatch')} $@\n")
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pangeo.cluster("slurm", workers=1, **ASKED) as client:
        client.wait_for_workers(1)
        busy.touch()
        subprocess.run(["scancel", *slurm()], check=True)
        assert eventually(lambda: not busy.exists())
        assert eventually(lambda: len(slurm()) == 1, 60)
        client.wait_for_workers(1)
        assert client.submit(sum, [1, 2]).result() == 3


def test_a_job_that_is_cancelled_while_it_waits_is_replaced(
    slurm: Jobs, eventually: Eventually
) -> None:
    with pangeo.cluster("slurm", workers=3, cores=4, memory="1GiB", interface="lo") as client:
        client.wait_for_workers(2)
        waiting = max(slurm(), key=int)
        subprocess.run(["scancel", waiting], check=True)
        assert eventually(lambda: len(slurm()) == 3 and waiting not in slurm(), 60)


def test_the_end_of_the_walltime_costs_no_result(slurm: Jobs, tmp_path: Path) -> None:
    def slowly(number: int) -> int:
        with (tmp_path / "runs").open("a") as runs:
            runs.write(f"{number}\n")
        time.sleep(1)
        return number

    with pangeo.cluster("slurm", workers=2, walltime="00:01:00", **ASKED) as client:
        client.wait_for_workers(2)
        before = set(slurm())
        assert client.gather(client.map(slowly, range(120))) == list(range(120))
        assert not before & set(slurm()), "the jobs should have come to their end"
    runs = (tmp_path / "runs").read_text().split()
    assert len(runs) <= 124, "results were lost with the jobs that held them"


@pytest.mark.parametrize(
    ("system", "walltime", "seconds"),
    [
        ("slurm", "00:01:00", 60),
        ("slurm", "2-00:00:00", 172800),
        ("slurm", "26:00:30", 93630),
        ("slurm", "30", 1800),
        ("slurm", "30:15", 1815),
        ("slurm", "1-12", 129600),
        ("slurm", "1-12:30", 131400),
        ("slurm", "UNLIMITED", None),
        ("slurm", None, None),
        ("pbs", "02:00:00", 7200),
        ("pbs", "30:15", 1815),
        ("pbs", "90", 90),
        ("lsf", "02:00", None),
    ],
)
def test_walltimes(system: str, walltime: str | None, seconds: float | None) -> None:
    assert in_seconds(walltime, system) == seconds


def test_a_walltime_that_yaml_took_for_a_number(slurm: Jobs) -> None:
    with (
        dask.config.set({"jobqueue.slurm.walltime": 43200}),  # 12:00:00 without quotes
        pytest.raises(InputError, match="a walltime is a text") as caught,
    ):
        pangeo.cluster("slurm", dry_run=True, **ASKED)
    assert "quotes" in caught.value.fix


def test_jobs_listen_on_the_interface_asked_for_alone(
    slurm: Jobs, listeners: Callable[[list[psutil.Process]], list[tuple[str, int]]]
) -> None:
    with pangeo.cluster("slurm", workers=1, **ASKED) as client:
        client.wait_for_workers(1)
        processes = [psutil.Process(pid) for pid in client.run(os.getpid).values()]
        processes += [psutil.Process(pid) for pid in client.run(os.getppid).values()]
        found = listeners([*processes, psutil.Process()])
        assert len(found) >= 3
        assert {address for address, _ in found} == {"127.0.0.1"}


def test_others_on_the_login_node_do_not_find_the_dashboard(slurm: Jobs) -> None:
    """It has no login of its own, and so a path that cannot be guessed."""
    pages = ("status", "info/main/workers.html", "json/counts.json", "sitemap.json", "")
    with pangeo.cluster("slurm", workers=1, adaptive=True, **ASKED) as client:
        link = urlsplit(client.dashboard_link)
        with urllib.request.urlopen(client.dashboard_link, timeout=30) as answer:
            assert answer.status == 200
        for page in pages:
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://{link.netloc}/{page}", timeout=30)
    with pangeo.cluster("slurm", workers=1, adaptive=True, dashboard=False, **ASKED) as client:
        for page in pages[:3]:
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(client.dashboard_link.replace("status", page), timeout=30)


def test_keys_are_for_this_user_alone_and_go_with_the_cluster(slurm: Jobs, workspace: Path) -> None:
    with pangeo.cluster("slurm", workers=1, **ASKED) as client:
        client.wait_for_workers(1)
        keys = list(workspace.rglob("*.pem"))
        assert len(keys) == 3
        assert {key.stat().st_mode & 0o077 for key in keys} == {0}
        commands = [psutil.Process(pid).cmdline() for pid in client.run(os.getppid).values()]
        assert not any("BEGIN" in part for command in commands for part in command)
    assert list(workspace.rglob("*.pem")) == []


def test_a_cluster_that_does_not_start_leaves_no_keys(slurm: Jobs, workspace: Path) -> None:
    with pytest.raises(ClusterError, match="did not start"):
        pangeo.cluster("slurm", cores=1, memory="1GiB", interface="nosuch")
    pangeo.cluster("slurm", dry_run=True, **ASKED)
    assert list((workspace / "jobs").iterdir()) == []


def test_a_workspace_that_a_job_script_cannot_name(slurm: Jobs, tmp_path: Path) -> None:
    with (
        pangeo.config.set({"workspace": str(tmp_path / "of $HOME")}),
        pytest.raises(InputError, match="cannot name the workspace"),
    ):
        pangeo.cluster("slurm", dry_run=True, **ASKED)


def test_a_job_without_cores_or_memory_is_refused_before_it_is_sent(slurm: Jobs) -> None:
    with pytest.raises(InputError, match="without cores and memory") as caught:
        pangeo.cluster("slurm", workers=2, interface="lo")
    assert "jobqueue.slurm.cores" in caught.value.fix
