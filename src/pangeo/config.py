"""The settings of Pangeo, in one object: YAML files, ``PANGEO_*`` variables, ``set``.

Values come, later ones winning, from the defaults below, ``~/.config/pangeo/*.yaml``
and the environment (``PANGEO_WORKSPACE`` is ``workspace``); ``set`` changes them for
this process, or for a block when used as a context manager.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import platformdirs
from donfig import Config

DEFAULTS: dict[str, Any] = {
    "workspace": None,  # None: the platform's folder for user data
    "ingest": {"memory": "1GiB"},
}

_config = Config("pangeo", defaults=[DEFAULTS])

get = _config.get
set = _config.set  # named as in dask.config and zarr.config
refresh = _config.refresh


def workspace() -> Path:
    """The folder that holds the catalogue and the datasets of this user.

    The setting ``workspace`` (``PANGEO_WORKSPACE``), else the platform's folder for user
    data, ``~/.local/share/pangeo`` on Linux. It need not exist yet.
    """
    configured = get("workspace")
    folder = configured if configured else platformdirs.user_data_dir("pangeo")
    return Path(folder).expanduser().absolute()


def ingest_memory() -> int:
    """How many bytes an ingest may hold at a time (setting ``ingest.memory``)."""
    from dask.utils import parse_bytes

    return int(parse_bytes(get("ingest.memory")))
