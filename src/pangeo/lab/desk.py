"""The workspace that JupyterLab opens: a notebook, and four panes of the dashboard beside it."""

from __future__ import annotations

from typing import Any

from pangeo.lab.pages import PLACE

NAME = "pangeo"
PANES = (  # two on the right, two below them
    ("/individual-task-stream", "Task Stream"),
    ("/individual-progress", "Progress"),
    ("/individual-graph", "Graph"),
    ("/individual-workers-memory", "Workers Memory"),
)


def desk(notebook: str | None, *, panes: bool) -> dict[str, Any]:
    """The content of a workspace file.

    Parameters
    ----------
    notebook
        Its path below the folder of the Lab; None for the launcher alone.
    panes
        Whether dask-labextension is there to show the dashboard.
    """
    data: dict[str, Any] = {}
    areas: list[dict[str, Any]] = []
    if notebook:
        data[f"notebook:{notebook}"] = {"data": {"path": notebook, "factory": "Notebook"}}
        areas.append(_tabs([f"notebook:{notebook}"]))
        data["file-browser-filebrowser:cwd"] = {"path": notebook.rpartition("/")[0]}
    if panes:
        data["dask-dashboard-launcher"] = {"url": PLACE, "cluster": ""}
        for route, label in PANES:
            item = {"route": route, "label": label, "key": label}
            data[f"dask-dashboard-launcher:{route}"] = {"data": {"item": item}}
        shown = [_tabs([f"dask-dashboard-launcher:{route}"]) for route, _ in PANES]
        areas.append(_split("vertical", shown, [0.27, 0.29, 0.27, 0.17]))
    if areas:
        main = _split("horizontal", areas, [0.56, 0.44][: len(areas)])
        current = f"notebook:{notebook}" if notebook else None
        data["layout-restorer:data"] = {
            "main": {"dock": main, "current": current},
            "down": {"size": 0, "widgets": []},
            "left": {
                "collapsed": False,
                "visible": True,
                "current": "filebrowser",
                "widgets": ["filebrowser", "dask-dashboard-launcher"],
            },
            "right": {"collapsed": True, "visible": True, "widgets": []},
            "relativeSizes": [0.16, 0.84, 0],
        }
    return {"data": data, "metadata": {"id": NAME}}


def _tabs(widgets: list[str]) -> dict[str, Any]:
    return {"type": "tab-area", "currentIndex": 0, "widgets": widgets}


def _split(orientation: str, children: list[dict[str, Any]], sizes: list[float]) -> dict[str, Any]:
    return {
        "type": "split-area", "orientation": orientation, "sizes": sizes, "children": children,
    }  # fmt: skip
