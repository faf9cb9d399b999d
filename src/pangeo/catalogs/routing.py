"""What a selection costs in each layout: how many stored chunks it touches, and their bytes.

A chunk is read and decoded as a whole, so the cost of a selection is that of the chunks it
touches. It can be told from the chunk shapes alone, before anything is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pangeo.grids import places

# What a chunk costs beside its bytes, in bytes: to ask for one and to call Dask and the codecs
# takes as long as to decode so much. Measured by benchmarks/bench_routing.py: 320 to 490 kB.
REQUEST_BYTES = 400 * 2**10

type Part = dict[str, np.ndarray]
"""Positions along dimensions that are selected together, one for each point: all of one length.

Along a dimension that is selected by itself, a part of its own.
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading a selection from a layout takes."""

    layout: str
    chunks: int
    """How many stored chunks are touched."""
    nbytes: int
    """How many bytes these hold, decoded."""

    @property
    def price(self) -> int:
        """To be compared with that of another layout."""
        return self.nbytes + self.chunks * REQUEST_BYTES

    def __str__(self) -> str:
        return f"{self.layout}: {self.chunks} chunks, {self.nbytes / 1e6:.4g} MB"


def cut_at(
    dataset: xr.Dataset, cut: Callable[[Any], Any]
) -> tuple[xr.Dataset, dict[str, xr.Variable]]:
    """What ``cut`` takes of a dataset, and where along each dimension that lies.

    In one cut, for that of observations reads all their places.
    """
    marks = _marks(dataset)
    taken: xr.Dataset = cut(dataset.assign(marks))
    at = {str(dim): taken[mark].variable for dim, mark in zip(dataset.sizes, marks, strict=True)}
    return taken.drop_vars(marks), at


def positions(dataset: xr.Dataset, cut: Callable[[Any], Any]) -> dict[str, xr.Variable]:
    """Where along each dimension lies what ``cut`` takes of a dataset; no data are read."""
    bare = xr.Dataset(_marks(dataset), coords=dataset.set_coords(places(dataset)).coords)
    return cut_at(bare, cut)[1]


def _marks(dataset: xr.Dataset) -> dict[str, tuple[Any, np.ndarray]]:
    return {f"position of {dim}": (dim, np.arange(size)) for dim, size in dataset.sizes.items()}


def costs(
    said: Mapping[str, Any], wanted: Iterable[tuple[str, xr.Variable, Mapping[str, xr.Variable]]]
) -> list[Cost]:
    """What it takes to read parts of fields, in each layout.

    Parameters
    ----------
    said
        The description that the store carries.
    wanted
        For each field its name, a variable that has the dimensions and sizes that are stored,
        and the positions along each dimension.
    """
    counted = {layout: [0, 0] for layout in said["layouts"]}
    for name, variable, at in wanted:
        parts = _parts({dim: at[dim] for dim in map(str, variable.dims)})
        itemsize = np.dtype(variable.encoding.get("dtype", variable.dtype)).itemsize
        for layout, count in counted.items():
            for chunk, where in _pieces(said, layout, name, variable, parts):
                touched = _touched(where, chunk)
                count[0] += touched
                count[1] += touched * math.prod(chunk.values()) * itemsize
    return [Cost(layout, *count) for layout, count in counted.items()]


def _pieces(
    said: Mapping[str, Any], layout: str, name: str, variable: xr.Variable, parts: list[Part]
) -> list[tuple[dict[str, int], list[Part]]]:
    """The chunk shapes in which a field is stored, each with what is to be read of it.

    In ``series`` these are two: what belongs to no full block is in ``map`` alone.
    """
    shapes = {
        each: dict(zip(map(str, variable.dims), of["chunks"].get(name, ()), strict=False))
        for each, of in said["layouts"].items()
    }
    time = said["time"]
    if layout != "series" or not shapes["series"] or not is_read_from_series(variable, time):
        return [(shapes["map"], parts)]
    block = said["layouts"]["series"]["block"]
    full = variable.sizes[time] // block * block
    return [
        (shapes["series"], [_where(part, time, lambda at: at < full) for part in parts]),
        (shapes["map"], [_where(part, time, lambda at: at >= full) for part in parts]),
    ]


def is_read_from_series(variable: xr.Variable, time: str | None) -> bool:
    """Whether a field of the ``series`` layout is read from there; of dates, ``map`` has all."""
    units = variable.encoding.get("units", variable.attrs.get("units"))
    return time in variable.dims and variable.ndim > 1 and " since " not in str(units)


def _where(part: Part, dim: str, holds: Callable[[np.ndarray], np.ndarray]) -> Part:
    if dim not in part:
        return part
    inside = holds(part[dim])
    return {each: values[inside] for each, values in part.items()}


def _parts(at: Mapping[str, xr.Variable]) -> list[Part]:
    """The positions, those together that share a dimension, as pointwise indexing makes them."""
    parts: list[dict[str, xr.Variable]] = []
    for dim, where in at.items():
        shared = [
            part
            for part in parts
            if any(set(where.dims) & set(other.dims) for other in part.values())
        ]
        parts = [part for part in parts if part not in shared]
        parts.append({key: value for part in shared for key, value in part.items()} | {dim: where})
    return [_flat(part) for part in parts]


def _flat(part: dict[str, xr.Variable]) -> Part:
    together = xr.broadcast(*map(xr.DataArray, part.values()))
    return {dim: np.ravel(each.values) for dim, each in zip(part, together, strict=True)}


def _touched(parts: list[Part], chunk: Mapping[str, int]) -> int:
    """How many chunks of that shape hold the positions."""
    count = 1
    for part in parts:
        numbers = [where // chunk[dim] for dim, where in part.items() if dim in chunk]
        if numbers:
            count *= np.unique(_in_one_number(numbers)).size
    return count


def _in_one_number(numbers: list[np.ndarray]) -> np.ndarray:
    """As ``numpy.unique(axis=1)`` would compare them, and much faster."""
    first, *others = numbers
    for other in others:
        first = first * (other.max(initial=0) + 1) + other
    return first
