"""A climatology taken away from every step, in one task for each coarse chunk of the data."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import xarray as xr

from pangeo.analysis.coarse import coarse


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
    lazy = coarse(variable)
    if not isinstance(lazy._data, da.Array) and not isinstance(normal._data, da.Array):
        return xr.Variable(
            variable.dims, difference(np.asarray(lazy.values), normal.values, places, axis, kept)
        )
    data = lazy.chunk() if not isinstance(lazy._data, da.Array) else lazy
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
