"""What is left when dask-labextension cannot load, and how others come to a Lab."""

from __future__ import annotations

import os
import re
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pangeo.cli.up import up as pangeo_up
from pangeo.errors import ClusterError, InputError
from pangeo.lab import up as start
from pangeo.lab.desk import desk
from pangeo.lab.folder import RUNTIME, own_folder
from pangeo.lab.lessons import write_lessons
from pangeo.lab.reach import free_port, tunnel
from pangeo.lab.running import Dashboard


def test_without_the_extension_dashboards_are_pages_and_numbers(
    up: Any, browse: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "dask_labextension.py").write_text("raise ImportError('too old for this Jupyter')")
    lab = up(PYTHONPATH=str(broken))
    assert "dask-labextension is not there" in lab.said()
    pages = re.findall(r"http://\S+/proxy/dask/\S+", lab.said())
    page = browse(lab.url)
    tabs = page.locator(".lm-DockPanel .lm-TabBar-tabLabel").all_inner_texts()
    assert tabs == ["pangeo_01_dask.ipynb"]

    numbers = browse.bare(pages[1])
    numbers.wait_for_selector("text=No cluster is running.")
    kernel = lab.kernel()
    kernel.execute("import pangeo; client = pangeo.cluster('local', workers=2, cores=1)")
    numbers.wait_for_selector("text=/workers +2/", timeout=30_000)
    status = browse.bare(pages[0])
    status.frame_locator("iframe").locator("text=Task Stream").first.wait_for(
        state="attached", timeout=30_000
    )
    kernel.stop_channels()


def test_lessons_are_written_once_and_kept_as_they_are(tmp_path: Path) -> None:
    written = write_lessons(tmp_path)
    assert written[0].name == "pangeo_01_dask.ipynb"
    assert all(notebook.is_file() for notebook in written)
    written[0].write_text("mine")
    assert write_lessons(tmp_path) == written
    assert written[0].read_text() == "mine"


def test_a_desk_without_panes_or_notebook_is_still_one() -> None:
    assert desk(None, panes=False)["data"] == {}
    alone = desk("a.ipynb", panes=False)["data"]["layout-restorer:data"]["main"]["dock"]
    assert [each["widgets"] for each in alone["children"]] == [["notebook:a.ipynb"]]


def test_a_port_asked_for_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ClusterError, match=f"port {port}") as refused:
            free_port(port)
        assert "--port" in refused.value.fix
    assert free_port(port) == port


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({}, None),
        ({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, "-L 8888:127.0.0.1:8888 me@login.hpc"),
        (
            {"SLURM_JOB_ID": "7", "SLURM_SUBMIT_HOST": "login", "SSH_CONNECTION": "x"},
            "-L 8888:127.0.0.1:8888 -J me@login me@n7",
        ),
    ],
)
def test_the_tunnel_line(
    variables: dict[str, str], line: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSH_CONNECTION", "SLURM_JOB_ID", "SLURM_SUBMIT_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    monkeypatch.setattr("socket.getfqdn", lambda: "login.hpc")
    monkeypatch.setattr("socket.gethostname", lambda: "n7")
    assert tunnel(8888) == (f"ssh -N {line}" if line else None)


@pytest.mark.parametrize(
    ("address", "base_url", "shown"),
    [
        ("http://127.0.0.1:4711/path/", "/", "/proxy/4711/path/"),
        ("http://127.0.0.1:4711/path/", "/user/me/", "/user/me/proxy/4711/path/"),
        ("/user/me/proxy/4711/path/", "/user/me/", "/user/me/proxy/4711/path/"),
        ("https://gateway.org/clusters/x/", "/", "https://gateway.org/clusters/x/"),
    ],
)
def test_a_dashboard_is_reached_through_the_lab(address: str, base_url: str, shown: str) -> None:
    assert Dashboard("key", address, 0).through(base_url) == shown


def test_what_a_killed_lab_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pangeo.lab.folder.LONGEST", 1000)
    _, _, process, here, _ = own_folder().name.split("-")
    names = (f"4194304-{here}-a", f"{process}-{here}-b", "4194304-beef-c", "x")
    left, *others = (tmp_path / f"pangeo-lab-{name}" for name in names)
    for folder in (left, *others):
        folder.mkdir()
    own = own_folder()
    assert own.stat().st_mode & 0o777 == 0o700
    assert not left.exists()
    assert all(folder.exists() for folder in others), "a Lab that runs, another machine's"


@pytest.mark.parametrize("length", [16, 17])
def test_the_sockets_of_kernels_have_short_paths(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = Path("/tmp", "x" * (length - len("/tmp/")))
    around.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(around))
    monkeypatch.setattr("os.getpid", lambda: 4194304)
    own = own_folder()
    try:
        assert own.parent == (around if length == 16 else Path("/tmp"))
        assert len(f"{own / RUNTIME}/kernel-{uuid.uuid4()}-ipc-5") <= 103
    finally:
        own.rmdir()
        around.rmdir()


def test_a_start_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jupyterlab", reason="needs pangeo[lab]: make setup")
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    (tmp_path / "pangeo-workshop").touch()
    with pytest.raises(InputError, match="cannot write the lessons"):
        start(tmp_path, where="local", ready=lambda lab: None)
    assert not list(Path("/tmp").glob(f"pangeo-lab-{os.getpid()}-*"))


def test_a_port_that_is_none_is_refused() -> None:
    refused = CliRunner().invoke(pangeo_up, ["--port", "80000"])
    assert refused.exit_code == 2
    assert "80000 is not in the range" in refused.output
