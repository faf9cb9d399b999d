"""``pangeo up`` as its user has it: a browser, the first lesson, the panel."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

PANES = ("Task Stream", "Progress", "Graph", "Workers Memory")
PICTURES = Path(os.environ.get("PANGEO_PICTURES", "/nonexistent"))


def picture(page: Any, name: str, tmp_path: Path) -> None:
    """A screenshot, kept where PANGEO_PICTURES says, to be looked at."""
    folder = PICTURES if PICTURES.is_dir() else tmp_path
    page.screenshot(path=folder / f"{name}.png")


def plots(page: Any) -> dict[str, Any]:
    """The frame of each pane that shows a plot, by the name of its page."""
    return {
        frame.url.rpartition("/")[2]: frame
        for frame in page.frames
        if "/proxy/" in frame.url and "/proxy/dask" not in frame.url
    }


def drawn(frame: Any) -> int:
    """How many rectangles and circles a plot holds."""
    return frame.evaluate(
        """() => Bokeh.documents.flatMap(d => [...d._all_models.values()])
        .filter(m => m.type == 'ColumnDataSource')
        .map(m => Math.max(0, ...[...Object.values(m.data ?? {})].map(c => c?.length ?? 0)))
        .reduce((a, b) => a + b, 0)"""
    )


def most_drawn(page: Any, until: Any, seconds: float, tmp_path: Path) -> dict[str, int]:
    """The most that each plot ever held, looked at until something is so; with a picture."""
    most: dict[str, int] = {}
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, most
        for name, frame in plots(page).items():
            try:
                now = drawn(frame)
                if name == "individual-graph" and now > max(most.get(name, 0), 20):
                    picture(page, "lab-lesson", tmp_path)
                most[name] = max(most.get(name, 0), now)
            except Exception:  # the frame has gone, or its plot is not there yet
                continue
        page.wait_for_timeout(100)
    return most


def test_the_first_lesson_runs_and_the_panes_move(up: Any, browse: Any, tmp_path: Path) -> None:
    lab = up()
    page = browse(lab.url)
    page.wait_for_selector(".jp-Notebook", timeout=30_000)
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=30_000)
    tabs = page.locator(".lm-DockPanel .lm-TabBar-tabLabel").all_inner_texts()
    assert set(PANES) < set(tabs)
    assert "pangeo_01_dask.ipynb" in tabs
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells")
    page.wait_for_selector("text=Python 3 (ipykernel) | Busy", timeout=30_000)
    idle = page.locator("text=Python 3 (ipykernel) | Idle")
    was_idle: list[bool] = []

    def done() -> bool:
        """Between two cells it is idle for a moment, but not for long."""
        was_idle.append(idle.count() == 1)
        return len(was_idle) > 20 and all(was_idle[-20:])

    most = most_drawn(page, done, 180, tmp_path)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    lesson = json.loads((lab.folder / "pangeo-workshop/pangeo_01_dask.ipynb").read_text())
    cells = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert "error" not in {each["output_type"] for cell in cells for each in cell["outputs"]}
    for plot in ("task-stream", "progress", "graph", "workers-memory"):
        assert most[f"individual-{plot}"] > 2, most


def test_the_panel_starts_scales_and_stops_a_cluster(
    up: Any, browse: Any, tmp_path: Path
) -> None:
    lab = up()
    page = browse(lab.url)
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=30_000)
    page.click('[data-id="dask-dashboard-launcher"]')
    page.click('[data-command="dask:launch-cluster"]')
    listed = page.locator(".dask-ClusterListingItem")
    listed.wait_for(timeout=30_000)
    assert "tls://127.0.0.1:" in listed.inner_text()
    page.click(".dask-ClusterListingItem-scale")
    page.locator(".dask-ScalingInput").first.fill("1")
    page.click('.jp-Dialog button:has-text("SCALE")')
    page.wait_for_selector("text=Number of Workers: 1", timeout=30_000)
    page.wait_for_function("() => document.querySelectorAll('iframe').length >= 4")

    page.click(".dask-ClusterListingItem-code")  # a cell that connects the notebook
    page.click(".jp-Notebook .jp-CodeCell >> nth=0")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".jp-OutputArea-output >> text=Client-", timeout=30_000)
    picture(page, "lab-panel", tmp_path)
    assert sorted(plots(page)) == [
        "individual-graph", "individual-progress", "individual-task-stream",
        "individual-workers-memory",
    ]  # fmt: skip

    page.click(".dask-ClusterListingItem-stop")
    listed.wait_for(state="detached", timeout=30_000)
    page.wait_for_timeout(1000)
    assert plots(page) == {}
    assert lab.ask("dask/clusters") == []


def test_without_the_token_nothing_is_told(up: Any) -> None:
    import urllib.error
    import urllib.request

    lab = up()
    for path in ("api/kernels", "api/contents", "dask/clusters", "lab/api/workspaces/pangeo"):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{lab.base}/{path}", timeout=10)
    for path in ("lab", "proxy/dask/status", "proxy/dask/individual-plots.json", "proxy/dask/text"):
        with urllib.request.urlopen(f"{lab.base}/{path}", timeout=10) as answer:
            assert "/login" in answer.url, path
    assert re.fullmatch(r"[\w-]{32}", lab.url.partition("token=")[2])
