"""The settings of Pangeo, in one object: YAML files, ``PANGEO_*`` variables, ``set``.

Values come, later ones winning, from the defaults below, ``~/.config/pangeo/*.yaml``
and the environment (``PANGEO_WORKSPACE`` is ``workspace``); ``set`` changes them for
this process, or for a block when used as a context manager.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import platformdirs
from donfig import Config

from pangeo.errors import InputError

DEFAULTS: dict[str, Any] = {
    "workspace": None,  # None: the platform's folder for user data
    "shared": None,  # a workspace of others that is read beside it
    "ingest": {"memory": "1GiB"},
    "cluster": {
        "site": None,  # the profile that pangeo.cluster takes by itself
        "max_workers": 100,  # of one cluster
        "idle_timeout": "1h",  # without work, after which a cluster of jobs ends
        "wait": "30 minutes",  # for a worker, before what waits for it fails
        "where": "auto",  # the place that pangeo.cluster takes by itself
        "dashboards": None,  # folder in which the Lab is told of running dashboards
    },
    "sites": {},  # profiles of HPC machines by name
}


def _environment() -> dict[str, str]:
    """The environment, quoted where donfig would take a text such as ``2024`` for Python."""
    return {
        name: repr(value) if name.startswith("PANGEO_") else value
        for name, value in os.environ.items()
    }


_config = Config("pangeo", defaults=[DEFAULTS], env=_environment())

get = _config.get
set = _config.set  # named as in dask.config and zarr.config


def refresh() -> None:
    """Read the YAML files and the environment again."""
    _config.refresh(env=_environment())


def workspace() -> Path:
    """The folder that holds the catalogue and the datasets of this user.

    The setting ``workspace`` (``PANGEO_WORKSPACE``), else the platform's folder for user
    data, ``~/.local/share/pangeo`` on Linux. It need not exist yet.
    """
    configured = get("workspace") or platformdirs.user_data_dir("pangeo")
    _check_path("workspace", configured)
    if isinstance(configured, str) and (url := url_of(configured)) is not None:
        raise InputError(
            "the workspace must be a folder of this machine, for datasets are written into it",
            found=f"workspace={configured!r}",
            expected="the path of a folder, which need not exist yet",
            fix=f"name a folder with PANGEO_WORKSPACE or pangeo.config.set; what is at a URL is "
            f"only read: pangeo.catalog({url!r}).open(NAME)",
        )
    return Path(configured).expanduser().absolute()


def shared() -> Path | None:
    """The workspace of others whose datasets are found and opened by name after one's own.

    The setting ``shared`` (``PANGEO_SHARED``); None where there is none. It is only read.
    """
    configured = get("shared", None)
    if not configured:
        return None
    _check_path("shared", configured)
    return Path(configured).expanduser().absolute()


def _check_path(setting: str, configured: object) -> None:
    if not isinstance(configured, (str, Path)):
        raise _not_understood(setting, configured, "the path of a folder, as text")


_SERVER = re.compile(r"(localhost|[\w.-]+:\d+)(/.*)?")


def url_of(place: str) -> str | None:
    """The URL that is meant, if it is one, or a host such as ``localhost:8000/`` without scheme.

    None for a path, and whatever else it may look like, for what exists on this machine.
    """
    if "://" in place:
        return place
    is_server = _SERVER.fullmatch(place) is not None and not Path(place).exists()
    return f"http://{place}" if is_server else None


def cache() -> Path:
    """The folder for what can be made again, the platform's: ``~/.cache/pangeo`` on Linux."""
    return Path(platformdirs.user_cache_dir("pangeo"))


def ingest_memory() -> int:
    """How many bytes an ingest may hold at a time (setting ``ingest.memory``)."""
    from dask.utils import parse_bytes

    configured = get("ingest.memory")
    try:
        return int(parse_bytes(configured))
    except (TypeError, ValueError):
        raise _not_understood("ingest.memory", configured, "an amount such as 1GiB") from None


def seconds(setting: str) -> float:
    """A setting that is a span of time, such as ``cluster.wait``."""
    from dask.utils import parse_timedelta

    section, _, key = setting.partition(".")
    configured = get(setting, DEFAULTS[section][key])  # a section may be set without it
    try:
        return float(parse_timedelta(configured))
    except (TypeError, ValueError):
        raise _not_understood(setting, configured, "a time such as 30 minutes") from None


def most_workers() -> int:
    """How many workers one cluster may have (setting ``cluster.max_workers``)."""
    configured = get("cluster.max_workers", DEFAULTS["cluster"]["max_workers"])
    try:
        return int(configured)
    except (TypeError, ValueError):
        raise _not_understood("cluster.max_workers", configured, "a whole number") from None


def _not_understood(setting: str, value: object, expected: str) -> InputError:
    return InputError(
        f"cannot understand the setting {setting}",
        found=f"{setting}={value!r}",
        expected=expected,
        fix="correct it where it is set: pangeo.config.set, "
        f"PANGEO_{setting.upper().replace('.', '__')} or a file in ~/.config/pangeo",
    )
