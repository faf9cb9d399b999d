"""JupyterLab with the dashboards of the clusters beside the notebook; what ``pangeo up`` starts."""

from typing import Any

from pangeo.lab.up import Lab, up

__all__ = ["Lab", "up"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What a Jupyter server loads that is started with the extension ``pangeo.lab``."""
    from pangeo.lab.extension import Wiring

    return [{"module": "pangeo.lab", "app": Wiring}]
