"""Pangeo: from files to catalogued, analysis-ready data, computed with Dask, shown as xarray.

Nothing heavy is imported until it is used: ``import pangeo`` loads neither xarray nor dask.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pangeo import analysis, clusters, config, errors, plot, samples
    from pangeo.analysis import ocean
    from pangeo.catalogs import Catalog, catalog, open, search
    from pangeo.clusters import cluster, doctor
    from pangeo.errors import PangeoError
    from pangeo.ingestion import IngestReport, VerifyReport, ingest, verify

__version__ = "0.1.0.dev0"

# Each public name and the module it comes from; one that bears the name is itself meant.
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
    "ocean": "analysis.ocean",
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
    "ocean",
    "open",
    "plot",
    "samples",
    "search",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'pangeo' has no attribute {name!r}")
    home = _ROOM_OF[name]
    room = importlib.import_module(f"pangeo.{home}")
    if "xarray" in sys.modules:
        importlib.import_module("pangeo.accessor")  # gives every Dataset its .pangeo
    return room if home.rpartition(".")[2] == name else getattr(room, name)


def __dir__() -> list[str]:
    return __all__


if "xarray" in sys.modules:
    importlib.import_module("pangeo.accessor")
