"""``pangeo demo`` as a new user runs it: to its end, twice, stopped, killed."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import pangeo

DEMO = [str(Path(sys.executable).with_name("pangeo")), "demo"]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Demos in sessions of their own, whose processes are found by the session."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        for orphan in family(process):
            orphan.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def start(started: list[subprocess.Popen[str]], folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        DEMO, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    started.append(process)
    return process


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Whatever still lives of the session that the process leads."""
    found = []
    for other in psutil.process_iter():
        try:
            if os.getsid(other.pid) == process.pid and other.status() != psutil.STATUS_ZOMBIE:
                found.append(other)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def wait_until_gone(process: subprocess.Popen[str], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while (left := family(process)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == [], "processes were left behind"


def wait_for_line(process: subprocess.Popen[str], start: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return
    pytest.fail(f"the demo ended without a line {start!r}")


def test_it_works_and_works_again(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    tables = []
    for status in ("created", "unchanged"):
        process = start(started, tmp_path)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        wait_until_gone(process)
        for step in range(1, 6):
            assert f"\n{step}. " in f"\n{output}"
        assert f"   {status}: version" in output
        assert "http://127.0.0.1:" in output
        assert "La Niña  2007-09  2008-05" in output
        assert (tmp_path / "pangeo-demo" / "nino34.png").read_bytes().startswith(PNG)
        tables.append((tmp_path / "pangeo-demo" / "nino34.csv").read_text())
    assert tables[0] == tables[1]
    rows = list(csv.DictReader(tables[0].splitlines()))
    assert len(rows) == 52, "54 months, the first two have no three-month mean"
    lowest = min(rows, key=lambda row: float(row["nino34"]))
    assert lowest["time"].startswith("2008-01")
    assert float(lowest["nino34"]) == pytest.approx(-1.64, abs=0.01)


@pytest.mark.parametrize("step", ["2.", "3.", "4."])
def test_interrupted_it_leaves_no_process_and_a_whole_workspace(
    started: list[subprocess.Popen[str]], tmp_path: Path, step: str
) -> None:
    process = start(started, tmp_path)
    wait_for_line(process, step)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "pangeo: stopped" in output
    assert "KeyboardInterrupt" not in output, "a worker was interrupted by itself"
    for word in ("Traceback", "distributed", "asyncio"):
        assert word not in output, "the inside of Dask was shown"
    wait_until_gone(process)
    check_whole_and_usable()


@pytest.mark.parametrize("seconds", [0.03, 0.1, 0.2, 0.4])
def test_interrupted_while_the_cluster_closes_it_ends(
    started: list[subprocess.Popen[str]], tmp_path: Path, seconds: float
) -> None:
    process = start(started, tmp_path)
    wait_for_line(process, "   climatology:")
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "Traceback" not in output
    wait_until_gone(process)


def test_killed_while_it_ingests_the_next_run_repairs(
    started: list[subprocess.Popen[str]], tmp_path: Path, workspace: Path
) -> None:
    process = start(started, tmp_path)
    store = workspace / "datasets" / "sst-ostia" / "store"
    deadline = time.monotonic() + 60
    while not (store / "chunks").exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert store.exists()
    again = start(started, tmp_path)
    output, _ = again.communicate(timeout=120)
    assert again.returncode == 0, output
    assert len(pangeo.catalog()) == 1
    wait_until_gone(again)


def test_killed_while_it_computes_nothing_lives_on(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start(started, tmp_path)
    wait_for_line(process, "4.")
    assert len(family(process)) > 1, "there were no workers to leave behind"
    process.kill()
    process.communicate()
    wait_until_gone(process)
    check_whole_and_usable()


def test_while_it_runs_it_listens_on_this_machine_only(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start(started, tmp_path)
    wait_for_line(process, "4.")
    addresses = {
        connection.laddr.ip
        for member in family(process)
        for connection in member.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}
    process.communicate(timeout=60)


def check_whole_and_usable() -> None:
    report = pangeo.ingest(pangeo.samples.path("ostia_monthly"), "another")
    assert report.status == "created"
    for entry in pangeo.catalog().entries:
        assert entry.to_xarray().surface_temperature.mean().compute() > 290
