"""The ``series`` layout: long time, small space, made of what ``map`` holds.

It grows by whole blocks of time only, so that appending a day never rewrites a year; the
steps after its last full block are read from ``map``. A block is turned around band by band,
each band read once into memory and written once, so that memory is bounded by the band.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.ingestion.jobs import Arrays, Done, Job, Region, is_on_cluster, run
from pangeo.ingestion.ledger import Counted
from pangeo.ingestion.shapes import LAYOUT, SERIES
from pangeo.ingestion.write import chunk_regions, create_layout, dims_of, job_of, resize_along


def create_series(
    store: icechunk.IcechunkStore,
    reference: xr.Dataset,
    time: str,
    chunks: dict[str, tuple[int, ...]],
) -> None:
    """Make the arrays of the layout, with what has no time in them and no step so far."""
    part = reference[list(chunks)]
    create_layout(store, SERIES, part, chunks, time, np.zeros(0, "int64"))
    arrays = Arrays(store)
    for name, variable in part.variables.items():
        if time not in variable.dims and name not in part.xindexes:
            array = arrays[f"{SERIES}/{name}"]
            for region in chunk_regions(array):
                array[region] = variable[region].values


@dataclass(frozen=True, slots=True)
class FromMap:
    """Bands of ``series``, each read from ``map`` as a whole."""

    threads: int = 1  # Zarr itself decodes and encodes the chunks of a band on all cores
    in_one_go: bool = False

    def run(self, session: icechunk.Session, jobs: Sequence[Job]) -> Iterator[Done]:
        """Turn every band around."""
        return run(session, self, jobs)

    def read_back(self, arrays: Arrays, job: Job) -> None:
        """Nothing: what a band holds was counted when ``map`` was written."""

    def __call__(self, arrays: Arrays, job: Job) -> Counted | None:
        """Turn a band around."""
        source = arrays[job.array.replace(SERIES, LAYOUT, 1)]
        arrays[job.array][job.region] = source[job.region]
        return None


# What is read, encoded and on its way takes beside a band, whatever the size of the data.
BESIDE = 256 * 2**20


def band_bytes(memory: int) -> int:
    """How much a band may take where a process may hold so much in all."""
    if is_on_cluster():
        return memory // 4  # workers may have several threads, each with a band of its own
    return max(memory - BESIDE, memory // 4)


def series_jobs(
    store: icechunk.IcechunkStore, time: str, block: int, changed: np.ndarray, memory: int
) -> list[Job]:
    """Bring the layout up to the last full block of ``map``; gives the bands to be written.

    Parameters
    ----------
    block
        Steps in a block.
    changed
        Which steps of ``map`` are new or other than before.
    memory
        Bytes that a band may take.
    """
    target = zarr.open_group(store, path=SERIES, mode="a")
    steps = changed.size // block * block
    blocks = [slice(low, low + block) for low in range(0, steps, block)]
    due = [each for each in blocks if changed[each].any()]
    arrays, jobs = Arrays(store), list[Job]()
    for name, array in sorted(
        target.arrays(), key=lambda each: each[0]
    ):  # in any order, as Zarr gives them
        if time not in dims_of(array):
            continue
        resize_along(array, time, steps)
        path = f"{SERIES}/{name}"
        bands = _bands(arrays[path], dims_of(array).index(time), due, memory)
        jobs += [job_of(arrays, path, band) for band in bands]
    return jobs


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
