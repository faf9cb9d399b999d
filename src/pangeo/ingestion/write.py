"""Write an undecoded dataset into a store, memory bounded by chunks and threads."""

from __future__ import annotations

import dask
import icechunk
import xarray as xr

from pangeo.ingestion.timeaxis import time_dimension
from pangeo.storage import array_encoding, map_chunks

LAYOUT = "map"  # few times, whole space: the layout that sources have


def write_layout(store: icechunk.IcechunkStore, dataset: xr.Dataset) -> dict[str, list[int]]:
    """Write all arrays to the ``map`` group of an open session; returns their chunk shapes.

    Nothing is visible to readers before the session is committed.
    """
    time = time_dimension(dataset)
    chunks = {str(name): map_chunks(variable, time) for name, variable in dataset.variables.items()}
    plain = dataset.drop_encoding()
    lazy = plain.assign(
        {
            name: plain[name].variable.chunk(dict(zip(plain[name].dims, chunks[name], strict=True)))
            for name in map(str, plain.data_vars)
        }
    )
    encoding = {
        str(name): array_encoding(variable, chunks[str(name)])
        for name, variable in dataset.variables.items()
    }
    # In this process: a writable session cannot travel to the workers of a cluster.
    with dask.config.set(scheduler="threads"):
        lazy.to_zarr(
            store, group=LAYOUT, mode="w", zarr_format=3, consolidated=False, encoding=encoding
        )
    return {name: list(shape) for name, shape in chunks.items()}
