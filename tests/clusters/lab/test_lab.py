"""``pangeo up`` as its user has it: a browser, the first lesson, the panel."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest


def test_the_first_lesson_runs_and_the_panes_move(up: Any, browse: Any) -> None:
    lab = up()
    page = browse(lab.url)
    page.wait_for_selector(".jp-Notebook", timeout=30_000)
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=30_000)
    tabs = page.locator(".lm-DockPanel .lm-TabBar-tabLabel").all_inner_texts()
    assert {"Task Stream", "Progress", "Graph", "Workers Memory"} < set(tabs)
    assert "pangeo_01_dask.ipynb" in tabs
    most = browse.run_all(page, "lab-lesson")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    lesson = json.loads((lab.folder / "pangeo-workshop/pangeo_01_dask.ipynb").read_text())
    cells = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert "error" not in {each["output_type"] for cell in cells for each in cell["outputs"]}
    for plot in ("task-stream", "progress", "graph", "workers-memory"):
        assert most[f"individual-{plot}"] > 2, most


def test_the_panel_starts_scales_and_stops_a_cluster(up: Any, browse: Any) -> None:
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
    browse.picture(page, "lab-panel")
    assert sorted(browse.plots(page)) == [
        "individual-graph", "individual-progress", "individual-task-stream",
        "individual-workers-memory",
    ]  # fmt: skip

    page.click(".dask-ClusterListingItem-stop")
    listed.wait_for(state="detached", timeout=30_000)
    page.wait_for_timeout(1000)
    assert browse.plots(page) == {}
    assert lab.ask("dask/clusters") == []


def test_without_the_token_nothing_is_told(up: Any) -> None:
    lab = up()
    for path in ("api/kernels", "api/contents", "dask/clusters", "lab/api/workspaces/pangeo"):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{lab.base}/{path}", timeout=10)
    for path in ("lab", "proxy/dask/status", "proxy/dask/individual-plots.json", "proxy/dask/text"):
        with urllib.request.urlopen(f"{lab.base}/{path}", timeout=10) as answer:
            assert "/login" in answer.url, path
    assert re.fullmatch(r"[\w-]{32}", lab.url.partition("token=")[2])
