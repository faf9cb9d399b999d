"""A climatology taken away from every step, in one task for each coarse chunk of the data."""

from __future__ import annotations

import uuid
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from dask._task_spec import Task, TaskRef
from dask.highlevelgraph import HighLevelGraph

from pangeo.analysis.coarse import Reader, coarse, for_next_pass, reading


def subtracted(
    variable: xr.Variable, time: str, places: np.ndarray, normal: xr.Variable, cycle: str
) -> xr.Variable:
    """Each step without what is normal for it: ``normal`` at its place in the cycle.

    ``normal`` has the dimensions of the variable, or fewer, with ``cycle`` in place of time.
    The difference is taken in float64.
    """
    dims = [dim for dim in variable.dims if dim != time]
    order = [cycle, *(dim for dim in dims if dim in normal.dims)]
    normal = normal.transpose(*order)
    axis = variable.dims.index(time)
    kept = [dim in normal.dims for dim in dims]
    found = reading(variable)
    if found is not None:
        return xr.Variable(variable.dims, _read(found, variable, normal, places, axis, kept))
    lazy = coarse(variable)
    if not isinstance(lazy._data, da.Array) and not isinstance(normal._data, da.Array):
        return xr.Variable(
            variable.dims, difference(np.asarray(lazy.values), normal.values, places, axis, kept)
        )
    data = lazy.chunk() if not isinstance(lazy._data, da.Array) else lazy
    if isinstance(normal._data, da.Array):
        again: Any = for_next_pass(data.data, normal.data)
        data = data.copy(data=again)
    dtype = variable.dtype if variable.dtype.kind == "f" else np.dtype("float64")
    sizes = dict(zip(variable.dims, data.chunks or (), strict=True))
    means = normal.chunk({cycle: -1, **{dim: sizes[dim] for dim in order[1:]}})
    steps = da.from_array(places, chunks=(sizes[time],))
    letters = {dim: n for n, dim in enumerate([*variable.dims, cycle])}
    result = da.blockwise(
        _of_block, [letters[dim] for dim in variable.dims],
        data.data, [letters[dim] for dim in variable.dims],
        means.data, [letters[dim] for dim in order],
        steps, [letters[time]],
        axis=axis, kept=kept, concatenate=True, dtype=dtype, align_arrays=False,
        meta=np.empty((0,) * variable.ndim, dtype),
    )  # fmt: skip
    return xr.Variable(variable.dims, result)


def _read(
    found: tuple[Reader, tuple[tuple[int, ...], ...]], variable: xr.Variable, normal: xr.Variable,
    places: np.ndarray, axis: int, kept: list[bool],
) -> da.Array:  # fmt: skip
    """One task for each chunk of the result, which reads it, decodes it and subtracts."""
    reader, chunks = found
    dtype = variable.dtype if variable.dtype.kind == "f" else np.dtype("float64")
    sides = [each for n, each in enumerate(chunks) if n != axis]
    cut = [side for side, has in zip(sides, kept, strict=True) if has]
    means = da.asarray(normal.data).rechunk((normal.shape[0], *cut))
    name = f"anomaly-{uuid.uuid4().hex}"
    graph: dict[Any, Any] = {f"{name}-reader": reader}
    edges = [np.concatenate([[0], np.cumsum(each)]).tolist() for each in chunks]
    for block in np.ndindex(*(len(each) for each in chunks)):
        key = tuple(slice(e[n], e[n + 1]) for e, n in zip(edges, block, strict=True))
        space = [n for k, n in enumerate(block) if k != axis]
        mine = (means.name, 0, *(n for n, has in zip(space, kept, strict=True) if has))
        graph[(name, *block)] = Task(
            (name, *block), _of_part, TaskRef(f"{name}-reader"), key, TaskRef(mine),
            places[key[axis]], axis, kept,
        )  # fmt: skip
    layer = HighLevelGraph.from_collections(name, graph, dependencies=[means])
    return da.Array(layer, name, chunks, dtype=dtype)


def _of_part(
    reader: Reader, key: tuple[slice, ...], normal: Any, places: Any, axis: int, kept: list[bool]
) -> np.ndarray:
    return difference(reader[key], normal, places, axis, kept)


def _of_block(block: Any, normal: Any, places: Any, axis: int, kept: list[bool]) -> np.ndarray:
    return difference(block, normal, places, axis, kept)


def difference(
    block: np.ndarray, normal: np.ndarray, places: np.ndarray, axis: int, kept: list[bool]
) -> np.ndarray:
    """Step by step, so that no second field as large as the block is made."""
    dtype = block.dtype if block.dtype.kind == "f" else np.dtype("float64")
    out = np.empty(block.shape, dtype)
    steps, left = np.moveaxis(block, axis, 0), np.moveaxis(out, axis, 0)
    shape = iter(normal.shape[1:])
    spread = [next(shape) if each else 1 for each in kept]
    for step, place in enumerate(places):
        of_step = normal[place].reshape(spread).astype("float64", copy=False)
        left[step] = steps[step].astype("float64", copy=False) - of_step
    return out
