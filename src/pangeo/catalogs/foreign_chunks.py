"""Dask chunks for data that others stored: whole shards, or whole stored chunks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from pangeo.catalogs.layouts import TASK_BYTES, known_dims


def in_whole_chunks(
    dataset: xr.Dataset, chunks: str | Mapping[str, int] | None, said: Mapping[str, int]
) -> xr.Dataset:
    """A dataset given to Dask, a task never less than what is stored as one object.

    ``"auto"``, a mapping, or None: no Dask. ``said`` is what the catalogue says of ``"auto"``,
    if anything; of dimensions that are not there it is passed over, as it is no wish of the user.
    """
    if chunks is None:
        return dataset
    if chunks != "auto":
        return dataset.chunk(known_dims(chunks, dataset))
    if said:
        return dataset.chunk({dim: size for dim, size in said.items() if dim in dataset.sizes})
    fields = {
        name: each.chunk(_whole_chunks(each))
        for name, each in dataset.variables.items()
        if name not in dataset.xindexes and each.ndim and each.chunks is None
    }
    return dataset.assign(fields)


def _whole_chunks(variable: xr.Variable) -> dict[Any, int]:
    """Whole shards, or stored chunks, as many along the first dimension as make a task."""
    said = variable.encoding
    grid = said.get("shards") or said.get("chunks") or said.get("chunksizes")
    if grid is None or len(grid) != variable.ndim:
        grid = (1, *variable.shape[1:])
    size = math.prod(grid) * np.dtype(said.get("dtype", variable.dtype)).itemsize
    several = max(1, TASK_BYTES // max(size, 1)) if not said.get("shards") else 1
    return dict(zip(variable.dims, (grid[0] * several, *grid[1:]), strict=True))
