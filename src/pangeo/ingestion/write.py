"""Write an undecoded dataset into a store, memory bounded by chunks and threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask
import icechunk
import xarray as xr
from dask.callbacks import Callback

from pangeo.errors import StoreError
from pangeo.ingestion.timeaxis import time_dimension
from pangeo.storage import array_encoding, map_chunks

LAYOUT = "map"  # few times, whole space: the layout that sources have

type Progress = Callable[[int, int], None]
"""Called with the work done and the work in all, in steps of the writer's own."""


def write_layout(
    store: icechunk.IcechunkStore, dataset: xr.Dataset, progress: Progress | None = None
) -> dict[str, list[int]]:
    """Write all arrays to the ``map`` group of an open session; returns their chunk shapes.

    Nothing is visible to readers before the session is committed.

    Raises
    ------
    StoreError
        When the disk is full, or a source cannot be read to its end.
    """
    time = time_dimension(dataset)
    chunks = {str(name): map_chunks(variable, time) for name, variable in dataset.variables.items()}
    lazy = dataset.drop_encoding().assign(
        {
            name: variable.chunk(dict(zip(variable.dims, chunks[str(name)], strict=True)))
            for name, variable in dataset.drop_encoding().data_vars.variables.items()
        }
    )
    encoding = {
        str(name): array_encoding(variable, chunks[str(name)])
        for name, variable in dataset.variables.items()
    }
    try:
        # In this process: a writable session cannot travel to the workers of a cluster.
        with dask.config.set(scheduler="threads"), _Watch(progress):
            lazy.to_zarr(
                store, group=LAYOUT, mode="w", zarr_format=3, consolidated=False, encoding=encoding
            )
    except (OSError, icechunk.IcechunkError) as error:
        raise StoreError(
            "could not write the dataset; nothing was committed",
            found=(str(error).strip() or type(error).__name__).splitlines()[0],
            expected="sources that can be read to their end, and room on the disk of the workspace",
            fix="free space or restore the source, and run the same again",
        ) from error
    return {name: list(shape) for name, shape in chunks.items()}


class _Watch(Callback):
    """Tells how many of the writer's tasks are done."""

    def __init__(self, progress: Progress | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._progress = progress

    def _posttask(
        self, key: Any, result: Any, dsk: Any, state: dict[str, Any], worker: Any
    ) -> None:
        if self._progress is not None:
            done = len(state["finished"])
            waiting = sum(len(state[group]) for group in ("ready", "waiting", "running"))
            self._progress(done, done + waiting)
