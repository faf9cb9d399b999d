"""The same Lab with workers elsewhere: on a real Slurm, behind a real gateway."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

type Jobs = Callable[[], list[str]]

CELLS = [
    "import dask.array as da, pangeo\nclient = pangeo.cluster(workers=2)",
    "client.wait_for_workers(2)",
    "x = da.random.random((4000, 4000), chunks=(500, 500))\n"
    "float((x + x.T - x.mean(axis=0)).mean().compute())",
    "print(type(client.cluster).__name__, len(client.scheduler_info()['workers']), 'workers')",
    "import time; time.sleep(2)  # for the plots",
    "client.close()",
]


def notebook(folder: Path, name: str) -> str:
    """A notebook of these cells, and where the Lab shows it."""
    cells = [
        {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [],
         "execution_count": None, "id": f"cell{number}"}
        for number, cell in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    content = {
        "cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel},
    }  # fmt: skip
    (folder / name).write_text(json.dumps(content))
    return f"/tree/{name}"


def printed(page: Any, file: Path) -> str:
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    cells = json.loads(file.read_text())["cells"]
    assert "error" not in {each["output_type"] for cell in cells for each in cell["outputs"]}
    return "".join(
        text for cell in cells for each in cell["outputs"] for text in each.get("text", [])
    )


@pytest.fixture
def on_slurm(slurm: Jobs, slurm_conf: Path) -> dict[str, str]:
    """What a user of the machine has set."""
    return {
        "SLURM_CONF": str(slurm_conf),
        "DASK_JOBQUEUE__SLURM__CORES": "1",
        "DASK_JOBQUEUE__SLURM__MEMORY": "1GiB",
        "DASK_JOBQUEUE__SLURM__INTERFACE": "lo",
    }


def test_a_notebook_lands_on_slurm_and_the_panes_move(
    up: Any, browse: Any, slurm: Jobs, on_slurm: dict[str, str]
) -> None:
    lab = up(**on_slurm)  # by "auto": there is a Slurm
    assert "pangeo.cluster() takes its workers at: slurm" in lab.said()
    shown = notebook(lab.folder, "on-slurm.ipynb")
    page = browse(lab.url.replace("?token", f"{shown}?token"))
    most = browse.run_all(page, "lab-slurm")
    assert "SLURMCluster 2 workers" in printed(page, lab.folder / "on-slurm.ipynb")
    for plot in ("task-stream", "progress", "graph", "workers-memory"):
        assert most[f"individual-{plot}"] > 2, most
    assert slurm() == []


def test_the_panel_sends_jobs_and_none_is_left_at_the_end(
    up: Any, slurm: Jobs, on_slurm: dict[str, str], eventually: Any
) -> None:
    lab = up("--slurm", **on_slurm)
    made = lab.ask("dask/clusters", "PUT")
    assert eventually(lambda: len(slurm()) == 1)
    lab.ask(f"dask/clusters/{made['id']}", "PATCH", {"workers": 3})
    assert eventually(lambda: len(slurm()) == 3)
    lab.ask(f"dask/clusters/{made['id']}", "PATCH", {"adapt": {"minimum": 1, "maximum": 2}})
    assert eventually(lambda: len(slurm()) == 1)
    kernel = lab.kernel()
    kernel.execute("import pangeo; client = pangeo.cluster()")
    assert eventually(lambda: len(slurm()) == 2)
    kernel.stop_channels()
    lab.end(signal.SIGTERM)
    assert eventually(lambda: not slurm(), 30)


def test_without_slurm_it_says_so_and_starts_nothing(up: Any) -> None:
    with pytest.raises(AssertionError, match="would have no workers at slurm"):
        up("--slurm", PATH="/usr/bin-without-slurm")
