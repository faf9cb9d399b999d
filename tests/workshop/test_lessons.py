"""Every lesson of the workshop runs, as it is, from its first cell to its last; offline."""

from __future__ import annotations

import ipaddress
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
import pytest
import yaml
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "workshop").glob("*.md"))
SECONDS = 120  # of one cell, on a machine that has other things to do

# Python imports it first of all, in the kernel and in whatever the kernel starts.
GUARD = """
import ipaddress
import os
import sys


def is_here(host):
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        host = arguments[1][0] if isinstance(arguments[1], tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0] or "localhost"
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if not is_here(host):
        with open(os.environ["BEYOND"], "a") as file:
            print(event, host, file=file)
        raise OSError(f"{event} {host!r}: a lesson needs no network")


sys.addaudithook(check)
"""

type Run = Callable[[str], nbformat.NotebookNode]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Executes a lesson in a new folder and a new kernel; fails where it reaches out."""
    guard, beyond = tmp_path / "guard", tmp_path / "beyond"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    beyond.touch()
    for name, value in {
        "BEYOND": str(beyond),
        "PYTHONPATH": str(guard),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "folder"
    folder.mkdir()

    def execute(text: str) -> nbformat.NotebookNode:
        notebook = read_myst_markdown_notebook(text)
        client = NotebookClient(
            notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}}
        )
        with connections() as met:
            client.execute()
        assert beyond.read_text() == ""
        assert not {each for each in met if not ipaddress.ip_address(each).is_loopback}
        return notebook

    return execute


@contextmanager
def connections() -> Iterator[set[str]]:
    """The addresses at both ends of what our children have open, also beside Python."""
    met, done = set[str](), threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    for each in child.net_connections("inet"):
                        met.update(end.ip for end in (each.laddr, each.raddr) if end)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield met
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_it_runs(lesson: Path, run: Run) -> None:
    notebook = run(lesson.read_text())
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_it_checks_what_it_says_where_nobody_has_to_see_it(lesson: Path) -> None:
    notebook = read_myst_markdown_notebook(lesson.read_text())
    checks = [cell for cell in notebook.cells if cell.source.lstrip().find("assert ") >= 0]
    assert checks
    for cell in checks:
        assert cell.metadata.get("tags") == ["remove-cell"], cell.source
        assert cell.metadata.get("jupyter") == {"source_hidden": True}, cell.source


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_jupyterlab_can_open_it(lesson: Path) -> None:
    """As a notebook, through jupytext: by what the head of the file says."""
    head = yaml.safe_load(lesson.read_text().split("---\n")[1])
    form = head["jupytext"]["text_representation"]
    assert (form["extension"], form["format_name"]) == (".md", "myst")
    assert head["kernelspec"]["name"] == "python3"
    assert head["kernelspec"]["display_name"]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_it_is_a_page_of_the_documentation(lesson: Path) -> None:
    (page,) = [
        page for page in (ROOT / "docs" / "tutorials").glob("*.md") if page.resolve() == lesson
    ]
    assert f"\ntutorials/{page.stem}\n" in (ROOT / "docs" / "index.md").read_text()


CELL = "---\nfile_format: mystnb\n---\n\n```{{code-cell}} ipython3\n{code}\n```\n"


@pytest.mark.parametrize(
    "code",
    [
        "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=0.1)",
        "import urllib.request\nurllib.request.urlopen('http://example.org', timeout=0.1)",
        "import socket\nsocket.create_server(('', 0))",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', "
        "'import socket; socket.create_server((\"0.0.0.0\", 0))'], check=True)",
    ],
)
def test_a_lesson_that_reaches_out_would_be_seen(code: str, run: Run) -> None:
    with pytest.raises(CellExecutionError):
        run(CELL.format(code=code))


def test_what_is_opened_beside_python_would_be_seen(run: Run) -> None:
    """As the libraries in Rust and C do it, which no hook of Python hears of."""
    code = """import ctypes, socket, struct, time
libc = ctypes.CDLL(None)
handle = libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
address = struct.pack("=HH4s8s", socket.AF_INET, 0, socket.inet_aton("0.0.0.0"), bytes(8))
assert libc.bind(handle, address, len(address)) == 0
time.sleep(0.5)"""
    with pytest.raises(AssertionError, match=r"0\.0\.0\.0"):
        run(CELL.format(code=code))
