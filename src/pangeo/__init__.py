"""Pangeo: from files to catalogued, analysis-ready data, computed with Dask, shown as xarray.

Nothing heavy is imported until it is used: ``import pangeo`` loads neither xarray nor dask.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pangeo import analysis, clusters, config, errors, plot, samples
    from pangeo.catalogs import Catalog, catalog, open, search
    from pangeo.clusters import cluster, doctor
    from pangeo.errors import PangeoError
    from pangeo.ingestion import IngestReport, VerifyReport, ingest, verify

__version__ = "0.1.0.dev0"

# Each public name and the room it comes from; a name that maps to itself is a room.
_ROOM_OF = {
    "Catalog": "catalogs",
    "IngestReport": "ingestion",
    "PangeoError": "errors",
    "VerifyReport": "ingestion",
    "analysis": "analysis",
    "catalog": "catalogs",
    "cluster": "clusters",
    "clusters": "clusters",
    "config": "config",
    "doctor": "clusters",
    "errors": "errors",
    "ingest": "ingestion",
    "open": "catalogs",
    "plot": "plot",
    "samples": "samples",
    "search": "catalogs",
    "verify": "ingestion",
}

__all__ = [
    "Catalog",
    "IngestReport",
    "PangeoError",
    "VerifyReport",
    "__version__",
    "analysis",
    "catalog",
    "cluster",
    "clusters",
    "config",
    "doctor",
    "errors",
    "ingest",
    "open",
    "plot",
    "samples",
    "search",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'pangeo' has no attribute {name!r}")
    room = importlib.import_module(f"pangeo.{_ROOM_OF[name]}")
    if "xarray" in sys.modules:
        importlib.import_module("pangeo.accessor")  # gives every Dataset its .pangeo
    return room if _ROOM_OF[name] == name else getattr(room, name)


def __dir__() -> list[str]:
    return __all__


if "xarray" in sys.modules:
    importlib.import_module("pangeo.accessor")
