"""Write files into the ``map`` layout of an open session, chunk by chunk.

Threads take one chunk each: read it from the sources, write it, forget it. So memory is
bounded by threads times the size of a chunk, and never by the data.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, cast

import dask.array
import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.ingestion.joining import Scan
from pangeo.ingestion.ledger import Ledger
from pangeo.ingestion.steps import STORED, Steps
from pangeo.storage import array_encoding

LAYOUT = "map"  # few times, whole space: the layout that sources have

if TYPE_CHECKING:
    from zarr.core.metadata import ArrayV3Metadata

type Progress = Callable[[int, int], None]
"""Called with the chunks written and the chunks in all."""

type Region = tuple[slice, ...]


def create_layout(
    store: icechunk.IcechunkStore,
    layout: str,
    reference: xr.Dataset,
    chunks: dict[str, tuple[int, ...]],
    time: str | None,
    times: np.ndarray,
) -> None:
    """Make the arrays of a layout for these times: attributes and axes, the rest unfilled."""
    whole = {time: times.size} if time is not None else {}
    arrays = {
        name: (variable.dims, _unfilled(variable, whole), variable.attrs)
        for name, variable in reference.variables.items()
        if name not in reference.xindexes
    }
    axes = {
        name: (name, times if str(name) == time else reference[name].values, reference[name].attrs)
        for name in reference.xindexes
    }
    lazy = xr.Dataset(arrays, coords=axes, attrs=reference.attrs)
    encoding = {
        str(name): array_encoding(variable, chunks[str(name)])
        for name, variable in lazy.variables.items()
    }
    lazy.to_zarr(
        store, group=layout, mode="w", zarr_format=3, consolidated=False,
        encoding=encoding, compute=False, write_empty_chunks=True,
    )  # fmt: skip


def _unfilled(variable: xr.Variable, whole: dict[str, int]) -> Any:
    """The shape that the variable will have, as one lazy block that is never computed."""
    shape = tuple(whole.get(str(dim), size) for dim, size in variable.sizes.items())
    return dask.array.zeros(shape, chunks=shape, dtype=variable.dtype)


def fill_map(
    group: zarr.Group,
    scan: Scan,
    steps: Steps,
    stored: xr.Dataset | None,
    ledger: Ledger,
    progress: Progress | None = None,
) -> None:
    """Write the changed steps, and, where nothing is ``stored`` so far, what has no time.

    What passes by is counted in the ledger.
    """
    jobs: list[tuple[zarr.Array[Any], str, int | None, Region]] = []
    for name, variable in scan.reference.variables.items():
        array = open_array(group, str(name))
        if name == scan.time:
            array[:] = steps.times
        elif scan.time in variable.dims:
            along = variable.dims.index(scan.time)
            for region in chunk_regions(array, along, steps.changed):
                jobs.append((array, str(name), along, region))
                ledger.seen[str(name)].forget(region[along])
        elif stored is None and name not in scan.reference.xindexes:
            jobs += [(array, str(name), None, region) for region in chunk_regions(array)]

    def write(job: tuple[zarr.Array[Any], str, int | None, Region]) -> None:
        array, name, along, region = job
        if along is None:
            array[region] = _values(scan.reference, name, region)
        else:
            values = _read(scan, steps, stored, name, along, region)
            array[region] = values
            ledger.add(name, along, region[along], values, scan.reference[name].attrs)

    in_threads(write, jobs, 2 * (os.cpu_count() or 1), progress)


def _read(
    scan: Scan, steps: Steps, stored: xr.Dataset | None, name: str, along: int, region: Region
) -> np.ndarray:
    """A region of the dataset that is to be, undecoded, from whoever owns its steps."""
    parts = []
    for start, stop in _runs(steps, region[along].start, region[along].stop):
        owner, offset = steps.owner[start], int(steps.offset[start])
        raw = stored if owner == STORED else scan.pieces[owner].raw
        assert raw is not None  # only what is stored is owned by the store
        inside = slice(offset, offset + stop - start)
        parts.append(_values(raw, name, (*region[:along], inside, *region[along + 1 :])))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=along)


def _runs(steps: Steps, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Runs of steps that have one owner and follow each other there."""
    breaks = (np.diff(steps.owner[start:stop]) != 0) | (np.diff(steps.offset[start:stop]) != 1)
    edges = [start, *(start + 1 + np.flatnonzero(breaks)).tolist(), stop]
    yield from itertools.pairwise(edges)


def in_threads[J](
    work: Callable[[J], None], jobs: Sequence[J], threads: int, progress: Progress | None = None
) -> None:
    """Do every job, ``threads`` at a time; the first error ends it."""
    with ThreadPoolExecutor(threads) as pool:
        waiting = {pool.submit(work, job) for job in jobs}
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                if progress is not None:
                    progress(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def open_array(group: zarr.Group, name: str) -> zarr.Array[Any]:
    """An array of a group, which is there.

    Written through it, a chunk of nothing but fill values is stored too: so a chunk that is
    missing has been lost.
    """
    with zarr.config.set({"array.write_empty_chunks": True}):
        array = group[name]
    assert isinstance(array, zarr.Array)
    return array


def dims_of(array: zarr.Array[Any]) -> tuple[str, ...]:
    """The names of an array's dimensions."""
    named = cast("ArrayV3Metadata", array.metadata).dimension_names
    return tuple(str(dim) for dim in named or ())


def resize_along(array: zarr.Array[Any], dim: str, size: int) -> None:
    """Give an array, where it has this dimension, another length along it."""
    dims = dims_of(array)
    if dim in dims:
        sizes = zip(dims, array.shape, strict=True)
        array.resize(tuple(size if each == dim else old for each, old in sizes))


def chunk_regions(
    array: zarr.Array[Any], along: int | None = None, changed: np.ndarray | None = None
) -> Iterator[Region]:
    """The regions of an array's chunks; of those only where ``changed`` along a dimension."""
    cuts = []
    for dim, (size, chunk) in enumerate(zip(array.shape, array.chunks, strict=True)):
        pieces = [slice(low, min(low + chunk, size)) for low in range(0, size, chunk)]
        if dim == along and changed is not None:
            pieces = [piece for piece in pieces if changed[piece].any()]
        cuts.append(pieces)
    return itertools.product(*cuts)


def _values(raw: xr.Dataset, name: str, region: Region) -> np.ndarray:
    return np.asarray(raw.variables[name][region].values)
