"""A real ``pangeo up``, and a real browser to look at it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client import BlockingKernelClient

PANGEO = Path(sys.executable).parent / "pangeo"
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip
# What browser and plots say of themselves, not of a fault.
NOT_OURS = re.compile(r"allow-scripts and allow-same-origin|could not set initial ranges")

type Eventually = Callable[..., bool]


class Up:
    """``pangeo up`` in a folder of its own, with a home of its own."""

    def __init__(self, folder: Path, environment: dict[str, str], *options: str) -> None:
        self.folder = folder
        self.log = folder / f"up{len(list(folder.glob('up*.log')))}.log"
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PANGEO, "up", *options, str(folder)],
                env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        while "Ctrl-C ends it" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - began < 60, self.said()
            time.sleep(0.05)
        self.seconds = time.monotonic() - began
        self.members = psutil.Process(self.process.pid)

    def said(self) -> str:
        return self.log.read_text()

    @property
    def url(self) -> str:
        return re.search(r"http://127\.0\.0\.1:\S+token=\S+", self.said())[0]

    @property
    def base(self) -> str:
        return self.url.partition("/lab")[0]

    def ask(self, path: str, method: str = "GET", content: Any = None) -> Any:
        """What the server answers to who has the token."""
        token = self.url.partition("token=")[2]
        request = urllib.request.Request(
            f"{self.base}/{path}", method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Authorization": f"token {token}"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def own_folders(self) -> list[Path]:
        """The folders of this Lab, and those that others have left."""
        return list(Path(self.members.environ()["TMPDIR"]).glob("pangeo-lab-*"))

    def kernel(self) -> BlockingKernelClient:
        """A notebook without a page."""
        started = self.ask("api/kernels", "POST", {"name": "python3"})
        name = f"run/kernel-{started['id']}.json"
        (file,) = (folder / name for folder in self.own_folders() if (folder / name).exists())
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        end = time.monotonic() + 60
        while True:
            try:
                client.wait_for_ready(timeout=60)
                return client
            except RuntimeError:  # what has not started yet is taken for dead
                assert time.monotonic() < end

    def end(self, number: int = signal.SIGINT) -> float:
        """How long it takes to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - began


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    if importlib.util.find_spec("jupyterlab") is None:
        pytest.skip("needs pangeo[lab]: make setup")
    (tmp_path / "home").mkdir()
    kept = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "DASK", "PANGEO", "SSH_", "SLURM_JOB"))
    }  # fmt: skip
    return kept | {
        "HOME": str(tmp_path / "home"),
        "PANGEO_WORKSPACE": str(tmp_path / "workspace"),
        "TMPDIR": tempfile.mkdtemp(prefix="lab", dir="/tmp"),  # short, for in it are sockets
    }


@pytest.fixture
def up(tmp_path: Path, environment: dict[str, str], eventually: Eventually) -> Iterator[Any]:
    """Starts ``pangeo up``, and sees at the end that nothing of it is left."""
    started: list[Up] = []
    folder = tmp_path / "folder"
    folder.mkdir()

    def start(*options: str, **more: str) -> Up:
        started.append(Up(folder, environment | more, *options))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGTERM)
    mark = environment["TMPDIR"]
    assert eventually(lambda: not marked(mark), 30), [each.cmdline() for each in marked(mark)]
    shutil.rmtree(mark)


def marked(mark: str) -> list[psutil.Process]:
    """Whatever runs with the environment of the Lab, orphans too."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TMPDIR") == mark and process.status() != "zombie":
                found.append(process)
    return found


class Browser:
    """Chromium, and what can be seen in the panes of the Lab."""

    def __init__(self, chromium: Any, pictures: Path) -> None:
        self._chromium, self._pictures = chromium, pictures
        self.faults: list[str] = []

    def __call__(self, url: str) -> Any:
        """The page at an address, once its notebook is ready."""
        page = self.bare(url)
        page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=60_000)
        return page

    def bare(self, url: str) -> Any:
        """The page at an address."""
        page = self._chromium.new_page(viewport={"width": 1600, "height": 950})
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.goto(url)
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not NOT_OURS.search(text):
            self.faults.append(text)

    def picture(self, page: Any, name: str) -> None:
        """A screenshot, kept where LAB_PICTURES says, to be looked at."""
        page.screenshot(path=self._pictures / f"{name}.png")

    def plots(self, page: Any) -> dict[str, Any]:
        """The frame of each pane that shows a plot, by the name of its page."""
        return {
            frame.url.rpartition("/")[2]: frame
            for frame in page.frames
            if "/proxy/dask" not in frame.url and "/individual-" in frame.url
        }

    def run_all(self, page: Any, name: str) -> dict[str, int]:
        """Run the notebook to its end, with a picture; how much each plot held at most."""
        page.click("text=Run >> nth=0")
        page.click("text=Run All Cells")
        page.wait_for_selector("text=Python 3 (ipykernel) | Busy", timeout=30_000)
        idle = page.locator("text=Python 3 (ipykernel) | Idle")
        most: dict[str, int] = {}
        was_idle: list[bool] = []
        end = time.monotonic() + 180
        while not (len(was_idle) > 20 and all(was_idle[-20:])):  # between two cells it is not long
            assert time.monotonic() < end, most
            was_idle.append(idle.count() == 1)
            for plot, frame in self.plots(page).items():
                try:
                    now = drawn(frame)
                except Exception:  # the frame has gone, or its plot is not there yet
                    continue
                if plot == "individual-graph" and now > max(most.get(plot, 0), 2):
                    self.picture(page, name)
                most[plot] = max(most.get(plot, 0), now)
            page.wait_for_timeout(100)
        return most


def drawn(frame: Any) -> int:
    """How many things a plot draws: the rows of all its tables."""
    return frame.evaluate(
        """() => Bokeh.documents.flatMap(d => [...d._all_models.values()])
        .filter(model => model.type == 'ColumnDataSource')
        .map(model => Math.max(0, ...Object.values(model.data ?? {}).map(row => row?.length ?? 0)))
        .reduce((a, b) => a + b, 0)"""
    )


@pytest.fixture
def browse(tmp_path: Path) -> Iterator[Browser]:
    """Opens an address in a real browser; a fault that the page reports fails the test."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs the browser chromium; as root on Debian: make servers")
    from playwright.sync_api import sync_playwright

    pictures = Path(os.environ.get("LAB_PICTURES", tmp_path))
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        browser = Browser(chrome, pictures)
        yield browser
        chrome.close()
    assert browser.faults == []
