"""What is left when dask-labextension cannot load, and how others come to a Lab."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest

from pangeo.errors import ClusterError
from pangeo.lab.desk import desk
from pangeo.lab.folder import own_folder
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
    left, running, other = (tmp_path / f"pangeo-lab-{name}" for name in ("4194304-a", "1-b", "x"))
    for folder in (left, running, other):
        folder.mkdir()
    own = own_folder()
    assert own.stat().st_mode & 0o777 == 0o700
    assert not left.exists()
    assert running.exists()
    assert other.exists()
