"""Workers as jobs of a real Slurm, and of its own imitation of PBS."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pangeo
from pangeo.errors import ClusterError, InputError

type Jobs = Callable[[], list[str]]
type Eventually = Callable[..., bool]

ASKED: dict[str, Any] = {"cores": 1, "memory": "1GiB", "interface": "lo"}


def slowly(number: int) -> int:
    time.sleep(0.3)
    return number


def test_the_niño_index_is_computed_by_jobs(slurm: Jobs) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    sst = pangeo.open("sst").surface_temperature
    expected = pangeo.analysis.nino34(sst).compute()
    with pangeo.cluster("slurm", workers=2, **ASKED) as client:
        client.wait_for_workers(2, timeout=60)
        assert len(slurm()) == 2
        assert pangeo.analysis.nino34(sst).compute().identical(expected)
    assert slurm() == []


def test_a_job_that_is_cancelled_is_replaced_and_the_result_right(
    slurm: Jobs, eventually: Eventually
) -> None:
    with pangeo.cluster("slurm", workers=2, **ASKED) as client:
        client.wait_for_workers(2, timeout=60)
        before = slurm()
        futures = client.map(slowly, range(40))
        subprocess.run(["scancel", before[0]], check=True)
        assert client.gather(futures) == list(range(40))
        assert eventually(lambda: len(slurm()) == 2 and before[0] not in slurm(), 60)


def test_adaptive_workers_come_and_go(slurm: Jobs, eventually: Eventually) -> None:
    with pangeo.cluster("slurm", workers=2, adaptive=True, **ASKED) as client:
        assert slurm() == []
        assert client.submit(sum, [1, 2]).result(timeout=60) == 3
        assert eventually(lambda: not slurm(), 60)
        assert client.submit(sum, [1, 4]).result(timeout=60) == 5


def test_a_queue_that_is_not_there_gives_the_reason(slurm: Jobs) -> None:
    with pytest.raises(ClusterError, match="refuses the jobs") as caught:
        pangeo.cluster("slurm", workers=1, queue="nosuch", **ASKED)
    assert "invalid partition specified: nosuch" in caught.value.found
    assert "#SBATCH -p nosuch" in caught.value.fix
    assert slurm() == []


def test_the_job_script_can_be_looked_at_before(slurm: Jobs) -> None:
    script = pangeo.cluster(
        "slurm", account="ocean", walltime="02:00:00", queue="debug", dry_run=True, **ASKED
    )
    for line in ("-A ocean", "-t 02:00:00", "-p debug", "--cpus-per-task=1", "--mem=1G"):
        assert f"#SBATCH {line}" in script
    assert "--no-dashboard" in script, "the pages of a worker have no login"
    assert "BEGIN" not in script, "a key stands in the script"
    assert slurm() == []


def test_workers_listen_on_the_interface_asked_for_and_speak_tls(slurm: Jobs) -> None:
    with pangeo.cluster("slurm", workers=1, **ASKED) as client:
        client.wait_for_workers(1, timeout=60)
        addresses = [client.scheduler.address, *client.scheduler_info()["workers"]]
        assert all(each.startswith("tls://127.0.0.1:") for each in addresses)


def test_pbs_over_slurm(slurm: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests our path and dask-jobqueue's, not PBS itself, which Debian does not have."""
    if shutil.which("qsub") is None:
        pytest.skip("needs qsub of slurm-wlm-torque; as root on Debian: make servers")
    import dask

    monkeypatch.chdir(tmp_path)  # where this qsub puts what a job writes, whatever it is told

    with (
        dask.config.set({"jobqueue.pbs.resource-spec": "nodes=1:ppn=1,mem=1gb"}),
        pangeo.cluster("pbs", workers=1, **ASKED) as client,
    ):
        assert client.submit(sum, [1, 2]).result(timeout=60) == 3
        assert len(slurm()) == 1
    assert slurm() == []


def test_what_means_nothing_there_is_refused() -> None:
    with pytest.raises(InputError, match="walltime means nothing to a cluster on this machine"):
        pangeo.cluster("local", walltime="01:00:00")


def test_auto_takes_a_batch_system_that_answers(slurm: Jobs) -> None:
    assert "#SBATCH" in pangeo.cluster(dry_run=True, **ASKED)


def test_auto_stays_here_where_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_CONF", raising=False)
    assert pangeo.cluster(dry_run=True) == ""
