"""The package dask-jobqueue, which is there only where it was asked for."""

from __future__ import annotations

import importlib
from types import ModuleType

from pangeo.errors import ClusterError


def jobqueue() -> ModuleType:
    """The package, whose import also fills ``jobqueue.*`` of Dask's settings."""
    try:
        return importlib.import_module("dask_jobqueue")
    except ImportError as error:
        raise ClusterError(
            "cannot start workers as jobs of a batch system",
            found="no package dask-jobqueue",
            expected="the packages of the extra hpc",
            fix="pip install 'pangeo[hpc]'",
        ) from error
