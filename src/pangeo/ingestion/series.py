"""The ``series`` layout: long time, small space, made of what ``map`` holds.

It grows by whole blocks of time only, so that appending a day never rewrites a year; the
steps after its last full block are read from ``map``. A block is turned around band by band,
each band read once into memory and written once, so that memory is bounded by the band.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.ingestion.write import (
    LAYOUT,
    Progress,
    Region,
    create_layout,
    dims_of,
    in_threads,
    open_array,
    resize_along,
)
from pangeo.storage import series_chunks

SERIES = "series"


def worth_a_series(variable: xr.Variable, time: str | None) -> bool:
    """Whether the variable is a field that changes with time."""
    return time in variable.dims and variable.ndim > 1 and math.prod(variable.shape) > 1


def create_series(
    store: icechunk.IcechunkStore, reference: xr.Dataset, time: str, block: int
) -> dict[str, tuple[int, ...]]:
    """Make the arrays of the layout, with no step in them so far; returns their chunk shapes."""
    fields = [
        name
        for name, variable in reference.variables.items()
        if time not in variable.dims or name == time or worth_a_series(variable, time)
    ]
    part = reference[fields]
    chunks = {
        str(name): series_chunks(variable, time, block) for name, variable in part.variables.items()
    }
    create_layout(store, SERIES, part, chunks, time, np.zeros(0, "int64"))
    return chunks


def fill_series(
    store: icechunk.IcechunkStore,
    time: str,
    block: int,
    changed: np.ndarray,
    memory: int,
    progress: Progress | None = None,
) -> None:
    """Bring the layout up to the last full block of ``map``; blocks that changed are rewritten.

    Parameters
    ----------
    block
        Steps in a block.
    changed
        Which steps of ``map`` are new or other than before.
    memory
        Bytes that the bands under way may take together.
    """
    source = zarr.open_group(store, path=LAYOUT, mode="r")
    target = zarr.open_group(store, path=SERIES, mode="a")
    steps = changed.size // block * block
    threads = os.cpu_count() or 1
    jobs: list[tuple[str, Region]] = []
    for name, array in target.arrays():
        if time not in dims_of(array):
            continue
        along = dims_of(array).index(time)
        resize_along(array, time, steps)
        blocks = [slice(low, low + block) for low in range(0, steps, block)]
        due = [each for each in blocks if changed[each].any()]
        bands = _bands(open_array(target, name), along, due, memory // (2 * threads))
        jobs += [(name, band) for band in bands]

    def turn(job: tuple[str, Region]) -> None:
        name, band = job
        open_array(target, name)[band] = open_array(source, name)[band]

    in_threads(turn, jobs, threads, progress)


def fill_timeless(store: icechunk.IcechunkStore, time: str) -> None:
    """Copy what has no time from ``map``, once."""
    source = zarr.open_group(store, path=LAYOUT, mode="r")
    target = zarr.open_group(store, path=SERIES, mode="a")
    for name, array in target.arrays():
        if time not in dims_of(array):
            open_array(target, name)[...] = open_array(source, name)[...]


def _bands(
    array: zarr.Array[Any], along: int, blocks: list[slice], budget: int
) -> Iterator[Region]:
    """Whole blocks of time, cut in space where one would take more than the budget."""
    extent = list(array.shape)
    if not blocks:
        return iter(())
    extent[along] = blocks[0].stop - blocks[0].start
    for dim, chunk in enumerate(array.chunks):
        taken = math.prod(extent) * array.dtype.itemsize
        if dim != along and taken > budget:
            fitting = extent[dim] * budget // taken
            extent[dim] = max(chunk, fitting // chunk * chunk)
    cuts = [
        blocks if dim == along
        else [slice(low, min(low + extent[dim], size)) for low in range(0, size, extent[dim])]
        for dim, size in enumerate(array.shape)
    ]  # fmt: skip
    return itertools.product(*cuts)
