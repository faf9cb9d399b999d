"""What the doctor says: of workers on this machine, and of a real Slurm with real faults."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import pytest
from click.testing import CliRunner

import pangeo
from pangeo.cli import main
from pangeo.clusters import Diagnosis, Finding, doctor, examine
from pangeo.errors import InputError

type Jobs = Callable[[], list[str]]

ASKED: dict[str, Any] = {"cores": 1, "memory": "1GiB", "interface": "lo"}


def of(found: Diagnosis) -> dict[str, Finding]:
    return {finding.what: finding for finding in found}


def test_workers_here_are_well() -> None:
    found = doctor("local", cores=1)
    assert found
    assert list(of(found)) == [
        "where", "workspace", "worker", "packages", "shared folder", "dashboard",
    ]  # fmt: skip
    assert "ssh -N -L" in of(found)["dashboard"].found


def test_a_dry_run_starts_nothing(slurm: Jobs) -> None:
    found = doctor("slurm", dry_run=True, **ASKED)
    assert found
    assert "worker" not in of(found)
    assert "#SBATCH --cpus-per-task=1" in found.script
    assert slurm() == []


def test_a_job_is_tried_and_ended(slurm: Jobs) -> None:
    found = doctor("slurm", queue="debug", walltime="00:10:00", **ASKED)
    assert found, str(found)
    assert "debug, which grants infinite" in of(found)["queue"].found
    assert of(found)["interface"].found == "lo (127.0.0.1)"
    assert of(found)["worker"].found.startswith("came after")
    assert slurm() == []


def test_a_queue_and_an_interface_that_are_not_there(slurm: Jobs) -> None:
    found = doctor("slurm", queue="nosuch", cores=1, memory="1GiB", interface="ib7", dry_run=True)
    assert {"queue", "interface"} <= set(found.wrong)
    assert of(found)["queue"].fix == "choose one of debug"
    assert "lo (127.0.0.1)" in str(of(found)["interface"].fix)


def test_a_walltime_beyond_what_the_queue_grants(slurm: Jobs) -> None:
    limit = ["scontrol", "update", "PartitionName=debug"]
    subprocess.run([*limit, "MaxTime=30"], check=True)  # which sinfo writes as 30:00
    try:
        found = doctor("slurm", queue="debug", walltime="60", dry_run=True, **ASKED)
    finally:
        subprocess.run([*limit, "MaxTime=INFINITE"], check=True)
    assert found.wrong == ["walltime"]
    assert of(found)["walltime"].fix == "ask for 30:00 or less"


def test_several_queues_are_looked_for_one_by_one(slurm: Jobs) -> None:
    found = doctor("slurm", queue="debug,nosuch", dry_run=True, **ASKED)
    assert of(found)["queue"].found == "no partition nosuch"
    assert doctor("slurm", queue="debug,debug", dry_run=True, **ASKED)


def test_adaptive_workers_are_tried_as_others(slurm: Jobs) -> None:
    assert doctor("slurm", adaptive=True, **ASKED)


def test_a_dashboard_that_is_not_asked_for_is_not_missed() -> None:
    assert doctor("local", cores=1, dashboard=False)


def test_a_dashboard_behind_the_proxy_of_a_hub_is_well() -> None:
    with dask.config.set({"distributed.dashboard.link": "/user/me/proxy/{port}/status"}):
        found = doctor("local", cores=1)
    assert found, str(found)
    assert "/user/me/proxy/" in of(found)["dashboard"].found


def test_data_that_do_not_answer_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "PATIENCE", 2.0)
    found = doctor("local", cores=1, probes={"storage": lambda: time.sleep(600) or ""})
    assert found.wrong == ["storage"]
    assert "no answer" in of(found)["storage"].found


def test_a_worker_that_cannot_reach_the_scheduler(slurm: Jobs) -> None:
    from pangeo import config

    closed = {"contact_address": "tls://127.0.0.1:1"}  # as a firewall would have it
    with (
        dask.config.set({"jobqueue.slurm.scheduler-options": closed}),
        config.set({"cluster.wait": "12 s"}),
    ):
        found = doctor("slurm", **ASKED)
    assert found.wrong == ["worker"]
    assert "RUNNING" in of(found)["worker"].found
    assert "firewall" in str(of(found)["worker"].fix)
    assert slurm() == []


def test_data_are_read_on_the_worker(workspace: Path) -> None:
    pangeo.ingest(pangeo.samples.path("ostia_monthly"), "sst")
    result = CliRunner().invoke(
        main, ["doctor", "local", "--cores", "1", "--data", "sst", "--data", "nosuch", "--json"]
    )
    found = {each["what"]: each for each in json.loads(result.output)["findings"]}
    assert found["dataset sst"]["well"]
    assert not found["dataset nosuch"]["well"]
    assert "no dataset" in found["dataset nosuch"]["found"]
    assert result.exit_code == 1


def test_a_workspace_that_cannot_be_written(slurm: Jobs, tmp_path: Path) -> None:
    from pangeo import config

    (tmp_path / "file").touch()
    with config.set({"workspace": str(tmp_path / "file" / "folder")}):
        for where in ("local", "slurm"):
            found = doctor(where, **ASKED) if where == "slurm" else doctor(where)
            assert found.wrong == ["workspace"]


def test_what_cannot_be_understood_is_refused() -> None:
    with pytest.raises(InputError, match="no cluster is to be had"):
        doctor("moon")
