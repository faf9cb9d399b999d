"""Write files into the ``map`` layout of an open session, chunk by chunk.

Threads take one chunk each: read it from the sources, write it, forget it. So memory is
bounded by threads times the size of a chunk, and never by the data.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import dask.array
import icechunk
import numpy as np
import xarray as xr
import zarr

from pangeo.ingestion.hdf5 import INFLATED
from pangeo.ingestion.jobs import Arrays, Done, Job, Region, cores, run
from pangeo.ingestion.joining import Scan
from pangeo.ingestion.ledger import Counted, Ledger, count
from pangeo.ingestion.shapes import LAYOUT
from pangeo.ingestion.steps import STORED, Steps
from pangeo.storage import array_encoding

if TYPE_CHECKING:
    from zarr.core.metadata import ArrayV3Metadata


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


@dataclass(frozen=True, slots=True)
class FromFiles:
    """Chunks of ``map``, each from the file or the stored step that owns it."""

    scan: Scan
    steps: Steps
    stored: xr.Dataset | None
    """What the dataset held before, undecoded."""
    threads: int = field(default_factory=lambda: 2 * cores())
    in_one_go: bool = False

    def run(self, session: icechunk.Session, jobs: Sequence[Job]) -> Iterator[Done]:
        """Read, write and count every job."""
        try:
            yield from run(session, self, jobs)
        finally:
            INFLATED.clear()

    def __call__(self, arrays: Arrays, job: Job) -> Counted:
        """Read a region, write it, count it."""
        name, along, attrs = self.field(job)
        if along is not None:
            values = self._read(name, along, job.region)
        else:
            values = self.scan.reference.variables[name][job.region].values
        arrays[job.array][job.region] = values
        return count(name, along, job.region, values, attrs)

    def read_back(self, arrays: Arrays, job: Job) -> Counted:
        """Count what the store holds of a region."""
        name, along, attrs = self.field(job)
        return count(name, along, job.region, np.asarray(arrays[job.array][job.region]), attrs)

    def field(self, job: Job) -> tuple[str, int | None, dict[Any, Any]]:
        """The name of what a job writes, which of its dimensions is time, its attributes."""
        name = job.array.removeprefix(f"{LAYOUT}/")
        variable = self.scan.reference.variables[name]
        dated = self.scan.time in variable.dims
        return name, variable.dims.index(self.scan.time) if dated else None, variable.attrs

    def _read(self, name: str, along: int, region: Region) -> np.ndarray:
        parts = [np.asarray(part.values) for part in self.parts(name, along, region)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=along)

    def parts(self, name: str, along: int, region: Region) -> Iterator[xr.Variable]:
        """A region of the dataset that is to be, undecoded, from those who own its steps."""
        for start, stop in _runs(self.steps, region[along].start, region[along].stop):
            owner, offset = self.steps.owner[start], int(self.steps.offset[start])
            if owner == STORED:
                assert self.stored is not None
                variable = self.stored.variables[name]
            else:
                variable = self.scan.pieces[owner].variable(name)
            inside = slice(offset, offset + stop - start)
            yield variable[(*region[:along], inside, *region[along + 1 :])]


def map_jobs(
    arrays: Arrays, scan: Scan, steps: Steps, ledger: Ledger, *, is_new: bool
) -> list[Job]:
    """The chunks of ``map`` that changed; of a new dataset also those that have no time.

    In the order of time, so that each file is read in one go. In the ledger they begin anew.
    """
    timeless, dated = [], []
    for name, variable in scan.reference.variables.items():
        path = f"{LAYOUT}/{name}"
        if scan.time in variable.dims and name != scan.time:
            along = variable.dims.index(scan.time)
            for region in chunk_regions(arrays[path], along, steps.changed):
                ledger.seen[str(name)].forget(region[along])
                dated.append((region[along].start, job_of(arrays, path, region)))
        elif is_new and name not in scan.reference.xindexes:
            timeless += [job_of(arrays, path, each) for each in chunk_regions(arrays[path])]
    return timeless + [job for _, job in sorted(dated, key=lambda each: each[0])]


def job_of(arrays: Arrays, path: str, region: Region) -> Job:
    """The job of writing a region of an array."""
    cells = math.prod(each.stop - each.start for each in region)
    return Job(path, region, cells * arrays[path].dtype.itemsize)


def _runs(steps: Steps, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Runs of steps that have one owner and follow each other there."""
    breaks = (np.diff(steps.owner[start:stop]) != 0) | (np.diff(steps.offset[start:stop]) != 1)
    edges = [start, *(start + 1 + np.flatnonzero(breaks)).tolist(), stop]
    yield from itertools.pairwise(edges)


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
